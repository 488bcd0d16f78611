/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rational points inside regions. */
#include "piece/piece.h"

#include <stdlib.h>

static bool inside(const fmpq *t, const qd_domain *d, slong dim)
{
    for (slong k = 0; k < dim; k++)
        if ((d->lo != NULL && fmpq_cmp(t + k, d->lo + k) <= 0) || (d->hi != NULL && fmpq_cmp(t + k, d->hi + k) >= 0)) return false;
    return true;
}

static bool has_pattern(const char *text, const qd_word *pattern, slong n)
{
    for (slong i = 0; i < n; i++)
        if ((text[i] == '1') != qd_pattern_get(pattern, i)) return false;
    return true;
}

#define WITNESS_TRIES 60  /* one for each scale, 2^-k */
#define WITNESS_AGAIN 600 /* ten for each scale, where the region is thin at its point and none was met */
#define WITNESS_ENOUGH 3  /* points with the pattern; a touching at all of them would be a miracle */

qd_truth qd_regions_witness(fmpq *t, const qd_regions_t g, slong i, const qd_restriction *m, const qd_domain *domain, qd_ctx_t ctx)
{
    slong dim = g->dim, best = WORD_MAX, good = 0;
    fmpq *x = _fmpq_vec_init(dim);
    char *text = qd_malloc((size_t) g->nswitching + 1);
    qd_vec_t in;
    qd_rng_t rng;
    qd_ctx_t own;
    qd_ctx_init(own);
    qd_vec_init(in);
    qd_vec_resize(in, m->low->input_dim);
    qd_rng_init(rng, ctx->seed, (uint64_t) i);
    for (slong k = 0; k < (good > 0 ? WITNESS_TRIES : WITNESS_TRIES + WITNESS_AGAIN) && best > 0 && good < WITNESS_ENOUGH; k++) {
        slong zeros, scale = k < WITNESS_TRIES ? k : (k - WITNESS_TRIES) / 10;
        for (slong c = 0; c < dim; c++) {
            fmpq_set_si(x + c, k == 0 ? 0 : qd_rng_range(rng, -1024, 1024), 1024);
            fmpq_canonicalise(x + c);
            fmpq_div_2exp(x + c, x + c, (flint_bitcnt_t) scale);
            fmpq_add(x + c, x + c, g->point + i * dim + c);
        }
        if (!inside(x, domain, dim)) continue;
        qd_domain_point(in->e, domain, in->n, x);
        if (qd_lowered_run(NULL, text, &zeros, m->low, in, own) != QD_OK) break;
        if (!has_pattern(text, g->pattern + i * g->nwords, g->nswitching)) continue;
        good++;
        if (zeros >= best) continue;
        best = zeros;
        for (slong c = 0; c < dim; c++) fmpq_set(t + c, x + c);
    }
    qd_vec_clear(in);
    free(text);
    _fmpq_vec_clear(x, dim);
    return good > 0 ? QD_TRUE : QD_UNKNOWN;
}
