/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions on the parts of an interval: where the number that decides an operation (the argument of step, a - b of min(a,b),
   ...) is a polynomial, its roots are points and between two points its sign is known. Then a step is a constant there and abs(a)
   is a or -a, so that what is made from it can be a polynomial again, which decides the next operation: one walk over the nodes,
   operands first, cuts the parts as it goes. Everything is exact. */
#include "exact/impl.h"

#include <string.h>

/* A power of higher degree, or of more bits, stays an expression. */
#define DEGREE_MAX 256
#define BITS_MAX 100000
/* Parts times nodes; where there would be more, signs stay open. */
#define ENTRIES_MAX (1 << 19)

/* ---- one part ---------------------------------------------------------------------------------- */

/* A part while the walk goes on: poly[i] is node i there, if known[i]. */
typedef struct {
    qd_alg_t at; /* of a point */
    signed char *sign;
    char *known;
    fmpq_poly_struct *poly;
} piece;

static void piece_init(piece *v, int64_t n)
{
    qd_alg_init(v->at);
    v->sign = qd_malloc((size_t) n + 1);
    v->known = qd_calloc((size_t) n + 1, 1);
    v->poly = qd_malloc(sizeof *v->poly * (size_t) (n + 1));
    memset(v->sign, QD_EXPR_OPEN, (size_t) n);
    for (int64_t i = 0; i < n; i++) fmpq_poly_init(v->poly + i);
}

static void piece_clear(piece *v, int64_t n)
{
    qd_alg_clear(v->at);
    for (int64_t i = 0; i < n; i++) fmpq_poly_clear(v->poly + i);
    free(v->poly);
    free(v->known);
    free(v->sign);
}

/* v as u is, up to node `end`. */
static void piece_copy(piece *v, const piece *u, int64_t n, int64_t end)
{
    memcpy(v->sign, u->sign, (size_t) n);
    memcpy(v->known, u->known, (size_t) n);
    for (int64_t i = 0; i < end; i++) fmpq_poly_set(v->poly + i, u->poly + i);
}

/* ---- nodes that are polynomials ------------------------------------------------------------------ */

static int set_power(fmpq_poly_t z, const fmpq_poly_t a, int64_t power)
{
    slong degree = fmpq_poly_degree(a), bits = FLINT_ABS(_fmpz_vec_max_bits(a->coeffs, a->length)) + (slong) fmpz_bits(a->den);
    if (power < 0 || power > BITS_MAX || degree * power > DEGREE_MAX || bits * power > BITS_MAX) return 0;
    fmpq_poly_pow(z, a, (ulong) power);
    return 1;
}

static int set_number(fmpq_poly_t z, const qd_expr_node *q)
{
    qd_ctx_t own;
    fmpq_t c;
    fmpq_init(c);
    qd_ctx_forget(own); /* the text was read before: it is a number */
    qd_rat_set_str(c, q->text, strlen(q->text), own);
    fmpq_poly_set_fmpq(z, c);
    fmpq_clear(c);
    return 1;
}

/* The operations with a sign, where it is known. */
static int set_decided(fmpq_poly_t z, qd_expr_op op, int sign, const fmpq_poly_struct *a, const fmpq_poly_struct *b)
{
    if (sign == QD_EXPR_OPEN) return 0;
    switch ((int) op) { /* some of them */
    case QD_EXPR_STEP:
        fmpq_poly_set_si(z, sign >= 0);
        return 1;
    case QD_EXPR_SIGN:
        fmpq_poly_set_si(z, sign);
        return 1;
    case QD_EXPR_ABS:
        if (sign < 0) fmpq_poly_neg(z, a);
        else fmpq_poly_set(z, a);
        return 1;
    case QD_EXPR_MIN:
        fmpq_poly_set(z, sign <= 0 ? a : b);
        return 1;
    case QD_EXPR_MAX:
        fmpq_poly_set(z, sign >= 0 ? a : b);
        return 1;
    default: /* the square root of 0 is 0 */
        return op == QD_EXPR_SQRT && sign == 0;
    }
}

static int set_poly(fmpq_poly_t z, const qd_expr_node *q, int sign, const fmpq_poly_struct *a, const fmpq_poly_struct *b)
{
    int good = 1;
    switch ((int) q->op) { /* some of them */
    case QD_EXPR_NUMBER:
        good = set_number(z, q);
        break;
    case QD_EXPR_VARIABLE:
        fmpq_poly_set_coeff_si(z, 1, 1);
        break;
    case QD_EXPR_NEG:
        fmpq_poly_neg(z, a);
        break;
    case QD_EXPR_ADD:
        fmpq_poly_add(z, a, b);
        break;
    case QD_EXPR_SUB:
        fmpq_poly_sub(z, a, b);
        break;
    case QD_EXPR_MUL:
        fmpq_poly_mul(z, a, b);
        break;
    case QD_EXPR_DIV:
        if ((good = fmpq_poly_degree(b) == 0)) fmpq_poly_div(z, a, b);
        break;
    case QD_EXPR_POW:
        good = b == NULL && set_power(z, a, q->power);
        break;
    default:
        good = set_decided(z, q->op, sign, a, b);
    }
    return good && fmpq_poly_degree(z) <= DEGREE_MAX;
}

/* ---- signs ---------------------------------------------------------------------------------------- */

/* Does a sign decide the node? */
static bool has_sign(const qd_expr_node *q)
{
    switch ((int) q->op) { /* some of them */
    case QD_EXPR_ABS:
    case QD_EXPR_STEP:
    case QD_EXPR_SIGN:
    case QD_EXPR_MIN:
    case QD_EXPR_MAX:
    case QD_EXPR_SQRT:
    case QD_EXPR_ATAN2:
        return true;
    case QD_EXPR_POW:
        return q->b >= 0;
    default:
        return false;
    }
}

/* A positive multiple of the number whose sign decides node q on the part; false where it is no polynomial. */
static bool decider(fmpz_poly_t p, const qd_expr_node *q, const piece *v)
{
    bool pair = q->op == QD_EXPR_MIN || q->op == QD_EXPR_MAX;
    fmpq_poly_t d;
    if (!v->known[q->a] || (pair && !v->known[q->b])) return false;
    fmpq_poly_init(d);
    if (pair) fmpq_poly_sub(d, v->poly + q->a, v->poly + q->b);
    else fmpq_poly_set(d, v->poly + q->a);
    fmpq_poly_get_numerator(p, d);
    fmpq_poly_clear(d);
    return true;
}

/* All parts: points at even places, between them the open ones. */
typedef struct {
    slong n, room;
    piece *e;
} walk;

/* Cuts the open part k at `roots`, ascending and inside it; nodes before `node` are done. */
static void cut(walk *w, slong k, const qd_alg_list_t roots, int64_t nodes, int64_t node)
{
    slong more = 2 * roots->n;
    if (w->n + more > w->room) {
        w->room = 2 * w->room + more;
        w->e = qd_realloc(w->e, sizeof *w->e * (size_t) w->room);
    }
    memmove(w->e + k + more + 1, w->e + k + 1, sizeof *w->e * (size_t) (w->n - k - 1));
    w->n += more;
    for (slong i = 1; i <= more; i++) {
        piece_init(w->e + k + i, nodes);
        piece_copy(w->e + k + i, w->e + k, nodes, node);
        if (i % 2 == 1) qd_alg_set(w->e[k + i].at, roots->e + i / 2);
    }
}

/* The roots of p inside the open part k. */
static qd_status roots_inside(qd_alg_list_t inside, const walk *w, slong k, const fmpz_poly_t p, const fmpq_t lo, const fmpq_t hi,
                              qd_ctx_t ctx)
{
    qd_alg_list_t all;
    fmpz_poly_t s;
    qd_alg_list_init(all);
    fmpz_poly_init(s);
    qd_root_squarefree_part(s, p);
    qd_status st = qd_root_isolate(all, s, lo, hi, ctx);
    for (slong i = 0; st == QD_OK && i < all->n; i++)
        if (qd_alg_cmp(all->e + i, w->e[k - 1].at) > 0 && qd_alg_cmp(all->e + i, w->e[k + 1].at) < 0) {
            qd_alg_simplify(all->e + i);
            qd_alg_list_add(inside, all->e + i);
        }
    qd_alg_list_clear(all);
    fmpz_poly_clear(s);
    return st;
}

/* The sign of p on part k, in which it has no root (or is 0) unless that is a point. */
static int sign_on(const walk *w, slong k, const fmpz_poly_t p)
{
    fmpq_t x;
    if (fmpz_poly_is_zero(p)) return 0;
    if (k % 2 == 0) return qd_alg_sign_poly(p, w->e[k].at);
    fmpq_init(x);
    qd_alg_between(x, w->e[k - 1].at, w->e[k + 1].at);
    int sign = qd_point__sign(p, x);
    fmpq_clear(x);
    return sign;
}

/* Finds the sign of node i on every part, which cuts some. */
static qd_status decide(walk *w, const qd_expr_t e, int64_t i, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    fmpz_poly_t p;
    qd_status st = QD_OK;
    fmpz_poly_init(p);
    for (slong k = 0; k < w->n && st == QD_OK; k++) {
        if (!decider(p, e->node + i, w->e + k)) continue;
        slong parts = 1;
        if (k % 2 == 1 && fmpz_poly_degree(p) > 0) {
            qd_alg_list_t roots;
            qd_alg_list_init(roots);
            st = roots_inside(roots, w, k, p, lo, hi, ctx);
            if (st == QD_OK && (w->n + 2 * roots->n) * e->n <= ENTRIES_MAX) {
                parts = 1 + 2 * roots->n;
                cut(w, k, roots, e->n, i);
            } else if (roots->n > 0) parts = 0;
            qd_alg_list_clear(roots);
        }
        for (slong j = k; j < k + parts; j++) w->e[j].sign[i] = (signed char) sign_on(w, j, p);
        k += FLINT_MAX(parts, 1) - 1;
    }
    fmpz_poly_clear(p);
    return st;
}

/* ---- all of it -------------------------------------------------------------------------------------- */

void qd_expr_parts_init(qd_expr_parts_t parts)
{
    memset(parts, 0, sizeof *parts);
}

void qd_expr_parts_clear(qd_expr_parts_t parts)
{
    for (slong k = 0; k < parts->n; k++) {
        qd_expr_part *v = parts->e + k;
        qd_alg_clear(v->at);
        fmpq_poly_clear(v->poly);
        free(v->sign);
    }
    free(parts->e);
    qd_expr_parts_init(parts);
}

static void set_parts(qd_expr_parts_t parts, walk *w, const qd_expr_t e)
{
    qd_expr_parts_clear(parts);
    parts->n = w->n;
    parts->e = qd_malloc(sizeof *parts->e * (size_t) w->n);
    for (slong k = 0; k < w->n; k++) {
        qd_expr_part *v = parts->e + k;
        qd_alg_init(v->at);
        qd_alg_swap(v->at, w->e[k].at);
        fmpq_poly_init(v->poly);
        v->polynomial = w->e[k].known[e->n - 1] != 0;
        if (v->polynomial) fmpq_poly_swap(v->poly, w->e[k].poly + e->n - 1);
        v->sign = w->e[k].sign;
        w->e[k].sign = NULL;
    }
}

qd_status qd_expr_split(qd_expr_parts_t parts, const qd_expr_t e, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    walk w = {.n = 3, .room = 3, .e = qd_malloc(3 * sizeof(piece))};
    qd_status st = QD_OK;
    for (slong k = 0; k < w.n; k++) piece_init(w.e + k, e->n);
    qd_alg_set_fmpq(w.e[0].at, lo);
    qd_alg_set_fmpq(w.e[2].at, hi);
    for (int64_t i = 0; i < e->n && st == QD_OK; i++) {
        const qd_expr_node *q = e->node + i;
        bool leaf = q->op <= QD_EXPR_PI;
        if ((st = qd_ctx_budget(ctx)) != QD_OK) break;
        if (has_sign(q)) st = decide(&w, e, i, lo, hi, ctx);
        for (slong k = 0; k < w.n && st == QD_OK; k++) {
            piece *v = w.e + k;
            if (!leaf && (!v->known[q->a] || (q->b >= 0 && !v->known[q->b]))) continue;
            v->known[i] =
                (char) set_poly(v->poly + i, q, v->sign[i], leaf ? NULL : v->poly + q->a, leaf || q->b < 0 ? NULL : v->poly + q->b);
        }
    }
    if (st == QD_OK) set_parts(parts, &w, e);
    for (slong k = 0; k < w.n; k++) piece_clear(w.e + k, e->n);
    free(w.e);
    return st;
}
