/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A box by an open cylindrical decomposition with rational samples.

   For the irreducible factors f of everything that may vanish on the box, the critical abscissae in (s0, s1) are the real roots of the discriminants of
   f and of the resultants of two of them for t, of f(s, t0) and f(s, t1), and of factors without t. Leading coefficients are not needed,
   since the box is bounded. Between neighbouring critical abscissae the roots of all f(s, .) in (t0, t1) keep their order, and a rational s
   gives a stack of cells with rational samples, whose patterns are those of the network there.

   Across a critical abscissa a, the half-branches of the roots on both sides end in points of the fibre s = a. A height h at which no f(., h)
   has a root between two rationals x < a < y without another critical abscissa links the cell of the left stack at h to that of the right
   one. Between neighbouring links, a group of half-branches ends in points of the fibre; it is one point unless the group can be split into a
   lower and an upper part in which each curve has an even number of half-branches (a real curve has an even number at each of its points), since
   links only exist where no point lies. Where that does not settle it after some refinement of a, all points of the fibre are separated by
   the roots of the resultant of f and the minimal polynomial of a. A group next to a horizontal side may leave the box there, which is known exactly from
   f(a, t0). */
#include "plane/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FUNCTIONS 48
#define MOST_DEGREE 16

typedef struct {
    qd_plane_worker *w;
    const fmpz_mpoly_ctx_struct *ctx;
    slong n;
    fmpz_mpoly_struct *f; /* (n), owned */
    bool *vertical;       /* without t */
    fmpq_t s0, s1, t0, t1;
    qd_alg_t low, high; /* t0 and t1 */
    const bool *frame;
} problem;

/* The roots along one abscissa. */
typedef struct {
    qd_alg_list_t root;
    slong *curve; /* of each root */
} roots;

typedef struct {
    fmpq_t s;
    roots r;
    slong *cell; /* (n + 1) faces */
    bool *wall;  /* (n): the pattern changes there */
    slong *edge; /* (n): node of the curve */
} stack;

/* ---- univariate polynomials ------------------------------------------------------------------- */

/* f(value, t) for var 0, f(s, value) for var 1, times a positive integer. */
static void substitute(fmpz_poly_t r, const fmpz_mpoly_t f, slong var, const fmpq_t value, const fmpz_mpoly_ctx_t ctx)
{
    slong d = fmpz_mpoly_degree_si(f, var, ctx);
    fmpz *num = _fmpz_vec_init(d + 1), *den = _fmpz_vec_init(d + 1);
    fmpz_t c, k;
    fmpz_init(c);
    fmpz_init(k);
    fmpz_one(num);
    fmpz_one(den);
    for (slong i = 1; i <= d; i++) {
        fmpz_mul(num + i, num + i - 1, fmpq_numref(value));
        fmpz_mul(den + i, den + i - 1, fmpq_denref(value));
    }
    fmpz_poly_zero(r);
    for (slong i = 0; i < fmpz_mpoly_length(f, ctx); i++) {
        ulong e[2];
        fmpz_mpoly_get_term_exp_ui(e, f, i, ctx);
        fmpz_mpoly_get_term_coeff_fmpz(c, f, i, ctx);
        fmpz_mul(c, c, num + e[var]);
        fmpz_mul(c, c, den + d - (slong) e[var]);
        fmpz_poly_get_coeff_fmpz(k, r, (slong) e[1 - var]);
        fmpz_add(k, k, c);
        fmpz_poly_set_coeff_fmpz(r, (slong) e[1 - var], k);
    }
    _fmpz_vec_clear(num, d + 1);
    _fmpz_vec_clear(den, d + 1);
    fmpz_clear(c);
    fmpz_clear(k);
}

/* f in one variable only. */
static void univariate(fmpz_poly_t r, const fmpz_mpoly_t f, slong var, const fmpz_mpoly_ctx_t ctx)
{
    fmpq_t zero;
    fmpq_init(zero);
    substitute(r, f, 1 - var, zero, ctx);
    fmpq_clear(zero);
}

/* Adds the roots of p in the open interval. */
static qd_status add_roots(qd_alg_list_t out, const fmpz_poly_t p, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    if (fmpz_poly_degree(p) < 1) return QD_OK;
    fmpz_poly_t q;
    qd_alg_list_t list;
    fmpz_poly_init(q);
    qd_alg_list_init(list);
    qd_root_squarefree_part(q, p);
    qd_status st = qd_root_isolate(list, q, lo, hi, ctx);
    for (slong i = 0; i < list->n && st == QD_OK; i++) {
        if (qd_alg_cmp_fmpq(list->e + i, lo) <= 0 || qd_alg_cmp_fmpq(list->e + i, hi) >= 0) continue;
        qd_alg_simplify(list->e + i);
        qd_alg_list_add(out, list->e + i);
    }
    qd_alg_list_clear(list);
    fmpz_poly_clear(q);
    return st;
}

static int by_value(const void *a, const void *b)
{
    return qd_alg_cmp(a, b);
}

static void sort_unique(qd_alg_list_t l)
{
    slong n = 0;
    if (l->n > 1) qsort(l->e, (size_t) l->n, sizeof *l->e, by_value);
    for (slong i = 0; i < l->n; i++) {
        if (n > 0 && qd_alg_cmp(l->e + n - 1, l->e + i) == 0) continue;
        if (n != i) qd_alg_swap(l->e + n, l->e + i);
        n++;
    }
    while (l->n > n) qd_alg_clear(l->e + --l->n);
}

/* ---- stacks ------------------------------------------------------------------------------------------ */

static void roots_init(roots *r)
{
    qd_alg_list_init(r->root);
    r->curve = NULL;
}

static void roots_clear(roots *r)
{
    qd_alg_list_clear(r->root);
    free(r->curve);
}

typedef struct {
    qd_alg_struct *a;
    slong curve;
} labelled;

static int by_label(const void *a, const void *b)
{
    return qd_alg_cmp(((const labelled *) a)->a, ((const labelled *) b)->a);
}

/* All roots above s, in order; at a non-critical s they are distinct. */
static qd_status find_roots(roots *r, const problem *p, const fmpq_t s)
{
    fmpz_poly_t g;
    qd_alg_list_t all;
    qd_status st = QD_OK;
    fmpz_poly_init(g);
    qd_alg_list_init(all);
    slong *curve = NULL;
    for (slong k = 0; k < p->n && st == QD_OK; k++) {
        if (p->vertical[k]) continue;
        slong before = all->n;
        substitute(g, p->f + k, 0, s, p->ctx);
        st = add_roots(all, g, p->t0, p->t1, p->w->ctx);
        curve = qd_realloc(curve, sizeof *curve * (size_t) (all->n + 1));
        for (slong i = before; i < all->n; i++) curve[i] = k;
    }
    if (st == QD_OK) {
        labelled *l = qd_malloc(sizeof *l * (size_t) (all->n + 1));
        for (slong i = 0; i < all->n; i++) l[i] = (labelled){all->e + i, curve[i]};
        qsort(l, (size_t) all->n, sizeof *l, by_label);
        r->curve = qd_malloc(sizeof *r->curve * (size_t) (all->n + 1));
        for (slong i = 0; i < all->n; i++) {
            qd_alg_swap(qd_alg_list_add(r->root, NULL), l[i].a);
            r->curve[i] = l[i].curve;
        }
        free(l);
    }
    free(curve);
    qd_alg_list_clear(all);
    fmpz_poly_clear(g);
    return st;
}

/* Pattern of the network at a rational point of the chart. */
static qd_status pattern_at(qd_word *pattern, const problem *p, const fmpq_t s, const fmpq_t t)
{
    const qd_plane_model *m = p->w->model;
    char text[m->m.nswitching + 1];
    qd_vec_t x;
    fmpq *c = _fmpq_vec_init(2);
    qd_vec_init(x);
    qd_vec_resize(x, m->inputs);
    qd_plane__point(c, m, p->w->chart, s, t);
    qd_domain_point(x->e, &m->domain, m->inputs, c);
    qd_status st = qd_lowered_run(NULL, text, NULL, m->m.low, x, p->w->ctx);
    memset(pattern, 0, sizeof *pattern * (size_t) m->m.nwords);
    for (slong i = 0; i < m->m.nswitching && st == QD_OK; i++)
        if (text[i] == '1') qd_pattern_flip(pattern, i);
    qd_vec_clear(x);
    _fmpq_vec_clear(c, 2);
    return st;
}

static const qd_alg_struct *bound(const problem *p, const roots *r, slong i)
{
    return i < 0 ? p->low : i >= r->root->n ? p->high : r->root->e + i;
}

static qd_status make_stack(stack *k, const problem *p)
{
    qd_plane_record *record = &p->w->record;
    qd_status st = find_roots(&k->r, p, k->s);
    if (st != QD_OK) return st;
    slong n = k->r.root->n, nwords = p->w->model->m.nwords;
    qd_word pattern[2][nwords];
    fmpq_t t;
    fmpq_init(t);
    k->cell = qd_malloc(sizeof *k->cell * (size_t) (n + 1));
    k->wall = qd_calloc((size_t) n + 1, sizeof *k->wall);
    k->edge = qd_malloc(sizeof *k->edge * (size_t) (n + 1));
    for (slong i = 0; i <= n && st == QD_OK; i++) {
        qd_alg_between(t, bound(p, &k->r, i - 1), bound(p, &k->r, i));
        st = pattern_at(pattern[i % 2], p, k->s, t);
        if (st != QD_OK) break;
        k->cell[i] = i > 0 ? k->cell[i - 1] : -1;
        if (i > 0 && memcmp(pattern[0], pattern[1], sizeof pattern[0]) == 0) continue;
        k->cell[i] = qd_plane__face_new(record, pattern[i % 2], p->w->chart, fmpq_get_d(k->s), fmpq_get_d(t), false);
        if (i == 0) continue;
        k->wall[i - 1] = true;
        k->edge[i - 1] = qd_plane__node_new(record);
        record->edges++;
        qd_plane__wall_add(record, k->cell[i - 1], k->cell[i], k->edge[i - 1]);
    }
    fmpq_clear(t);
    return st;
}

/* ---- the fibre over a critical abscissa ------------------------------------------------------------------ */

typedef struct {
    slong n, room;
    slong *left, *right; /* cells that share an interval of the fibre, from below */
    bool vertical, leaves_low, leaves_high;
} fibre;

static void link_add(fibre *b, slong left, slong right)
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
static bool even(const stack *l, slong i0, slong i1, const stack *r, slong j0, slong j1, slong n)
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
static bool one_point(const problem *p, const stack *l, slong i0, slong i1, const stack *r, slong j0, slong j1, bool low, bool high)
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

static bool settled(const problem *p, const fibre *b, const stack *l, const stack *r)
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
static qd_status is_clear(bool *clear, const problem *p, const fmpq_t h, const fmpq_t x, const fmpq_t y)
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
        substitute(f, p->f + k, 1, h, p->ctx);
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
static bool surround(fmpq_t x, fmpq_t y, const problem *p, qd_alg_list_t critical, slong i, slong bits)
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
static slong below(const roots *r, const fmpq_t h)
{
    slong n = 0;
    while (n < r->root->n && qd_alg_cmp_fmpq(r->root->e + n, h) < 0) n++;
    return n;
}

/* Tries the heights between the roots at x and y. */
static qd_status quick_links(fibre *b, const problem *p, const stack *l, const stack *r, const fmpq_t x, const fmpq_t y)
{
    roots rx, ry;
    qd_alg_list_t all;
    fmpq_t h;
    roots_init(&rx);
    roots_init(&ry);
    qd_alg_list_init(all);
    fmpq_init(h);
    b->n = 0;
    qd_status st = find_roots(&rx, p, x);
    if (st == QD_OK) st = find_roots(&ry, p, y);
    if (st == QD_OK && (rx.root->n != l->r.root->n || ry.root->n != r->r.root->n)) st = QD_EUNABLE;
    for (slong i = 0; i < rx.root->n; i++) qd_alg_list_add(all, rx.root->e + i);
    for (slong i = 0; i < ry.root->n; i++) qd_alg_list_add(all, ry.root->e + i);
    sort_unique(all);
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
    roots_clear(&rx);
    roots_clear(&ry);
    qd_alg_list_clear(all);
    fmpq_clear(h);
    return st;
}

/* Rational heights between all points of the fibre over a. */
static qd_status fibre_heights(fmpq **h, slong *n, const problem *p, const qd_alg_struct *a)
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
        if (qd_alg_is_rational_form(a)) substitute(g, p->f + k, 0, a->lo, p->ctx);
        else if (fmpz_mpoly_resultant(res, minimal, p->f + k, 0, p->ctx)) univariate(g, res, 1, p->ctx);
        else st = QD_EUNABLE;
        if (st == QD_OK) st = fmpz_poly_is_zero(g) ? QD_EUNABLE : add_roots(all, g, p->t0, p->t1, p->w->ctx);
    }
    if (st == QD_OK) {
        sort_unique(all);
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
static qd_status heavy_links(fibre *b, const problem *p, qd_alg_list_t critical, slong i, const stack *l, const stack *r, fmpq_t x,
                             fmpq_t y)
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
    roots rx, ry;
    roots_init(&rx);
    roots_init(&ry);
    if (st == QD_OK) st = find_roots(&rx, p, x);
    if (st == QD_OK) st = find_roots(&ry, p, y);
    if (st == QD_OK && (rx.root->n != l->r.root->n || ry.root->n != r->r.root->n)) st = QD_EUNABLE;
    b->n = 0;
    for (slong k = 0; k < n && st == QD_OK; k++) {
        slong left = below(&rx, h + k), right = below(&ry, h + k);
        if (b->n > 0 && b->left[b->n - 1] == left && b->right[b->n - 1] == right) continue; /* only an isolated point between them */
        link_add(b, left, right);
    }
    roots_clear(&rx);
    roots_clear(&ry);
    if (h != NULL) _fmpq_vec_clear(h, n);
    return st;
}

/* Does some curve pass through (a, t)? */
static bool passes(const problem *p, const qd_alg_struct *a, const fmpq_t t)
{
    fmpz_poly_t g;
    fmpz_poly_init(g);
    bool found = false;
    for (slong k = 0; k < p->n && !found; k++) {
        if (p->vertical[k]) continue;
        substitute(g, p->f + k, 1, t, p->ctx);
        found = qd_alg_sign_poly(g, a) == 0;
    }
    fmpz_poly_clear(g);
    return found;
}

static bool on_vertical(const problem *p, const qd_alg_struct *a)
{
    fmpz_poly_t g;
    fmpz_poly_init(g);
    bool found = false;
    for (slong k = 0; k < p->n && !found; k++) {
        if (!p->vertical[k]) continue;
        univariate(g, p->f + k, 0, p->ctx);
        found = qd_alg_sign_poly(g, a) == 0;
    }
    fmpz_poly_clear(g);
    return found;
}

static qd_status find_links(fibre *b, const problem *p, qd_alg_list_t critical, slong i, const stack *l, const stack *r)
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

/* ---- joining stacks ------------------------------------------------------------------------------------ */

/* What lies on a horizontal side between two stacks. */
typedef struct {
    slong low, high; /* node of the point there, -1: none */
} ends;

/* What meets in one point of the fibre; returns a node of it, -1: nothing does. Two edges are one curve that goes on, unless the point is on
   the frame, and so not in the domain; one edge leaves the box. */
static slong meet(qd_plane_record *record, const stack *l, slong i0, slong i1, const stack *r, slong j0, slong j1, slong under, slong over,
                  bool on_frame)
{
    slong n = 0, list[i1 - i0 + j1 - j0 + 2];
    if (under >= 0) list[n++] = under;
    if (over >= 0) list[n++] = over;
    for (slong i = i0; i < i1; i++)
        if (l->wall[i]) list[n++] = l->edge[i];
    for (slong j = j0; j < j1; j++)
        if (r->wall[j]) list[n++] = r->edge[j];
    if (n == 0) return -1;
    if (n == 1) return list[0];
    if (n == 2 && !on_frame) {
        qd_plane__unite_nodes(record, list[0], list[1]);
        return list[0];
    }
    slong point = qd_plane__node_new(record);
    qd_plane__vertex_add(record, point, list, n);
    return point;
}

static void touch(const problem *p, const stack *l, slong i0, slong i1, const stack *r, slong j0, slong j1, slong node)
{
    for (slong i = i0; i <= i1; i++) qd_plane__touch_add(&p->w->record, l->cell[i], node);
    for (slong j = j0; j <= j1; j++) qd_plane__touch_add(&p->w->record, r->cell[j], node);
}

static void join_stacks(ends *e, const problem *p, const fibre *b, const stack *l, const stack *r)
{
    qd_plane_record *record = &p->w->record;
    slong nl = l->r.root->n, nr = r->r.root->n, under = -1;
    e->low = e->high = -1;
    for (slong g = 0; g <= b->n; g++) {
        slong i0 = g == 0 ? 0 : b->left[g - 1], j0 = g == 0 ? 0 : b->right[g - 1];
        slong i1 = g == b->n ? nl : b->left[g], j1 = g == b->n ? nr : b->right[g], over = -1;
        if (g < b->n && !qd_plane__unite_faces(record, l->cell[i1], r->cell[j1])) {
            over = qd_plane__node_new(record); /* a vertical edge */
            record->edges++;
            qd_plane__wall_add(record, l->cell[i1], r->cell[j1], over);
        }
        bool on_frame = (g == 0 && p->frame[2]) || (g == b->n && p->frame[3]);
        slong node = meet(record, l, i0, i1, r, j0, j1, under, over, on_frame);
        under = over;
        if (node < 0) continue;
        record->vertices++;
        if (g == 0) {
            e->low = node;
            if (p->frame[2]) touch(p, l, i0, i1, r, j0, j1, node);
        }
        if (g == b->n) {
            e->high = node;
            if (p->frame[3]) touch(p, l, i0, i1, r, j0, j1, node);
        }
    }
}

/* ---- sides ------------------------------------------------------------------------------------------------ */

static void vertical_side(qd_plane_side *side, const problem *p, const stack *k)
{
    qd_plane_record *record = &p->w->record;
    slong n = 1, at = 0;
    for (slong i = 0; i < k->r.root->n; i++) n += k->wall[i];
    qd_plane__side_init(side, n);
    side->e[at++] = k->cell[0];
    for (slong i = 0; i < k->r.root->n; i++) {
        if (!k->wall[i]) continue;
        slong node = qd_plane__node_new(record);
        qd_plane__unite_nodes(record, node, k->edge[i]);
        record->vertices++;
        side->e[at++] = node;
        side->e[at++] = k->cell[i + 1];
    }
}

/* Cells along t0 (high: t1). A point where the pattern does not change is none of the side. */
static void horizontal_side(qd_plane_side *side, const problem *p, const stack *k, slong n, const ends *e, bool high)
{
    qd_plane_record *record = &p->w->record;
    slong at = 0;
    qd_plane__side_init(side, n);
    for (slong i = 0; i < n; i++) {
        slong cell = k[i].cell[high ? k[i].r.root->n : 0], node = i > 0 ? (high ? e[i - 1].high : e[i - 1].low) : -1;
        if (i > 0) {
            bool same = memcmp(record->pattern + cell * record->nwords, record->pattern + side->e[at - 1] * record->nwords,
                               sizeof(qd_word) * (size_t) record->nwords) == 0;
            if (same && (node < 0 || !p->frame[high ? 3 : 2])) {
                qd_plane__unite_faces(record, side->e[at - 1], cell);
                continue;
            }
            side->e[at++] = node;
        }
        side->e[at++] = cell;
    }
    side->n = (at + 1) / 2;
}

/* ---- the box ------------------------------------------------------------------------------------------------ */

static qd_status take_curves(problem *p, const qd_plane_function *f, slong nf)
{
    qd_plane_worker *w = p->w;
    slong *seen = NULL, nseen = 0;
    qd_status st = QD_OK;
    for (slong i = 0; i < nf && st == QD_OK; i++) {
        st = qd_plane__sheet_factor(w, f[i].sheet, f[i].unit);
        const qd_plane_unit *u = f[i].sheet->unit + f[i].unit;
        for (slong k = 0; st == QD_OK && k < u->nfactors; k++) {
            slong j = 0;
            while (j < nseen && seen[j] != u->factor[k]) j++;
            if (j < nseen) continue;
            seen = qd_realloc(seen, sizeof *seen * (size_t) (nseen + 1));
            seen[nseen++] = u->factor[k];
        }
    }
    p->f = qd_malloc(sizeof *p->f * (size_t) (nseen + 1));
    p->vertical = qd_calloc((size_t) nseen + 1, sizeof *p->vertical);
    for (slong j = 0; j < nseen && st == QD_OK; j++) {
        fmpz_mpoly_init(p->f + p->n, p->ctx);
        qd_plane__exact_chart(p->f + p->n, qd_plane__exact_poly(w->exact, seen[j]), w->model, w->chart, w->exact);
        p->vertical[p->n] = fmpz_mpoly_degree_si(p->f + p->n, 1, p->ctx) == 0;
        if (fmpz_mpoly_total_degree_si(p->f + p->n, p->ctx) > MOST_DEGREE) st = QD_EUNABLE;
        p->n++;
    }
    free(seen);
    return st;
}

/* A curve along a horizontal side: it is dropped where the side is the frame. */
static qd_status drop_side_curves(problem *p)
{
    fmpz_poly_t g;
    qd_status st = QD_OK;
    fmpz_poly_init(g);
    for (slong k = p->n - 1; k >= 0 && st == QD_OK; k--) {
        if (p->vertical[k]) continue;
        for (int high = 0; high < 2; high++) {
            substitute(g, p->f + k, 1, high ? p->t1 : p->t0, p->ctx);
            if (!fmpz_poly_is_zero(g)) continue;
            if (!p->frame[high ? 3 : 2]) st = QD_EUNABLE;
            fmpz_mpoly_swap(p->f + k, p->f + p->n - 1, p->ctx);
            p->vertical[k] = p->vertical[p->n - 1];
            fmpz_mpoly_clear(p->f + --p->n, p->ctx);
            break;
        }
    }
    fmpz_poly_clear(g);
    return st;
}

/* Can the resultant of two polynomials in t be made in what is left of the budget? The time was measured for random ones: 0.08 s at degree 8 and 524 bits,
   some 80 s at degree 16 and 1100 bits. */
static qd_status affordable(const problem *p, const fmpz_mpoly_struct *f, const fmpz_mpoly_struct *g)
{
    qd_ctx_struct *ctx = p->w->ctx;
    double degrees = (double) fmpz_mpoly_total_degree_si(f, p->ctx) * (double) fmpz_mpoly_total_degree_si(g, p->ctx);
    double bits = (double) FLINT_ABS(fmpz_mpoly_max_bits(f)) + (double) FLINT_ABS(fmpz_mpoly_max_bits(g));
    qd_status st = qd_ctx_budget(ctx);
    if (st != QD_OK || ctx->max_seconds <= 0) return st;
    return 0.08 * pow(degrees / 64, 4.5) * bits / 1048 < ctx->max_seconds - qd_ctx_elapsed(ctx) ? QD_OK : QD_EUNABLE;
}

static qd_status critical_abscissae(qd_alg_list_t a, const problem *p)
{
    qd_ctx_struct *ctx = p->w->ctx;
    fmpz_mpoly_t res;
    fmpz_poly_t g;
    qd_status st = QD_OK;
    fmpz_mpoly_init(res, p->ctx);
    fmpz_poly_init(g);
    for (slong i = 0; i < p->n && st == QD_OK; i++) {
        if (p->vertical[i]) {
            univariate(g, p->f + i, 0, p->ctx);
            st = add_roots(a, g, p->s0, p->s1, ctx);
            continue;
        }
        if ((st = affordable(p, p->f + i, p->f + i)) != QD_OK) break;
        if (fmpz_mpoly_degree_si(p->f + i, 1, p->ctx) >= 2) {
            if (!fmpz_mpoly_discriminant(res, p->f + i, 1, p->ctx)) st = QD_EUNABLE;
            univariate(g, res, 0, p->ctx);
            if (st == QD_OK) st = add_roots(a, g, p->s0, p->s1, ctx);
        }
        for (int high = 0; high < 2 && st == QD_OK; high++) {
            substitute(g, p->f + i, 1, high ? p->t1 : p->t0, p->ctx);
            st = add_roots(a, g, p->s0, p->s1, ctx);
        }
        for (slong j = 0; j < i && st == QD_OK; j++) {
            if (p->vertical[j]) continue;
            if ((st = affordable(p, p->f + i, p->f + j)) != QD_OK) break;
            if (!fmpz_mpoly_resultant(res, p->f + i, p->f + j, 1, p->ctx)) st = QD_EUNABLE;
            univariate(g, res, 0, p->ctx);
            if (st == QD_OK) st = add_roots(a, g, p->s0, p->s1, ctx);
        }
    }
    fmpz_mpoly_clear(res, p->ctx);
    fmpz_poly_clear(g);
    if (st == QD_OK) sort_unique(a);
    return st;
}

static qd_status decompose(qd_plane_patch *patch, const problem *p, qd_alg_list_t critical)
{
    slong n = critical->n + 1;
    stack *k = qd_calloc((size_t) n, sizeof *k);
    ends *e = qd_calloc((size_t) n, sizeof *e);
    qd_alg_t s0, s1;
    qd_status st = QD_OK;
    qd_alg_init(s0);
    qd_alg_init(s1);
    qd_alg_set_fmpq(s0, p->s0);
    qd_alg_set_fmpq(s1, p->s1);
    for (slong i = 0; i < n; i++) {
        fmpq_init(k[i].s);
        roots_init(&k[i].r);
    }
    for (slong i = 0; i < n && st == QD_OK; i++) {
        qd_alg_between(k[i].s, i == 0 ? s0 : critical->e + i - 1, i == n - 1 ? s1 : critical->e + i);
        st = make_stack(k + i, p);
    }
    for (slong i = 0; i + 1 < n && st == QD_OK; i++) {
        fibre b = {0};
        st = qd_ctx_budget(p->w->ctx);
        if (st == QD_OK) st = find_links(&b, p, critical, i, k + i, k + i + 1);
        if (st == QD_OK) join_stacks(e + i, p, &b, k + i, k + i + 1);
        free(b.left);
        free(b.right);
    }
    if (st == QD_OK) {
        vertical_side(patch->side, p, k);
        vertical_side(patch->side + 1, p, k + n - 1);
        horizontal_side(patch->side + 2, p, k, n, e, false);
        horizontal_side(patch->side + 3, p, k, n, e, true);
    }
    for (slong i = 0; i < n; i++) {
        fmpq_clear(k[i].s);
        roots_clear(&k[i].r);
        free(k[i].cell);
        free(k[i].wall);
        free(k[i].edge);
    }
    qd_alg_clear(s0);
    qd_alg_clear(s1);
    free(k);
    free(e);
    return st;
}

qd_status qd_plane__resolve(qd_plane_patch *patch, qd_plane_worker *w, const qd_plane_box *box, const bool frame[4])
{
    qd_plane_function f[MOST_FUNCTIONS];
    slong nf;
    problem p = {.w = w, .ctx = qd_plane__exact_ctx(w->exact), .frame = frame};
    qd_plane_record before = w->record;
    qd_alg_list_t critical;
    qd_plane__functions(f, &nf, MOST_FUNCTIONS, w, box);
    if (nf < 0) return QD_EUNABLE;
    fmpq *ends[4] = {p.s0, p.s1, p.t0, p.t1};
    const double value[4] = {box->s0, box->s1, box->t0, box->t1};
    for (int k = 0; k < 4; k++) {
        fmpq_init(ends[k]);
        qd_rat_set_double(ends[k], value[k]);
    }
    qd_alg_init(p.low);
    qd_alg_init(p.high);
    qd_alg_set_fmpq(p.low, p.t0);
    qd_alg_set_fmpq(p.high, p.t1);
    qd_alg_list_init(critical);
    qd_status st = take_curves(&p, f, nf);
    if (st == QD_OK) st = drop_side_curves(&p);
    if (st == QD_OK) st = critical_abscissae(critical, &p);
    if (st == QD_OK) st = decompose(patch, &p, critical);
    if (st != QD_OK) qd_plane__record_drop(&w->record, &before);
    for (slong i = 0; i < p.n; i++) fmpz_mpoly_clear(p.f + i, p.ctx);
    free(p.f);
    free(p.vertical);
    qd_alg_list_clear(critical);
    for (int k = 0; k < 4; k++) fmpq_clear(ends[k]);
    qd_alg_clear(p.low);
    qd_alg_clear(p.high);
    return st;
}
