/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nodes of the subdivision: Bernstein coefficients on a dyadic interval (m, m + w) 2^e.

   From p: with x = a y, a = m 2^e, the Taylor shift of p(a y) by one is p(a + a y); scaled by (w/m)^k it is
   q(s) = p(a + w 2^e s), and the reversed shift by one of q gives binomial(n,k) b_k. Both shifts only add, so
   they run on integers: exact ones when these are short, otherwise fixed point, where an error of two
   units in the input becomes at most 4 (n + 1) (1 + w/m)^n units in b_k (the binomials telescope: b_k =
   sum_j binomial(k,j) / binomial(n,j) q_j). The precision is doubled until the largest coefficient has 64 good bits and
   most coefficients have a sign.

   Halving: de Casteljau, in doubles with a radius for each coefficient, or in fixed point, where the averages
   are sums (the factors 2^-j are taken at the end), so that only the last shift rounds. The
   error of a fixed-point form does not grow: averages are convex combinations. */
#include "exact/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EPS 0x1p-53
#define INFLATE (1 + 0x1p-38)
#define TINY 0x1p-900

/* Up to this degree and this many bits the exact integers are short enough to be recomputed at will, and no
   fixed-point form is kept. */
#define SHORT_DEGREE 16
#define SHORT_BITS 512

qd_root_node *qd_root_node__new(qd_root_tree *t)
{
    qd_root_node *v = t->spare;
    if (v != NULL) t->spare = v->next;
    else {
        v = qd_malloc(sizeof *v);
        fmpz_init(v->m);
        v->form.degree = t->n;
        v->form.mid = qd_malloc(2 * sizeof(double) * (size_t) (t->n + 1));
        v->form.rad = v->form.mid + t->n + 1;
    }
    v->fixed = NULL;
    v->is_root = v->fresh = v->root_left = v->root_right = 0;
    return v;
}

static void forget_fixed(qd_root_node *v)
{
    if (v->fixed != NULL) _fmpz_vec_clear(v->fixed, v->form.degree + 1);
    v->fixed = NULL;
}

void qd_root_node__drop(qd_root_tree *t, qd_root_node *v)
{
    forget_fixed(v);
    v->next = t->spare;
    t->spare = v;
}

void qd_root_node__free(qd_root_node *v)
{
    while (v != NULL) {
        qd_root_node *next = v->next;
        forget_fixed(v);
        fmpz_clear(v->m);
        free(v->form.mid);
        free(v);
        v = next;
    }
}

/* ---- doubles from integers ----------------------------------------------------------------- */

/* mid[k] +- rad[k] = (c[k] +- error) / 2^top / d[k] with d[k] = 1 when d is NULL; mid stays below 1. */
static void set_doubles(qd_form *f, const fmpz *c, const fmpz *d, slong top, double error)
{
    slong e, g;
    for (slong k = 0; k <= f->degree; k++) {
        double x = fmpz_get_d_2exp(&e, c + k);
        if (d != NULL) {
            x /= fmpz_get_d_2exp(&g, d + k);
            e -= g;
        }
        e -= top;
        f->mid[k] = x == 0 || e < -900 ? 0 : ldexp(x, (int) e);
        f->rad[k] = 8 * EPS * fabs(f->mid[k]) + error;
        if (x != 0 && e < -900) f->rad[k] += TINY;
    }
}

static void set_doubles_fixed(qd_root_node *v)
{
    slong top = labs(_fmpz_vec_max_bits(v->fixed, v->form.degree + 1));
    set_doubles(&v->form, v->fixed, NULL, top, ldexp((double) v->error, (int) (top > 890 ? -890 : -top)));
}

/* ---- from p -------------------------------------------------------------------------------- */

/* c = the coefficients of the reversed shift by one: q(s) -> (1+s)^n q(s / (1+s)). */
static void bernstein(fmpz *c, slong n)
{
    fmpz_t one;
    fmpz_init_set_ui(one, 1);
    _fmpz_poly_reverse(c, c, n + 1, n + 1);
    _fmpz_poly_taylor_shift(c, one, n + 1);
    _fmpz_poly_reverse(c, c, n + 1, n + 1);
    fmpz_clear(one);
}

/* c = 2^(n max(0, -e)) p((m + w s) 2^e), exactly. */
static void compose_exact(fmpz *c, const qd_root_node *v, const qd_root_tree *t)
{
    const fmpz *base = fmpz_is_zero(v->m) ? t->w : v->m;
    fmpz_t a, b;
    fmpz_init_set_ui(a, 1);
    fmpz_init_set_ui(b, 1);
    for (slong i = 0; i <= t->n; i++) {
        fmpz_mul(c + i, t->p->coeffs + i, a);
        fmpz_mul_2exp(c + i, c + i, (ulong) (v->e < 0 ? -v->e * (t->n - i) : v->e * i));
        fmpz_mul(a, a, base);
    }
    if (!fmpz_is_zero(v->m)) {
        fmpz_one(a);
        _fmpz_poly_taylor_shift(c, a, t->n + 1);
        for (slong k = 1; k <= t->n; k++) {
            fmpz_mul(a, a, v->m);
            fmpz_mul(b, b, t->w);
            fmpz_divexact(c + k, c + k, a);
            fmpz_mul(c + k, c + k, b);
        }
    }
    fmpz_clear(a);
    fmpz_clear(b);
}

/* c[k] = floor(c[k] x^k 2^shift), with powers of prec bits. */
static void scale(fmpz *c, slong n, const arf_t x, slong shift, slong prec)
{
    arf_t power, y;
    arf_init(power);
    arf_init(y);
    arf_one(power);
    arf_mul_2exp_si(power, power, shift);
    for (slong k = 0; k <= n; k++) {
        arf_mul_fmpz(y, power, c + k, prec, ARF_RND_DOWN);
        arf_get_fmpz(c + k, y, ARF_RND_FLOOR);
        arf_mul(power, power, x, prec, ARF_RND_DOWN);
    }
    arf_clear(power);
    arf_clear(y);
}

/* c = p((m + w s) 2^e) 2^shift within a few units, see above. Powers have so many bits that their own
   rounding adds less than one unit: c[k] has prec bits before the shift by one, prec + n after it. */
static void compose_fixed(fmpz *c, const qd_root_node *v, const qd_root_tree *t, slong shift, slong prec)
{
    arf_t x, y;
    arf_init(x);
    arf_init(y);
    _fmpz_vec_set(c, t->p->coeffs, t->n + 1);
    arf_set_fmpz(x, fmpz_is_zero(v->m) ? t->w : v->m);
    arf_mul_2exp_si(x, x, v->e);
    scale(c, t->n, x, shift, prec + 64);
    if (!fmpz_is_zero(v->m)) {
        fmpz_t one;
        fmpz_init_set_ui(one, 1);
        _fmpz_poly_taylor_shift(c, one, t->n + 1);
        fmpz_clear(one);
        arf_set_fmpz(y, v->m);
        arf_fmpz_div(x, t->w, y, prec + t->n + 64, ARF_RND_DOWN);
        scale(c, t->n, x, 0, prec + t->n + 64);
    }
    arf_clear(x);
    arf_clear(y);
}

/* Bits of 4 (n + 1) (1 + w/m)^n + 1, rounded up. */
static slong error_bits(const qd_root_node *v, const qd_root_tree *t)
{
    double bits = log2((double) (4 * t->n + 5)), n = (double) t->n;
    if (!fmpz_is_zero(v->m)) {
        slong e, g;
        double a = fmpz_get_d_2exp(&e, t->w), b = fmpz_get_d_2exp(&g, v->m);
        e -= g;
        bits += e > 60 ? n * (double) (e + 2) : n * log2(1 + ldexp(a / b, (int) (e < -900 ? -900 : e)) * (1 + 0x1p-40));
    }
    return (slong) (bits + 1e-6 * (1 + bits)) + 1;
}

/* b[k] = c[k] / binomial(n,k) / 2^drop */
static void to_fixed(fmpz *c, const qd_root_tree *t, slong drop)
{
    for (slong k = 0; k <= t->n; k++) {
        if (drop < 0) fmpz_mul_2exp(c + k, c + k, (ulong) -drop);
        if (k > 0 && k < t->n) fmpz_fdiv_q(c + k, c + k, t->binomial + k);
        if (drop > 0) fmpz_fdiv_q_2exp(c + k, c + k, (ulong) drop);
    }
}

/* How many of the coefficients the error of two units leaves without a sign. */
static slong without_sign(const fmpz *b, slong n)
{
    slong count = 0;
    for (slong k = 0; k <= n; k++) count += fmpz_bits(b + k) <= 2;
    return count;
}

/* The binary logarithm of the largest term of p at the right end (m = 0) or the left end, rounded up. */
static slong term_bits(const qd_root_node *v, const qd_root_tree *t)
{
    slong e, top = WORD_MIN;
    double x = log2(fabs(fmpz_get_d_2exp(&e, fmpz_is_zero(v->m) ? t->w : v->m))) + 1e-9;
    for (slong i = 0; i <= t->n; i++) {
        if (fmpz_is_zero(t->p->coeffs + i)) continue;
        slong b = (slong) fmpz_bits(t->p->coeffs + i) + i * (e + v->e) + (slong) ceil((double) i * x);
        if (b > top) top = b;
    }
    return top;
}

void qd_root_node__compute(qd_root_node *v, qd_root_tree *t)
{
    slong n = t->n, top = term_bits(v, t);
    slong exact_bits = top + (v->e < 0 ? -v->e * n : 0);
    fmpz *c = _fmpz_vec_init(n + 1);
    forget_fixed(v);
    v->fresh = 1;
    if (exact_bits <= (t->prec > SHORT_BITS ? t->prec : SHORT_BITS)) {
        compose_exact(c, v, t);
        bernstein(c, n);
        if (n <= SHORT_DEGREE) {
            slong high = labs(_fmpz_vec_max_bits(c, n + 1));
            set_doubles(&v->form, c, t->binomial, high, 0);
            _fmpz_vec_clear(c, n + 1);
            return;
        }
        to_fixed(c, t, -(n + 64));
    } else {
        slong tries = 0, good;
        do {
            compose_fixed(c, v, t, t->prec - top, t->prec);
            bernstein(c, n);
            to_fixed(c, t, error_bits(v, t));
            good = labs(_fmpz_vec_max_bits(c, n + 1));
            tries++;
            if (good >= 64 && (tries > 3 || 8 * without_sign(c, n) <= n + 8)) break;
            t->prec *= 2;
        } while (1);
        if (good > 256) t->prec -= (good - 256) / 2;
    }
    v->fixed = c;
    v->error = 2;
    set_doubles_fixed(v);
}

/* ---- halving ------------------------------------------------------------------------------- */

/* One row of de Casteljau's triangle, written so that the compiler turns it into vector code. */
QD_CLONES static void average(double *restrict x, double *restrict e, slong n)
{
#pragma omp simd
    for (slong i = 0; i < n; i++) {
        x[i] = 0.5 * (x[i] + x[i + 1]);
        e[i] = 0.5 * (e[i] + e[i + 1]) + EPS * fabs(x[i]);
    }
}

/* The right half's coefficients stay in place, the left half's are what passes the first place. */
void qd_root_node__halve(qd_root_node *l, qd_root_node *r, const qd_root_node *v)
{
    slong n = v->form.degree;
    double *x = r->form.mid, *e = r->form.rad;
    memcpy(x, v->form.mid, sizeof(double) * (size_t) (n + 1));
    memcpy(e, v->form.rad, sizeof(double) * (size_t) (n + 1));
    for (slong j = 0; j <= n; j++) {
        l->form.mid[j] = x[0];
        l->form.rad[j] = e[0];
        if (n - j > 8) /* shorter rows do not repay the call */
            average(x, e, n - j);
        else
            for (slong i = 0; i < n - j; i++) {
                x[i] = 0.5 * (x[i] + x[i + 1]);
                e[i] = 0.5 * (e[i] + e[i + 1]) + EPS * fabs(x[i]);
            }
    }
    for (slong k = 0; k <= n; k++) {
        l->form.rad[k] = l->form.rad[k] * INFLATE + 0x1p-1000;
        e[k] = e[k] * INFLATE + 0x1p-1000;
    }
}

/* Two's complement numbers of so many words that n doublings fit. */
void qd_root_node__halve_fixed(qd_root_node *l, qd_root_node *r, const qd_root_node *v)
{
    slong n = v->form.degree;
    slong words = (labs(_fmpz_vec_max_bits(v->fixed, n + 1)) + n + 1) / FLINT_BITS + 1;
    ulong *x = qd_malloc(sizeof(ulong) * (size_t) (words * (n + 1)));
    forget_fixed(l);
    forget_fixed(r);
    l->fixed = _fmpz_vec_init(n + 1);
    r->fixed = _fmpz_vec_init(n + 1);
    l->error = r->error = v->error + 1;
    for (slong i = 0; i <= n; i++) fmpz_get_signed_ui_array(x + i * words, words, v->fixed + i);
    for (slong j = 0; j <= n; j++) {
        fmpz_set_signed_ui_array(l->fixed + j, x, words);
        fmpz_fdiv_q_2exp(l->fixed + j, l->fixed + j, (ulong) j);
        for (slong i = 0; i < n - j; i++) mpn_add_n(x + i * words, x + i * words, x + (i + 1) * words, words);
    }
    for (slong i = 0; i <= n; i++) {
        fmpz_set_signed_ui_array(r->fixed + i, x + i * words, words);
        fmpz_fdiv_q_2exp(r->fixed + i, r->fixed + i, (ulong) (n - i));
    }
    free(x);
    set_doubles_fixed(l);
    set_doubles_fixed(r);
}
