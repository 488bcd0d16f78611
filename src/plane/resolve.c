/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A box by an open cylindrical decomposition with rational samples.

   For the irreducible factors f of everything that may vanish on the box, the critical abscissae in (s0, s1) are the real roots of the discriminants of
   f and of the resultants of two of them for t, of f(s, t0) and f(s, t1), and of factors without t. Leading coefficients are not needed,
   since the box is bounded. Between neighbouring critical abscissae the roots of all f(s, .) in (t0, t1) keep their order, and a rational s
   gives a stack of cells with rational samples, whose patterns are those of the network there.

   Across a critical abscissa a, the half-branches of the roots on both sides end in points of the fibre s = a. A height h at which no f(., h)
   has a root between two rationals x < a < y without another critical abscissa links the cell of the left stack at h to that of the right
   one. Between neighbouring links, a group of half-branches ends in points of the fibre; it is one point unless the group can be split into a
   lower and an upper part in which each curve has an even number of half-branches (a real curve has an even number at each of its points), since
   links only exist where no point lies. Where that does not settle it after some refinement of a, all points of the fibre are separated by
   the roots of the resultant of f and the minimal polynomial of a. A group next to a horizontal side may leave the box there, which is known exactly from
   f(a, t0). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plane/cad.h"

#define MOST_FUNCTIONS 48
#define MOST_DEGREE 16

/* ---- joining stacks ------------------------------------------------------------------------------------ */

/* What lies on a horizontal side between two stacks. */
typedef struct {
    slong low, high; /* node of the point there, -1: none */
} ends;

/* What meets in one point of the fibre; returns a node of it, -1: nothing does. Two edges are one curve that goes on, unless the point is on
   the frame, and so not in the domain; one edge leaves the box. */
static slong meet(qd_plane_record *record, const qd_plane_stack *l, slong i0, slong i1, const qd_plane_stack *r, slong j0, slong j1,
                  slong under, slong over, bool on_frame)
{
    slong n = 0, list[i1 - i0 + j1 - j0 + 2];
    if (under >= 0) list[n++] = under;
    if (over >= 0) list[n++] = over;
    for (slong i = i0; i < i1; i++)
        if (l->wall[i]) list[n++] = l->edge[i];
    for (slong j = j0; j < j1; j++)
        if (r->wall[j]) list[n++] = r->edge[j];
    if (n == 0) return -1;
    if (n == 1) return list[0];
    if (n == 2 && !on_frame) {
        qd_plane__unite_nodes(record, list[0], list[1]);
        return list[0];
    }
    slong point = qd_plane__node_new(record);
    qd_plane__vertex_add(record, point, list, n);
    return point;
}

static void touch(const qd_plane_cad *p, const qd_plane_stack *l, slong i0, slong i1, const qd_plane_stack *r, slong j0, slong j1,
                  slong node)
{
    for (slong i = i0; i <= i1; i++) qd_plane__touch_add(&p->w->record, l->cell[i], node);
    for (slong j = j0; j <= j1; j++) qd_plane__touch_add(&p->w->record, r->cell[j], node);
}

static void join_stacks(ends *e, const qd_plane_cad *p, const qd_plane_fibre *b, const qd_plane_stack *l, const qd_plane_stack *r)
{
    qd_plane_record *record = &p->w->record;
    slong nl = l->r.root->n, nr = r->r.root->n, under = -1;
    e->low = e->high = -1;
    for (slong g = 0; g <= b->n; g++) {
        slong i0 = g == 0 ? 0 : b->left[g - 1], j0 = g == 0 ? 0 : b->right[g - 1];
        slong i1 = g == b->n ? nl : b->left[g], j1 = g == b->n ? nr : b->right[g], over = -1;
        if (g < b->n && !qd_plane__unite_faces(record, l->cell[i1], r->cell[j1])) {
            over = qd_plane__node_new(record); /* a vertical edge */
            record->edges++;
            qd_plane__wall_add(record, l->cell[i1], r->cell[j1], over);
        }
        bool on_frame = (g == 0 && p->frame[2]) || (g == b->n && p->frame[3]);
        slong node = meet(record, l, i0, i1, r, j0, j1, under, over, on_frame);
        under = over;
        if (node < 0) continue;
        record->vertices++;
        if (g == 0) {
            e->low = node;
            if (p->frame[2]) touch(p, l, i0, i1, r, j0, j1, node);
        }
        if (g == b->n) {
            e->high = node;
            if (p->frame[3]) touch(p, l, i0, i1, r, j0, j1, node);
        }
    }
}

/* ---- sides ------------------------------------------------------------------------------------------------ */

static void vertical_side(qd_plane_side *side, const qd_plane_cad *p, const qd_plane_stack *k)
{
    qd_plane_record *record = &p->w->record;
    slong n = 1, at = 0;
    for (slong i = 0; i < k->r.root->n; i++) n += k->wall[i];
    qd_plane__side_init(side, n);
    side->e[at++] = k->cell[0];
    for (slong i = 0; i < k->r.root->n; i++) {
        if (!k->wall[i]) continue;
        slong node = qd_plane__node_new(record);
        qd_plane__unite_nodes(record, node, k->edge[i]);
        record->vertices++;
        side->e[at++] = node;
        side->e[at++] = k->cell[i + 1];
    }
}

/* Cells along t0 (high: t1). A point where the pattern does not change is none of the side. */
static void horizontal_side(qd_plane_side *side, const qd_plane_cad *p, const qd_plane_stack *k, slong n, const ends *e, bool high)
{
    qd_plane_record *record = &p->w->record;
    slong at = 0;
    qd_plane__side_init(side, n);
    for (slong i = 0; i < n; i++) {
        slong cell = k[i].cell[high ? k[i].r.root->n : 0], node = i > 0 ? (high ? e[i - 1].high : e[i - 1].low) : -1;
        if (i > 0) {
            bool same = memcmp(record->pattern + cell * record->nwords, record->pattern + side->e[at - 1] * record->nwords,
                               sizeof(qd_word) * (size_t) record->nwords) == 0;
            if (same && (node < 0 || !p->frame[high ? 3 : 2])) {
                qd_plane__unite_faces(record, side->e[at - 1], cell);
                continue;
            }
            side->e[at++] = node;
        }
        side->e[at++] = cell;
    }
    side->n = (at + 1) / 2;
}

/* ---- the box ------------------------------------------------------------------------------------------------ */

static qd_status take_curves(qd_plane_cad *p, const qd_plane_function *f, slong nf)
{
    qd_plane_worker *w = p->w;
    slong *seen = NULL, nseen = 0;
    qd_status st = QD_OK;
    for (slong i = 0; i < nf && st == QD_OK; i++) {
        st = qd_plane__sheet_factor(w, f[i].sheet, f[i].unit);
        const qd_plane_unit *u = f[i].sheet->unit + f[i].unit;
        for (slong k = 0; st == QD_OK && k < u->nfactors; k++) {
            slong j = 0;
            while (j < nseen && seen[j] != u->factor[k]) j++;
            if (j < nseen) continue;
            seen = qd_realloc(seen, sizeof *seen * (size_t) (nseen + 1));
            seen[nseen++] = u->factor[k];
        }
    }
    p->f = qd_malloc(sizeof *p->f * (size_t) (nseen + 1));
    p->vertical = qd_calloc((size_t) nseen + 1, sizeof *p->vertical);
    for (slong j = 0; j < nseen && st == QD_OK; j++) {
        fmpz_mpoly_init(p->f + p->n, p->ctx);
        qd_plane__exact_chart(p->f + p->n, qd_plane__exact_poly(w->exact, seen[j]), w->model, w->chart, w->exact);
        p->vertical[p->n] = fmpz_mpoly_degree_si(p->f + p->n, 1, p->ctx) == 0;
        if (fmpz_mpoly_total_degree_si(p->f + p->n, p->ctx) > MOST_DEGREE) st = QD_EUNABLE;
        p->n++;
    }
    free(seen);
    return st;
}

/* A curve along a horizontal side: it is dropped where the side is the frame. */
static qd_status drop_side_curves(qd_plane_cad *p)
{
    fmpz_poly_t g;
    qd_status st = QD_OK;
    fmpz_poly_init(g);
    for (slong k = p->n - 1; k >= 0 && st == QD_OK; k--) {
        if (p->vertical[k]) continue;
        for (int high = 0; high < 2; high++) {
            qd_plane__cad_substitute(g, p->f + k, 1, high ? p->t1 : p->t0, p->ctx);
            if (!fmpz_poly_is_zero(g)) continue;
            if (!p->frame[high ? 3 : 2]) st = QD_EUNABLE;
            fmpz_mpoly_swap(p->f + k, p->f + p->n - 1, p->ctx);
            p->vertical[k] = p->vertical[p->n - 1];
            fmpz_mpoly_clear(p->f + --p->n, p->ctx);
            break;
        }
    }
    fmpz_poly_clear(g);
    return st;
}

/* Can the resultant of two polynomials in t be made in what is left of the budget? The time was measured for random ones: 0.08 s at degree 8 and 524 bits,
   some 80 s at degree 16 and 1100 bits. */
static qd_status affordable(const qd_plane_cad *p, const fmpz_mpoly_struct *f, const fmpz_mpoly_struct *g)
{
    qd_ctx_struct *ctx = p->w->ctx;
    double degrees = (double) fmpz_mpoly_total_degree_si(f, p->ctx) * (double) fmpz_mpoly_total_degree_si(g, p->ctx);
    double bits = (double) FLINT_ABS(fmpz_mpoly_max_bits(f)) + (double) FLINT_ABS(fmpz_mpoly_max_bits(g));
    qd_status st = qd_ctx_budget(ctx);
    if (st != QD_OK || ctx->max_seconds <= 0) return st;
    return 0.08 * pow(degrees / 64, 4.5) * bits / 1048 < ctx->max_seconds - qd_ctx_elapsed(ctx) ? QD_OK : QD_EUNABLE;
}

static qd_status critical_abscissae(qd_alg_list_t a, const qd_plane_cad *p)
{
    qd_ctx_struct *ctx = p->w->ctx;
    fmpz_mpoly_t res;
    fmpz_poly_t g;
    qd_status st = QD_OK;
    fmpz_mpoly_init(res, p->ctx);
    fmpz_poly_init(g);
    for (slong i = 0; i < p->n && st == QD_OK; i++) {
        if (p->vertical[i]) {
            qd_plane__cad_univariate(g, p->f + i, 0, p->ctx);
            st = qd_plane__cad_add_roots(a, g, p->s0, p->s1, ctx);
            continue;
        }
        if ((st = affordable(p, p->f + i, p->f + i)) != QD_OK) break;
        if (fmpz_mpoly_degree_si(p->f + i, 1, p->ctx) >= 2) {
            if (!fmpz_mpoly_discriminant(res, p->f + i, 1, p->ctx)) st = QD_EUNABLE;
            qd_plane__cad_univariate(g, res, 0, p->ctx);
            if (st == QD_OK) st = qd_plane__cad_add_roots(a, g, p->s0, p->s1, ctx);
        }
        for (int high = 0; high < 2 && st == QD_OK; high++) {
            qd_plane__cad_substitute(g, p->f + i, 1, high ? p->t1 : p->t0, p->ctx);
            st = qd_plane__cad_add_roots(a, g, p->s0, p->s1, ctx);
        }
        for (slong j = 0; j < i && st == QD_OK; j++) {
            if (p->vertical[j]) continue;
            if ((st = affordable(p, p->f + i, p->f + j)) != QD_OK) break;
            if (!fmpz_mpoly_resultant(res, p->f + i, p->f + j, 1, p->ctx)) st = QD_EUNABLE;
            qd_plane__cad_univariate(g, res, 0, p->ctx);
            if (st == QD_OK) st = qd_plane__cad_add_roots(a, g, p->s0, p->s1, ctx);
        }
    }
    fmpz_mpoly_clear(res, p->ctx);
    fmpz_poly_clear(g);
    if (st == QD_OK) qd_plane__cad_sort_unique(a);
    return st;
}

static qd_status decompose(qd_plane_patch *patch, const qd_plane_cad *p, qd_alg_list_t critical)
{
    slong n = critical->n + 1;
    qd_plane_stack *k = qd_calloc((size_t) n, sizeof *k);
    ends *e = qd_calloc((size_t) n, sizeof *e);
    qd_alg_t s0, s1;
    qd_status st = QD_OK;
    qd_alg_init(s0);
    qd_alg_init(s1);
    qd_alg_set_fmpq(s0, p->s0);
    qd_alg_set_fmpq(s1, p->s1);
    for (slong i = 0; i < n; i++) {
        fmpq_init(k[i].s);
        qd_plane__cad_roots_init(&k[i].r);
    }
    for (slong i = 0; i < n && st == QD_OK; i++) {
        qd_alg_between(k[i].s, i == 0 ? s0 : critical->e + i - 1, i == n - 1 ? s1 : critical->e + i);
        st = qd_plane__cad_stack(k + i, p);
    }
    for (slong i = 0; i + 1 < n && st == QD_OK; i++) {
        qd_plane_fibre b = {0};
        st = qd_ctx_budget(p->w->ctx);
        if (st == QD_OK) st = qd_plane__cad_links(&b, p, critical, i, k + i, k + i + 1);
        if (st == QD_OK) join_stacks(e + i, p, &b, k + i, k + i + 1);
        free(b.left);
        free(b.right);
    }
    if (st == QD_OK) {
        vertical_side(patch->side, p, k);
        vertical_side(patch->side + 1, p, k + n - 1);
        horizontal_side(patch->side + 2, p, k, n, e, false);
        horizontal_side(patch->side + 3, p, k, n, e, true);
    }
    for (slong i = 0; i < n; i++) {
        fmpq_clear(k[i].s);
        qd_plane__cad_roots_clear(&k[i].r);
        free(k[i].cell);
        free(k[i].wall);
        free(k[i].edge);
    }
    qd_alg_clear(s0);
    qd_alg_clear(s1);
    free(k);
    free(e);
    return st;
}

qd_status qd_plane__resolve(qd_plane_patch *patch, qd_plane_worker *w, const qd_plane_box *box, const bool frame[4])
{
    qd_plane_function f[MOST_FUNCTIONS];
    slong nf;
    qd_plane_cad p = {.w = w, .ctx = qd_plane__exact_ctx(w->exact), .frame = frame};
    qd_plane_record before = w->record;
    qd_alg_list_t critical;
    qd_plane__functions(f, &nf, MOST_FUNCTIONS, w, box);
    if (nf < 0) return QD_EUNABLE;
    fmpq *ends[4] = {p.s0, p.s1, p.t0, p.t1};
    const double value[4] = {box->s0, box->s1, box->t0, box->t1};
    for (int k = 0; k < 4; k++) {
        fmpq_init(ends[k]);
        qd_rat_set_double(ends[k], value[k]);
    }
    qd_alg_init(p.low);
    qd_alg_init(p.high);
    qd_alg_set_fmpq(p.low, p.t0);
    qd_alg_set_fmpq(p.high, p.t1);
    qd_alg_list_init(critical);
    qd_status st = take_curves(&p, f, nf);
    if (st == QD_OK) st = drop_side_curves(&p);
    if (st == QD_OK) st = critical_abscissae(critical, &p);
    if (st == QD_OK) st = decompose(patch, &p, critical);
    if (st != QD_OK) qd_plane__record_drop(&w->record, &before);
    for (slong i = 0; i < p.n; i++) fmpz_mpoly_clear(p.f + i, p.ctx);
    free(p.f);
    free(p.vertical);
    qd_alg_list_clear(critical);
    for (int k = 0; k < 4; k++) fmpq_clear(ends[k]);
    qd_alg_clear(p.low);
    qd_alg_clear(p.high);
    return st;
}
