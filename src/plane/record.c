/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Faces, curves, walls: growing arrays with two forests in them. */
#include "plane/impl.h"

#include <stdlib.h>
#include <string.h>

void qd_plane__record_init(qd_plane_record *r, slong nwords)
{
    memset(r, 0, sizeof *r);
    r->nwords = nwords;
}

void qd_plane__record_clear(qd_plane_record *r)
{
    free(r->pattern);
    free(r->face);
    free(r->where);
    free(r->inner);
    free(r->node);
    free(r->wall);
    free(r->touch);
    free(r->hole);
    free(r->open);
    free(r->cross);
}

slong qd_plane__face_new(qd_plane_record *r, const qd_word *pattern, int chart, double s, double t, bool inner)
{
    if (r->nfaces == r->faces_room) {
        size_t n = (size_t) (r->faces_room = r->faces_room == 0 ? 64 : 2 * r->faces_room);
        r->pattern = qd_realloc(r->pattern, sizeof *r->pattern * n * (size_t) r->nwords);
        r->face = qd_realloc(r->face, sizeof *r->face * n);
        r->where = qd_realloc(r->where, sizeof *r->where * 3 * n);
        r->inner = qd_realloc(r->inner, n);
    }
    slong i = r->nfaces++;
    memcpy(r->pattern + i * r->nwords, pattern, sizeof *pattern * (size_t) r->nwords);
    r->face[i] = i;
    r->where[3 * i] = chart;
    r->where[3 * i + 1] = s;
    r->where[3 * i + 2] = t;
    r->inner[i] = inner;
    return i;
}

slong qd_plane__node_new(qd_plane_record *r)
{
    if (r->nnodes == r->nodes_room) {
        r->nodes_room = r->nodes_room == 0 ? 64 : 2 * r->nodes_room;
        r->node = qd_realloc(r->node, sizeof *r->node * (size_t) r->nodes_room);
    }
    r->node[r->nnodes] = r->nnodes;
    return r->nnodes++;
}

static slong *grow(slong **list, slong *n, slong *room, slong width)
{
    if (*n == *room) {
        *room = *room == 0 ? 64 : 2 * *room;
        *list = qd_realloc(*list, sizeof **list * (size_t) (width * *room));
    }
    return *list + width * (*n)++;
}

void qd_plane__wall_add(qd_plane_record *r, slong a, slong b, slong node)
{
    slong *wall = grow(&r->wall, &r->nwalls, &r->walls_room, 3);
    wall[0] = a;
    wall[1] = b;
    wall[2] = node;
}

void qd_plane__touch_add(qd_plane_record *r, slong face, slong node)
{
    slong *touch = grow(&r->touch, &r->ntouches, &r->touches_room, 2);
    touch[0] = face;
    touch[1] = node;
}

slong qd_plane__open_new(qd_plane_record *r)
{
    slong *parent = grow(&r->open, &r->nopen, &r->open_room, 1);
    *parent = r->nopen - 1;
    return r->nopen - 1;
}

void qd_plane__hole_add(qd_plane_record *r, slong open, slong face)
{
    slong *pair = grow(&r->hole, &r->nholes, &r->holes_room, 2);
    pair[0] = open;
    pair[1] = face;
}

void qd_plane__vertex_add(qd_plane_record *r, slong point, const slong *node, slong n)
{
    while (r->ncross + n + 2 > r->cross_room) r->cross_room = 2 * r->cross_room + 64;
    r->cross = qd_realloc(r->cross, sizeof *r->cross * (size_t) r->cross_room);
    r->cross[r->ncross] = n;
    r->cross[r->ncross + 1] = point;
    memcpy(r->cross + r->ncross + 2, node, sizeof *node * (size_t) n);
    r->ncross += n + 2;
}

slong qd_plane__find(slong *parent, slong i)
{
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

static void unite(slong *parent, slong a, slong b)
{
    a = qd_plane__find(parent, a);
    b = qd_plane__find(parent, b);
    if (a < b) parent[b] = a;
    else parent[a] = b;
}

bool qd_plane__unite_faces(qd_plane_record *r, slong a, slong b)
{
    if (memcmp(r->pattern + a * r->nwords, r->pattern + b * r->nwords, sizeof *r->pattern * (size_t) r->nwords) != 0) return false;
    unite(r->face, a, b);
    return true;
}

void qd_plane__unite_nodes(qd_plane_record *r, slong a, slong b)
{
    unite(r->node, a, b);
}

void qd_plane__record_drop(qd_plane_record *r, const qd_plane_record *before)
{
    r->nfaces = before->nfaces;
    r->nnodes = before->nnodes;
    r->nwalls = before->nwalls;
    r->ntouches = before->ntouches;
    r->nopen = before->nopen;
    r->nholes = before->nholes;
    r->ncross = before->ncross;
    r->vertices = before->vertices;
    r->edges = before->edges;
}

static slong *append(slong **list, slong *n, slong *room, const slong *more, slong count, slong width)
{
    if (*n + count > *room) {
        *room = 2 * (*n + count);
        *list = qd_realloc(*list, sizeof **list * (size_t) (width * *room));
    }
    slong *at = *list + width * *n;
    if (count > 0) memcpy(at, more, sizeof *at * (size_t) (width * count));
    *n += count;
    return at;
}

void qd_plane__record_append(qd_plane_record *a, qd_plane_record *b, slong shift[3])
{
    shift[0] = a->nfaces;
    shift[1] = a->nnodes;
    shift[2] = a->nopen;
    for (slong i = 0; i < b->nfaces; i++) {
        const double *w = b->where + 3 * i;
        slong f = qd_plane__face_new(a, b->pattern + i * b->nwords, (int) w[0], w[1], w[2], b->inner[i]);
        a->face[f] = shift[0] + b->face[i];
    }
    slong *at = append(&a->node, &a->nnodes, &a->nodes_room, b->node, b->nnodes, 1);
    for (slong i = 0; i < b->nnodes; i++) at[i] += shift[1];
    at = append(&a->wall, &a->nwalls, &a->walls_room, b->wall, b->nwalls, 3);
    for (slong i = 0; i < b->nwalls; i++) {
        at[3 * i] += shift[0];
        at[3 * i + 1] += shift[0];
        at[3 * i + 2] += shift[1];
    }
    at = append(&a->touch, &a->ntouches, &a->touches_room, b->touch, b->ntouches, 2);
    for (slong i = 0; i < b->ntouches; i++) {
        at[2 * i] += shift[0];
        at[2 * i + 1] += shift[1];
    }
    at = append(&a->open, &a->nopen, &a->open_room, b->open, b->nopen, 1);
    for (slong i = 0; i < b->nopen; i++) at[i] += shift[2];
    at = append(&a->hole, &a->nholes, &a->holes_room, b->hole, b->nholes, 2);
    for (slong i = 0; i < b->nholes; i++) {
        at[2 * i] += shift[2];
        at[2 * i + 1] += shift[0];
    }
    at = append(&a->cross, &a->ncross, &a->cross_room, b->cross, b->ncross, 1);
    for (slong i = 0; i < b->ncross; i += at[i] + 2)
        for (slong k = at[i + 1] < 0 ? 2 : 1; k < at[i] + 2; k++) at[i + k] += shift[1];
    a->vertices += b->vertices;
    a->edges += b->edges;
    qd_plane__record_clear(b);
    qd_plane__record_init(b, a->nwords);
}
