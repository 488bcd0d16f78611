/* Witnesses of a lower bound: the engine's sample of a region, moved where it shows too little. */
#include "pieces/witness.h"

#include <stdlib.h>
#include <string.h>

#include "cli/text.h"

typedef struct {
    char *pattern;
    slong region;
} witness;

static int by_pattern(const void *a, const void *b)
{
    const witness *v = a, *w = b;
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
#define ENOUGH 3 /* points with the pattern; a touching at all of them would be a miracle */

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
    for (slong k = 0; k < TRIES && best > 0 && good < ENOUGH; k++) {
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
    witness *w = qd_malloc(sizeof *w * (size_t) (n + 1));
    char *chosen = qd_calloc((size_t) n + 1, 1);
    for (slong i = 0; i < n; i++) {
        w[i] = (witness){qd_malloc((size_t) nswitching + 1), i};
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

void witnesses_json(qd_buf_t out, const qd_line_t line, const qd_net_t net, const qd_domain *d, qd_ctx_t ctx)
{
    slong nswitching = qd_net_nswitching(net);
    slong *region = qd_malloc(sizeof *region * (size_t) (qd_line_nregions(line) + 1));
    slong n = choose_regions(region, line, nswitching);
    char *pattern = qd_calloc((size_t) nswitching + 1, 1), *found = qd_calloc((size_t) nswitching + 1, 1);
    qd_lowered_t low;
    fmpq_t t;
    fmpq_init(t);
    qd_lowered_init(low);
    qd_net_lower(low, net);
    qd_buf_puts(out, "[");
    for (slong i = 0; i < n; i++) {
        if (region[i] >= 0) {
            qd_line_pattern(pattern, line, region[i]);
            strcpy(found, pattern);
            qd_line_sample(t, line, region[i]);
        } else qd_domain_middle(t, d, net->input_dim);
        move_to_witness(t, found, region[i] >= 0 ? pattern : NULL, nswitching, low, d, ctx);
        qd_buf_printf(out, "%s{\"pattern\": \"%s\", \"at\": ", i > 0 ? ", " : "", found);
        qd_rat_print_json(out, t);
        qd_buf_puts(out, "}");
    }
    qd_buf_puts(out, "]");
    qd_lowered_clear(low);
    fmpq_clear(t);
    free(pattern);
    free(found);
    free(region);
}
