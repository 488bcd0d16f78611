/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Witnesses of patterns: the engine's sample of a region, moved where it shows too little. */
#include <stdlib.h>
#include <string.h>

#include "line/line.h"

typedef struct {
    char *pattern;
    slong region;
} candidate;

static int by_pattern(const void *a, const void *b)
{
    const candidate *v = a, *w = b;
    int c = strcmp(v->pattern, w->pattern);
    return c != 0 ? c : (v->region > w->region) - (v->region < w->region);
}

/* The network at the point t of the domain: its pattern there, and how many pre-activations are 0. */
static qd_status at_point(char *pattern, slong *zeros, const qd_lowered_t low, const qd_domain *d, const fmpq_t t, qd_ctx_t ctx)
{
    qd_vec_t x;
    qd_vec_init(x);
    qd_vec_resize(x, low->input_dim);
    qd_domain_point(x->e, d, x->n, t);
    qd_status st = qd_lowered_run(NULL, pattern, zeros, low, x, ctx);
    qd_vec_clear(x);
    return st;
}

#define TRIES 12
#define MOST_TRIES 60 /* while no point with the pattern was found: 2^-3481 away in the end */
#define ENOUGH 3      /* points with the pattern; a touching at all of them would be a miracle */

/* Moves t to a point so near that the pattern is the wanted one (NULL: any), where as few pre-activations are 0 as we can find:
   at the point itself one may touch 0 inside its region, and it would show another pattern. Those that are 0 on the whole
   region stay 0. The pattern there goes to `found`; without such a point nothing changes. */
static void move_to_witness(fmpq_t t, char *found, const char *wanted, slong nswitching, const qd_lowered_t low, const qd_domain *d,
                            qd_ctx_t ctx)
{
    fmpq_t x, from;
    qd_rng_t rng;
    slong zeros, best = WORD_MAX, good = 0;
    char *pattern = qd_malloc((size_t) nswitching + 1);
    fmpq_init(x);
    fmpq_init(from);
    fmpq_set(from, t);
    qd_rng_init(rng, ctx->seed, 0);
    for (slong k = 0; k < (good > 0 ? TRIES : MOST_TRIES) && best > 0 && good < ENOUGH; k++) {
        fmpq_set_si(x, k == 0 ? 0 : qd_rng_range(rng, -1024, 1024), 1024);
        fmpq_canonicalise(x);
        fmpq_div_2exp(x, x, (flint_bitcnt_t) (k * k));
        fmpq_add(x, x, from);
        if (d->lo != NULL && fmpq_cmp(x, d->lo) <= 0) continue;
        if (d->hi != NULL && fmpq_cmp(x, d->hi) >= 0) continue;
        qd_ctx_forget(ctx);
        if (at_point(pattern, &zeros, low, d, x, ctx) != QD_OK) continue;
        if (wanted != NULL && strcmp(pattern, wanted) != 0) continue;
        good++;
        if (zeros >= best) continue;
        best = zeros;
        fmpq_set(t, x);
        strcpy(found, pattern);
    }
    qd_ctx_forget(ctx);
    fmpq_clear(x);
    fmpq_clear(from);
    free(pattern);
}

/* One region of each pattern, in order; -1 when none was finished. Returns how many. */
static slong choose_regions(slong *region, const qd_line_t line, slong nswitching)
{
    slong n = qd_line_nregions(line), distinct = 0;
    candidate *w = qd_malloc(sizeof *w * (size_t) (n + 1));
    char *chosen = qd_calloc((size_t) n + 1, 1);
    for (slong i = 0; i < n; i++) {
        w[i] = (candidate){qd_malloc((size_t) nswitching + 1), i};
        qd_line_pattern(w[i].pattern, line, i);
    }
    qsort(w, (size_t) n, sizeof *w, by_pattern);
    for (slong i = 0; i < n; i++)
        if (i == 0 || strcmp(w[i].pattern, w[i - 1].pattern) != 0) chosen[w[i].region] = 1;
    for (slong i = 0; i < n; i++) {
        if (chosen[i]) region[distinct++] = i;
        free(w[i].pattern);
    }
    if (n == 0) region[distinct++] = -1;
    free(w);
    free(chosen);
    return distinct;
}

void qd_line_witnesses_init(qd_line_witnesses_t w)
{
    memset(w, 0, sizeof *w);
}

void qd_line_witnesses_clear(qd_line_witnesses_t w)
{
    for (slong i = 0; i < w->n; i++) {
        fmpq_clear(w->item[i].at);
        free(w->item[i].pattern);
    }
    free(w->item);
}

/* Of region i, -1: of the whole line, of which no region is finished.   -> false: nothing is shown */
static bool make(qd_line_witness *item, qd_line_t line, slong i, const qd_lowered_t low, const qd_domain *d, slong nswitching, qd_ctx_t ctx)
{
    char *wanted = qd_calloc((size_t) nswitching + 1, 1);
    fmpq_init(item->at);
    item->pattern = qd_calloc((size_t) nswitching + 1, 1);
    if (i >= 0) {
        qd_line_pattern(wanted, line, i);
        strcpy(item->pattern, wanted);
        qd_line_sample(item->at, line, i);
    } else qd_domain_middle(item->at, d, 1);
    move_to_witness(item->at, item->pattern, i >= 0 ? wanted : NULL, nswitching, low, d, ctx);
    free(wanted);
    if (nswitching == 0 || item->pattern[0] != '\0') return true;
    fmpq_clear(item->at);
    free(item->pattern);
    return false;
}

qd_status qd_line_witnesses(qd_line_witnesses_t w, qd_line_t line, const qd_net_t net, const qd_domain *d, qd_ctx_t ctx)
{
    slong nswitching = qd_net_nswitching(net);
    slong *region = qd_malloc(sizeof *region * (size_t) (qd_line_nregions(line) + 1));
    qd_lowered_t low;
    qd_ctx_t own; /* what cannot be evaluated is no failure */
    qd_status st = QD_OK;
    qd_ctx_own(own, ctx);
    qd_line_witnesses_clear(w);
    w->n = 0;
    slong n = choose_regions(region, line, nswitching);
    w->item = qd_malloc(sizeof *w->item * (size_t) n);
    qd_lowered_init(low);
    qd_net_lower(low, net);
    for (slong i = 0; i < n && (st = qd_ctx_budget(ctx)) == QD_OK; i++)
        w->n += make(w->item + w->n, line, region[i], low, d, nswitching, own);
    qd_lowered_clear(low);
    free(region);
    return st;
}
