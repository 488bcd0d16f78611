/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The points at which cells meet, and their exact numbers, made when asked for. */
#include "line/impl.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

qd_cut *qd_cut__new(qd_worker *w, slong layer, slong unit, const qd_word *pattern)
{
    qd_cut *cut = qd_arena_take(&w->arena, sizeof *cut);
    memset(cut, 0, sizeof *cut);
    cut->layer = layer;
    cut->unit = unit;
    cut->pattern = pattern;
    qd_alg_init(cut->alg);
    if (w->ncuts == w->cuts_room) {
        w->cuts_room = w->cuts_room == 0 ? 64 : 2 * w->cuts_room;
        w->cut = qd_realloc(w->cut, sizeof *w->cut * (size_t) w->cuts_room);
    }
    return w->cut[w->ncuts++] = cut;
}

void qd_cut__root(qd_alg_t a, qd_path *path, const qd_word *pattern, slong layer, slong unit, double lo, double hi)
{
    fmpq_t x, y;
    qd_ctx_t own;
    fmpq_init(x);
    fmpq_init(y);
    qd_ctx_own(own, NULL);
    qd_rat_set_double(x, lo);
    qd_rat_set_double(y, hi);
    qd_path_set(path, pattern);
    qd_status st = qd_alg_set_root(a, qd_path_z(path, layer, unit), x, y, own);
    assert(st == QD_OK); /* a certificate of the filter that does not hold must not become the number 0 */
    (void) st;
    fmpq_clear(x);
    fmpq_clear(y);
}

/* Cells on both sides share a cut, so another thread may be making its number just now. */
bool qd_cut__has_alg(const qd_cut *cut)
{
    return __atomic_load_n(&cut->have_alg, __ATOMIC_ACQUIRE);
}

const qd_alg_struct *qd_cut__alg(qd_cut *cut, qd_worker *w)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    if (qd_cut__has_alg(cut)) return cut->alg;
    pthread_mutex_lock(&lock);
    if (!cut->have_alg) {
        qd_cut__root(cut->alg, &w->cut_path, cut->pattern, cut->layer, cut->unit, cut->lo, cut->hi);
        __atomic_store_n(&cut->have_alg, true, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&lock);
    return cut->alg;
}

void qd_cut__bounds(double *lo, double *hi, const qd_alg_t a)
{
    arf_t x;
    arf_init(x);
    arf_set_fmpq(x, a->lo, 53, ARF_RND_FLOOR);
    *lo = arf_get_d(x, ARF_RND_FLOOR);
    arf_set_fmpq(x, a->hi, 53, ARF_RND_CEIL);
    *hi = arf_get_d(x, ARF_RND_CEIL);
    arf_clear(x);
}
