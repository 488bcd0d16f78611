/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A shard of the batch through the dense layers and back.

   Back: with dz the gradient by z (deactivate makes it and dr = dz g, dg = dz r), the gradient by the layer's input is
   wr^T dr + wg^T dg + w^T dz, by the squares of the input wsq^T dz, by the pairs wpair^T dz; the layer before joins the first two.

   wr and wg are not adjacent in theta: they are multiplied one after the other. */
#include "train/real/dense.h"

/* ---- forward ---------------------------------------------------------------------------------- */

static void forward_layer(const R(qd_train__dense) * d, const R(qd_train__layer) * l, const real *theta, int64_t first, int64_t cols,
                          double *squares)
{
    int64_t ld = d->ld;
    real beta = 0;
    if (l->wr >= 0) {
        R(qd_train__gemm)(false, false, l->out, cols, l->in, theta + l->wr, l->in, l->x + first, ld, 0, l->r + first, ld);
        R(qd_train__gemm)(false, false, l->out, cols, l->in, theta + l->wg, l->in, l->x + first, ld, 0, l->g + first, ld);
    }
    if (l->w >= 0) {
        R(qd_train__gemm)(false, false, l->out, cols, l->in, theta + l->w, l->in, l->x + first, ld, beta, l->z + first, ld);
        beta = 1;
    }
    if (l->wsq >= 0) {
        R(qd_train__gemm)(false, false, l->out, cols, l->in, theta + l->wsq, l->in, l->x2 + first, ld, beta, l->z + first, ld);
        beta = 1;
    }
    if (l->wpair >= 0) {
        R(qd_train__pairs)(l->pairs, l->x, l->in, ld, first, cols);
        R(qd_train__gemm)(false, false, l->out, cols, l->npairs, theta + l->wpair, l->npairs, l->pairs + first, ld, beta, l->z + first, ld);
        beta = 1;
    }
    *squares = R(qd_train__activate)(l, theta, beta == 1, ld, first, cols);
}

void R(qd_train__forward)(const R(qd_train__dense) * d, const real *theta, int64_t first, int64_t cols, double *squares)
{
    if (d->x2 != NULL) R(qd_train__square)(d->x2, d->x, d->inputs, d->ld, first, cols);
    for (int64_t i = 0; i < d->nlayers; i++) forward_layer(d, d->layer + i, theta, first, cols, squares + i);
}

/* ---- back ------------------------------------------------------------------------------------- */

/* d->da and d->dsq, as far as the kind has them: gradients by the input of l and by its squares. */
static void backward_layer(const R(qd_train__dense) * d, const R(qd_train__layer) * l, const real *theta, int64_t first, int64_t cols)
{
    int64_t ld = d->ld;
    real *da = d->da + first, beta = 0;
    if (l->wr >= 0) {
        R(qd_train__gemm)(true, false, l->in, cols, l->out, theta + l->wr, l->in, l->r + first, ld, 0, da, ld);
        R(qd_train__gemm)(true, false, l->in, cols, l->out, theta + l->wg, l->in, l->g + first, ld, 1, da, ld);
        beta = 1;
    }
    if (l->w >= 0) R(qd_train__gemm)(true, false, l->in, cols, l->out, theta + l->w, l->in, l->z + first, ld, beta, da, ld);
    if (l->wsq >= 0) R(qd_train__gemm)(true, false, l->in, cols, l->out, theta + l->wsq, l->in, l->z + first, ld, 0, d->dsq + first, ld);
    if (l->wpair < 0) return;
    for (int64_t i = 0, next, at = l->wpair; i < l->in; i = next) {
        int64_t count = R(qd_train__pair_block)(l->in, i, &next);
        R(qd_train__gemm)(true, false, count, cols, l->out, theta + at, l->npairs, l->z + first, ld, 0, d->dpairs + first, ld);
        R(qd_train__unpair)(d->da, d->dpairs, l->x, l->in, i, next, ld, first, cols);
        at += count;
    }
}

void R(qd_train__backward)(const R(qd_train__dense) * d, const real *theta, int64_t first, int64_t cols)
{
    const real *dsq = NULL;
    bool set = true;
    for (int64_t i = d->nlayers - 1; i >= 0; i--) {
        const R(qd_train__layer) *l = d->layer + i;
        R(qd_train__deactivate)(l, d->da, set, dsq, d->ld, first, cols);
        if (i == 0 && d->trunk == NULL) return;
        backward_layer(d, l, theta, first, cols);
        dsq = l->wsq >= 0 ? d->dsq : NULL;
        set = l->wr >= 0 || l->w >= 0;
    }
    if (dsq != NULL) R(qd_train__join)(d->da, dsq, d->x, set, d->inputs, d->ld, first, cols);
}
