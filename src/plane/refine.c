/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sheets refined to exact curves where doubles see no way on: irreducible factors, or level sets of the one function that everything depends on. */
#include "plane/impl.h"

#include <math.h>

/* ---- factors ---------------------------------------------------------------------------------- */

/* Beyond it factoring and what follows does not end in useful time. */
#define FACTOR_DEGREE 40

qd_status qd_plane__sheet_factor(qd_plane_worker *w, qd_plane_sheet *s, slong unit)
{
    qd_plane_unit *u = s->unit + unit;
    const fmpz_mpoly_ctx_struct *ctx = qd_plane__exact_ctx(w->exact);
    if (u->nfactors >= 0) return QD_OK;
    qd_status st = qd_ctx_budget(w->ctx);
    if (st != QD_OK) return st;
    qd_path_set(&w->path, s->pattern);
    const fmpz_poly_struct *p = qd_path_z(&w->path, s->layer, unit);
    if (fmpz_poly_is_zero(p)) {
        u->sign = 0;
        u->nfactors = 0;
        return QD_OK;
    }
    fmpz_mpoly_t f;
    fmpz_mpoly_factor_t factor;
    fmpz_mpoly_init(f, ctx);
    fmpz_mpoly_factor_init(factor, ctx);
    qd_plane__exact_set(f, p, qd_path_stride(&w->model->m), w->exact);
    if (fmpz_mpoly_total_degree_si(f, ctx) > FACTOR_DEGREE || !fmpz_mpoly_factor(factor, f, ctx)) {
        st = QD_EUNABLE;
    } else {
        int sign = fmpz_sgn(factor->constant);
        u->factor = qd_arena_take(&w->arena, sizeof *u->factor * 2 * (size_t) (factor->num + 1));
        u->multiplicity = u->factor + factor->num;
        u->nfactors = 0;
        for (slong k = 0; k < factor->num; k++) {
            bool flip;
            if (fmpz_mpoly_is_fmpz(factor->poly + k, ctx)) continue;
            u->factor[u->nfactors] = qd_plane__exact_add(w->exact, factor->poly + k, &flip);
            u->multiplicity[u->nfactors] = fmpz_is_even(factor->exp + k) ? 2 : 1;
            if (flip && u->multiplicity[u->nfactors] == 1) sign = -sign;
            u->nfactors++;
        }
        u->factor_sign = (signed char) sign;
    }
    fmpz_mpoly_factor_clear(factor, ctx);
    fmpz_mpoly_clear(f, ctx);
    return st;
}

/* ---- refinement ----------------------------------------------------------------------------------- */

/* Column `column` of the block from an exact polynomial of a chart, times a power of two; every coefficient is rounded once. */
static void column_set(qd_plane_block *b, slong column, const fmpz_mpoly_t f, const fmpz_mpoly_ctx_struct *ctx)
{
    slong bits = 0;
    fmpz_t c;
    fmpz_init(c);
    bits = FLINT_ABS(fmpz_mpoly_max_bits(f));
    for (slong k = 0; k < fmpz_mpoly_length(f, ctx); k++) {
        ulong e[2];
        slong exp;
        fmpz_mpoly_get_term_exp_ui(e, f, k, ctx);
        fmpz_mpoly_get_term_coeff_fmpz(c, f, k, ctx);
        double d = fmpz_get_d_2exp(&exp, c); /* truncated: an error below 2^-52 */
        b->c[(qd_plane__row(b->degree, (slong) e[0]) + (slong) e[1]) * b->stride + column] =
            exp - bits < -900 ? 0 : ldexp(d, (int) (exp - bits));
    }
    fmpz_clear(c);
}

/* Radii of columns that were rounded once from exact coefficients near 1 in size. */
static void exact_radii(qd_plane_block *b, double R)
{
    qd_plane__block_size(b, R);
    for (slong u = 0; u < b->stride; u++) b->rad[u] = 4 * QD_PLANE_EPS * b->size[u] + 0x1p-800;
}

static double radius(const qd_plane_worker *w)
{
    return w->chart == 0 ? w->model->R : 1;
}

/* The curve of an irreducible polynomial in this sheet, made when it is not there. */
static slong factor_curve(qd_plane_worker *w, qd_plane_sheet *s, slong factor)
{
    const fmpz_mpoly_ctx_struct *ctx = qd_plane__exact_ctx(w->exact);
    for (slong k = 0; k < s->ncurves; k++)
        if (s->curve[k].factor == factor) return k;
    fmpz_mpoly_t g;
    fmpz_mpoly_init(g, ctx);
    qd_plane__exact_chart(g, qd_plane__exact_poly(w->exact, factor), w->model, w->chart, w->exact);
    qd_plane_block b = qd_plane__block_new(&w->arena, fmpz_mpoly_total_degree_si(g, ctx), 1);
    column_set(&b, 0, g, ctx);
    exact_radii(&b, radius(w));
    slong k = qd_plane__curve_add(w, s, qd_plane__block_add(w, s, b), 0);
    s->curve[k].factor = factor;
    fmpz_mpoly_clear(g, ctx);
    return k;
}

static void kill_curves(qd_plane_sheet *s, const qd_plane_unit *u)
{
    for (slong k = 0; k < u->ncurves; k++)
        if (s->curve[u->curve[k]].factor < 0) s->curve[u->curve[k]].dead = true;
}

/* f = q(h) as polynomials of a path; q is rational. false: it is none. */
static bool decompose(fmpq_poly_t q, const fmpz_poly_struct *f, const fmpz_poly_struct *h)
{
    slong n = h->length - 1;
    fmpq_poly_t rest, power, base;
    fmpq_t c;
    fmpq_poly_init(rest);
    fmpq_poly_init(power);
    fmpq_poly_init(base);
    fmpq_init(c);
    fmpq_poly_set_fmpz_poly(rest, f);
    fmpq_poly_set_fmpz_poly(base, h);
    fmpq_poly_zero(q);
    bool ok = n > 0;
    while (ok && fmpq_poly_degree(rest) > 0) {
        slong d = fmpq_poly_degree(rest);
        if ((ok = d % n == 0) == false) break;
        fmpq_poly_pow(power, base, (ulong) (d / n));
        fmpq_poly_get_coeff_fmpq(c, rest, d);
        fmpq_t lead;
        fmpq_init(lead);
        fmpq_poly_get_coeff_fmpq(lead, power, d);
        fmpq_div(c, c, lead);
        fmpq_clear(lead);
        fmpq_poly_set_coeff_fmpq(q, d / n, c);
        fmpq_poly_scalar_mul_fmpq(power, power, c);
        fmpq_poly_sub(rest, rest, power);
    }
    if (ok) {
        fmpq_poly_get_coeff_fmpq(c, rest, 0);
        fmpq_poly_set_coeff_fmpq(q, 0, c);
    }
    fmpq_poly_clear(rest);
    fmpq_poly_clear(power);
    fmpq_poly_clear(base);
    fmpq_clear(c);
    return ok;
}

/* Sign of h where the pattern holds: 1, -1, or 0 when it may have both. */
static int active_sign(const qd_plane_worker *w, const qd_plane_sheet *s)
{
    slong bit = w->model->m.bit[s->active_sheet->layer][s->active];
    if (bit < 0) return 0;
    return qd_pattern_get(s->pattern, bit) ? 1 : -1;
}

/* The curve of h itself, where it is one curve, is the member rho = 0 of its pencil. */
static void join_pencil(qd_plane_sheet *s, const qd_plane_unit *h)
{
    if (h->pencil == 0 || h->ncurves != 1 || h->nfactors > 1) return;
    s->curve[h->curve[0]].pencil = h->pencil;
    s->curve[h->curve[0]].rho = 0;
}

/* The number of the pencil h = rho. */
static slong pencil_number(qd_plane_worker *w, qd_plane_sheet *s)
{
    qd_plane_sheet *t = s->active_sheet;
    qd_plane_unit *h = t->unit + s->active;
    if (h->pencil == 0) {
        h->pencil = ++w->npencils;
        if (t->switches) join_pencil(t, h);
    }
    return h->pencil;
}

/* The curves h = rho for the real roots rho of odd multiplicity of q that h reaches where the pattern holds. */
static qd_status pencil_curves(qd_plane_worker *w, qd_plane_sheet *s, qd_plane_unit *u, const fmpq_poly_t q, const fmpz_poly_struct *h)
{
    const fmpz_mpoly_ctx_struct *ctx = qd_plane__exact_ctx(w->exact);
    int side = active_sign(w, s);
    fmpz_poly_t p, odd;
    qd_alg_list_t roots;
    fmpq_t zero;
    fmpz_poly_init(p);
    fmpz_poly_init(odd);
    fmpq_init(zero);
    qd_alg_list_init(roots);
    fmpq_poly_get_numerator(p, q);
    int sign = fmpz_sgn(fmpz_poly_lead(p));
    if (side < 0 && fmpz_poly_degree(p) % 2 != 0) sign = -sign;
    qd_root_odd_part(odd, p);
    qd_status st = QD_OK;
    if (fmpz_poly_degree(odd) > 0) st = qd_root_isolate(roots, odd, side > 0 ? zero : NULL, side < 0 ? zero : NULL, w->ctx);
    slong n = 0;
    for (slong k = 0; k < roots->n && st == QD_OK; k++) {
        if (side != 0 && qd_alg_cmp_fmpq(roots->e + k, zero) == 0) {
            const qd_plane_unit *active = s->active_sheet->unit + s->active;
            for (slong c = 0; c < active->ncurves; c++) s->active_sheet->curve[active->curve[c]].tied = true;
            continue;
        }
        qd_alg_swap(roots->e + n++, roots->e + k);
    }
    if (st == QD_OK) {
        qd_plane__unit_curves(w, u, n);
        u->sign = (signed char) (side < 0 && n % 2 != 0 ? -sign : sign);
        fmpz_mpoly_t f, g;
        fmpz_mpoly_init(f, ctx);
        fmpz_mpoly_init(g, ctx);
        qd_plane__exact_set(f, h, qd_path_stride(&w->model->m), w->exact);
        qd_plane__exact_chart(g, f, w->model, w->chart, w->exact);
        /* The chart multiplies h by 2^(20 d): it has to be the same multiple of h - rho. */
        slong d = fmpz_mpoly_total_degree_si(f, ctx), bits = FLINT_ABS(fmpz_mpoly_max_bits(g));
        for (slong k = 0; k < n; k++) {
            qd_plane_block b = qd_plane__block_new(&w->arena, d, 1);
            qd_alg_refine(roots->e + k, 400);
            arf_t r;
            arf_init(r);
            arf_set_fmpq(r, roots->e[k].lo, 53, ARF_RND_NEAR);
            u->curve[k] = qd_plane__curve_add(w, s, qd_plane__block_add(w, s, b), 0);
            s->curve[u->curve[k]].pencil = pencil_number(w, s);
            s->curve[u->curve[k]].rho = arf_get_d(r, ARF_RND_NEAR);
            arf_mul_2exp_si(r, r, (w->chart == 0 ? 0 : 20 * d) - bits);
            double rho = arf_get_d(r, ARF_RND_NEAR);
            column_set(&b, 0, g, ctx);
            b.c[(w->chart == 0 ? 0 : qd_plane__row(d, d)) * b.stride] -= rho;
            exact_radii(&b, radius(w));
            b.rad[0] += 8 * QD_PLANE_EPS * fabs(rho);
            s->block[s->curve[u->curve[k]].block] = b;
            s->curve[u->curve[k]].fine = qd_plane__fine_level(w, g, &b, roots->e + k, w->chart == 0 ? 0 : 20 * d);
            arf_clear(r);
        }
        fmpz_mpoly_clear(f, ctx);
        fmpz_mpoly_clear(g, ctx);
    }
    qd_alg_list_clear(roots);
    fmpq_clear(zero);
    fmpz_poly_clear(p);
    fmpz_poly_clear(odd);
    return st;
}

static qd_status refine_pencil(qd_plane_worker *w, qd_plane_sheet *s, slong unit, bool *done)
{
    fmpz_poly_t f, h;
    fmpq_poly_t q;
    qd_status st = QD_OK;
    fmpz_poly_init(f);
    fmpz_poly_init(h);
    fmpq_poly_init(q);
    qd_path_set(&w->path, s->pattern);
    fmpz_poly_set(f, qd_path_z(&w->path, s->layer, unit));
    fmpz_poly_set(h, qd_path_z(&w->path, s->active_sheet->layer, s->active));
    *done = !fmpz_poly_is_zero(f) && decompose(q, f, h);
    if (*done) {
        kill_curves(s, s->unit + unit);
        st = pencil_curves(w, s, s->unit + unit, q, h);
    }
    fmpq_poly_clear(q);
    fmpz_poly_clear(f);
    fmpz_poly_clear(h);
    return st;
}

qd_status qd_plane__sheet_refine(qd_plane_worker *w, qd_plane_sheet *s, slong unit)
{
    qd_plane_unit *u = s->unit + unit;
    bool done = false;
    if (u->refined) return QD_OK;
    u->refined = true;
    qd_status st = s->active_sheet != NULL ? refine_pencil(w, s, unit, &done) : QD_OK;
    if (st != QD_OK || done) return st;
    if ((st = qd_plane__sheet_factor(w, s, unit)) != QD_OK) return st;
    kill_curves(s, u);
    slong n = 0;
    bool tied = false;
    for (slong k = 0; k < u->ncurves; k++) tied |= s->curve[u->curve[k]].tied;
    for (slong k = 0; k < u->nfactors; k++) n += u->multiplicity[k] == 1;
    qd_plane__unit_curves(w, u, n);
    n = 0;
    for (slong k = 0; k < u->nfactors; k++)
        if (u->multiplicity[k] == 1) u->curve[n++] = factor_curve(w, s, u->factor[k]);
    for (slong k = 0; k < n; k++) s->curve[u->curve[k]].tied |= tied;
    join_pencil(s, u);
    if (u->sign != 0) u->sign = u->factor_sign;
    return QD_OK;
}
