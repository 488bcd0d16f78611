/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Piecewise polynomials of one variable: the type, comparison, evaluation.

   Two neighbouring pieces meet with k continuous derivatives at t iff t is a root of multiplicity at least k + 1 of
   their difference: every question about a breakpoint is one about that difference. */
#include "spline/spline.h"

#include <stdlib.h>

void qd_spline_init(qd_spline_t s)
{
    s->nbreaks = s->outputs = 0;
    s->has_lo = s->has_hi = false;
    fmpq_init(s->lo);
    fmpq_init(s->hi);
    s->at = NULL;
    s->poly = NULL;
}

static slong npolys(const qd_spline_t s)
{
    return (s->nbreaks + 1) * s->outputs;
}

void qd_spline_clear(qd_spline_t s)
{
    for (slong i = 0; i < s->nbreaks; i++) qd_alg_clear(s->at + i);
    for (slong i = 0; i < npolys(s); i++) fmpq_poly_clear(s->poly + i);
    free(s->at);
    free(s->poly);
    fmpq_clear(s->lo);
    fmpq_clear(s->hi);
}

void qd_spline_swap(qd_spline_t a, qd_spline_t b)
{
    qd_spline_struct t = *a;
    *a = *b;
    *b = t;
}

void qd_spline_resize(qd_spline_t s, slong nbreaks, slong outputs)
{
    qd_spline_clear(s);
    qd_spline_init(s);
    s->nbreaks = nbreaks;
    s->outputs = outputs;
    s->at = qd_malloc(sizeof *s->at * (size_t) (nbreaks > 0 ? nbreaks : 1));
    s->poly = qd_malloc(sizeof *s->poly * (size_t) (outputs > 0 ? npolys(s) : 1));
    for (slong i = 0; i < nbreaks; i++) qd_alg_init(s->at + i);
    for (slong i = 0; i < npolys(s); i++) fmpq_poly_init(s->poly + i);
}

void qd_spline_set(qd_spline_t a, const qd_spline_t b)
{
    if (a == b) return;
    qd_spline_resize(a, b->nbreaks, b->outputs);
    a->has_lo = b->has_lo;
    a->has_hi = b->has_hi;
    fmpq_set(a->lo, b->lo);
    fmpq_set(a->hi, b->hi);
    for (slong i = 0; i < b->nbreaks; i++) qd_alg_set(a->at + i, b->at + i);
    for (slong i = 0; i < npolys(b); i++) fmpq_poly_set(a->poly + i, b->poly + i);
}

fmpq_poly_struct *qd_spline_poly(const qd_spline_t s, slong piece, slong output)
{
    return s->poly + piece * s->outputs + output;
}

slong qd_spline_degree(const qd_spline_t s)
{
    slong degree = -1;
    for (slong i = 0; i < npolys(s); i++)
        if (fmpq_poly_degree(s->poly + i) > degree) degree = fmpq_poly_degree(s->poly + i);
    return degree;
}

/* ---- breakpoints -------------------------------------------------------------------------- */

static bool same_piece(const qd_spline_t s, slong i, slong j)
{
    for (slong o = 0; o < s->outputs; o++)
        if (!fmpq_poly_equal(qd_spline_poly(s, i, o), qd_spline_poly(s, j, o))) return false;
    return true;
}

void qd_spline_merge(qd_spline_t s)
{
    slong kept = 0; /* pieces 0..kept are final */
    for (slong i = 0; i < s->nbreaks; i++) {
        if (same_piece(s, kept, i + 1)) continue;
        qd_alg_swap(s->at + kept, s->at + i);
        kept++;
        for (slong o = 0; o < s->outputs; o++) fmpq_poly_swap(qd_spline_poly(s, kept, o), qd_spline_poly(s, i + 1, o));
    }
    for (slong i = kept; i < s->nbreaks; i++) qd_alg_clear(s->at + i);
    for (slong i = (kept + 1) * s->outputs; i < npolys(s); i++) fmpq_poly_clear(s->poly + i);
    s->nbreaks = kept;
}

slong qd_spline_smoothness(const qd_spline_t s, slong i)
{
    slong k = WORD_MAX;
    fmpq_poly_t jump;
    fmpz_poly_t num;
    fmpq_poly_init(jump);
    fmpz_poly_init(num);
    for (slong o = 0; o < s->outputs; o++) {
        fmpq_poly_sub(jump, qd_spline_poly(s, i + 1, o), qd_spline_poly(s, i, o));
        if (fmpq_poly_is_zero(jump)) continue;
        fmpq_poly_get_numerator(num, jump);
        slong m = qd_alg_multiplicity(num, s->at + i);
        if (m - 1 < k) k = m - 1;
    }
    fmpq_poly_clear(jump);
    fmpz_poly_clear(num);
    return k;
}

/* Short enough for a message whatever the height. */
static void print_short(qd_buf_t out, const fmpq_t x)
{
    if (fmpz_bits(fmpq_numref(x)) + fmpz_bits(fmpq_denref(x)) > 120) qd_rat_print_decimal(out, x, 12);
    else qd_rat_print(out, x);
}

/* The value of p at a; at an irrational a, unless it is 0, that at a rational point which agrees with a to 2^-100. */
static void print_value(qd_buf_t out, const fmpq_poly_t p, const qd_alg_t a)
{
    qd_alg_t near;
    fmpz_poly_t num;
    fmpq_t y;
    qd_alg_init(near);
    fmpz_poly_init(num);
    fmpq_init(y);
    qd_alg_set(near, a);
    qd_alg_simplify(near);
    qd_alg_refine(near, 100);
    fmpq_poly_get_numerator(num, p);
    if (qd_alg_sign_poly(num, near) != 0) fmpq_poly_evaluate_fmpq(y, p, near->lo);
    if (qd_alg_is_rational_form(near) || fmpz_poly_degree(num) < 1 || fmpq_is_zero(y)) print_short(out, y);
    else {
        qd_buf_puts(out, "about ");
        qd_rat_print_decimal(out, y, 12);
    }
    fmpq_clear(y);
    fmpz_poly_clear(num);
    qd_alg_clear(near);
}

static void print_place(qd_buf_t out, const qd_alg_t a)
{
    if (qd_alg_is_rational_form(a)) print_short(out, a->lo);
    else qd_alg_print_decimal(out, a, 20);
}

static qd_status fail_jump(const qd_spline_t s, slong i, slong o, qd_ctx_t ctx)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_buf_printf(text, "discontinuous at breakpoint %ld (", (long) i + 1);
    print_place(text, s->at + i);
    qd_buf_puts(text, ")");
    if (s->outputs > 1) qd_buf_printf(text, ", output %ld", (long) o + 1);
    qd_buf_puts(text, ": ");
    print_value(text, qd_spline_poly(s, i, o), s->at + i);
    qd_buf_puts(text, " on the left, ");
    print_value(text, qd_spline_poly(s, i + 1, o), s->at + i);
    qd_buf_puts(text, " on the right");
    qd_status st = qd_fail(ctx, QD_EINPUT, "%s", qd_buf_str(text));
    qd_buf_clear(text);
    return st;
}

bool qd_spline_jump(slong *i, slong *o, const qd_spline_t s)
{
    bool found = false;
    fmpq_poly_t jump;
    fmpz_poly_t num;
    fmpq_poly_init(jump);
    fmpz_poly_init(num);
    for (slong k = 0; k < s->nbreaks * s->outputs && !found; k++) {
        *i = k / s->outputs;
        *o = k % s->outputs;
        fmpq_poly_sub(jump, qd_spline_poly(s, *i + 1, *o), qd_spline_poly(s, *i, *o));
        fmpq_poly_get_numerator(num, jump);
        found = !fmpz_poly_is_zero(num) && qd_alg_sign_poly(num, s->at + *i) != 0;
    }
    fmpq_poly_clear(jump);
    fmpz_poly_clear(num);
    return found;
}

qd_status qd_spline_check_continuous(const qd_spline_t s, qd_ctx_t ctx)
{
    slong i, o;
    return qd_spline_jump(&i, &o, s) ? fail_jump(s, i, o, ctx) : QD_OK;
}

/* ---- comparison --------------------------------------------------------------------------- */

static bool ends_equal(const qd_spline_t a, const qd_spline_t b)
{
    return a->has_lo == b->has_lo && a->has_hi == b->has_hi && (!a->has_lo || fmpq_equal(a->lo, b->lo)) &&
           (!a->has_hi || fmpq_equal(a->hi, b->hi));
}

bool qd_spline_equal(const qd_spline_t a, const qd_spline_t b)
{
    if (a->nbreaks != b->nbreaks || a->outputs != b->outputs || !ends_equal(a, b)) return false;
    for (slong i = 0; i < npolys(a); i++)
        if (!fmpq_poly_equal(a->poly + i, b->poly + i)) return false;
    for (slong i = 0; i < a->nbreaks; i++)
        if (qd_alg_cmp(a->at + i, b->at + i) != 0) return false;
    return true;
}

static void print_domain(qd_buf_t out, const qd_spline_t s)
{
    qd_buf_puts(out, s->has_lo ? "[" : "(-oo");
    if (s->has_lo) print_short(out, s->lo);
    qd_buf_puts(out, ", ");
    if (s->has_hi) print_short(out, s->hi);
    qd_buf_puts(out, s->has_hi ? "]" : "oo)");
}

/* The first coefficient that differs, from the top: there polynomials of different degree differ. */
static void difference_of_piece(qd_buf_t out, const qd_spline_t a, const qd_spline_t b, slong piece, slong o)
{
    const fmpq_poly_struct *p = qd_spline_poly(a, piece, o), *q = qd_spline_poly(b, piece, o);
    slong k = FLINT_MAX(fmpq_poly_degree(p), fmpq_poly_degree(q));
    fmpq_t x, y;
    fmpq_init(x);
    fmpq_init(y);
    for (; k >= 0; k--) {
        fmpq_poly_get_coeff_fmpq(x, p, k);
        fmpq_poly_get_coeff_fmpq(y, q, k);
        if (!fmpq_equal(x, y)) break;
    }
    qd_buf_printf(out, "piece %ld", (long) piece + 1);
    if (a->outputs > 1) qd_buf_printf(out, ", output %ld", (long) o + 1);
    qd_buf_printf(out, ": the coefficient of x^%ld is ", (long) k);
    print_short(out, x);
    qd_buf_puts(out, " in the first and ");
    print_short(out, y);
    qd_buf_puts(out, " in the second");
    fmpq_clear(x);
    fmpq_clear(y);
}

void qd_spline_difference(qd_buf_t out, const qd_spline_t a, const qd_spline_t b)
{
    if (a->outputs != b->outputs) {
        qd_buf_printf(out, "the first has %ld outputs, the second %ld", (long) a->outputs, (long) b->outputs);
        return;
    }
    if (!ends_equal(a, b)) {
        qd_buf_puts(out, "the first lives on ");
        print_domain(out, a);
        qd_buf_puts(out, ", the second on ");
        print_domain(out, b);
        return;
    }
    if (a->nbreaks != b->nbreaks) {
        qd_buf_printf(out, "the first has %ld breakpoints, the second %ld", (long) a->nbreaks, (long) b->nbreaks);
        return;
    }
    for (slong i = 0; i < a->nbreaks; i++) {
        if (qd_alg_cmp(a->at + i, b->at + i) == 0) continue;
        qd_buf_printf(out, "breakpoint %ld is ", (long) i + 1);
        print_place(out, a->at + i);
        qd_buf_puts(out, " in the first and ");
        print_place(out, b->at + i);
        qd_buf_puts(out, " in the second");
        return;
    }
    for (slong i = 0; i <= a->nbreaks; i++)
        for (slong o = 0; o < a->outputs; o++)
            if (!fmpq_poly_equal(qd_spline_poly(a, i, o), qd_spline_poly(b, i, o))) {
                difference_of_piece(out, a, b, i, o);
                return;
            }
}

/* ---- value -------------------------------------------------------------------------------- */

void qd_spline_eval(qd_vec_t y, const qd_spline_t s, const fmpq_t x)
{
    slong lo = 0, hi = s->nbreaks; /* at[lo - 1] < x <= at[hi] */
    while (lo < hi) {
        slong mid = (lo + hi) / 2;
        if (qd_alg_cmp_fmpq(s->at + mid, x) < 0) lo = mid + 1;
        else hi = mid;
    }
    qd_vec_t t;
    qd_vec_init(t);
    qd_vec_resize(t, s->outputs);
    for (slong o = 0; o < s->outputs; o++) fmpq_poly_evaluate_fmpq(t->e + o, qd_spline_poly(s, lo, o), x);
    qd_vec_swap(y, t);
    qd_vec_clear(t);
}
