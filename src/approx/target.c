/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The function that is approximated: checked once, then known in doubles for the search.

   That f is finite is proved by enclosing its largest value, which also says what its rounding in doubles can do. */
#include "approx/impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TINIEST 0x1p-36 /* smallest tolerance relative to the size of f */

void qd_approx_target_init(qd_approx_target_t f)
{
    memset(f, 0, sizeof *f);
    qd_expr_init(f->expr);
    qd_spline_init(f->spline);
    fmpq_init(f->lo);
    fmpq_init(f->hi);
    qd_expr_parts_init(f->parts);
}

void qd_approx_target_clear(qd_approx_target_t f)
{
    qd_expr_clear(f->expr);
    qd_spline_clear(f->spline);
    fmpq_clear(f->lo);
    fmpq_clear(f->hi);
    qd_expr_parts_clear(f->parts);
    for (slong i = 0; i < f->nsections; i++) free(f->section[i].a);
    free(f->section);
    free(f->kink);
}

static void move(qd_approx_target_t to, qd_approx_target_t from)
{
    qd_approx_target_struct t = *to;
    *to = *from;
    *from = t;
}

qd_target qd_approx_target_view(const qd_approx_target_t f)
{
    return f->is_spline ? (qd_target){.spline = f->spline} : (qd_target){.expr = f->expr, .nexpr = 1};
}

/* ---- in doubles -------------------------------------------------------------------------- */

double qd_approx__value(const qd_approx_target_t f, double x)
{
    if (!f->is_spline) return qd_expr_value(f->expr, &x);
    slong lo = 0, hi = f->nsections - 1;
    while (lo < hi) {
        slong m = (lo + hi) / 2;
        if (x <= f->section[m].end) hi = m;
        else lo = m + 1;
    }
    const qd_approx_section *s = f->section + lo;
    double u = (x - s->centre) / s->half, y = 0;
    for (slong k = s->n - 1; k >= 0; k--) y = y * u + s->a[k];
    return y;
}

double qd_approx__noise(const qd_approx_target_t f, double eps)
{
    return fmax(0x1p-30, 64 * 0x1p-53 * f->size / eps);
}

void qd_approx__add_kink(qd_approx_target_t f, double x)
{
    slong i = f->nkinks;
    f->kink = qd_realloc(f->kink, sizeof *f->kink * (size_t) (f->nkinks + 1));
    for (; i > 0 && f->kink[i - 1] > x; i--) f->kink[i] = f->kink[i - 1];
    f->kink[i] = x;
    f->nkinks++;
}

static double alg_double(const qd_alg_t a)
{
    qd_alg_t b;
    qd_alg_init(b);
    qd_alg_set(b, a);
    qd_alg_refine(b, 64);
    double x = fmpq_get_d(b->lo);
    qd_alg_clear(b);
    return x;
}

/* p on [from, to], moved to its middle exactly. */
static void set_section(qd_approx_section *s, const fmpq_poly_t p, double from, double to)
{
    fmpq_t c;
    fmpq_poly_t x, q;
    fmpq_init(c);
    fmpq_poly_init(x);
    fmpq_poly_init(q);
    s->end = to;
    s->centre = from + (to - from) / 2;
    s->half = to > from ? (to - from) / 2 : 1;
    qd_rat_set_double(c, s->centre);
    fmpq_poly_set_coeff_fmpq(x, 0, c);
    qd_rat_set_double(c, s->half);
    fmpq_poly_set_coeff_fmpq(x, 1, c);
    fmpq_poly_compose(q, p, x);
    s->n = fmpq_poly_length(q);
    s->a = qd_malloc(sizeof *s->a * (size_t) (s->n + 1));
    for (slong k = 0; k < s->n; k++) {
        fmpq_poly_get_coeff_fmpq(c, q, k);
        s->a[k] = fmpq_get_d(c);
    }
    fmpq_clear(c);
    fmpq_poly_clear(x);
    fmpq_poly_clear(q);
}

/* ---- is it finite? ----------------------------------------------------------------------- */

static qd_status check_interval(const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    if (fmpq_cmp(lo, hi) < 0) return QD_OK;
    return qd_fail(ctx, QD_EINPUT, "the interval is empty or a point, expected a < b");
}

/* Encloses the largest |f| on the way to its size. */
static qd_status set_size(qd_approx_target_t f, qd_ctx_t ctx)
{
    qd_spline_t zero;
    qd_enclosure_t r;
    qd_target view = qd_approx_target_view(f);
    qd_spline_init(zero);
    qd_enclosure_init(r);
    qd_spline_resize(zero, 0, 1);
    qd_status st = qd_certify_spline(r, zero, &view, f->lo, f->hi, 0.5, NULL, ctx);
    if (st == QD_OK) f->size = arf_get_d(r->upper, ARF_RND_UP);
    if (st == QD_OK && !isfinite(f->size)) st = qd_fail(ctx, QD_EDOMAIN, "the target exceeds the range of double precision");
    qd_spline_clear(zero);
    qd_enclosure_clear(r);
    return st;
}

/* ---- making ------------------------------------------------------------------------------ */

static qd_status parse(qd_expr_t e, const char *text, qd_ctx_t ctx)
{
    const qd_named_target *named = qd_named_target_find(text);
    qd_status st = qd_expr_parse(e, named != NULL ? named->text : text, ctx);
    if (st == QD_OK && e->nvariables != 1) st = qd_fail(ctx, QD_EINPUT, "the target '%.60s' depends on y, expected a function of x", text);
    return st;
}

qd_status qd_approx_target_set_expr(qd_approx_target_t f, const char *text, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    qd_approx_target_t t;
    qd_status st = check_interval(lo, hi, ctx);
    if (st != QD_OK) return st;
    qd_approx_target_init(t);
    fmpq_set(t->lo, lo);
    fmpq_set(t->hi, hi);
    st = parse(t->expr, text, ctx);
    if (st == QD_OK) st = qd_expr_split(t->parts, t->expr, lo, hi, ctx);
    if (st == QD_OK) st = qd_approx__check_jumps(t, ctx);
    if (st == QD_OK) st = set_size(t, ctx);
    for (slong i = 2; st == QD_OK && i + 1 < t->parts->n; i += 2) qd_approx__add_kink(t, alg_double(t->parts->e[i].at));
    if (st == QD_OK) move(f, t);
    qd_approx_target_clear(t);
    return st;
}

/* The part of s on [lo, hi], with ends. */
static void restrict_to(qd_spline_t r, const qd_spline_t s, const fmpq_t lo, const fmpq_t hi)
{
    slong first = 0, last = s->nbreaks;
    while (first < last && qd_alg_cmp_fmpq(s->at + first, lo) <= 0) first++;
    while (last > first && qd_alg_cmp_fmpq(s->at + last - 1, hi) >= 0) last--;
    qd_spline_resize(r, last - first, s->outputs);
    for (slong i = first; i < last; i++) qd_alg_set(r->at + i - first, s->at + i);
    for (slong i = first; i <= last; i++) fmpq_poly_set(qd_spline_poly(r, i - first, 0), qd_spline_poly(s, i, 0));
    r->has_lo = r->has_hi = true;
    fmpq_set(r->lo, lo);
    fmpq_set(r->hi, hi);
}

static void set_sections(qd_approx_target_t f)
{
    const qd_spline_struct *s = f->spline;
    double from = fmpq_get_d(f->lo);
    f->nsections = s->nbreaks + 1;
    f->section = qd_calloc((size_t) f->nsections, sizeof *f->section);
    for (slong i = 0; i < f->nsections; i++) {
        double to = i < s->nbreaks ? alg_double(s->at + i) : fmpq_get_d(f->hi);
        set_section(f->section + i, qd_spline_poly(s, i, 0), from, to);
        if (i < s->nbreaks) qd_approx__add_kink(f, to);
        from = to;
    }
}

qd_status qd_approx_target_set_spline(qd_approx_target_t f, const qd_spline_t s, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    qd_approx_target_t t;
    qd_status st = check_interval(lo, hi, ctx);
    if (st == QD_OK && s->outputs != 1) st = qd_fail(ctx, QD_EINPUT, "the target has %ld outputs, expected one", (long) s->outputs);
    if (st == QD_OK && ((s->has_lo && fmpq_cmp(lo, s->lo) < 0) || (s->has_hi && fmpq_cmp(hi, s->hi) > 0)))
        st = qd_fail(ctx, QD_EINPUT, "the target spline is defined on a smaller interval");
    if (st == QD_OK) st = qd_spline_check_continuous(s, ctx);
    if (st != QD_OK) return st;
    qd_approx_target_init(t);
    fmpq_set(t->lo, lo);
    fmpq_set(t->hi, hi);
    t->is_spline = true;
    restrict_to(t->spline, s, lo, hi);
    qd_spline_merge(t->spline);
    set_sections(t);
    st = set_size(t, ctx);
    if (st == QD_OK) move(f, t);
    qd_approx_target_clear(t);
    return st;
}

qd_status qd_approx_target_set_net(qd_approx_target_t f, const qd_net_t net, const fmpq_t lo, const fmpq_t hi, qd_ctx_t ctx)
{
    const qd_domain domain = {.lo = lo, .hi = hi};
    qd_line_t line;
    qd_spline_t s;
    qd_status st = check_interval(lo, hi, ctx);
    if (st == QD_OK && (net->input_dim != 1 || qd_net_output_dim(net) != 1))
        st = qd_fail(ctx, QD_EINPUT, "the network has %ld inputs and %ld outputs, expected one of each", (long) net->input_dim,
                     (long) qd_net_output_dim(net));
    if (st != QD_OK) return st;
    qd_line_init(line);
    qd_spline_init(s);
    st = qd_line_compute(line, net, &domain, ctx);
    if (st == QD_OK) st = qd_spline_set_line(s, line, ctx);
    if (st == QD_OK) st = qd_approx_target_set_spline(f, s, lo, hi, ctx);
    qd_line_clear(line);
    qd_spline_clear(s);
    return st;
}

qd_status qd_approx_check_tolerance(const qd_approx_target_t f, const fmpq_t eps, qd_ctx_t ctx)
{
    if (fmpq_sgn(eps) <= 0) return qd_fail(ctx, QD_EINPUT, "the tolerance is not positive");
    double least = fmax(f->size * TINIEST, 1e-280), x = fmpq_get_d(eps);
    if (x >= least && isfinite(x)) return QD_OK;
    return qd_fail(ctx, QD_EINPUT, "the tolerance is %.3g, expected %.3g or more for this target: smaller ones are not told apart", x,
                   least);
}

qd_status qd_approx__check(const qd_approx_target_t f, slong degree, const fmpq_t eps, qd_ctx_t ctx)
{
    if (degree < 1 || degree > QD_APPROX_MAX_DEGREE)
        return qd_fail(ctx, QD_EINPUT, "the degree is %ld, expected 1 to %d", (long) degree, QD_APPROX_MAX_DEGREE);
    return qd_approx_check_tolerance(f, eps, ctx);
}
