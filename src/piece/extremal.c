/* Networks of quadratic relu units with many regions in one dimension.

   Each construction is a scalar map y -> y' written as one hidden layer, composed depth times; the affine readout of a layer is absorbed by
   the next one. If the map runs k times over the whole range and its layer has b breakpoints inside the range, then layer
   l adds b k^(l-1) breakpoints: 1 + b (k^L - 1)/(k - 1) regions, and a few more outside the range.

   tent      y' piecewise linear on [0,1], width w >= 3: k = w - 1 laps, breakpoints i/(w-1). What a conventional
             network does.
   logistic  w disjoint bumps -c (y - p)(y - q) on [0,1] with peak 1: k = 2 w laps, b = 2 w. Width 1 is the logistic
             map, and reaches the bound 2^(L+1) - 1.
   fold      y' = 2 f(y^2) - 1 on [-1,1], f a zigzag between 0 and 1 with w + 1 laps, width w >= 3: k = 2 (w + 1), b = 2 w. The
             zigzag f = c + sum_i J_i (X - tau_i)_+ or J_i (tau_i - X)_+ has no affine unit to spare: its first slope must come from the units
             that are active on the left. With only the third one turned to the left, s_0 = -J_3 = s_2 - s_3, which holds when
             laps 2 and 3 are twice as long as lap 0. */
#include "piece/piece.h"

#include <string.h>

const char *qd_extremal_name(qd_extremal e)
{
    static const char *const name[QD_EXTREMALS] = {"tent", "logistic", "fold"};
    return name[e];
}

/* A layer of the map: unit i has pre-activation s_i (y - p_i)(y - q_i), or with linear[i] s_i (y - p_i), and y' = c + sum_i J_i a_i. */
typedef struct {
    slong width;
    bool linear;
    bool square;                         /* pre-activation s_i (y^2 - p_i) instead */
    fmpq *s, *p, *q, *jump;
    fmpq_t c;
} map;

static void map_init(map *f, slong width)
{
    memset(f, 0, sizeof *f);
    f->width = width;
    f->s = _fmpq_vec_init(width);
    f->p = _fmpq_vec_init(width);
    f->q = _fmpq_vec_init(width);
    f->jump = _fmpq_vec_init(width);
    fmpq_init(f->c);
}

static void map_clear(map *f)
{
    _fmpq_vec_clear(f->s, f->width);
    _fmpq_vec_clear(f->p, f->width);
    _fmpq_vec_clear(f->q, f->width);
    _fmpq_vec_clear(f->jump, f->width);
    fmpq_clear(f->c);
}

static void make_tent(map *f)
{
    slong w = f->width;
    f->linear = true;
    for (slong i = 0; i < w; i++) {
        fmpq_one(f->s + i);
        fmpq_set_si(f->p + i, i, (ulong) (w - 1));
        fmpq_canonicalise(f->p + i);
        slong slope = i == 0 || i == w - 1 ? w - 1 : 2 * (w - 1);
        fmpq_set_si(f->jump + i, i % 2 == 0 ? slope : -slope, 1);
    }
}

static void make_logistic(map *f)
{
    slong w = f->width;
    for (slong i = 0; i < w; i++) {
        fmpq_set_si(f->s + i, -4 * (2 * w + 1) * (2 * w + 1), 1);
        fmpq_set_si(f->p + i, 2 * i + 1, (ulong) (2 * w + 1));
        fmpq_canonicalise(f->p + i);
        fmpq_set_si(f->q + i, 2 * i + 2, (ulong) (2 * w + 1));
        fmpq_canonicalise(f->q + i);
        fmpq_one(f->jump + i);
    }
}

/* Knots of the zigzag: laps of length 1, 1, 2, 2, 1, 1, ... over their sum. f(0) = 0. */
static void make_fold(map *f)
{
    slong w = f->width, total = w + 3, at = 0;
    fmpq_t slope, next;
    fmpq_init(slope);
    fmpq_init(next);
    f->square = true;
    for (slong j = 0; j <= w; j++) {
        slong length = j == 2 || j == 3 ? 2 : 1;
        fmpq_set_si(next, j % 2 == 0 ? total : -total, (ulong) length);
        fmpq_canonicalise(next);
        if (j > 0) {
            fmpq_sub(f->jump + j - 1, next, slope);
            fmpq_set_si(f->p + j - 1, at, (ulong) total);
            fmpq_canonicalise(f->p + j - 1);
            fmpq_set_si(f->s + j - 1, j == 3 ? -1 : 1, 1);
        }
        fmpq_swap(slope, next);
        at += length;
    }
    /* f(0) = 0: the unit turned to the left gives J_3 tau_3 there */
    fmpq_mul(f->c, f->jump + 2, f->p + 2);
    fmpq_neg(f->c, f->c);
    /* y' = 2 f - 1 */
    for (slong i = 0; i < w; i++) fmpq_mul_2exp(f->jump + i, f->jump + i, 1);
    fmpq_mul_2exp(f->c, f->c, 1);
    fmpq_sub_si(f->c, f->c, 1);
    fmpq_clear(slope);
    fmpq_clear(next);
}

/* y = c + sum_j J_j a_j (or the input itself) as the two affine forms of unit u: s (y - p) and (y - q). */
static void set_unit(qd_layer_struct *layer, slong u, const map *f, bool first)
{
    fmpq *br = qd_layer_at(layer, 1, u, 0), *bg = qd_layer_at(layer, 3, u, 0), *c = qd_layer_at(layer, 5, u, 0);
    for (slong j = 0; j < layer->in; j++) {
        fmpq *wr = qd_layer_at(layer, 0, u, j), *wg = qd_layer_at(layer, 2, u, j);
        if (first) fmpq_one(wr);
        else fmpq_set(wr, f->jump + j);
        if (!f->linear) fmpq_set(wg, wr);
        fmpq_mul(wr, wr, f->s + u);
    }
    if (!first) fmpq_set(bg, f->c);
    fmpq_set(br, bg);
    if (f->square) {
        fmpq_mul(c, f->s + u, f->p + u);
        fmpq_neg(c, c);
    } else {
        fmpq_sub(br, br, f->p + u);
        if (!f->linear) fmpq_sub(bg, bg, f->q + u);
    }
    if (f->linear) fmpq_one(bg);
    fmpq_mul(br, br, f->s + u);
}

static void compose(qd_net_t net, const map *f, slong depth)
{
    for (slong l = 0; l < depth; l++) {
        qd_layer_struct *layer = qd_net_add_layer(net, QD_QUADRATIC, QD_RELU, 1, l == 0 ? 1 : f->width, f->width);
        for (slong u = 0; u < f->width; u++) set_unit(layer, u, f, l == 0);
    }
    qd_layer_struct *readout = qd_net_add_layer(net, QD_LINEAR, QD_IDENTITY, 1, f->width, 1);
    for (slong j = 0; j < f->width; j++) fmpq_set(qd_layer_at(readout, 0, 0, j), f->jump + j);
    fmpq_set(qd_layer_at(readout, 1, 0, 0), f->c);
}

qd_status qd_extremal_net(qd_net_t net, qd_extremal e, slong width, slong depth, qd_ctx_t ctx)
{
    slong least = e == QD_EXTREMAL_LOGISTIC ? 1 : 3;
    if (width < least || depth < 1)
        return qd_fail(ctx, QD_EINPUT, "the %s construction needs width >= %ld and depth >= 1, found %ld and %ld",
                       qd_extremal_name(e), (long) least, (long) width, (long) depth);
    map f;
    qd_net_t t;
    map_init(&f, width);
    qd_net_init(t);
    if (e == QD_EXTREMAL_TENT) make_tent(&f);
    else if (e == QD_EXTREMAL_LOGISTIC) make_logistic(&f);
    else make_fold(&f);
    compose(t, &f, depth);
    qd_net_swap(net, t);
    qd_net_clear(t);
    map_clear(&f);
    return QD_OK;
}

/* ---- search ------------------------------------------------------------------------------- */

static qd_status count_regions(slong *regions, const qd_net_t net, qd_ctx_t ctx)
{
    qd_line_t line;
    qd_line_domain whole = {NULL, NULL, NULL, NULL};
    qd_line_init(line);
    qd_status st = qd_line_compute(line, net, &whole, ctx);
    if (st == QD_OK) *regions = qd_line_count(line).regions;
    qd_line_clear(line);
    return st;
}

/* Moves one weight of a hidden layer by a small dyadic step, now and then two. */
static void mutate(qd_net_t net, qd_rng_t rng)
{
    slong moves = 1 + (slong) qd_rng_below(rng, 3) / 2;
    fmpq_t step;
    fmpq_init(step);
    for (slong i = 0; i < moves; i++) {
        qd_layer_struct *layer = net->layer + qd_rng_below(rng, (uint64_t) net->depth - 1);
        int k = (int) qd_rng_below(rng, (uint64_t) qd_kind_get(layer->kind)->nparams);
        slong n = qd_shape_length(qd_kind_get(layer->kind)->param[k].shape, layer->in);
        fmpq *x = qd_layer_at(layer, k, (slong) qd_rng_below(rng, (uint64_t) layer->out), (slong) qd_rng_below(rng, (uint64_t) n));
        slong s = qd_rng_range(rng, -16, 16);
        fmpq_set_si(step, s, UWORD(1) << qd_rng_below(rng, 6));
        fmpq_canonicalise(step);
        fmpq_add(x, x, step);
    }
    fmpq_clear(step);
}

static void start(qd_net_t net, slong width, slong depth, uint64_t seed, uint64_t stream, qd_ctx_t ctx)
{
    if (stream % 2 == 0) {
        qd_extremal_net(net, width >= 3 ? QD_EXTREMAL_FOLD : QD_EXTREMAL_LOGISTIC, width, depth, ctx);
        return;
    }
    slong *widths = flint_malloc(sizeof *widths * (size_t) depth);
    for (slong l = 0; l < depth; l++) widths[l] = width;
    qd_random_spec spec = {1, depth, widths, 1, QD_QUADRATIC, QD_RELU, 1, NULL, QD_WEIGHTS_GRID, 16, 4, true};
    qd_net_random(net, &spec, seed, stream);
    flint_free(widths);
}

qd_status qd_extremal_search(qd_net_t net, slong width, slong depth, slong steps, uint64_t stream, qd_ctx_t ctx)
{
    qd_net_t best, trial;
    qd_rng_t rng;
    slong most = 0, regions;
    if (width < 1 || depth < 1)
        return qd_fail(ctx, QD_EINPUT, "the search needs width >= 1 and depth >= 1, found %ld and %ld", (long) width, (long) depth);
    qd_net_init(best);
    qd_net_init(trial);
    qd_rng_init(rng, ctx->seed, qd_rng_stream(stream, (uint64_t) width, (uint64_t) depth));
    start(best, width, depth, ctx->seed, stream, ctx);
    qd_status st = count_regions(&most, best, ctx);
    for (slong i = 0; i < steps && st == QD_OK; i++) {
        qd_net_set(trial, best);
        mutate(trial, rng);
        st = count_regions(&regions, trial, ctx);
        if (st == QD_OK && regions >= most) {
            most = regions;
            qd_net_swap(best, trial);
        }
    }
    if (st == QD_OK) qd_net_swap(net, best);
    qd_net_clear(best);
    qd_net_clear(trial);
    return st;
}
