/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rank of the Jacobian at random parameters modulo random primes, and what follows from it and the bounds. */
#include "variety/impl.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

const qd_variety_options qd_variety_defaults = {.max_trials = 8, .log2_failure = -30, .keep_witness = false};

/* Points that must add nothing before a trial ends. */
#define IDLE_POINTS 8
/* Rows of a panel, where one point does not have more. */
#define PANEL_ROWS 1024
/* Matrices with more columns take smaller primes: the elimination is faster, and a failure probability would be vacuous. */
#define COLUMNS_OF_LARGE_PRIMES 4096

void qd_variety_result_init(qd_variety_result_t r)
{
    memset(r, 0, sizeof *r);
    fmpz_init(r->ambient);
    qd_bound_init(r->proof);
}

static void witness_clear(qd_variety_witness *w)
{
    free(w->theta);
    free(w->x);
    free(w->row);
    free(w->column);
    *w = (qd_variety_witness){0};
}

void qd_variety_result_clear(qd_variety_result_t r)
{
    fmpz_clear(r->ambient);
    qd_bound_clear(r->proof);
    witness_clear(&r->witness);
}

/* ---- one trial ---------------------------------------------------------------------------- */

typedef struct {
    const qd_variety_plan *plan;
    int64_t upper, inputs, outputs;
    int bits;       /* of the prime */
    uint32_t *rows; /* a panel; owned */
    int64_t panel;  /* points of a panel, at most */
} search;

/* Uniform among the primes of [2^(bits-1), 2^bits). */
static uint32_t random_prime(qd_rng_t rng, int bits)
{
    uint64_t low = UINT64_C(1) << (bits - 1);
    for (;;) {
        uint64_t p = low + qd_rng_below(rng, low);
        if (n_is_prime(p)) return (uint32_t) p;
    }
}

static void draw(uint32_t *v, int64_t n, uint32_t p, qd_rng_t rng)
{
    for (int64_t i = 0; i < n; i++) v[i] = (uint32_t) qd_rng_below(rng, p);
}

/* Points of the next panel: as many as could complete the rank, at least IDLE_POINTS once that has failed. */
static int64_t next_points(const search *s, int64_t rank, int64_t points)
{
    int64_t n = (s->upper - rank + s->outputs - 1) / s->outputs;
    if (points > 0 && n < IDLE_POINTS) n = IDLE_POINTS;
    return n < s->panel ? n : s->panel;
}

static qd_status add_points(search *s, qd_variety_witness *w, qd_echelon_t e, qd_rng_t rng, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (int64_t idle = 0; idle < IDLE_POINTS && w->rank < s->upper;) {
        int64_t n = next_points(s, w->rank, w->npoints), added = 0;
        if ((st = qd_ctx_budget(ctx)) != QD_OK) return st;
        w->x = qd_realloc(w->x, sizeof *w->x * (size_t) ((w->npoints + n) * s->inputs));
        uint32_t *x = w->x + w->npoints * s->inputs;
        draw(x, n * s->inputs, w->p, rng);
        if ((st = qd_variety_jacobian(s->rows, s->plan, w->theta, x, n, w->p, ctx)) != QD_OK) return st;
        w->npoints += n;
        st = qd_echelon_add(&added, e, s->rows, n * s->outputs, ctx);
        w->rank = qd_echelon_rank(e);
        if (st != QD_OK) return st;
        idle = added > 0 ? 0 : idle + n;
        qd_ctx_progress(ctx, "rank", w->rank, s->upper);
    }
    return st;
}

/* A rank with all that shows it; w is empty before. QD_EUNABLE: the rank of the points that were reached. */
static qd_status run_trial(qd_variety_witness *w, search *s, int64_t number, qd_ctx_t ctx)
{
    qd_rng_t rng;
    qd_echelon_t e;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(UINT64_C(0x76617269), (uint64_t) number, 0));
    w->p = random_prime(rng, s->bits);
    w->theta = qd_malloc(sizeof *w->theta * (size_t) s->plan->nparams);
    draw(w->theta, s->plan->nparams, w->p, rng);
    qd_echelon_init(e, w->p, s->plan->nparams);
    qd_status st = add_points(s, w, e, rng, ctx);
    size_t bytes = sizeof *w->row * (size_t) w->rank;
    w->row = qd_malloc(bytes + 1);
    w->column = qd_malloc(bytes + 1);
    if (bytes > 0) {
        memcpy(w->row, e->pivot_row, bytes);
        memcpy(w->column, e->pivot_col, bytes);
    }
    qd_echelon_clear(e);
    return st;
}

/* ---- all trials --------------------------------------------------------------------------- */

/* Bytes of the elimination and of a panel. */
static double bytes_needed(const search *s)
{
    double rank = (double) (s->upper < s->plan->nparams ? s->upper : s->plan->nparams), columns = (double) s->plan->nparams;
    double panel = (double) (s->panel * s->outputs), work = fmin(PANEL_ROWS, rank);
    return 8 * rank * (columns - rank / 2) + 8 * work * columns + 4 * panel * columns;
}

static qd_status check_memory(const search *s, qd_ctx_t ctx)
{
    double need = bytes_needed(s), there = (double) (ctx->max_bytes - qd_memory_now());
    if (ctx->max_bytes <= 0 || need <= there) return QD_OK;
    return qd_fail(ctx, QD_EUNABLE,
                   "the matrix with %" PRId64 " columns and rank up to %" PRId64 " needs %.3g bytes, more than the %.3g "
                   "that --max-memory leaves",
                   s->plan->nparams, s->upper, need, fmax(there, 0));
}

/* Keeps the better of two witnesses in best and clears the other. */
static void keep_better(qd_variety_witness *best, qd_variety_witness *w)
{
    if (best->theta == NULL || w->rank > best->rank) {
        qd_variety_witness swap = *best;
        *best = *w;
        *w = swap;
    }
    witness_clear(w);
}

static qd_status run_trials(qd_variety_witness *best, int64_t *trials, double *log2_failure, search *s, const qd_arch *arch,
                            const qd_variety_options *options, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    bool enough = false;
    for (*trials = 0; *trials < options->max_trials && !enough && st == QD_OK;) {
        qd_variety_witness w = {0};
        st = run_trial(&w, s, *trials, ctx);
        bool better = w.rank > best->rank;
        keep_better(best, &w);
        if (st != QD_OK) { /* a trial that was cut short says nothing about larger ranks */
            if (better) *log2_failure = best->rank == s->upper ? -INFINITY : 0;
            break;
        }
        ++*trials;
        *log2_failure = best->rank == s->upper ? -INFINITY : (double) *trials * qd_variety_log2_failure(arch, best->rank, s->bits);
        enough = *log2_failure <= options->log2_failure || *log2_failure == 0;
    }
    return st;
}

/* ---- conclusions -------------------------------------------------------------------------- */

/* Orbits lie in fibres, so their dimension is at most parameters - dim V. */
static void conclude(qd_variety_result_t r)
{
    int64_t generic = r->parameters - r->orbit;
    if (r->parameters - r->lower < r->orbit_most) r->orbit_most = r->parameters - r->lower;
    r->filling = fmpz_cmp_si(r->ambient, r->lower) == 0 ? QD_TRUE : fmpz_cmp_si(r->ambient, r->upper) > 0 ? QD_FALSE : QD_UNKNOWN;
    r->identifiable = r->lower == generic ? QD_TRUE : r->upper < r->parameters - r->orbit_most ? QD_FALSE : QD_UNKNOWN;
    r->expected = fmpz_cmp_si(r->ambient, generic) < 0 ? fmpz_get_si(r->ambient) : generic;
}

/* Bounds of the dimension of the orbits; the rank where the formulas differ. */
static void find_orbit(int64_t *orbit, int64_t *most, const qd_arch *arch, uint64_t seed)
{
    int64_t rank;
    *orbit = qd_variety_orbit(arch);
    *most = qd_variety_orbit_most(arch);
    if (*orbit < *most && qd_variety_orbit_rank(&rank, arch, seed) && rank > *orbit) *orbit = rank;
}

qd_status qd_variety_dimension(qd_variety_result_t r, const qd_arch *arch, const qd_variety_options *options, qd_ctx_t ctx)
{
    qd_variety_plan plan;
    qd_bound_t proof;
    qd_variety_witness best = {0};
    int64_t trials = 0, orbit, most_orbit;
    double log2_failure = 0;
    qd_status st = qd_variety_check(arch, ctx);
    if (st != QD_OK) return st;
    qd_variety_plan_make(&plan, arch);
    find_orbit(&orbit, &most_orbit, arch, ctx->seed);
    qd_bound_init(proof);
    qd_bound_find(proof, arch);
    qd_bound_add_orbit(proof, arch, orbit);
    search s = {&plan, qd_bound_value(proof), arch->width[0], arch->width[arch->depth], 26, NULL, 0};
    if (plan.nparams > COLUMNS_OF_LARGE_PRIMES) s.bits = 23;
    s.panel = s.outputs < PANEL_ROWS ? PANEL_ROWS / s.outputs : 1;
    int64_t most = next_points(&s, 0, 0); /* rows of the largest panel */
    if (most < IDLE_POINTS) most = IDLE_POINTS < s.panel ? IDLE_POINTS : s.panel;
    s.panel = most;
    if ((st = check_memory(&s, ctx)) != QD_OK) {
        qd_bound_clear(proof);
        return st;
    }
    s.rows = qd_malloc(sizeof *s.rows * (size_t) (most * s.outputs * plan.nparams));
    st = run_trials(&best, &trials, &log2_failure, &s, arch, options, ctx);
    free(s.rows);
    if (st == QD_OK || st == QD_EUNABLE) {
        r->parameters = plan.nparams;
        r->orbit = orbit;
        r->orbit_most = most_orbit;
        qd_variety_ambient(r->ambient, arch);
        r->lower = best.rank;
        r->upper = s.upper;
        r->certificate = proof->step[proof->n - 1].by;
        qd_bound_swap(r->proof, proof);
        r->trials = trials;
        r->points = best.npoints;
        r->log2_failure = log2_failure;
        conclude(r);
        witness_clear(&r->witness);
        if (options->keep_witness) {
            r->witness = best;
            best = (qd_variety_witness){0};
        }
    }
    witness_clear(&best);
    qd_bound_clear(proof);
    return st;
}
