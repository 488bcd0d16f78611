/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Refinement by quadratic interval refinement [Abb14]. The interval is (m, m + w) 2^e with integers m, w; a
   step cuts it into 2^t equal parts, guesses by the secant which one holds the root, and checks the signs
   at its ends: success squares the number of parts, failure takes the root of it; t = 1 is bisection.
   Values are balls whose precision follows the cancellation seen at the last point, so the number of bits
   spent is proportional to the number of bits won. All points are dyadic. */
#include "exact/impl.h"

typedef struct {
    const fmpz_poly_struct *p;
    fmpz_t m, w;
    slong e;
    int sign;          /* of p at the left end */
    arb_t left, right; /* values at the ends, of certain sign */
    slong prec;        /* for the next value */
    slong loss;        /* bits lost to cancellation at the last point */
} interval;

static void point(fmpq_t x, const interval *s, int right)
{
    fmpz_t t;
    fmpz_init_set(t, s->m);
    if (right) fmpz_add(t, t, s->w);
    qd_dyadic__set(x, t, s->e);
    fmpz_clear(t);
}

/* v = p(m 2^e) with a certain sign, which is returned; 0 when it is a root. */
static int value(arb_t v, interval *s, const fmpz_t m)
{
    int sign = 2;
    arb_t x;
    arb_init(x);
    arb_set_fmpz(x, m);
    arb_mul_2exp_si(x, x, s->e);
    for (int tries = 0; sign == 2; tries++) {
        qd_point__ball(v, s->p, x, s->prec);
        if (arb_is_positive(v)) sign = 1;
        else if (arb_is_negative(v)) sign = -1;
        else {
            if (tries == 1) {
                fmpq_t y;
                fmpq_init(y);
                qd_dyadic__set(y, m, s->e);
                if (qd_point__maybe_root(s->p, y) && qd_point__sign_exact(s->p, y) == 0) sign = 0;
                fmpq_clear(y);
            }
            s->prec *= 2;
        }
    }
    s->loss = s->prec - arb_rel_accuracy_bits(v);
    arb_clear(x);
    return sign;
}

/* k = the guess for the part, 1 <= k <= 2^t - 1: the grid point nearest to the secant's root. */
static void secant(fmpz_t k, const interval *s, slong t)
{
    arf_t d;
    fmpz_t top;
    arf_init(d);
    fmpz_init(top);
    arf_sub(d, arb_midref(s->left), arb_midref(s->right), t + 16, ARF_RND_DOWN);
    arf_div(d, arb_midref(s->left), d, t + 16, ARF_RND_DOWN);
    arf_mul_2exp_si(d, d, t);
    if (arf_is_finite(d)) arf_get_fmpz(k, d, ARF_RND_NEAR);
    else fmpz_zero(k);
    fmpz_one(top);
    fmpz_mul_2exp(top, top, (ulong) t);
    fmpz_sub_ui(top, top, 1);
    if (fmpz_cmp(k, top) > 0) fmpz_set(k, top);
    if (fmpz_sgn(k) <= 0) fmpz_one(k);
    arf_clear(d);
    fmpz_clear(top);
}

typedef struct {
    fmpz_t m;
    arb_t f;
    int sign;
} grid_point;

/* The grid point number k of 2^t parts, with e already that of the grid; both ends are known. */
static void evaluate(grid_point *g, interval *s, const fmpz_t k, slong t)
{
    fmpz_mul_2exp(g->m, s->m, (ulong) t);
    fmpz_addmul(g->m, k, s->w);
    if (fmpz_is_zero(k)) {
        arb_set(g->f, s->left);
        g->sign = s->sign;
    } else if ((slong) fmpz_bits(k) == t + 1) {
        arb_set(g->f, s->right);
        g->sign = -s->sign;
    } else g->sign = value(g->f, s, g->m);
}

/* One step with 2^t parts: 1 success, 0 failure and nothing changed, -1 the root is m 2^e. */
static int step(interval *s, slong t)
{
    int result = 0;
    fmpz_t k;
    grid_point g[2]; /* the guess and its neighbour towards the root */
    fmpz_init(k);
    for (int i = 0; i < 2; i++) {
        fmpz_init(g[i].m);
        arb_init(g[i].f);
        g[i].sign = 2;
    }
    secant(k, s, t);
    s->e -= t;
    evaluate(g, s, k, t);
    int right = g[0].sign == s->sign;
    if (g[0].sign != 0) {
        if (right) fmpz_add_ui(k, k, 1);
        else fmpz_sub_ui(k, k, 1);
        evaluate(g + 1, s, k, t);
    }
    if (g[0].sign == 0 || g[1].sign == 0) {
        result = -1;
        fmpz_swap(s->m, g[g[0].sign != 0].m);
    } else if (g[0].sign != g[1].sign) {
        result = 1;
        fmpz_swap(s->m, g[!right].m);
        arb_swap(s->left, g[!right].f);
        arb_swap(s->right, g[right].f);
    } else s->e += t;
    fmpz_clear(k);
    for (int i = 0; i < 2; i++) {
        fmpz_clear(g[i].m);
        arb_clear(g[i].f);
    }
    return result;
}

/* The binary logarithm of width / max(1, |a|), rounded up. */
static slong width_bits(const interval *s)
{
    fmpz_t r;
    fmpz_init(r);
    fmpz_add(r, s->m, s->w);
    slong mag = 0;
    if (fmpz_sgn(s->m) > 0) mag = (slong) fmpz_bits(s->m) - 1 + s->e;
    if (fmpz_sgn(r) < 0) mag = (slong) fmpz_bits(r) - 1 + s->e;
    slong w = (slong) fmpz_bits(s->w) + s->e;
    fmpz_clear(r);
    return w - (mag > 0 ? mag : 0);
}

static void load(interval *s, const qd_alg_t a)
{
    slong l = (slong) fmpz_val2(fmpq_denref(a->lo)), h = (slong) fmpz_val2(fmpq_denref(a->hi));
    s->p = a->poly;
    s->e = l > h ? -l : -h;
    fmpz_init(s->m);
    fmpz_init(s->w);
    arb_init(s->left);
    arb_init(s->right);
    fmpz_mul_2exp(s->m, fmpq_numref(a->lo), (ulong) (-s->e - l));
    fmpz_mul_2exp(s->w, fmpq_numref(a->hi), (ulong) (-s->e - h));
    fmpz_sub(s->w, s->w, s->m);
    s->prec = 64;
}

static void unload(interval *s)
{
    fmpz_clear(s->m);
    fmpz_clear(s->w);
    arb_clear(s->left);
    arb_clear(s->right);
}

/* Steps until the width is small enough; 1 when the root was met and is m 2^e. */
static int narrow(interval *s, slong bits)
{
    fmpz_t r;
    fmpz_init(r);
    fmpz_add(r, s->m, s->w);
    s->sign = value(s->left, s, s->m);
    value(s->right, s, r);
    fmpz_clear(r);
    for (slong t = 1; width_bits(s) > -bits;) {
        slong missing = width_bits(s) + bits;
        if (t > missing) t = missing;
        s->prec = s->loss + 3 * t + 16;
        if (s->prec < 64) s->prec = 64;
        int result = step(s, t);
        if (result < 0) return 1;
        t = result > 0 ? 2 * t : t > 1 ? t / 2 : 1;
    }
    return 0;
}

void qd_alg_refine(qd_alg_t a, slong bits)
{
    interval s[1];
    fmpq_t x, y;
    if (qd_alg_is_rational_form(a)) return;
    load(s, a);
    if (width_bits(s) > -bits) {
        if (fmpz_poly_degree(a->poly) == 2) qd_alg__refine2(a, bits);
        else {
            fmpq_init(x);
            fmpq_init(y);
            int met = narrow(s, bits);
            point(x, s, 0);
            point(y, s, 1);
            if (met) qd_alg__swap_fmpq(a, x);
            else qd_alg__narrow(a, x, y);
            fmpq_clear(x);
            fmpq_clear(y);
        }
    }
    unload(s);
}
