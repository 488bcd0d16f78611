/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How large exact polynomials on a line become, before they are made.

   The sum of the absolute values of the coefficients is at most A_1 + A_2 for a sum and A_1 A_2 for a product, so from the integer weights it
   is bounded unit by unit, in logarithms to base 2; every coefficient has no more bits, and there are degree + 1 of them. */
#include "piece/impl.h"

#include <math.h>
#include <stdlib.h>

/* What an integer takes beside its bits, and memory for the steps of a product, in lengths of the product. */
#define OVERHEAD 32
#define PRODUCT 6
/* FLINT needs at least so many seconds for a byte of a long product, and for nothing below so many bytes. */
#define SECONDS 2e-8
#define SHORT 1e6

static double log2_abs(const fmpz_t x)
{
    slong e;
    if (fmpz_is_zero(x)) return -INFINITY;
    double d = fabs(fmpz_get_d_2exp(&e, x));
    return log2(d) + (double) e;
}

/* log2(2^a + 2^b) */
static double sum(double a, double b)
{
    double large = fmax(a, b), small = fmin(a, b);
    return small == -INFINITY ? large : large + log2(1 + exp2(small - large));
}

/* Of sum w_k a_i + b, i = at[k] or k. */
static double affine(const fmpz *w, const slong *at, slong n, const fmpz_t b, const double *in)
{
    double s = log2_abs(b);
    for (slong k = 0; k < n; k++) s = sum(s, log2_abs(w + k) + in[at != NULL ? at[k] : k]);
    return s;
}

static double preact(const qd_restriction *m, slong l, slong u, const double *in)
{
    const qd_lowered_layer *layer = m->low->layer + l;
    const qd_lowered_unit *unit = layer->unit + u;
    const qd_unit_integer *x = m->unit_integer[l] + u;
    double z = affine(x->w, unit->at, unit->nw, x->b, in);
    if (x->r != NULL) z = sum(z, affine(x->r, NULL, layer->in, x->r0, in) + affine(x->g, NULL, layer->in, x->g0, in));
    for (slong k = 0; k < unit->nterms; k++) z = sum(z, log2_abs(x->term + k) + in[unit->term[k].i] + in[unit->term[k].j]);
    return z;
}

static double bytes(double nbits, slong degree)
{
    return ((double) degree + 1) * (fmax(nbits, 0) / 8 + OVERHEAD);
}

static void first_sizes(double *in, const qd_restriction *m)
{
    fmpz_t c, one;
    fmpz_init(c);
    fmpz_init_set_ui(one, 1);
    for (slong i = 0; i < m->low->input_dim; i++) {
        qd_restriction__scale(c, m->base + i, m->den[0] + i, one);
        in[i] = log2_abs(c);
        for (slong k = 0; k < m->dim; k++) {
            qd_restriction__scale(c, m->step + k * m->low->input_dim + i, m->den[0] + i, one);
            in[i] = sum(in[i], log2_abs(c));
        }
    }
    fmpz_clear(c);
    fmpz_clear(one);
}

void qd_restriction__set_sizes(qd_restriction *m)
{
    slong widest = qd_restriction__widest(m);
    double *in = qd_malloc(sizeof *in * (size_t) widest), *out = qd_malloc(sizeof *out * (size_t) widest);
    first_sizes(in, m);
    for (slong l = 0; l < m->low->depth; l++) {
        const qd_lowered_layer *layer = m->low->layer + l;
        m->bytes[l] = 0;
        for (slong u = 0; u < layer->out; u++) {
            const qd_unit_integer *x = m->unit_integer[l] + u;
            double z = preact(m, l, u, in), power = (double) layer->unit[u].power;
            out[u] = power * z + fmax(log2_abs(x->on), log2_abs(x->off));
            m->bytes[l] = fmax(m->bytes[l], bytes(fmax(z, out[u]), m->degree[l + 1]));
        }
        double *t = in;
        in = out;
        out = t;
    }
    free(in);
    free(out);
}

qd_status qd_path_foresee(const qd_restriction *m, slong l, qd_ctx_t ctx)
{
    double below = 0, last = m->bytes[l];
    if (m->dim > 1) return qd_ctx_budget(ctx);
    for (slong k = 0; k < l; k++) below += (double) m->low->layer[k].out * m->bytes[k];
    return qd_ctx_foresee(ctx, below + PRODUCT * last, last > SHORT ? SECONDS * last : 0,
                          "the exact polynomials of layer %ld, of degree %ld", (long) l + 1, (long) m->degree[l + 1]);
}
