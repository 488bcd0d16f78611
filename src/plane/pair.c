/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One curve u with a curve v of the same units on both sides: these units are continuous, so v on one side goes on on the other. Where v has a sign
   on one side, it has that sign on u = 0, and does not meet it from the other side either. */
#include "plane/leaf.h"

#include <string.h>

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
    for (slong u = 0; u < qd_plane__units(w, v->sheet); u++) {
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
    qd_plane_boundary b;
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
        p->pencil = qd_plane__same_pencil(u, v_curve(p, p->open[1] != 0));
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

static void event(qd_plane_boundary *b, int side, int arc, const qd_plane_root *r)
{
    int n = b->n[side]++;
    b->arc[side][n] = arc;
    b->lo[side][n] = r->lo;
    b->hi[side][n] = r->hi;
}

/* The roots along one side of the box: v counts only where it lives. */
static bool pair_side(pair *p, const qd_plane_worker *w, int side)
{
    qd_plane_boundary *b = &p->b;
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
            if (!qd_plane__at_infinity(w, side) || !p->apart) return false;
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
    qd_plane_boundary *b = &p->b;
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
    qd_plane_boundary *b = &p->b;
    int s = qd_plane__corner(p->fu, 0, 0) > 0, t = 0;
    if (p->open[s]) {
        int sign = qd_plane__corner(p->fv[s], 0, 0);
        if (sign == 0) return false;
        t = sign > 0;
    }
    for (int k = 0; k < 4; k++) {
        int side = qd_plane__walk[k], n = b->n[side];
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

bool qd_plane__single(qd_plane_patch *patch, qd_plane_worker *w, bool *suspect)
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
        p.open[s] = qd_plane__ascend_face(p.v[s], w->form[1 + s], pattern + 2 * s * nwords, w, p.u, s);
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
            if (qd_plane__ascend_face(w->view + 3, w->form[3], pattern + (2 * s + t) * nwords, w, p.v[s], t) != 0) return false;
    for (int side = 0; side < 4; side++)
        if (!pair_side(&p, w, side)) return false;
    if (p.tie) settle_tie(&p);
    if (p.nv != 0 && p.nv != 2) return false;
    int cycle[8];
    bool cross = p.nu == 2 && p.nv == 2 && qd_plane__interleave(cycle, qd_plane__around(cycle, &p.b), 0, 1);
    if (cross && p.apart) return false;
    if (!pair_faces(&p, pattern, nwords)) return false;
    qd_plane_edges e;
    memset(&e, -1, sizeof e);
    qd_plane__leaf_record(patch, w, &p.b, pattern, number, &e);
    if (cross) qd_plane__cross_edges(&e, w, 0, 1, 0, 2, 1);
    for (int side = 0; side < 4; side++)
        for (int i = 0; i < p.b.n[side]; i++)
            qd_plane__wall_add(&w->record, number[p.b.face[side][i]], number[p.b.face[side][i + 1]],
                               qd_plane__edge(&e, w, p.b.arc[side][i], FLINT_MIN(p.b.face[side][i], p.b.face[side][i + 1])));
    w->record.vertices += cross;
    w->record.edges += (p.nu != 0) + (p.nv != 0) + 2 * cross;
    return true;
}
