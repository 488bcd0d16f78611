/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate of a conventional network is proved in full: every region's facets are known, and behind each lies a listed region.

   Let all pre-activations along all listed patterns have degree 1 at most. The points of a pattern s are then P(s) = {z_u >= 0 for the active units, <= 0 for the
   others} in the domain, where zero polynomials have bit 0; the region's point satisfies all others strictly, so P(s) has an interior, and by induction over the
   layers the pattern there is s. Patterns are listed once, so regions are pattern for pattern the interiors of the P(s).

   Facets. For a wall between r and s let u be the first unit in which the patterns differ: its polynomial is the same in both. Let Q be what these
   inequalities of all walls of r, and the box, leave. By linear programs over the rationals (simplex.c):
   (a) every other inequality of r holds on Q, so Q = P(r);
   (b) without its own inequality, z_u takes the wrong sign somewhere on what the others leave: it is a facet. The segment from the region's
       point to such a place meets {z_u = 0} in a point x that satisfies all other inequalities of Q strictly;
   (c) at x every inequality of s holds, strictly or because its polynomial is a multiple of z_u. So s, which has an interior, fills a
       neighbourhood of x on one side of {z_u = 0}: the other side, since r fills this one and a point has one pattern. (After (a) and (b) a row
       of s that is 0 at x always is a multiple, by induction over the layers: behind the facet a layer's polynomials change by multiples of z_u
       only. It is looked at all the same, as that leaves less to be believed.)

   Nothing is missing. If the listed regions left an open part of the domain out, a path from a listed region into it that avoids all
   sets of codimension 2 would leave the last listed region through the relative interior of a facet, behind which a listed region lies.

   Bounded: in the whole space iff every coordinate is bounded on Q both ways, in a box iff every side keeps a distance from Q. A convex region has no holes. */
#include "proof/impl.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const qd_proof_struct *p;
    const qd_regions_struct *g;
    slong n, bits;
    fmpq *rows; /* (regions, bits, n + 1): z_u of the region, its sign turned so that it is >= 0 */
    qd_proof__graph graph;
    const fmpq **q; /* rows of one region about its point, walls first, then the box */
    slong nq, nwalls;
    fmpq *shifted, *c, *x; /* (bits, n + 1); (n + 1); (n) */
    fmpq *box;             /* (2 n, n + 1) */
} linear;

static fmpq *row(const linear *a, slong region, slong bit)
{
    return a->rows + (region * a->bits + bit) * (a->n + 1);
}

/* ---- all inequalities ------------------------------------------------------------------------ */

/* false: some polynomial has a larger degree. */
static bool fill_rows(linear *a, qd_proof__along *w)
{
    char *bits = qd_malloc((size_t) a->bits + 1);
    bool affine = true;
    for (slong i = 0; i < a->g->n && affine; i++) {
        qd_proof__pattern(bits, a->g, i);
        qd_proof__along_set(w, bits);
        for (slong l = 0, bit = 0; l < w->low->depth && affine && bit < a->bits; l++) {
            const fmpq_mpoly_struct *z = qd_proof__along_z(w, l);
            for (slong u = 0; u < w->low->layer[l].out && affine; u++) {
                if (!qd_activation_switches(w->low->layer[l].unit[u].act)) continue;
                fmpq *c = row(a, i, bit);
                affine = qd_proof__along_affine(c, z + u, w);
                for (slong k = 0; k <= a->n && bits[bit] == '0'; k++) fmpq_neg(c + k, c + k);
                bit++;
            }
        }
    }
    free(bits);
    return affine;
}

static slong first_difference(const qd_regions_struct *g, slong r, slong s)
{
    slong bit = 0;
    while (bit < g->nswitching && qd_pattern_get(g->pattern + r * g->nwords, bit) == qd_pattern_get(g->pattern + s * g->nwords, bit)) bit++;
    return bit;
}

/* ---- one region ------------------------------------------------------------------------------ */

/* t_k - lo_k >= 0 and hi_k - t_k >= 0. */
static void fill_box(linear *a, const fmpq *point)
{
    const qd_proof_struct *p = a->p;
    slong n = a->n;
    for (slong k = 0; k < n && p->lo != NULL; k++)
        for (slong e = 0; e < 2; e++) {
            fmpq *c = a->box + (2 * k + e) * (n + 1);
            for (slong i = 0; i <= n; i++) fmpq_zero(c + i);
            fmpq_set_si(c + k, e == 0 ? 1 : -1, 1);
            if (e == 0) fmpq_sub(c + n, point + k, p->lo + k);
            else fmpq_sub(c + n, p->hi + k, point + k);
            a->q[a->nq++] = c;
        }
}

/* The rows of Q: those of the walls, and the box. */
static qd_status fill_q(linear *a, slong r, qd_ctx_t ctx)
{
    const fmpq *point = a->g->point + r * a->n;
    a->nq = 0;
    for (slong k = a->graph.start[r]; k < a->graph.start[r + 1]; k++) {
        slong s = a->graph.neighbour[k], bit = first_difference(a->g, r, s);
        if (bit == a->bits || qd_proof__row_constant(row(a, r, bit), a->n))
            return qd_fail(ctx, QD_EINPUT, "refused: regions %ld and %ld have no wall", (long) r, (long) s);
        for (slong j = 0; j < a->nq; j++)
            if (qd_proof__row_proportional(a->q[j], a->shifted + bit * (a->n + 1), a->n))
                return qd_fail(ctx, QD_EINPUT, "refused: region %ld has two neighbours behind one facet", (long) r);
        a->q[a->nq++] = a->shifted + bit * (a->n + 1);
    }
    a->nwalls = a->nq;
    fill_box(a, point);
    return QD_OK;
}

/* The largest value of sign * row on the rows; as qd_proof__simplex. */
static int largest(fmpq_t max, linear *a, const fmpq *c, int sign, const fmpq *const *rows, slong nrows)
{
    for (slong k = 0; k <= a->n; k++) {
        if (sign > 0) fmpq_set(a->c + k, c + k);
        else fmpq_neg(a->c + k, c + k);
    }
    return qd_proof__simplex(max, a->x, rows, nrows, a->c, a->n);
}

/* (a) */
static qd_status check_others(linear *a, slong r, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    fmpq_t max;
    fmpq_init(max);
    for (slong bit = 0; bit < a->bits && st == QD_OK; bit++) {
        const fmpq *c = a->shifted + bit * (a->n + 1);
        if (qd_proof__row_constant(c, a->n)) continue;
        slong j = 0;
        while (j < a->nwalls && a->q[j] != c) j++;
        if (j < a->nwalls || (largest(max, a, c, -1, a->q, a->nq) && fmpq_sgn(max) <= 0)) continue;
        st = qd_fail(ctx, QD_EINPUT, "refused: region %ld ends where switching unit %ld is 0, but no wall is listed there", (long) r,
                     (long) bit + 1);
    }
    fmpq_clear(max);
    return st;
}

/* (c): t is a point of the facet of r on which `facet` (a row of r) is 0. */
static bool fills(const linear *a, slong s, const fmpq *facet, const fmpq *t)
{
    fmpq_t v;
    bool yes = true;
    fmpq_init(v);
    for (slong bit = 0; bit < a->bits && yes; bit++) {
        const fmpq *c = row(a, s, bit);
        if (qd_proof__row_constant(c, a->n)) continue;
        qd_proof__row_value(v, c, t, a->n);
        yes = fmpq_sgn(v) > 0 || (fmpq_is_zero(v) && qd_proof__row_proportional(c, facet, a->n));
    }
    fmpq_clear(v);
    return yes;
}

/* (b) and (c) for wall j of r. */
static qd_status check_wall(linear *a, slong r, slong j, qd_ctx_t ctx)
{
    slong s = a->graph.neighbour[a->graph.start[r] + j], bit = first_difference(a->g, r, s), m = 0;
    const fmpq *own = a->q[j], *point = a->g->point + r * a->n;
    const fmpq **rest = qd_malloc(sizeof *rest * (size_t) (a->nq + 1));
    fmpq_t v, f;
    qd_status st = QD_OK;
    fmpq_init(v);
    fmpq_init(f);
    for (slong k = 0; k < a->nq; k++)
        if (k != j) rest[m++] = a->q[k];
    if (largest(v, a, own, -1, rest, m) && fmpq_sgn(v) <= 0)
        st = qd_fail(ctx, QD_EINPUT, "refused: the wall between regions %ld and %ld is no facet", (long) r, (long) s);
    else {
        qd_proof__row_value(v, own, a->x, a->n); /* < 0; from own[n] > 0 at x = 0 */
        fmpq_sub(v, own + a->n, v);
        fmpq_div(f, own + a->n, v);
        for (slong k = 0; k < a->n; k++) {
            fmpq_mul(a->x + k, a->x + k, f);
            fmpq_add(a->x + k, a->x + k, point + k);
        }
        if (!fills(a, s, row(a, r, bit), a->x))
            st = qd_fail(ctx, QD_EINPUT, "refused: behind the wall of region %ld with region %ld lies another one", (long) r, (long) s);
    }
    fmpq_clear(v);
    fmpq_clear(f);
    free(rest);
    return st;
}

static bool is_bounded(linear *a)
{
    bool bounded = true;
    fmpq_t max;
    fmpq *c = _fmpq_vec_init(a->n + 1);
    fmpq_init(max);
    if (a->p->lo != NULL)
        for (slong k = a->nwalls; k < a->nq && bounded; k++) {
            largest(max, a, a->q[k], -1, a->q, a->nq);
            bounded = fmpq_sgn(max) < 0;
        }
    for (slong k = 0; a->p->lo == NULL && k < a->n && bounded; k++) {
        fmpq_one(c + k);
        bounded = largest(max, a, c, 1, a->q, a->nq) && largest(max, a, c, -1, a->q, a->nq);
        fmpq_zero(c + k);
    }
    _fmpq_vec_clear(c, a->n + 1);
    fmpq_clear(max);
    return bounded;
}

static qd_status check_region(linear *a, slong r, qd_ctx_t ctx)
{
    for (slong bit = 0; bit < a->bits; bit++)
        qd_proof__row_shift(a->shifted + bit * (a->n + 1), row(a, r, bit), a->g->point + r * a->n, a->n);
    qd_status st = fill_q(a, r, ctx);
    if (st == QD_OK) st = check_others(a, r, ctx);
    for (slong j = 0; j < a->nwalls && st == QD_OK; j++) st = check_wall(a, r, j, ctx);
    if (st != QD_OK) return st;
    if (is_bounded(a) != (a->g->bounded[r] != 0))
        return qd_fail(ctx, QD_EINPUT, "refused: region %ld is %sbounded", (long) r, a->g->bounded[r] ? "not " : "");
    if (a->g->holes[r] != 0) return qd_fail(ctx, QD_EINPUT, "refused: region %ld is convex and has no holes", (long) r);
    return QD_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void init(linear *a, const qd_proof_t p)
{
    slong n = p->dim, bits = p->regions->nswitching;
    *a = (linear){.p = p, .g = p->regions, .n = n, .bits = bits};
    a->rows = _fmpq_vec_init(a->g->n * bits * (n + 1));
    qd_proof__graph_init(&a->graph, a->g);
    a->q = qd_malloc(sizeof *a->q * (size_t) (a->g->n + 2 * n + 1));
    a->shifted = _fmpq_vec_init(bits * (n + 1));
    a->c = _fmpq_vec_init(n + 1);
    a->x = _fmpq_vec_init(n);
    a->box = _fmpq_vec_init(2 * n * (n + 1));
}

static void clear(linear *a)
{
    _fmpq_vec_clear(a->rows, a->g->n * a->bits * (a->n + 1));
    _fmpq_vec_clear(a->shifted, a->bits * (a->n + 1));
    _fmpq_vec_clear(a->c, a->n + 1);
    _fmpq_vec_clear(a->x, a->n);
    _fmpq_vec_clear(a->box, 2 * a->n * (a->n + 1));
    qd_proof__graph_clear(&a->graph);
    free(a->q);
}

qd_status qd_proof__check_linear(bool *applies, qd_proof_report_t r, const qd_proof_t p, qd_proof__along *w, qd_ctx_t ctx)
{
    linear a;
    qd_status st = QD_OK;
    init(&a, p);
    *applies = fill_rows(&a, w);
    if (*applies && p->regions->count.patterns != p->regions->n)
        st = qd_fail(ctx, QD_EINPUT, "refused: a pattern of a conventional network is one region, %ld patterns and %ld regions are listed",
                     (long) p->regions->count.patterns, (long) p->regions->n);
    for (slong i = 0; *applies && i < p->regions->n && st == QD_OK; i++) {
        st = qd_ctx_budget(ctx);
        if (st == QD_OK) st = check_region(&a, i, ctx);
        qd_ctx_progress(ctx, "regions", i + 1, p->regions->n);
    }
    clear(&a);
    if (!*applies || st != QD_OK) return st;
    qd_proof__say(r->confirmed,
                  "%ld walls: each is a facet of two regions, and behind every facet lies a listed region, so they are all of the %s",
                  (long) p->regions->nwalls, p->lo != NULL ? "box" : "space");
    qd_proof__say(r->confirmed, "%ld bounded regions, no holes", (long) p->bounded);
    r->complete = true;
    return QD_OK;
}
