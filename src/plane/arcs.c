/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arcs between the sides of a box: their order around it, and their record as faces, edges and ends. */
#include "plane/leaf.h"

const int qd_plane__walk[4] = {2, 1, 3, 0};

int qd_plane__around(int *cycle, const qd_plane_boundary *b)
{
    int n = 0;
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < b->n[qd_plane__walk[k]]; i++)
            cycle[n++] = b->arc[qd_plane__walk[k]][k < 2 ? i : b->n[qd_plane__walk[k]] - 1 - i];
    return n;
}

bool qd_plane__interleave(const int *cycle, int n, int a, int b)
{
    int q[4], m = 0;
    for (int i = 0; i < n && m < 4; i++)
        if (cycle[i] == a || cycle[i] == b) q[m++] = cycle[i];
    return m == 4 && q[0] != q[1] && q[1] != q[2];
}

bool qd_plane__same_pencil(const qd_plane_curve *a, const qd_plane_curve *b)
{
    return a->pencil > 0 && a->pencil == b->pencil;
}

bool qd_plane__at_infinity(const qd_plane_worker *w, int side)
{
    return side == 0 && w->chart > 0 && w->box.s0 == 0;
}

/* Curves of one pencil end in one point at infinity. Just before it, h - rho goes from sign `left` to the other one as t grows, so
   the level sets follow each other in the order of rho, or in the opposite one. */
int qd_plane__order_at_infinity(const qd_plane_curve *a, const qd_plane_curve *b, const qd_plane_root *x, const qd_plane_root *y)
{
    if (x->left != y->left || a->rho == b->rho) return 0;
    return (a->rho < b->rho) == (x->left < 0) ? -1 : 1;
}

/* A point between the roots on a side, as coordinates of the box. */
static void between(double *s, double *t, const qd_plane_worker *w, const qd_plane_boundary *b, int side, int i)
{
    double lo = i == 0 ? 0 : b->hi[side][i - 1], hi = i == b->n[side] ? 1 : b->lo[side][i], x = lo + (hi - lo) / 2;
    const qd_plane_box *box = &w->box;
    *s = side == 0 ? box->s0 : side == 1 ? box->s1 : box->s0 + x * (box->s1 - box->s0);
    *t = side == 2 ? box->t0 : side == 3 ? box->t1 : box->t0 + x * (box->t1 - box->t0);
}

slong qd_plane__edge(qd_plane_edges *e, qd_plane_worker *w, slong arc, slong face)
{
    slong *node = &e->node[arc][face];
    if (*node < 0) *node = qd_plane__node_new(&w->record);
    return *node;
}

void qd_plane__cross_edges(qd_plane_edges *e, qd_plane_worker *w, slong a, slong b, slong face, slong with_a, slong with_b)
{
    slong node[4] = {qd_plane__edge(e, w, a, face), qd_plane__edge(e, w, b, face), qd_plane__edge(e, w, a, with_b),
                     qd_plane__edge(e, w, b, with_a)};
    qd_plane__vertex_add(&w->record, -1, node, 4);
}

void qd_plane__leaf_record(qd_plane_patch *patch, qd_plane_worker *w, const qd_plane_boundary *b, const qd_word *patterns, slong *number,
                           qd_plane_edges *e)
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
            qd_plane__unite_nodes(&w->record, end, qd_plane__edge(e, w, b->arc[side][i], FLINT_MIN(f, b->face[side][i + 1])));
            w->record.vertices++;
            patch->side[side].e[2 * i + 1] = end;
        }
    }
}
