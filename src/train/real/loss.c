/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Losses of the columns of a shard, and their gradients, in double.

   Cross-entropy with target distribution t and log-sum-exp e of the outputs is sum t_o (e - y_o), gradient softmax(y) - t. The largest
   output is taken out of the exponentials, so none overflows; outputs that are not finite give NaN. */
#include <math.h>

#include "train/real/dense.h"

/* Of one sample: label or target vector, and where its outputs lie. */
typedef struct {
    const real *y; /* outputs, ld apart */
    real *dy;      /* like y, or NULL */
    int64_t ld, outputs;
    double scale;
} sample;

static double cross_entropy(const sample *s, int64_t label, double smoothing)
{
    double top = -INFINITY, sum = 0, loss = 0, even = smoothing / (double) s->outputs;
    for (int64_t o = 0; o < s->outputs; o++) top = fmax(top, (double) s->y[o * s->ld]);
    for (int64_t o = 0; o < s->outputs; o++) sum += exp((double) s->y[o * s->ld] - top);
    double e = top + log(sum);
    for (int64_t o = 0; o < s->outputs; o++) {
        double t = even + (o == label ? 1 - smoothing : 0), below = e - (double) s->y[o * s->ld];
        if (t != 0) loss += t * below;
        if (s->dy != NULL) s->dy[o * s->ld] = (real) ((exp(-below) - t) * s->scale);
    }
    return loss;
}

/* Whether another output, or none, is the largest. */
static bool is_wrong(const sample *s, int64_t label)
{
    real best = s->y[label * s->ld];
    for (int64_t o = 0; o < s->outputs; o++)
        if (o != label && !(s->y[o * s->ld] < best)) return true;
    return isnan(best);
}

/* Adds to sums->squared and sums->largest as well. */
static double regression(qd_train__sums *sums, const sample *s, const double *target, const qd_loss *loss)
{
    double total = 0, squared = 0, each = 1 / (double) s->outputs, delta = loss->delta;
    for (int64_t o = 0; o < s->outputs; o++) {
        double d = (double) s->y[o * s->ld] - target[o], far = fabs(d), slope = d;
        if (loss->type == QD_LOSS_SQUARED) {
            total += d * d;
            slope = 2 * d;
        } else if (far <= delta) {
            total += d * d / 2;
        } else { /* NaN comes here */
            total += delta * (far - delta / 2);
            slope = copysign(delta, d);
        }
        squared += d * d;
        if (far > sums->largest || isnan(far)) sums->largest = far;
        if (s->dy != NULL) s->dy[o * s->ld] = (real) (slope * each * s->scale);
    }
    sums->squared += squared * each;
    return total * each;
}

void R(qd_train__loss)(qd_train__sums *sums, real *dy, const real *y, int64_t ld, const qd_batch *batch, const qd_loss *loss, double scale,
                       int64_t first, int64_t cols)
{
    const qd_data_struct *data = batch->data;
    *sums = (qd_train__sums){0, 0, 0, 0};
    for (int64_t j = first; j < first + cols; j++) {
        sample s = {y + j, dy != NULL ? dy + j : NULL, ld, data->outputs, scale};
        int64_t i = batch->index[j];
        if (loss->type == QD_LOSS_CROSS_ENTROPY) {
            sums->loss += cross_entropy(&s, data->label[i], loss->smoothing);
            sums->wrong += is_wrong(&s, data->label[i]);
        } else sums->loss += regression(sums, &s, data->y + i * data->outputs, loss);
    }
}
