/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recursion: a box is a leaf, or is cut in two whose common sides are zipped together, or is resolved exactly.

   A side is the maximal sequence of intervals of constant pattern along it, with the curves between them; a point where a unit touches
   zero does not separate. That is a property of the set of points, so both neighbours of a side must find the same sequence: zip
   compares length and patterns, which is a check of both. No coordinates are compared.

   Exact steps are taken at the largest node that is still cheap, not at the smallest one that failed: a node fails to its parent
   as long as the parent has few functions. What was recorded below a node that failed is dropped. */
#include "plane/impl.h"

#include <stdlib.h>
#include <string.h>

#define RESOLVE_DEPTH 10 /* up to here a node that failed is resolved whatever its parent has */
#define FEW 10           /* functions of a parent that may be resolved instead */
#define HOLES_DEPTH 20   /* no deeper when open nodes are allowed */
#define BUDGET_BOXES 64  /* between two looks at the budget */

void qd_plane__patch_clear(qd_plane_patch *p)
{
    for (int k = 0; k < 4; k++) free(p->side[k].e);
    memset(p, 0, sizeof *p);
}

/* ---- sides -------------------------------------------------------------------------------------- */

static bool is_hole(slong e)
{
    return e <= QD_PLANE_HOLE;
}

static bool has_hole(const qd_plane_side *s)
{
    for (slong i = 0; i < s->n; i++)
        if (is_hole(s->e[2 * i])) return true;
    return false;
}

static void side_clear(qd_plane_side *s)
{
    free(s->e);
    s->e = NULL;
    s->n = 0;
}

/* Some of it is not known: every region of both sides may go on in every open node of them. */
static void zip_open(qd_plane_worker *w, const qd_plane_side *a, const qd_plane_side *b)
{
    slong hole = -1;
    const qd_plane_side *both[2] = {a, b};
    for (int k = 0; k < 2; k++)
        for (slong i = 0; i < both[k]->n; i++) {
            if (!is_hole(both[k]->e[2 * i])) continue;
            slong h = qd_plane__find(w->record.open, QD_PLANE_HOLE - both[k]->e[2 * i]);
            if (hole < 0) hole = h;
            else w->record.open[h] = hole = qd_plane__find(w->record.open, hole);
        }
    for (int k = 0; k < 2; k++)
        for (slong i = 0; i < both[k]->n; i++)
            if (!is_hole(both[k]->e[2 * i])) qd_plane__hole_add(&w->record, hole, both[k]->e[2 * i]);
}

bool qd_plane__zip(qd_plane_worker *w, qd_plane_side *a, qd_plane_side *b)
{
    bool fits = true;
    if (has_hole(a) || has_hole(b)) {
        zip_open(w, a, b);
    } else {
        fits = a->n == b->n;
        for (slong i = 0; i < a->n && fits; i++) {
            fits = qd_plane__unite_faces(&w->record, a->e[2 * i], b->e[2 * i]);
            if (!fits || i + 1 == a->n) break;
            qd_plane__unite_nodes(&w->record, a->e[2 * i + 1], b->e[2 * i + 1]);
            w->record.vertices--;
        }
    }
    side_clear(a);
    side_clear(b);
    if (!fits) w->broken = true;
    return fits;
}

bool qd_plane__join(qd_plane_side *to, qd_plane_worker *w, qd_plane_side *a, qd_plane_side *b)
{
    slong last = a->e[2 * a->n - 2], first = b->e[0];
    bool open = is_hole(last) || is_hole(first), fits = true;
    qd_plane_side r;
    qd_plane__side_init(&r, a->n + b->n - !open);
    memcpy(r.e, a->e, sizeof *r.e * (size_t) (2 * a->n - 1));
    if (open) {
        r.e[2 * a->n - 1] = -1;
        memcpy(r.e + 2 * a->n, b->e, sizeof *r.e * (size_t) (2 * b->n - 1));
    } else {
        fits = qd_plane__unite_faces(&w->record, last, first);
        memcpy(r.e + 2 * a->n - 1, b->e + 1, sizeof *r.e * (size_t) (2 * b->n - 2));
    }
    side_clear(a);
    side_clear(b);
    *to = r;
    if (!fits) w->broken = true;
    return fits;
}

void qd_plane__merge(qd_plane_patch *patch, qd_plane_worker *w, qd_plane_patch *a, qd_plane_patch *b, int which)
{
    int far = which == 0 ? 1 : 3, near = which == 0 ? 0 : 2, low = which == 0 ? 2 : 0, high = which == 0 ? 3 : 1;
    qd_plane__zip(w, a->side + far, b->side + near);
    patch->side[near] = a->side[near];
    patch->side[far] = b->side[far];
    a->side[near].e = b->side[far].e = NULL;
    qd_plane__join(patch->side + low, w, a->side + low, b->side + low);
    qd_plane__join(patch->side + high, w, a->side + high, b->side + high);
    patch->ok = true;
}

/* No halves, and other parts for s than for t: where a line goes through a corner of boxes, their sides do not fit. */
static const double ratios[QD_PLANE_ATTEMPTS][2][2] = {
    {{0.4868, 0.5068}, {0.5117, 0.4937}}, {{0.4771, 0.5153}, {0.4919, 0.5219}}, {{0.5087, 0.4853}, {0.4793, 0.5171}}};

void qd_plane__halves(qd_plane_box *a, qd_plane_box *b, int *which, const qd_plane_box *box, int depth, int attempt)
{
    *a = *b = *box;
    *which = depth % 2;
    double ratio = ratios[attempt][*which][depth / 2 % 2];
    if (*which == 0) a->s1 = b->s0 = box->s0 + ratio * (box->s1 - box->s0);
    else a->t1 = b->t0 = box->t0 + ratio * (box->t1 - box->t0);
}

/* ---- what may be zero on a box -------------------------------------------------------------------- */

static bool is_open(const qd_plane_unit *u, const signed char *sign)
{
    for (slong k = 0; u->sign != 0 && k < u->ncurves; k++)
        if (sign[u->curve[k]] == 0) return true;
    return false;
}

#define OPEN_UNITS 7

static void collect(qd_plane_function *f, slong *n, slong max, qd_plane_worker *w, qd_plane_sheet *s)
{
    slong out = w->model->m.low->layer[s->layer].out, open[OPEN_UNITS], nopen = 0;
    char bit[out];
    memset(bit, 0, sizeof bit);
    if (s->switches) {
        qd_plane_view v = {0};
        qd_plane__view(&v, w, s, w->form[3]);
        for (slong u = 0; u < out; u++) {
            const qd_plane_unit *unit = s->unit + u;
            int sign = unit->sign;
            if (is_open(unit, v.sign)) {
                if (nopen == OPEN_UNITS || *n == max) {
                    *n = -1;
                    break;
                }
                open[nopen++] = u;
                f[(*n)++] = (qd_plane_function){s, u};
                continue;
            }
            for (slong k = 0; k < unit->ncurves; k++) sign *= v.sign[unit->curve[k]];
            bit[u] = sign > 0;
        }
        free(v.sign);
    }
    if (*n < 0 || s->layer + 1 == w->model->switching) return;
    for (slong face = 0; face < 1L << nopen && *n >= 0; face++) {
        for (slong k = 0; k < nopen; k++) bit[open[k]] = face >> k & 1;
        collect(f, n, max, w, qd_plane__sheet_above(w, s, bit));
    }
}

void qd_plane__functions(qd_plane_function *f, slong *n, slong max, qd_plane_worker *w, const qd_plane_box *box)
{
    w->boxes++;
    w->box = *box;
    w->depth = -1;
    *n = 0;
    collect(f, n, max, w, qd_plane__sheet_first(w));
}

/* ---- the recursion ----------------------------------------------------------------------------------- */

/* Exact curves for the units that are open in the sheets of the last leaf. Did any change? */
static bool refine(qd_plane_worker *w)
{
    bool changed = false;
    for (int i = 0; i < w->nviews; i++) {
        qd_plane_view *v = w->view + i;
        if (v->nopen == 0 || v->nopen > QD_PLANE_OPEN) continue;
        slong out = w->model->m.low->layer[v->sheet->layer].out, n = v->sheet->ncurves;
        for (slong u = 0; u < out; u++) {
            qd_plane_unit *unit = v->sheet->unit + u;
            bool open = false;
            for (slong k = 0; unit->sign != 0 && k < unit->ncurves && !open; k++)
                open = unit->curve[k] < n && v->sign[unit->curve[k]] == 0 && unit->curve[k] < v->room;
            if (!open || unit->refined) continue;
            if (qd_plane__sheet_refine(w, v->sheet, u) == QD_OK) changed = true;
            else qd_ctx_forget(w->ctx);
        }
        v->nopen = 0;
    }
    return changed;
}

static void open_node(qd_plane_patch *patch, qd_plane_worker *w)
{
    slong h = qd_plane__open_new(&w->record);
    for (int k = 0; k < 4; k++) {
        qd_plane__side_init(patch->side + k, 1);
        patch->side[k].e[0] = QD_PLANE_HOLE - h;
    }
    patch->ok = true;
}

static bool out_of_budget(qd_plane_worker *w)
{
    if (!w->out && w->boxes % BUDGET_BOXES == 0 && qd_ctx_budget(w->ctx) != QD_OK) w->out = true;
    return w->out;
}

static void frame_of(bool frame[4], const qd_plane_worker *w, const qd_plane_box *b)
{
    const qd_plane_model *m = w->model;
    for (int k = 0; k < 4; k++) frame[k] = false;
    if (w->chart > 0) {
        frame[0] = b->s0 == 0;
        return;
    }
    if (m->whole) return;
    frame[0] = b->s0 == m->x0;
    frame[1] = b->s1 == m->x1;
    frame[2] = b->t0 == m->y0;
    frame[3] = b->t1 == m->y1;
}

static bool few_functions(qd_plane_worker *w, const qd_plane_box *parent)
{
    qd_plane_function f[FEW];
    slong n;
    qd_plane__functions(f, &n, FEW, w, parent);
    return n >= 0;
}

static bool cut(qd_plane_patch *patch, qd_plane_worker *w, const qd_plane_box *box, int depth);

static void solve(qd_plane_patch *patch, qd_plane_worker *w, const qd_plane_box *box, const qd_plane_box *parent, int depth)
{
    bool suspect, exact = depth == 12 || depth == 20 || depth == 28;
    w->trail[depth] = ++w->boxes;
    w->depth = depth;
    w->box = *box;
    memset(patch, 0, sizeof *patch);
    if (out_of_budget(w)) {
        open_node(patch, w);
        return;
    }
    if (w->model->leaves) {
        if ((patch->ok = qd_plane__leaf(patch, w, &suspect))) return;
        if ((exact || suspect) && refine(w)) {
            if ((patch->ok = qd_plane__leaf(patch, w, &suspect))) return;
        }
        if (depth < (w->holes ? HOLES_DEPTH : QD_PLANE_DEEPEST)) {
            qd_plane_record before = w->record;
            if (cut(patch, w, box, depth)) return;
            qd_plane__record_drop(&w->record, &before);
        }
    }
    if (w->holes) {
        open_node(patch, w);
        return;
    }
    if (depth > RESOLVE_DEPTH && few_functions(w, parent)) return; /* to the parent */
    bool frame[4];
    frame_of(frame, w, box);
    if (qd_plane__resolve(patch, w, box, frame) == QD_OK) {
        patch->ok = true;
        w->resolved++;
        return;
    }
    qd_ctx_forget(w->ctx);
    w->holes = true;
    solve(patch, w, box, parent, depth);
    w->holes = false;
}

static bool cut(qd_plane_patch *patch, qd_plane_worker *w, const qd_plane_box *box, int depth)
{
    qd_plane_box half[2];
    qd_plane_patch a, b = {0};
    int which;
    qd_plane__halves(half, half + 1, &which, box, depth, w->model->attempt);
    solve(&a, w, half, box, depth + 1);
    if (a.ok && !w->broken) solve(&b, w, half + 1, box, depth + 1);
    bool ok = a.ok && b.ok && !w->broken;
    if (ok) qd_plane__merge(patch, w, &a, &b, which);
    qd_plane__patch_clear(&a);
    qd_plane__patch_clear(&b);
    return ok;
}

void qd_plane__solve(qd_plane_patch *patch, qd_plane_worker *w, const qd_plane_box *box, int depth)
{
    solve(patch, w, box, box, depth);
}
