/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rationals from text and to text. Nothing is rounded on the way in: digits go to integers, the point and
   the exponent become one power of ten. On the way out the value is scaled to an integer of the wanted
   number of digits, rounded to nearest with ties to even. */
#include "exact/impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUOTED 40 /* characters of a bad text that a message shows */

static qd_status bad(qd_ctx_t ctx, const char *s, size_t len, const char *what)
{
    char shown[4 * QUOTED + 1], *t = shown;
    for (size_t i = 0; i < len && i < QUOTED; i++) {
        unsigned char c = (unsigned char) s[i];
        if (c < 0x20 || c == 0x7f) t += snprintf(t, 5, "\\x%02x", c);
        else *t++ = (char) c;
    }
    *t = '\0';
    return qd_fail(ctx, QD_EINPUT, "\"%s%s\" %s", shown, len > QUOTED ? "..." : "", what);
}

static size_t span_digits(const char *s, size_t len)
{
    size_t i = 0;
    while (i < len && s[i] >= '0' && s[i] <= '9') i++;
    return i;
}

/* The integer written by the len digits at s; 0 when there is none. */
static void set_digits(fmpz_t x, const char *s, size_t len)
{
    if (len <= 18) {
        ulong v = 0;
        for (size_t i = 0; i < len; i++) v = 10 * v + (ulong) (s[i] - '0');
        fmpz_set_ui(x, v);
        return;
    }
    char *t = qd_malloc(len + 1);
    memcpy(t, s, len);
    t[len] = '\0';
    fmpz_set_str(x, t, 10);
    free(t);
}

/* "[+-]digits" with nothing behind it; *e is cut to just beyond the limit. 0 when it is not that. */
static int get_exponent(slong *e, const char *s, size_t len)
{
    int negative = len > 0 && s[0] == '-';
    if (len > 0 && (s[0] == '-' || s[0] == '+')) s++, len--;
    if (len == 0 || span_digits(s, len) < len) return 0;
    *e = 0;
    for (size_t i = 0; i < len; i++) {
        *e = 10 * *e + (s[i] - '0');
        if (*e > QD_MAX_EXPONENT) *e = QD_MAX_EXPONENT + 1;
    }
    if (negative) *e = -*e;
    return 1;
}

/* x = (digits a, then digits b) 10^(e - nb) */
static void set_decimal(fmpq_t x, const char *a, size_t na, const char *b, size_t nb, slong e)
{
    fmpz_t ten;
    fmpz_init(ten);
    set_digits(fmpq_numref(x), a, na);
    fmpz_one(fmpq_denref(x));
    if (nb > 0) {
        fmpz_set_ui(ten, 10);
        fmpz_pow_ui(ten, ten, nb);
        fmpz_mul(fmpq_numref(x), fmpq_numref(x), ten);
        set_digits(ten, b, nb);
        fmpz_add(fmpq_numref(x), fmpq_numref(x), ten);
    }
    e -= (slong) nb;
    if (e != 0 && !fmpz_is_zero(fmpq_numref(x))) {
        fmpz_set_ui(ten, 10);
        fmpz_pow_ui(ten, ten, (ulong) labs(e));
        if (e > 0) fmpz_mul(fmpq_numref(x), fmpq_numref(x), ten);
        else {
            fmpz_set(fmpq_denref(x), ten);
            fmpq_canonicalise(x);
        }
    }
    fmpz_clear(ten);
}

qd_status qd_rat_set_str(fmpq_t x, const char *s, size_t len, qd_ctx_t ctx)
{
    const char *t = s, *end = s + len, *fraction;
    int negative = len > 0 && *t == '-';
    if (len > 0 && (*t == '-' || *t == '+')) t++;
    size_t na = span_digits(t, (size_t) (end - t)), nb = 0;
    const char *a = t;
    slong e = 0;
    t += na;
    if (na > 0 && t < end && *t == '/') {
        fmpq_t y;
        t++;
        if (t == end || span_digits(t, (size_t) (end - t)) < (size_t) (end - t)) return bad(ctx, s, len, "is not a number");
        fmpq_init(y);
        set_digits(fmpq_numref(y), a, na);
        set_digits(fmpq_denref(y), t, (size_t) (end - t));
        if (fmpz_is_zero(fmpq_denref(y))) {
            fmpq_clear(y);
            return bad(ctx, s, len, "has denominator zero");
        }
        fmpq_canonicalise(y);
        if (negative) fmpq_neg(y, y);
        fmpq_swap(x, y);
        fmpq_clear(y);
        return QD_OK;
    }
    fraction = t;
    if (t < end && *t == '.') {
        fraction = ++t;
        nb = span_digits(t, (size_t) (end - t));
        t += nb;
    }
    if (na + nb == 0) return bad(ctx, s, len, len == 0 ? "is empty, expected a number" : "is not a number");
    if (t < end && (*t == 'e' || *t == 'E')) {
        if (!get_exponent(&e, t + 1, (size_t) (end - t - 1))) return bad(ctx, s, len, "is not a number");
        if (labs(e) > QD_MAX_EXPONENT) return bad(ctx, s, len, "has an exponent beyond +-100000");
        t = end;
    }
    if (t < end) return bad(ctx, s, len, "is not a number");
    set_decimal(x, a, na, fraction, nb, e);
    if (negative) fmpq_neg(x, x);
    return QD_OK;
}

qd_status qd_rat_set_list(fmpq *v, slong n, const char *s, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    slong found = *s == '\0' ? 0 : 1;
    for (const char *t = s; *t != '\0'; t++) found += *t == ',';
    if (found != n) return qd_fail(ctx, QD_EINPUT, "point has %ld coordinates, expected %ld", (long) found, (long) n);
    fmpq *w = _fmpq_vec_init(n);
    for (slong i = 0; i < n && st == QD_OK; i++) {
        size_t len = strcspn(s, ",");
        st = qd_rat_set_str(w + i, s, len, ctx);
        s += len + 1;
    }
    if (st == QD_OK)
        for (slong i = 0; i < n; i++) fmpq_swap(v + i, w + i);
    _fmpq_vec_clear(w, n);
    return st;
}

/* q = |x| 10^e rounded to nearest, ties to even; 1 when nothing was rounded. */
static int scale_round(fmpz_t q, const fmpq_t x, slong e)
{
    fmpz_t a, b, r;
    fmpz_init(a);
    fmpz_init(b);
    fmpz_init_set_ui(r, 10);
    fmpz_pow_ui(r, r, (ulong) labs(e));
    fmpz_abs(a, fmpq_numref(x));
    fmpz_set(b, fmpq_denref(x));
    fmpz_mul(e >= 0 ? a : b, e >= 0 ? a : b, r);
    fmpz_fdiv_qr(q, r, a, b);
    int exact = fmpz_is_zero(r);
    fmpz_mul_2exp(r, r, 1);
    int c = fmpz_cmp(r, b);
    if (c > 0 || (c == 0 && fmpz_is_odd(q))) fmpz_add_ui(q, q, 1);
    fmpz_clear(a);
    fmpz_clear(b);
    fmpz_clear(r);
    return exact;
}

/* floor(log10 |x|) or one less: the logarithms are taken in doubles. */
static slong log10_below(const fmpq_t x)
{
    slong a, b;
    double m = fabs(fmpz_get_d_2exp(&a, fmpq_numref(x)));
    double d = fmpz_get_d_2exp(&b, fmpq_denref(x));
    double l = (log2(m / d) + (double) (a - b)) * 0.30102999566398119521;
    return (slong) floor(l - 1e-12 * (1 + fabs(l)));
}

/* digits: the number as an integer of n digits; e: decimal exponent of its first digit */
static void put_decimal(qd_buf_t out, const char *digits, slong n, slong e)
{
    if (e < -5 || e > 20) {
        qd_buf_add(out, digits, 1);
        if (n > 1) qd_buf_puts(out, ".");
        qd_buf_add(out, digits + 1, (size_t) (n - 1));
        qd_buf_printf(out, "e%ld", (long) e);
        return;
    }
    if (e < 0) qd_buf_puts(out, "0.");
    for (slong i = -1; i > e; i--) qd_buf_puts(out, "0");
    for (slong i = 0; i < n || i <= e; i++) {
        if (e >= 0 && i == e + 1) qd_buf_puts(out, ".");
        qd_buf_add(out, i < n ? digits + i : "0", 1);
    }
}

void qd_rat__print(qd_buf_t out, const fmpq_t x, slong digits, int strip)
{
    if (fmpq_is_zero(x)) {
        qd_buf_puts(out, "0");
        return;
    }
    if (digits < 1) digits = 1;
    fmpz_t q, top;
    fmpz_init(q);
    fmpz_init_set_ui(top, 10);
    fmpz_pow_ui(top, top, (ulong) digits);
    slong e = log10_below(x);
    int exact = scale_round(q, x, digits - 1 - e);
    while (fmpz_cmp(q, top) >= 0) { /* the estimate was low, or 9.99 was rounded up */
        e++;
        exact = scale_round(q, x, digits - 1 - e);
    }
    char *s = fmpz_get_str(NULL, 10, q);
    slong n = (slong) strlen(s);
    if (exact && strip)
        while (n > 1 && s[n - 1] == '0') n--;
    if (fmpq_sgn(x) < 0) qd_buf_puts(out, "-");
    put_decimal(out, s, n, e);
    flint_free(s);
    fmpz_clear(q);
    fmpz_clear(top);
}

void qd_rat_print(qd_buf_t out, const fmpq_t x)
{
    char *s = fmpq_get_str(NULL, 10, x);
    qd_buf_puts(out, s);
    flint_free(s);
}

void qd_rat_json(qd_json_t w, const char *key, const fmpq_t x)
{
    char *s = fmpq_get_str(NULL, 10, x);
    qd_json_string(w, key, s);
    flint_free(s);
}

void qd_fmpz_json(qd_json_t w, const char *key, const fmpz_t x)
{
    char *s = fmpz_get_str(NULL, 10, x);
    qd_json_raw(w, key, s);
    flint_free(s);
}

void qd_poly_json(qd_json_t w, const char *key, const fmpq_poly_t p)
{
    fmpq_t c;
    fmpq_init(c);
    qd_json_array(w, key);
    for (slong k = 0; k == 0 || k <= fmpq_poly_degree(p); k++) {
        fmpq_poly_get_coeff_fmpq(c, p, k);
        qd_rat_json(w, NULL, c);
    }
    qd_json_end(w);
    fmpq_clear(c);
}

qd_status qd_rat_from_node(fmpq_t x, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    qd_node_type type = qd_node_kind(node);
    size_t len;
    if (type != QD_NODE_STRING && type != QD_NODE_NUMBER)
        return qd_node_fail(node, ctx, "%s: found %s, expected a number such as \"-3/7\" or 0.25", what, qd_node_kind_name(node));
    const char *text = qd_node_text(node, &len);
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    if (qd_rat_set_str(x, text, len, own) != QD_OK) return qd_node_fail(node, ctx, "%s: %s", what, qd_ctx_message(own));
    return QD_OK;
}

void qd_rat_print_decimal(qd_buf_t out, const fmpq_t x, slong digits)
{
    qd_rat__print(out, x, digits, 1);
}

const qd_float qd_float16 = {11, -23, 16}, qd_bfloat16 = {8, -132, 128}, qd_float32 = {24, -148, 128}, qd_float64 = {53, -1073, 1024};

double qd_rat_nearest(const fmpq_t x, const qd_float *type)
{
    mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_t m;
    mpq_t q;
    mpq_init(q);
    mpfr_init2(m, type->bits);
    fmpq_get_mpq(q, x);
    mpfr_set_emin(type->min);
    mpfr_set_emax(type->max);
    mpfr_subnormalize(m, mpfr_set_q(m, q, MPFR_RNDN), MPFR_RNDN);
    double d = mpfr_get_d(m, MPFR_RNDN);
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
    mpfr_clear(m);
    mpq_clear(q);
    return d;
}

void qd_rat_set_double(fmpq_t x, double d)
{
    int e;
    double m = frexp(d, &e);
    fmpz_set_si(fmpq_numref(x), (slong) ldexp(m, 53));
    qd_dyadic__set(x, fmpq_numref(x), e - 53);
}
