/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boxes on which doubles can name everything: at most four curves of one layer, or one curve with one more on each side of it, and all other
   units have a sign.

   1. Every open curve is regular on the box: no closed curves, no singular points, so it consists of arcs from side to side.
   2. Every curve has 0 or 1 simple roots on each side, and 0 or 2 altogether: it is one arc, or absent.
   3. Two arcs cross once where their ends interleave, and else do not meet: the cone condition allows at most one common point, which is
      then a crossing, so that parity decides; or a combination without zeros, or membership in one pencil, forbids common points.
   4. Euler: the arcs cut the box into 1 + arcs + crossings faces (no three arcs meet in a point, else some pair would be counted at
      one point and the number of faces would be smaller than that of the sign vectors met). All faces are met along the boundary exactly if as many
      sign vectors are met there; otherwise the box is cut.

   One curve u with a curve v of the same units on both sides: these units are continuous, so v on one side goes on on the other. Where v has a sign
   on one side, it has that sign on u = 0, and does not meet it from the other side either. */
#include "plane/impl.h"

#include <stdlib.h>
#include <string.h>

void qd_plane__side_init(qd_plane_side *side, slong n)
{
    side->n = n;
    side->e = qd_malloc(sizeof *side->e * (size_t) (2 * n - 1));
}

/* ---- signs and bits --------------------------------------------------------------------------- */

static void bits_of(char *bit, const qd_plane_sheet *s, slong n, const signed char *sign)
{
    for (slong u = 0; u < n; u++) {
        int v = s->unit[u].sign;
        for (slong k = 0; k < s->unit[u].ncurves && v != 0; k++) v *= sign[s->unit[u].curve[k]];
        bit[u] = v > 0;
    }
}

static slong units(const qd_plane_worker *w, const qd_plane_sheet *s)
{
    return w->model->m.low->layer[s->layer].out;
}

static void level(qd_plane_worker *w, qd_plane_sheet *s)
{
    s->levelled = true;
    for (slong u = 0; u < units(w, s); u++)
        if (qd_restriction_switches(&w->model->m, s->layer, u) && qd_plane__sheet_refine(w, s, u) != QD_OK) qd_ctx_forget(w->ctx);
}

/* The only unit of the sheet whose output is not zero on the box, as far as the signs in v say; -1: there are more, or none. */
static slong only_unit(const qd_plane_worker *w, const qd_plane_sheet *s, const qd_plane_view *v)
{
    slong found = -1;
    if (s->z.degree == 0) return -1;
    for (slong u = 0; u < units(w, s); u++) {
        int sign = s->unit[u].sign;
        for (slong k = 0; k < s->unit[u].ncurves && sign != 0; k++)
            if (v->sign[s->unit[u].curve[k]] == 0) sign = 2; /* open */
            else if (sign != 2) sign *= v->sign[s->unit[u].curve[k]];
        if (sign == 0 || (sign == -1 && w->model->m.unit_mod[s->layer][u].off_zero)) continue;
        if (found >= 0) return -1;
        found = u;
    }
    return found;
}

/* Where everything depends on one unit, the box may be a leaf of its own kind. */
typedef struct {
    qd_plane_sheet *sheet;
    slong unit; /* -1: nothing was found */
} candidate;

/* From the sheet s upwards as long as everything has a sign; the view of the sheet with open curves is v. Returns how many it has; 0: there is
   none, and `pattern` is that of the box. Ends at a candidate when one is asked for. */
static slong ascend(qd_plane_view *v, qd_plane_form *forms, qd_word *pattern, qd_plane_worker *w, qd_plane_sheet *s, candidate *only)
{
    for (;;) {
        slong n = units(w, s);
        char bit[n];
        memset(bit, 0, (size_t) n);
        if (s->switches) {
            if (w->chart > 0 && s->active_sheet != NULL && !s->levelled) level(w, s);
            qd_plane__view(v, w, s, forms);
            if (only != NULL && s->layer + 1 < w->model->switching && (only->unit = only_unit(w, s, v)) >= 0) {
                only->sheet = s;
                return v->nopen;
            }
            if (v->nopen > 0) return v->nopen;
            bits_of(bit, s, n, v->sign);
        }
        if (s->layer + 1 == w->model->switching) {
            qd_plane__pattern_above(pattern, w, s, bit);
            return 0;
        }
        s = qd_plane__sheet_above(w, s, bit);
    }
}

/* The same above v, whose open curves have the signs of the bits of `face`. */
static slong ascend_face(qd_plane_view *to, qd_plane_form *forms, qd_word *pattern, qd_plane_worker *w, qd_plane_view *v, slong face)
{
    slong n = units(w, v->sheet);
    char bit[n];
    for (slong k = 0; k < v->nopen; k++) v->sign[v->open[k]] = face >> k & 1 ? 1 : -1;
    bits_of(bit, v->sheet, n, v->sign);
    for (slong k = 0; k < v->nopen; k++) v->sign[v->open[k]] = 0;
    if (v->sheet->layer + 1 == w->model->switching) {
        qd_plane__pattern_above(pattern, w, v->sheet, bit);
        return 0;
    }
    return ascend(to, forms, pattern, w, qd_plane__sheet_above(w, v->sheet, bit), NULL);
}

/* ---- arcs ------------------------------------------------------------------------------------------ */

/* What happens along the four sides: arcs by number, ascending, and where. */
typedef struct {
    int n[4], arc[4][2 * QD_PLANE_OPEN];
    double lo[4][2 * QD_PLANE_OPEN], hi[4][2 * QD_PLANE_OPEN];
    slong face[4][2 * QD_PLANE_OPEN + 1]; /* between them */
} boundary;

/* The boundary from the corner (s0, t0): t = t0 ascending, s = s1 ascending, t = t1 descending, s = s0 descending. */
static const int walk[4] = {2, 1, 3, 0};

/* The arcs around the boundary in that order. */
static int around(int *cycle, const boundary *b)
{
    int n = 0;
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < b->n[walk[k]]; i++) cycle[n++] = b->arc[walk[k]][k < 2 ? i : b->n[walk[k]] - 1 - i];
    return n;
}

/* Two arcs with two ends each: do the ends interleave? */
static bool interleave(const int *cycle, int n, int a, int b)
{
    int q[4], m = 0;
    for (int i = 0; i < n && m < 4; i++)
        if (cycle[i] == a || cycle[i] == b) q[m++] = cycle[i];
    return m == 4 && q[0] != q[1] && q[1] != q[2];
}

static bool same_pencil(const qd_plane_curve *a, const qd_plane_curve *b)
{
    return a->pencil > 0 && a->pencil == b->pencil;
}

static bool at_infinity(const qd_plane_worker *w, int side)
{
    return side == 0 && w->chart > 0 && w->box.s0 == 0;
}

/* Curves of one pencil end in one point at infinity. Just before it, h - rho goes from sign `left` to the other one as t grows, so
   the level sets follow each other in the order of rho, or in the opposite one. */
static int order_at_infinity(const qd_plane_curve *a, const qd_plane_curve *b, const qd_plane_root *x, const qd_plane_root *y)
{
    if (x->left != y->left || a->rho == b->rho) return 0;
    return (a->rho < b->rho) == (x->left < 0) ? -1 : 1;
}

/* ---- several curves of one sheet ------------------------------------------------------------------- */

static bool side_roots(boundary *b, int *total, const qd_plane_worker *w, const qd_plane_view *v, const qd_plane_form *form, int side)
{
    qd_plane_root root[QD_PLANE_OPEN];
    int n = 0, *arc = b->arc[side];
    for (slong k = 0; k < v->nopen; k++) {
        int variations = qd_plane__variations(form + k, side);
        if (variations < 0) return false;
        if (variations == 0) continue;
        qd_plane__root_init(root + n, form + k, side);
        arc[n++] = (int) k;
        total[k]++;
    }
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0; j--) {
            const qd_plane_curve *x = v->sheet->curve + v->open[arc[j - 1]], *y = v->sheet->curve + v->open[arc[j]];
            int o = at_infinity(w, side) && same_pencil(x, y) ? order_at_infinity(x, y, root + j - 1, root + j)
                                                              : qd_plane__separate(root + j - 1, root + j);
            if (o == 0) return false;
            if (o < 0) break;
            qd_plane_root r = root[j - 1];
            int a = arc[j - 1];
            root[j - 1] = root[j];
            root[j] = r;
            arc[j - 1] = arc[j];
            arc[j] = a;
        }
    for (int i = 0; i < n; i++) {
        b->lo[side][i] = root[i].lo;
        b->hi[side][i] = root[i].hi;
    }
    b->n[side] = n;
    return true;
}

/* Fills b->face with sign vectors, starting at a corner. */
static slong walk_faces(boundary *b, slong start)
{
    slong seen = 0, face = start;
    for (int k = 0; k < 4; k++) {
        int side = walk[k], n = b->n[side];
        for (int i = 0; i <= n; i++) {
            b->face[side][k < 2 ? i : n - i] = face;
            seen |= 1L << face;
            if (i < n) face ^= 1L << b->arc[side][k < 2 ? i : n - 1 - i];
        }
    }
    return seen;
}

/* A point between the roots on a side, as coordinates of the box. */
static void between(double *s, double *t, const qd_plane_worker *w, const boundary *b, int side, int i)
{
    double lo = i == 0 ? 0 : b->hi[side][i - 1], hi = i == b->n[side] ? 1 : b->lo[side][i], x = lo + (hi - lo) / 2;
    const qd_plane_box *box = &w->box;
    *s = side == 0 ? box->s0 : side == 1 ? box->s1 : box->s0 + x * (box->s1 - box->s0);
    *t = side == 2 ? box->t0 : side == 3 ? box->t1 : box->t0 + x * (box->t1 - box->t0);
}

/* Crossings cut arcs into edges. One node an edge, made when asked for: that of the arc between the sign vector `face` and the one on its other side,
   of which face is the smaller; -1 before. */
typedef struct {
    slong node[QD_PLANE_OPEN][1 << QD_PLANE_OPEN];
} edges;

static slong edge(edges *e, qd_plane_worker *w, slong arc, slong face)
{
    slong *node = &e->node[arc][face];
    if (*node < 0) *node = qd_plane__node_new(&w->record);
    return *node;
}

static void cross_edges(edges *e, qd_plane_worker *w, slong a, slong b, slong face, slong with_a, slong with_b)
{
    slong node[4] = {edge(e, w, a, face), edge(e, w, b, face), edge(e, w, a, with_b), edge(e, w, b, with_a)};
    qd_plane__vertex_add(&w->record, -1, node, 4);
}

/* Records the faces and sides; number[f]: the recorded face of sign vector f, -1 before. */
static void record(qd_plane_patch *patch, qd_plane_worker *w, const boundary *b, const qd_word *patterns, slong *number, edges *e)
{
    slong nwords = w->model->m.nwords;
    for (int side = 0; side < 4; side++) {
        qd_plane__side_init(patch->side + side, b->n[side] + 1);
        for (int i = 0; i <= b->n[side]; i++) {
            slong f = b->face[side][i];
            if (number[f] < 0) {
                double s, t;
                between(&s, &t, w, b, side, i);
                number[f] = qd_plane__face_new(&w->record, patterns + f * nwords, w->chart, s, t, false);
            }
            patch->side[side].e[2 * i] = number[f];
            if (i == b->n[side]) continue;
            slong end = qd_plane__node_new(&w->record);
            qd_plane__unite_nodes(&w->record, end, edge(e, w, b->arc[side][i], FLINT_MIN(f, b->face[side][i + 1])));
            w->record.vertices++;
            patch->side[side].e[2 * i + 1] = end;
        }
    }
}

static slong bit_count(slong x)
{
    return __builtin_popcountl((unsigned long) x);
}

/* The crossing of i and j is where all four signs of the two occur with the same signs of the others: this sign vector, without i and j. -1: that is
   not the case once. */
static slong around_crossing(slong seen, slong k, slong i, slong j)
{
    slong found = -1, a = 1L << i, b = 1L << j;
    for (slong f = 0; f < 1 << k; f++) {
        if ((f & (a | b)) || !(seen >> f & 1) || !(seen >> (f | a) & 1) || !(seen >> (f | b) & 1) || !(seen >> (f | a | b) & 1)) continue;
        if (found >= 0) return -1;
        found = f;
    }
    return found;
}

static bool several(qd_plane_patch *patch, qd_plane_worker *w, qd_plane_view *v, const qd_plane_form *form, bool *suspect)
{
    slong k = v->nopen, nwords = w->model->m.nwords, number[1 << QD_PLANE_OPEN], corner[QD_PLANE_OPEN][QD_PLANE_OPEN];
    int total[QD_PLANE_OPEN] = {0}, cycle[8 * QD_PLANE_OPEN];
    qd_plane_gradient g[QD_PLANE_OPEN];
    boundary b;
    bool cross[QD_PLANE_OPEN][QD_PLANE_OPEN] = {{false}};
    for (slong i = 0; i < k; i++) {
        qd_plane__gradient(g + i, form + i);
        if (!qd_plane__regular(g + i)) return false;
    }
    for (int side = 0; side < 4; side++)
        if (!side_roots(&b, total, w, v, form, side)) return false;
    slong arcs = 0, crossings = 0;
    for (slong i = 0; i < k; i++) {
        if (total[i] != 0 && total[i] != 2) return false;
        arcs += total[i] == 2;
    }
    int n = around(cycle, &b);
    for (slong i = 0; i < k; i++)
        for (slong j = 0; j < i; j++) {
            if (total[i] == 0 || total[j] == 0) continue;
            double left;
            bool meet = interleave(cycle, n, (int) i, (int) j),
                 pencil = same_pencil(v->sheet->curve + v->open[i], v->sheet->curve + v->open[j]);
            if (pencil && meet) return false;
            if (!pencil && !qd_plane__cone(g + i, g + j)) {
                bool apart = qd_plane__apart(&left, form + i, form + j);
                *suspect |= left < 8;
                if (meet || !apart) return false;
            }
            cross[i][j] = meet;
            crossings += meet;
        }
    slong start = 0;
    for (slong i = 0; i < k; i++) start |= (slong) (qd_plane__corner(form + i, 0, 0) > 0) << i;
    slong seen = walk_faces(&b, start);
    if (bit_count(seen) != 1 + arcs + crossings) return false;
    for (slong i = 0; i < k; i++)
        for (slong j = 0; j < i; j++)
            if (cross[i][j] && (corner[i][j] = around_crossing(seen, k, i, j)) < 0) return false;
    qd_word pattern[nwords << QD_PLANE_OPEN];
    for (slong f = 0; f < 1 << k; f++) {
        number[f] = -1;
        if ((seen >> f & 1) && ascend_face(w->view + 3, w->form[3], pattern + f * nwords, w, v, f) != 0) return false;
    }
    edges e;
    memset(&e, -1, sizeof e);
    record(patch, w, &b, pattern, number, &e);
    for (slong i = 0; i < k; i++)
        for (slong j = 0; j < i; j++)
            if (cross[i][j]) cross_edges(&e, w, i, j, corner[i][j], corner[i][j] | 1L << i, corner[i][j] | 1L << j);
    for (slong f = 0; f < 1 << k; f++)
        for (slong i = 0; i < k; i++)
            if ((seen >> f & 1) && !(f >> i & 1) && (seen >> (f | 1L << i) & 1))
                qd_plane__wall_add(&w->record, number[f], number[f | 1L << i], edge(&e, w, i, f));
    w->record.vertices += crossings;
    w->record.edges += arcs + 2 * crossings;
    return true;
}

/* ---- one curve, and one on each side of it ------------------------------------------------------------- */

static bool has_curve(const qd_plane_unit *u, slong curve)
{
    for (slong k = 0; k < u->ncurves; k++)
        if (u->curve[k] == curve) return true;
    return false;
}

/* A unit to which the open curve belongs; -1 when the other view's curve does not belong to the same ones. */
static slong common_unit(const qd_plane_worker *w, const qd_plane_view *v, const qd_plane_view *other)
{
    slong found = -1;
    if (other != NULL && other->sheet->layer != v->sheet->layer) return -1;
    for (slong u = 0; u < units(w, v->sheet); u++) {
        bool here = v->sheet->unit[u].sign != 0 && has_curve(v->sheet->unit + u, v->open[0]);
        if (other != NULL && here != (other->sheet->unit[u].sign != 0 && has_curve(other->sheet->unit + u, other->open[0]))) return -1;
        if (here) found = u;
    }
    return found;
}

typedef struct {
    qd_plane_view *u, *v[2]; /* v[s]: above the side s of u */
    const qd_plane_form *fu, *fv[2];
    qd_plane_gradient gu, gv[2];
    slong open[2]; /* 0 or 1: is there a curve v on that side? */
    bool apart;    /* u and v do not meet */
    bool pencil;   /* since they are level sets of one function */
    slong bit;     /* pattern bit that tells the sides of v, -1 */
    int nu, nv;
    int tie;      /* 1 + side: v ends at infinity where u does */
    int roots[4]; /* of u on each side of the box */
    boundary b;
} pair;

static const qd_plane_curve *v_curve(const pair *p, int s)
{
    return p->v[s]->sheet->curve + p->v[s]->open[0];
}

/* May u and v be used together? */
static bool check_pair(pair *p, bool *suspect)
{
    if (p->nu != 2 || p->open[0] + p->open[1] == 0) return true;
    const qd_plane_curve *u = p->u->sheet->curve + p->u->open[0];
    if (p->open[0] + p->open[1] == 1) {
        p->pencil = same_pencil(u, v_curve(p, p->open[1] != 0));
        p->apart = p->pencil || !u->tied;
        return p->apart;
    }
    bool meet_once[2];
    for (int s = 0; s < 2; s++) {
        double left;
        if (u->tied) return false;
        if ((meet_once[s] = qd_plane__cone(&p->gu, p->gv + s))) continue;
        if (qd_plane__apart(&left, p->fu, p->fv[s])) {
            p->apart = true;
            return true;
        }
        *suspect |= left < 8;
    }
    return meet_once[0] && meet_once[1];
}

static void event(boundary *b, int side, int arc, const qd_plane_root *r)
{
    int n = b->n[side]++;
    b->arc[side][n] = arc;
    b->lo[side][n] = r->lo;
    b->hi[side][n] = r->hi;
}

/* The roots along one side of the box: v counts only where it lives. */
static bool pair_side(pair *p, const qd_plane_worker *w, int side)
{
    boundary *b = &p->b;
    int first = qd_plane__corner(p->fu, side == 1, side == 3) > 0; /* side of u at the beginning */
    if (p->roots[side] == 0) {
        if (!p->open[first]) return true;
        int n = qd_plane__variations(p->fv[first], side);
        if (n < 0) return false;
        if (n == 1) {
            qd_plane_root r;
            qd_plane__root_init(&r, p->fv[first], side);
            event(b, side, 1, &r);
        }
        p->nv += n;
        return true;
    }
    qd_plane_root u, r, before, after;
    int nbefore = 0, nafter = 0;
    qd_plane__root_init(&u, p->fu, side);
    for (int s = 0; s < 2; s++) {
        if (!p->open[s]) continue;
        int n = qd_plane__variations(p->fv[s], side);
        if (n < 0) return false;
        if (n == 0) continue;
        qd_plane__root_init(&r, p->fv[s], side);
        int o = qd_plane__separate(&r, &u);
        if (o == 0) {
            if (!at_infinity(w, side) || !p->apart) return false;
            p->tie = 1 + s;
            continue;
        }
        if (o < 0 && s == first) {
            before = r;
            nbefore = 1;
        }
        if (o > 0 && s != first) {
            after = r;
            nafter = 1;
        }
    }
    if (nbefore) event(b, side, 1, &before);
    event(b, side, 0, &u);
    if (nafter) event(b, side, 1, &after);
    p->nv += nbefore + nafter;
    return true;
}

/* u and v end in one point at infinity and do not cross: v ends there too exactly if it has one other end. It then lies on the side of u where it
   lives. */
static void settle_tie(pair *p)
{
    boundary *b = &p->b;
    if (p->nv != 1) return;
    int first = qd_plane__corner(p->fu, 0, 0) > 0, n = b->n[0], at = 0;
    while (b->arc[0][at] != 0) at++;
    if (p->tie - 1 != first) at++;
    for (int i = n; i > at; i--) {
        b->arc[0][i] = b->arc[0][i - 1];
        b->lo[0][i] = b->lo[0][i - 1];
        b->hi[0][i] = b->hi[0][i - 1];
    }
    b->arc[0][at] = 1;
    b->lo[0][at] = b->lo[0][at == 0 ? 1 : at - 1];
    b->hi[0][at] = b->hi[0][at == 0 ? 1 : at - 1];
    b->n[0]++;
    p->nv = 2;
}

/* Faces are numbered 2 * side of u + side of v; away from v, the units of v keep their signs across u. */
static bool pair_faces(pair *p, const qd_word *pattern, slong nwords)
{
    boundary *b = &p->b;
    int s = qd_plane__corner(p->fu, 0, 0) > 0, t = 0;
    if (p->open[s]) {
        int sign = qd_plane__corner(p->fv[s], 0, 0);
        if (sign == 0) return false;
        t = sign > 0;
    }
    for (int k = 0; k < 4; k++) {
        int side = walk[k], n = b->n[side];
        for (int i = 0; i <= n; i++) {
            b->face[side][k < 2 ? i : n - i] = 2 * s + t;
            if (i == n) continue;
            if (b->arc[side][k < 2 ? i : n - 1 - i] == 1) {
                if (!p->open[s]) return false;
                t = !t;
                continue;
            }
            if (p->pencil) { /* on u, h is the level of u */
                s = !s;
                t = p->open[s] && v_curve(p, s)->rho < (p->u->sheet->curve + p->u->open[0])->rho;
                continue;
            }
            int bit = p->bit < 0 ? 0 : qd_pattern_get(pattern + (2 * s + t) * nwords, p->bit), next = 0;
            s = !s;
            while (p->bit >= 0 && qd_pattern_get(pattern + (2 * s + next) * nwords, p->bit) != bit)
                if (!p->open[s] || next++ == 1) return false;
            t = next;
        }
    }
    return true;
}

static bool single(qd_plane_patch *patch, qd_plane_worker *w, bool *suspect)
{
    slong nwords = w->model->m.nwords, number[4] = {-1, -1, -1, -1};
    qd_word pattern[4 * nwords];
    pair p;
    memset(&p, 0, sizeof p);
    p.u = w->view;
    p.fu = w->form[0];
    p.bit = -1;
    qd_plane__gradient(&p.gu, p.fu);
    if (!qd_plane__regular(&p.gu)) return false;
    for (int side = 0; side < 4; side++) {
        p.roots[side] = qd_plane__variations(p.fu, side);
        if (p.roots[side] < 0) return false;
        p.nu += p.roots[side];
    }
    if (p.nu != 0 && p.nu != 2) return false;
    int corner = qd_plane__corner(p.fu, 0, 0) > 0;
    for (int s = 0; s < 2; s++) {
        p.v[s] = w->view + 1 + s;
        p.fv[s] = w->form[1 + s];
        p.v[s]->nopen = 0;
        if (p.nu == 0 && s != corner) continue; /* that side is not there */
        p.open[s] = ascend_face(p.v[s], w->form[1 + s], pattern + 2 * s * nwords, w, p.u, s);
        w->nviews = 2 + s;
        if (p.open[s] > 1) return false;
        if (p.open[s] == 0) {
            memcpy(pattern + (2 * s + 1) * nwords, pattern + 2 * s * nwords, sizeof *pattern * (size_t) nwords);
            continue;
        }
        qd_plane__gradient(p.gv + s, p.fv[s]);
        if (!qd_plane__regular(p.gv + s)) return false;
    }
    if (p.open[0] + p.open[1] > 0) {
        const qd_plane_view *v = p.v[p.open[0] == 0];
        slong unit = common_unit(w, v, p.open[0] && p.open[1] ? p.v[1] : NULL);
        if (unit < 0) return false;
        p.bit = w->model->m.bit[v->sheet->layer][unit];
    }
    if (!check_pair(&p, suspect)) return false;
    for (int s = 0; s < 2; s++)
        for (slong t = 0; p.open[s] && t < 2; t++)
            if (ascend_face(w->view + 3, w->form[3], pattern + (2 * s + t) * nwords, w, p.v[s], t) != 0) return false;
    for (int side = 0; side < 4; side++)
        if (!pair_side(&p, w, side)) return false;
    if (p.tie) settle_tie(&p);
    if (p.nv != 0 && p.nv != 2) return false;
    int cycle[8];
    bool cross = p.nu == 2 && p.nv == 2 && interleave(cycle, around(cycle, &p.b), 0, 1);
    if (cross && p.apart) return false;
    if (!pair_faces(&p, pattern, nwords)) return false;
    edges e;
    memset(&e, -1, sizeof e);
    record(patch, w, &p.b, pattern, number, &e);
    if (cross) cross_edges(&e, w, 0, 1, 0, 2, 1);
    for (int side = 0; side < 4; side++)
        for (int i = 0; i < p.b.n[side]; i++)
            qd_plane__wall_add(&w->record, number[p.b.face[side][i]], number[p.b.face[side][i + 1]],
                               edge(&e, w, p.b.arc[side][i], FLINT_MIN(p.b.face[side][i], p.b.face[side][i + 1])));
    w->record.vertices += cross;
    w->record.edges += (p.nu != 0) + (p.nv != 0) + 2 * cross;
    return true;
}

/* ---- all cases -------------------------------------------------------------------------------------------- */

void qd_plane__whole_box(qd_plane_patch *patch, qd_plane_worker *w, const qd_word *pattern)
{
    const qd_plane_box *b = &w->box;
    slong face = qd_plane__face_new(&w->record, pattern, w->chart, b->s0 + (b->s1 - b->s0) / 2, b->t0 + (b->t1 - b->t0) / 2, true);
    for (int side = 0; side < 4; side++) {
        qd_plane__side_init(patch->side + side, 1);
        patch->side[side].e[0] = face;
    }
}

/* Curves of which doubles see nothing but zero. */
static bool looks_zero(const qd_plane_view *v, const qd_plane_form *form)
{
    for (slong k = 0; k < v->nopen && k < QD_PLANE_OPEN; k++)
        if (form[k].size <= 4 * form[k].rad) return true;
    return false;
}

bool qd_plane__leaf(qd_plane_patch *patch, qd_plane_worker *w, bool *suspect)
{
    qd_word pattern[w->model->m.nwords];
    w->nviews = 0;
    *suspect = false;
    if (w->model->switching == 0) {
        qd_plane__whole_box(patch, w, memset(pattern, 0, sizeof pattern));
        return true;
    }
    w->nviews = 1;
    candidate only = {NULL, -1};
    slong k = ascend(w->view, w->form[0], pattern, w, qd_plane__sheet_first(w), &only);
    if (only.unit >= 0) {
        if (qd_plane__level_leaf(patch, w, only.sheet, only.unit)) return true;
        k = ascend(w->view, w->form[0], pattern, w, qd_plane__sheet_first(w), NULL);
    }
    *suspect = k > 0 && looks_zero(w->view, w->form[0]);
    if (k == 0) {
        w->nviews = 0;
        qd_plane__whole_box(patch, w, pattern);
        return true;
    }
    if (k > QD_PLANE_OPEN) return false;
    bool done = k == 1 ? single(patch, w, suspect) : several(patch, w, w->view, w->form[0], suspect);
    for (int i = 1; i < w->nviews && !done; i++) *suspect |= looks_zero(w->view + i, w->form[i]);
    return done;
}
