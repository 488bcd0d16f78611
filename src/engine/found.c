/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns and their witnesses. */
#include <stdlib.h>
#include <string.h>

#include "engine/impl.h"

void qd_engine__found_init(qd_engine__found *f, slong dim, slong nwords)
{
    memset(f, 0, sizeof *f);
    f->dim = dim;
    f->nwords = nwords;
}

void qd_engine__found_clear(qd_engine__found *f)
{
    if (f->point != NULL) _fmpq_vec_clear(f->point, f->room * f->dim);
    free(f->pattern);
    free(f->slot);
}

/* Where the pattern is, or where it would go. */
static slong place(const qd_engine__found *f, const qd_word *pattern)
{
    size_t bytes = sizeof *pattern * (size_t) f->nwords;
    slong i = (slong) (qd_hash((const char *) pattern, bytes) % (uint64_t) f->nslots);
    while (f->slot[i] != 0 && memcmp(f->pattern + (f->slot[i] - 1) * f->nwords, pattern, bytes) != 0) i = (i + 1) % f->nslots;
    return i;
}

bool qd_engine__found_has(const qd_engine__found *f, const qd_word *pattern)
{
    return f->nslots > 0 && f->slot[place(f, pattern)] != 0;
}

static void grow(qd_engine__found *f)
{
    slong room = f->room == 0 ? 64 : 2 * f->room;
    f->pattern = qd_realloc(f->pattern, sizeof *f->pattern * (size_t) (room * f->nwords));
    fmpq *point = _fmpq_vec_init(room * f->dim);
    for (slong i = 0; i < f->n * f->dim; i++) fmpq_swap(point + i, f->point + i);
    if (f->point != NULL) _fmpq_vec_clear(f->point, f->room * f->dim);
    f->point = point;
    f->room = room;
    free(f->slot);
    f->nslots = 2 * room;
    f->slot = qd_calloc((size_t) f->nslots, sizeof *f->slot);
    for (slong i = 0; i < f->n; i++) f->slot[place(f, f->pattern + i * f->nwords)] = i + 1;
}

bool qd_engine__found_add(qd_engine__found *f, const qd_word *pattern, const fmpq *point)
{
    if (qd_engine__found_has(f, pattern)) return false;
    if (f->n == f->room) grow(f);
    memcpy(f->pattern + f->n * f->nwords, pattern, sizeof *pattern * (size_t) f->nwords);
    for (slong k = 0; k < f->dim; k++) fmpq_set(f->point + f->n * f->dim + k, point + k);
    f->slot[place(f, pattern)] = f->n + 1;
    f->n++;
    return true;
}

/* ---- one point ---------------------------------------------------------------------------- */

void qd_engine__witness_init(qd_engine__witness *w, const qd_restriction *m, const qd_box_struct *box, const qd_engine__balls *balls)
{
    w->m = m;
    w->box = box;
    w->balls = balls;
    w->have_path = false;
    w->text = qd_malloc((size_t) m->nswitching + 1);
    w->word = qd_calloc((size_t) m->nwords, sizeof *w->word);
    w->t = _fmpq_vec_init(m->dim);
    qd_vec_init(w->x);
    qd_vec_resize(w->x, m->low->input_dim);
}

void qd_engine__witness_clear(qd_engine__witness *w)
{
    if (w->have_path) qd_path_clear(&w->path);
    free(w->text);
    free(w->word);
    _fmpq_vec_clear(w->t, w->m->dim);
    qd_vec_clear(w->x);
}

static bool inside(const qd_box_struct *box, const fmpq *t)
{
    for (slong k = 0; k < box->dim && box->lo != NULL; k++)
        if (fmpq_cmp(t + k, box->lo + k) <= 0 || fmpq_cmp(t + k, box->hi + k) >= 0) return false;
    return true;
}

/* How many switching units are the zero polynomial under the pattern w->word; -1: the polynomials are too long to be written down. */
static slong zero_units(qd_engine__witness *w)
{
    slong n = 0;
    if (!qd_path_fits(w->m)) return -1;
    if (!w->have_path) qd_path_init(&w->path, w->m);
    w->have_path = true;
    qd_path_set(&w->path, w->word);
    for (slong l = 0; l < w->m->low->depth; l++)
        for (slong u = 0; u < w->m->low->layer[l].out; u++)
            if (qd_restriction_off(w->m, w->word, l, u)) n += fmpz_poly_is_zero(qd_path_z(&w->path, l, u));
    return n;
}

/* Every pre-activation at w->t is other than 0, or the zero polynomial under the pattern there, which goes to w->word. A point beside it,
   where the others have the same signs, then shows the same. */
static bool is_witness(qd_engine__witness *w, qd_ctx_t ctx)
{
    slong zeros;
    qd_ctx_t own;
    qd_domain_point(w->x->e, &w->box->d, w->x->n, w->t);
    if (qd_engine__balls_pattern(w->word, w->m->nwords, w->balls, w->x->e)) return true;
    qd_ctx_own(own, ctx);
    if (qd_lowered_run(NULL, w->text, &zeros, w->m->low, w->x, own) != QD_OK) return false;
    memset(w->word, 0, sizeof *w->word * (size_t) w->m->nwords);
    for (slong i = 0; i < w->m->nswitching; i++)
        if (w->text[i] == '1') qd_pattern_flip(w->word, i);
    return zeros == 0 || zeros == zero_units(w);
}

#define TRIES 6

void qd_engine__witness_try(qd_engine__found *f, qd_engine__witness *w, const fmpq *t, qd_rng_t rng, qd_ctx_t ctx)
{
    for (slong k = 0; k < TRIES; k++) {
        for (slong c = 0; c < w->m->dim; c++) {
            fmpq_set_si(w->t + c, k == 0 ? 0 : qd_rng_range(rng, -1024, 1024), 1024);
            fmpq_canonicalise(w->t + c);
            fmpq_div_2exp(w->t + c, w->t + c, (flint_bitcnt_t) (8 * k));
            fmpq_add(w->t + c, w->t + c, t + c);
        }
        if (!inside(w->box, w->t) || !is_witness(w, ctx)) continue;
        qd_engine__found_add(f, w->word, w->t);
        return;
    }
}
