/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/text.h"

#include <stdlib.h>
#include <string.h>

/* Characters of an exact number in a table for people; --json has all of them. */
#define SHORT 60

static void term(qd_buf_t out, const fmpq_t c, slong k, const char *variable, bool first)
{
    fmpq_t a;
    fmpq_init(a);
    fmpq_abs(a, c);
    if (!first) qd_buf_puts(out, fmpq_sgn(c) < 0 ? " - " : " + ");
    else if (fmpq_sgn(c) < 0) qd_buf_puts(out, "-");
    if (k == 0 || !fmpq_is_one(a)) qd_rat_print(out, a);
    if (k > 0 && !fmpq_is_one(a)) qd_buf_puts(out, " ");
    if (k > 0) qd_buf_puts(out, variable);
    if (k > 1) qd_buf_printf(out, "^%ld", (long) k);
    fmpq_clear(a);
}

void text_poly(qd_buf_t out, const fmpq_poly_t p, const char *variable)
{
    bool first = true;
    fmpq_t c;
    fmpq_init(c);
    for (slong k = fmpq_poly_degree(p); k >= 0; k--) {
        fmpq_poly_get_coeff_fmpq(c, p, k);
        if (fmpq_is_zero(c)) continue;
        term(out, c, k, variable, first);
        first = false;
    }
    if (first) qd_buf_puts(out, "0");
    fmpq_clear(c);
}

void text_alg(qd_buf_t out, const qd_alg_t a, const char *variable)
{
    qd_buf_t s;
    fmpq_poly_t p;
    qd_buf_init(s);
    if (qd_alg_is_rational_form(a)) {
        qd_rat_print(s, a->lo);
        if (s->len <= SHORT) qd_buf_puts(out, qd_buf_str(s));
        else qd_buf_printf(out, "rational with %zu characters", s->len);
        qd_buf_clear(s);
        return;
    }
    fmpq_poly_init(p);
    fmpq_poly_set_fmpz_poly(p, a->poly);
    slong d = fmpq_poly_degree(p);
    if (d <= 8) text_poly(s, p, variable);
    if (d <= 8 && s->len <= SHORT) qd_buf_printf(out, "root of %s", qd_buf_str(s));
    else qd_buf_printf(out, "root of a polynomial of degree %ld", (long) d);
    fmpq_poly_clear(p);
    qd_buf_clear(s);
}

void text_alg_json(qd_json_t w, const qd_alg_t a, const char *approx)
{
    fmpq_poly_t p;
    fmpq_poly_init(p);
    fmpq_poly_set_fmpz_poly(p, a->poly);
    qd_poly_json(w, "poly", p);
    qd_json_array(w, "interval");
    qd_rat_json(w, NULL, a->lo);
    qd_rat_json(w, NULL, a->hi);
    qd_json_end(w);
    qd_json_string(w, "approx", approx);
    fmpq_poly_clear(p);
}

static char *decimal(const qd_alg_struct *a, slong digits)
{
    qd_buf_t b;
    qd_buf_init(b);
    qd_alg_print_decimal(b, a, digits);
    char *s = qd_strdup(qd_buf_str(b));
    qd_buf_clear(b);
    return s;
}

/* Is the number that a shows smaller than the one that b shows? Exponents too large to be read: do they differ? */
static bool shows_less(const char *a, const char *b)
{
    fmpq_t x, y;
    qd_ctx_t ctx;
    fmpq_init(x);
    fmpq_init(y);
    qd_ctx_own(ctx, NULL);
    bool read = qd_rat_set_str(x, a, strlen(a), ctx) == QD_OK && qd_rat_set_str(y, b, strlen(b), ctx) == QD_OK;
    bool less = read ? fmpq_cmp(x, y) < 0 : strcmp(a, b) != 0;
    fmpq_clear(x);
    fmpq_clear(y);
    return less;
}

/* The smallest of digits, 2 digits, 4 digits, ... at which a < b shows. */
static slong digits_between(const qd_alg_struct *a, const qd_alg_struct *b, slong digits)
{
    for (bool less = false;; digits *= 2) {
        char *s = decimal(a, digits), *t = decimal(b, digits);
        less = shows_less(s, t);
        free(s);
        free(t);
        if (less) return digits;
    }
}

/* Both neighbours of a gap get the digits that it needs, or more: roundings that differ by a unit of the last place stay in
   order when one of them is made finer. */
char **text_distinct(const qd_alg_struct *a, slong n, slong digits)
{
    char **s = qd_malloc(sizeof *s * (size_t) (n + 1));
    slong *need = qd_malloc(sizeof *need * (size_t) (n + 1));
    for (slong i = 0; i < n; i++) {
        s[i] = decimal(a + i, digits);
        need[i] = digits;
        if (i == 0 || shows_less(s[i - 1], s[i])) continue;
        need[i] = digits_between(a + i - 1, a + i, 2 * digits);
        if (need[i] > need[i - 1]) need[i - 1] = need[i];
    }
    for (slong i = 0; i < n; i++) {
        if (need[i] == digits) continue;
        free(s[i]);
        s[i] = decimal(a + i, need[i]);
    }
    free(need);
    return s;
}

const char *text_split(qd_buf_t first, const char *s)
{
    const char *colon = strchr(s, ':');
    if (colon == NULL || strchr(colon + 1, ':') != NULL) return NULL;
    qd_buf_reset(first);
    qd_buf_add(first, s, (size_t) (colon - s));
    return colon + 1;
}

qd_status text_interval(fmpq_t lo, fmpq_t hi, const char *s, qd_ctx_t ctx)
{
    qd_buf_t a;
    qd_buf_init(a);
    const char *b = text_split(a, s);
    qd_status st = b != NULL ? QD_OK : qd_fail(ctx, QD_EINPUT, "found '%.60s', expected A:B", s);
    if (st == QD_OK) st = qd_rat_set_str(lo, qd_buf_str(a), a->len, ctx);
    if (st == QD_OK) st = qd_rat_set_str(hi, b, strlen(b), ctx);
    if (st == QD_OK && fmpq_cmp(lo, hi) >= 0) st = qd_fail(ctx, QD_EINPUT, "found '%.60s', expected A < B", s);
    qd_buf_clear(a);
    return st;
}

void text_bound(qd_buf_t out, const arf_t x, int digits, bool up)
{
    char *text = NULL;
    mpfr_t m;
    mpfr_init2(m, 64 + 4 * digits);
    arf_get_mpfr(m, x, up ? MPFR_RNDU : MPFR_RNDD);
    mpfr_asprintf(&text, up ? "%.*RUg" : "%.*RDg", digits, m);
    qd_buf_puts(out, text);
    mpfr_free_str(text);
    mpfr_clear(m);
}

void text_bound_json(qd_json_t w, const char *key, const arf_t x, int digits, bool up)
{
    qd_buf_t text;
    qd_buf_init(text);
    if (arf_is_finite(x)) text_bound(text, x, digits, up);
    else qd_buf_puts(text, "null");
    qd_json_raw(w, key, qd_buf_str(text));
    qd_buf_clear(text);
}
