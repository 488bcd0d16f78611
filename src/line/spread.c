/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors of affine layers as vectors. An error that a layer passes on grows by the sum of the absolute values of a row when it is bounded unit by unit,
   and by the norm of the matrix when it is bounded as a vector, which over many layers is far less: 50 layers x + W x of 64 units lose 55 bits and
   not 116. Where units are off their errors are multiplied by a slope: a map of norm at most the largest of these and 1. The smaller bound holds. A
   rounding error that is bounded for c_0 and c_1 together counts twice. */
#include <math.h>

#include "line/local_impl.h"

double qd_local__spread(const qd_series *a)
{
    return 2 * qd_norms__vector(a->err, a->n, 1);
}

void qd_local__bound_spread(qd_local_level *v, const qd_local_layer *layer, bool pairs)
{
    const qd_norms *n = &layer->norm;
    qd_series *z = &v->z;
    double slack = qd_series__slack(pairs, layer->terms), constant = slack * ldexp(1, (int) fmax(fmin(-v->e, 1000), -2000));
    double rounded = slack * qd_norms__vector(v->a.norm, v->a.n, 1) + (double) v->a.n * QD_SERIES_UNDERFLOW;
    for (slong u = 0; u < z->n; u++) {
        double error = (n->row[u] * (v->spread + rounded) + constant * fabs(layer->b.hi[u])) * QD_SERIES_INFLATE + QD_SERIES_UNDERFLOW;
        if (error < z->err[u]) z->err[u] = error;
        if (error < z->lean[u]) z->lean[u] = error;
    }
    double spread = n->map * v->spread + 2 * (n->frobenius * rounded + constant * n->constant) + (double) z->n * QD_SERIES_UNDERFLOW;
    v->spread_z = fmin(spread * QD_SERIES_INFLATE, qd_local__spread(z));
}

void qd_local__pass_spread(qd_local_level *next, const qd_local_level *v, const double *f, bool pairs)
{
    double most = 0;
    for (slong u = 0; u < v->z.n; u++) most = fmax(most, fabs(f[u]));
    double rounded =
        2 * (qd_series__slack(pairs, 0) * qd_norms__vector(next->a.norm, next->a.n, 1) + (double) next->a.n * QD_SERIES_UNDERFLOW);
    next->spread = fmin((most * v->spread_z + rounded) * QD_SERIES_INFLATE, qd_local__spread(&next->a));
}
