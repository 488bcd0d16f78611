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
    int sign;              /* of p at the left end */
    arb_t left, right;     /* values at the ends, of certain sign */
    slong prec;            /* for the next value */
    slong loss;            /* bits lost to cancellation at the last point */
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
    if (arf_is_finite(d))
        arf_get_fmpz(k, d, ARF_RND_NEAR);
    else
        fmpz_zero(k);
    fmpz_one(top);
    fmpz_mul_2exp(top, top, (ulong) t);
    fmpz_sub_ui(top, top, 1);
    if (fmpz_cmp(k, top) > 0) fmpz_set(k, top);
    if (fmpz_sgn(k) <= 0) fmpz_one(k);
    arf_clear(d);
    fmpz_clear(top);
}

/* One step with 2^t parts: 1 success, 0 failure and nothing changed, -1 the root is m 2^e. */
static int step(interval *s, slong t)
{
    int result = 0;
    fmpz_t k, last, m0, x, y;
    arb_t fx, fy;
    slong e0 = s->e;
    fmpz_init(k);
    fmpz_init(last);
    fmpz_init_set(m0, s->m);
    fmpz_init(x);
    fmpz_init(y);
    arb_init(fx);
    arb_init(fy);
    secant(k, s, t);
    fmpz_mul_2exp(s->m, s->m, (ulong) t);
    s->e -= t;
    fmpz_one(last);
    fmpz_mul_2exp(last, last, (ulong) t);
    fmpz_set(x, s->m);
    fmpz_addmul(x, k, s->w);
    int sx = value(fx, s, x), sy;
    if (sx != 0) {
        /* the neighbour towards the root; an end of the interval has its sign already */
        int right = sx == s->sign;
        fmpz_set(y, x);
        if (right) {
            fmpz_add(y, y, s->w);
            fmpz_add_ui(k, k, 1);
        } else {
            fmpz_sub(y, y, s->w);
            fmpz_sub_ui(k, k, 1);
        }
        if (fmpz_is_zero(k)) {
            arb_set(fy, s->left);
            sy = s->sign;
        } else if (fmpz_equal(k, last)) {
            arb_set(fy, s->right);
            sy = -s->sign;
        } else
            sy = value(fy, s, y);
        if (sy == 0)
            fmpz_swap(x, y), sx = 0;
        else if (sy != sx) {
            result = 1;
            fmpz_swap(s->m, right ? x : y);
            arb_swap(s->left, right ? fx : fy);
            arb_swap(s->right, right ? fy : fx);
        }
    }
    if (sx == 0) {
        result = -1;
        fmpz_swap(s->m, x);
    }
    if (result == 0) {
        fmpz_swap(s->m, m0);
        s->e = e0;
    }
    fmpz_clear(k);
    fmpz_clear(last);
    fmpz_clear(m0);
    fmpz_clear(x);
    fmpz_clear(y);
    arb_clear(fx);
    arb_clear(fy);
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

void qd_alg_refine(qd_alg_t a, slong bits)
{
    interval s[1];
    fmpq_t x, y;
    if (qd_alg_is_rational_form(a)) return;
    fmpq_init(x);
    fmpq_init(y);
    load(s, a);
    if (width_bits(s) <= -bits)
        ;
    else if (fmpz_poly_degree(a->poly) == 2)
        qd_alg__refine2(a, bits);
    else {
        int done = 0;
        fmpz_t r;
        fmpz_init(r);
        fmpz_add(r, s->m, s->w);
        s->sign = value(s->left, s, s->m);
        value(s->right, s, r);
        fmpz_clear(r);
        for (slong t = 1; done == 0 && width_bits(s) > -bits;) {
            slong left = width_bits(s) + bits;
            if (t > left) t = left;
            slong prec = s->loss + 3 * t + 16;
            s->prec = prec > 64 ? prec : 64;
            int result = step(s, t);
            if (result < 0) done = 1;
            t = result > 0 ? 2 * t : t > 1 ? t / 2 : 1;
        }
        point(x, s, 0);
        if (done)
            qd_alg__swap_fmpq(a, x);
        else {
            point(y, s, 1);
            qd_alg__narrow(a, x, y);
        }
    }
    unload(s);
    fmpq_clear(x);
    fmpq_clear(y);
}
