/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Regions as a worker finds them. */
#include "space/impl.h"

#include <stdlib.h>
#include <string.h>

void qd_space__record_clear(qd_space_record *r, slong dim)
{
    free(r->pattern);
    free(r->bounded);
    free(r->point);
    free(r->flips);
    free(r->flip);
    free(r->other_of);
    free(r->other);
    free(r->exact_of);
    if (r->exact != NULL) _fmpq_vec_clear(r->exact, r->exact_room * dim);
    memset(r, 0, sizeof *r);
}

static slong grown(slong room)
{
    return room == 0 ? 64 : room + room / 2;
}

static bool walls_wanted(const qd_space_worker *w)
{
    return w->job->want.walls || w->job->want.pieces;
}

static void grow(qd_space_record *r, const qd_space_worker *w)
{
    if (r->n < r->room) return;
    r->room = grown(r->room);
    size_t room = (size_t) r->room;
    r->pattern = qd_realloc(r->pattern, sizeof *r->pattern * room * (size_t) w->model->m.nwords);
    r->bounded = qd_realloc(r->bounded, room);
    if (w->job->want.points) r->point = qd_realloc(r->point, sizeof *r->point * room * (size_t) w->dim);
    if (!walls_wanted(w)) return;
    r->flips = qd_realloc(r->flips, sizeof *r->flips * (room + 1));
    if (r->n == 0) r->flips[0] = 0;
}

void qd_space__record_begin(qd_space_worker *w, bool bounded)
{
    qd_space_record *r = &w->record;
    slong nwords = w->model->m.nwords;
    grow(r, w);
    memcpy(r->pattern + r->n * nwords, w->pattern, sizeof *r->pattern * (size_t) nwords);
    r->bounded[r->n] = bounded;
    if (walls_wanted(w)) r->flips[r->n + 1] = r->flips[r->n];
}

fmpq *qd_space__record_exact(qd_space_worker *w)
{
    qd_space_record *r = &w->record;
    if (r->nexact == r->exact_room) {
        slong room = grown(r->exact_room);
        r->exact_of = qd_realloc(r->exact_of, sizeof *r->exact_of * (size_t) room);
        r->exact = qd_realloc(r->exact, sizeof *r->exact * (size_t) (room * w->dim));
        for (slong i = r->exact_room * w->dim; i < room * w->dim; i++) fmpq_init(r->exact + i);
        r->exact_room = room;
    }
    r->exact_of[r->nexact] = r->n;
    return r->exact + r->nexact++ * w->dim;
}

static void add_flip(qd_space_record *r, const qd_space_worker *w, slong bit)
{
    slong n = r->flips[r->n + 1];
    if (qd_pattern_get(w->pattern, bit)) return; /* the neighbour says it */
    if (n == r->flips_room) {
        r->flips_room = grown(r->flips_room);
        r->flip = qd_realloc(r->flip, sizeof *r->flip * (size_t) r->flips_room);
    }
    r->flip[n] = (uint32_t) bit;
    r->flips[r->n + 1]++;
}

static void add_other(qd_space_worker *w, int id, const slong *bit, slong nbits)
{
    qd_space_record *r = &w->record;
    slong nwords = w->model->m.nwords;
    if (r->nother == r->other_room) {
        r->other_room = grown(r->other_room);
        r->other_of = qd_realloc(r->other_of, sizeof *r->other_of * (size_t) r->other_room);
        r->other = qd_realloc(r->other, sizeof *r->other * (size_t) (r->other_room * nwords));
    }
    qd_word *p = r->other + r->nother * nwords;
    qd_space__behind(p, w, id, bit, nbits);
    if (qd_space__compare(w->pattern, p, nwords) >= 0) return; /* the neighbour says it */
    r->other_of[r->nother++] = r->n;
}

void qd_space__record_wall(qd_space_worker *w, int id, const slong *bit, slong nbits)
{
    if (nbits == 1) add_flip(&w->record, w, bit[0]);
    else add_other(w, id, bit, nbits);
}
