/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A box on which only some curves of one layer have no sign.

   1. Every open curve is regular on the box: no closed curves, no singular points, so it consists of arcs from side to side.
   2. Every curve has 0 or 1 simple roots on each side, and 0 or 2 altogether: it is one arc, or absent.
   3. Two arcs cross once where their ends interleave, and else do not meet: the cone condition allows at most one common point, which is
      then a crossing, so that parity decides; or a combination without zeros, or membership in one pencil, forbids common points.
   4. Euler: the arcs cut the box into 1 + arcs + crossings faces (no three arcs meet in a point, else some pair would be counted at
      one point and the number of faces would be smaller than that of the sign vectors met). All faces are met along the boundary exactly if as many
      sign vectors are met there; otherwise the box is cut. */
#include "plane/leaf.h"

#include <string.h>

static bool side_roots(qd_plane_boundary *b, int *total, const qd_plane_worker *w, const qd_plane_view *v, const qd_plane_form *form,
                       int side)
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
            int o = qd_plane__at_infinity(w, side) && qd_plane__same_pencil(x, y)
                        ? qd_plane__order_at_infinity(x, y, root + j - 1, root + j)
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
static slong walk_faces(qd_plane_boundary *b, slong start)
{
    slong seen = 0, face = start;
    for (int k = 0; k < 4; k++) {
        int side = qd_plane__walk[k], n = b->n[side];
        for (int i = 0; i <= n; i++) {
            b->face[side][k < 2 ? i : n - i] = face;
            seen |= 1L << face;
            if (i < n) face ^= 1L << b->arc[side][k < 2 ? i : n - 1 - i];
        }
    }
    return seen;
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

bool qd_plane__several(qd_plane_patch *patch, qd_plane_worker *w, qd_plane_view *v, const qd_plane_form *form, bool *suspect)
{
    slong k = v->nopen, nwords = w->model->m.nwords, number[1 << QD_PLANE_OPEN], corner[QD_PLANE_OPEN][QD_PLANE_OPEN];
    int total[QD_PLANE_OPEN] = {0}, cycle[8 * QD_PLANE_OPEN];
    qd_plane_gradient g[QD_PLANE_OPEN];
    qd_plane_boundary b;
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
    int n = qd_plane__around(cycle, &b);
    for (slong i = 0; i < k; i++)
        for (slong j = 0; j < i; j++) {
            if (total[i] == 0 || total[j] == 0) continue;
            double left;
            bool meet = qd_plane__interleave(cycle, n, (int) i, (int) j),
                 pencil = qd_plane__same_pencil(v->sheet->curve + v->open[i], v->sheet->curve + v->open[j]);
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
        if ((seen >> f & 1) && qd_plane__ascend_face(w->view + 3, w->form[3], pattern + f * nwords, w, v, f) != 0) return false;
    }
    qd_plane_edges e;
    memset(&e, -1, sizeof e);
    qd_plane__leaf_record(patch, w, &b, pattern, number, &e);
    for (slong i = 0; i < k; i++)
        for (slong j = 0; j < i; j++)
            if (cross[i][j]) qd_plane__cross_edges(&e, w, i, j, corner[i][j], corner[i][j] | 1L << i, corner[i][j] | 1L << j);
    for (slong f = 0; f < 1 << k; f++)
        for (slong i = 0; i < k; i++)
            if ((seen >> f & 1) && !(f >> i & 1) && (seen >> (f | 1L << i) & 1))
                qd_plane__wall_add(&w->record, number[f], number[f | 1L << i], qd_plane__edge(&e, w, i, f));
    w->record.vertices += crossings;
    w->record.edges += arcs + 2 * crossings;
    return true;
}
