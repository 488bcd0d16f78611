/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fibre over a critical abscissa of the decomposition in resolve.c: which cells on its two sides meet. */
#include <stdlib.h>
#include <string.h>

#include "plane/cad.h"

static void link_add(qd_plane_fibre *b, slong left, slong right)
{
    if (b->n == b->room) {
        b->room = b->room == 0 ? 16 : 2 * b->room;
        b->left = qd_realloc(b->left, sizeof *b->left * (size_t) b->room);
        b->right = qd_realloc(b->right, sizeof *b->right * (size_t) b->room);
    }
    b->left[b->n] = left;
    b->right[b->n++] = right;
}

/* Has each curve an even number of half-branches in these ranges? */
static bool even(const qd_plane_stack *l, slong i0, slong i1, const qd_plane_stack *r, slong j0, slong j1, slong n)
{
    char odd[n + 1];
    memset(odd, 0, sizeof odd);
    for (slong i = i0; i < i1; i++) odd[l->r.curve[i]] ^= 1;
    for (slong j = j0; j < j1; j++) odd[r->r.curve[j]] ^= 1;
    for (slong k = 0; k < n; k++)
        if (odd[k]) return false;
    return true;
}

/* Is the group of the roots [i0, i1) on the left and [j0, j1) on the right one point for certain? low, high: it may leave the box there. */
static bool one_point(const qd_plane_cad *p, const qd_plane_stack *l, slong i0, slong i1, const qd_plane_stack *r, slong j0, slong j1,
                      bool low, bool high)
{
    for (slong i = i0; i <= i1; i++)
        for (slong j = j0; j <= j1; j++) {
            bool none = i == i0 && j == j0, all = i == i1 && j == j1;
            if (none && all) return true;
            bool below = even(l, i0, i, r, j0, j, p->n), above = even(l, i, i1, r, j, j1, p->n);
            if (low && !all && above) return false;
            if (high && !none && below) return false;
            if (!low && !high && !none && !all && below && above) return false;
        }
    return true;
}

static bool settled(const qd_plane_cad *p, const qd_plane_fibre *b, const qd_plane_stack *l, const qd_plane_stack *r)
{
    slong nl = l->r.root->n, nr = r->r.root->n;
    if (b->n == 0) return false;
    if (!b->leaves_low && (b->left[0] != 0 || b->right[0] != 0)) return false;
    if (!b->leaves_high && (b->left[b->n - 1] != nl || b->right[b->n - 1] != nr)) return false;
    for (slong g = 0; g <= b->n; g++) {
        slong i0 = g == 0 ? 0 : b->left[g - 1], j0 = g == 0 ? 0 : b->right[g - 1];
        slong i1 = g == b->n ? nl : b->left[g], j1 = g == b->n ? nr : b->right[g];
        if (!one_point(p, l, i0, i1, r, j0, j1, g == 0, g == b->n)) return false;
    }
    return true;
}

/* Has no curve a root at height h in [x, y]? */
static qd_status is_clear(bool *clear, const qd_plane_cad *p, const fmpq_t h, const fmpq_t x, const fmpq_t y)
{
    fmpz_poly_t f, g;
    qd_status st = QD_OK;
    fmpz_poly_init(f);
    fmpz_poly_init(g);
    *clear = true;
    for (slong k = 0; k < p->n && *clear && st == QD_OK; k++) {
        if (p->vertical[k]) continue;
        qd_alg_list_t list;
        qd_alg_list_init(list);
        qd_plane__cad_substitute(f, p->f + k, 1, h, p->ctx);
        if (fmpz_poly_is_zero(f)) *clear = false;
        if (fmpz_poly_degree(f) > 0) {
            qd_root_squarefree_part(g, f);
            st = qd_root_isolate(list, g, x, y, p->w->ctx);
            *clear = list->n == 0;
        }
        qd_alg_list_clear(list);
    }
    fmpz_poly_clear(f);
    fmpz_poly_clear(g);
    return st;
}

/* x < a < y without another critical abscissa, y - x about 2^-bits. false: not yet that near. */
static bool surround(fmpq_t x, fmpq_t y, const qd_plane_cad *p, qd_alg_list_t critical, slong i, slong bits)
{
    qd_alg_struct *a = critical->e + i;
    if (!qd_alg_is_rational_form(a)) qd_alg_refine(a, bits);
    if (qd_alg_is_rational_form(a)) {
        fmpq_t e;
        fmpq_init(e);
        fmpq_one(e);
        fmpq_div_2exp(e, e, (flint_bitcnt_t) bits);
        fmpq_sub(x, a->lo, e);
        fmpq_add(y, a->lo, e);
        fmpq_clear(e);
    } else {
        fmpq_set(x, a->lo);
        fmpq_set(y, a->hi);
    }
    if (i > 0 ? qd_alg_cmp_fmpq(critical->e + i - 1, x) >= 0 : fmpq_cmp(x, p->s0) <= 0) return false;
    return i + 1 < critical->n ? qd_alg_cmp_fmpq(critical->e + i + 1, y) > 0 : fmpq_cmp(y, p->s1) < 0;
}

/* The number of roots below h. */
static slong below(const qd_plane_roots *r, const fmpq_t h)
{
    slong n = 0;
    while (n < r->root->n && qd_alg_cmp_fmpq(r->root->e + n, h) < 0) n++;
    return n;
}

/* Tries the heights between the roots at x and y. */
static qd_status quick_links(qd_plane_fibre *b, const qd_plane_cad *p, const qd_plane_stack *l, const qd_plane_stack *r, const fmpq_t x,
                             const fmpq_t y)
{
    qd_plane_roots rx, ry;
    qd_alg_list_t all;
    fmpq_t h;
    qd_plane__cad_roots_init(&rx);
    qd_plane__cad_roots_init(&ry);
    qd_alg_list_init(all);
    fmpq_init(h);
    b->n = 0;
    qd_status st = qd_plane__cad_find_roots(&rx, p, x);
    if (st == QD_OK) st = qd_plane__cad_find_roots(&ry, p, y);
    if (st == QD_OK && (rx.root->n != l->r.root->n || ry.root->n != r->r.root->n)) st = QD_EUNABLE;
    for (slong i = 0; i < rx.root->n; i++) qd_alg_list_add(all, rx.root->e + i);
    for (slong i = 0; i < ry.root->n; i++) qd_alg_list_add(all, ry.root->e + i);
    qd_plane__cad_sort_unique(all);
    for (slong i = 0; i <= all->n && st == QD_OK; i++) {
        bool clear;
        qd_alg_between(h, i == 0 ? p->low : all->e + i - 1, i == all->n ? p->high : all->e + i);
        slong left = below(&rx, h), right = below(&ry, h);
        if (!b->vertical &&
            memcmp(p->w->record.pattern + l->cell[left] * p->w->record.nwords, p->w->record.pattern + r->cell[right] * p->w->record.nwords,
                   sizeof(qd_word) * (size_t) p->w->record.nwords) != 0)
            continue; /* without a vertical curve they share no interval */
        st = is_clear(&clear, p, h, x, y);
        if (st == QD_OK && clear) link_add(b, left, right);
    }
    qd_plane__cad_roots_clear(&rx);
    qd_plane__cad_roots_clear(&ry);
    qd_alg_list_clear(all);
    fmpq_clear(h);
    return st;
}

/* Rational heights between all points of the fibre over a. */
static qd_status fibre_heights(fmpq **h, slong *n, const qd_plane_cad *p, const qd_alg_struct *a)
{
    fmpz_mpoly_t minimal, res;
    fmpz_poly_t g;
    qd_alg_list_t all;
    qd_status st = QD_OK;
    fmpz_mpoly_init(minimal, p->ctx);
    fmpz_mpoly_init(res, p->ctx);
    fmpz_poly_init(g);
    qd_alg_list_init(all);
    for (slong i = 0; i < a->poly->length; i++) {
        ulong e[2] = {(ulong) i, 0};
        fmpz_mpoly_set_coeff_fmpz_ui(minimal, a->poly->coeffs + i, e, p->ctx);
    }
    for (slong k = 0; k < p->n && st == QD_OK; k++) {
        if (p->vertical[k]) continue;
        if (qd_alg_is_rational_form(a)) qd_plane__cad_substitute(g, p->f + k, 0, a->lo, p->ctx);
        else if (fmpz_mpoly_resultant(res, minimal, p->f + k, 0, p->ctx)) qd_plane__cad_univariate(g, res, 1, p->ctx);
        else st = QD_EUNABLE;
        if (st == QD_OK) st = fmpz_poly_is_zero(g) ? QD_EUNABLE : qd_plane__cad_add_roots(all, g, p->t0, p->t1, p->w->ctx);
    }
    if (st == QD_OK) {
        qd_plane__cad_sort_unique(all);
        *n = all->n + 1;
        *h = _fmpq_vec_init(*n);
        for (slong i = 0; i < *n; i++) qd_alg_between(*h + i, i == 0 ? p->low : all->e + i - 1, i == all->n ? p->high : all->e + i);
    }
    fmpz_mpoly_clear(minimal, p->ctx);
    fmpz_mpoly_clear(res, p->ctx);
    fmpz_poly_clear(g);
    qd_alg_list_clear(all);
    return st;
}

#define HEAVY_BITS 4000

/* Links at heights between all points: exact. */
static qd_status heavy_links(qd_plane_fibre *b, const qd_plane_cad *p, qd_alg_list_t critical, slong i, const qd_plane_stack *l,
                             const qd_plane_stack *r, fmpq_t x, fmpq_t y)
{
    fmpq *h = NULL;
    slong n = 0, bits = 20;
    qd_status st = fibre_heights(&h, &n, p, critical->e + i);
    bool clear = false;
    for (; st == QD_OK && !clear; bits += bits / 2) {
        if (bits > HEAVY_BITS) st = QD_EUNABLE;
        if (st != QD_OK || !surround(x, y, p, critical, i, bits)) continue;
        clear = true;
        for (slong k = 0; k < n && clear && st == QD_OK; k++) st = is_clear(&clear, p, h + k, x, y);
    }
    qd_plane_roots rx, ry;
    qd_plane__cad_roots_init(&rx);
    qd_plane__cad_roots_init(&ry);
    if (st == QD_OK) st = qd_plane__cad_find_roots(&rx, p, x);
    if (st == QD_OK) st = qd_plane__cad_find_roots(&ry, p, y);
    if (st == QD_OK && (rx.root->n != l->r.root->n || ry.root->n != r->r.root->n)) st = QD_EUNABLE;
    b->n = 0;
    for (slong k = 0; k < n && st == QD_OK; k++) {
        slong left = below(&rx, h + k), right = below(&ry, h + k);
        if (b->n > 0 && b->left[b->n - 1] == left && b->right[b->n - 1] == right) continue; /* only an isolated point between them */
        link_add(b, left, right);
    }
    qd_plane__cad_roots_clear(&rx);
    qd_plane__cad_roots_clear(&ry);
    if (h != NULL) _fmpq_vec_clear(h, n);
    return st;
}

/* Does some curve pass through (a, t)? */
static bool passes(const qd_plane_cad *p, const qd_alg_struct *a, const fmpq_t t)
{
    fmpz_poly_t g;
    fmpz_poly_init(g);
    bool found = false;
    for (slong k = 0; k < p->n && !found; k++) {
        if (p->vertical[k]) continue;
        qd_plane__cad_substitute(g, p->f + k, 1, t, p->ctx);
        found = qd_alg_sign_poly(g, a) == 0;
    }
    fmpz_poly_clear(g);
    return found;
}

static bool on_vertical(const qd_plane_cad *p, const qd_alg_struct *a)
{
    fmpz_poly_t g;
    fmpz_poly_init(g);
    bool found = false;
    for (slong k = 0; k < p->n && !found; k++) {
        if (!p->vertical[k]) continue;
        qd_plane__cad_univariate(g, p->f + k, 0, p->ctx);
        found = qd_alg_sign_poly(g, a) == 0;
    }
    fmpz_poly_clear(g);
    return found;
}

qd_status qd_plane__cad_links(qd_plane_fibre *b, const qd_plane_cad *p, qd_alg_list_t critical, slong i, const qd_plane_stack *l,
                              const qd_plane_stack *r)
{
    fmpq_t x, y;
    qd_status st = QD_OK;
    fmpq_init(x);
    fmpq_init(y);
    b->vertical = on_vertical(p, critical->e + i);
    b->leaves_low = passes(p, critical->e + i, p->t0);
    b->leaves_high = passes(p, critical->e + i, p->t1);
    bool done = false;
    for (slong bits = 24, rounds = 0; st == QD_OK && !done && rounds < 3 && bits < HEAVY_BITS; bits += bits * 3 / 2) {
        if (!surround(x, y, p, critical, i, bits)) continue;
        rounds++;
        st = quick_links(b, p, l, r, x, y);
        done = st == QD_OK && settled(p, b, l, r);
    }
    if (st == QD_OK && !done) st = heavy_links(b, p, critical, i, l, r, x, y);
    fmpq_clear(x);
    fmpq_clear(y);
    return st;
}
