/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open cylindrical decomposition [McCallum; Strzebonski]: cells of full dimension only. The curves are squarefree, coprime and
   without factors in x alone; their leading coefficients, discriminants and resultants in pairs, and those factors, vanish at the critical
   abscissae. */
#include "impl.h"
#include <stdlib.h>

/* ---- roots --------------------------------------------------------------------------------------- */

void root_separate(oracle_root *r, oracle_root *s)
{
    while (mpq_cmp(r->hi, s->lo) >= 0) {
        root_refine(r);
        root_refine(s);
    }
}

/* The order of two different numbers. */
static int order_of_distinct(oracle_root *r, oracle_root *s)
{
    while (mpq_cmp(r->hi, s->lo) >= 0 && mpq_cmp(s->hi, r->lo) >= 0) {
        root_refine(r);
        root_refine(s);
    }
    return mpq_cmp(r->hi, s->lo) < 0 ? -1 : 1;
}

void roots_merge(root_list *into, const oracle_zpoly *f, int unique)
{
    root_list found = {0};

    if (f->len < 2) return;
    sturm_isolate(&found, f, NULL, NULL);
    for (int i = 0; i < found.n; i++) {
        int k = into->n, order = 1;
        while (k > 0 && (order = unique ? root_cmp(found.r[i], into->r[k - 1]) : order_of_distinct(found.r[i], into->r[k - 1])) < 0) k--;
        if (order == 0) root_free(found.r[i]);
        else root_list_insert(into, k, found.r[i]);
    }
    free(found.r);
}

void short_between(mpq_t x, const mpq_t a, const mpq_t b)
{
    mpz_t n;

    mpz_init(n);
    for (int k = 0;; k++) {
        mpq_mul_2exp(x, a, k);
        mpz_fdiv_q(n, mpq_numref(x), mpq_denref(x));
        mpz_add_ui(n, n, 1);
        mpq_set_z(x, n);
        mpq_div_2exp(x, x, k);
        if (mpq_cmp(x, b) < 0) break;
    }
    mpz_clear(n);
}

static void short_beyond(mpq_t x, const mpq_t a, int direction)
{
    mpz_t n;

    mpz_init(n);
    mpz_fdiv_q(n, mpq_numref(a), mpq_denref(a));
    if (direction < 0) mpz_sub_ui(n, n, 1);
    else mpz_add_ui(n, n, 2);
    mpq_set_z(x, n);
    mpz_clear(n);
}

void heights_between(mpq_t *y, root_list *roots)
{
    for (int i = 0; i + 1 < roots->n; i++) root_separate(roots->r[i], roots->r[i + 1]);
    if (roots->n == 0) mpq_set_ui(y[0], 0, 1);
    else {
        short_beyond(y[0], roots->r[0]->lo, -1);
        short_beyond(y[roots->n], roots->r[roots->n - 1]->hi, 1);
    }
    for (int i = 1; i < roots->n; i++) short_between(y[i], roots->r[i - 1]->hi, roots->r[i]->lo);
}

/* ---- curves ---------------------------------------------------------------------------------------- */

void decomposition_init(decomposition *d)
{
    *d = (decomposition){0};
    mpq_init(d->lo);
    mpq_init(d->hi);
}

static void forget(decomposition *d)
{
    for (int i = 0; d->stack != NULL && i <= d->at.n; i++) plane_stack_clear(d->stack + i);
    for (int i = 0; i < d->at.n; i++) root_free(d->at.r[i]);
    free(d->stack);
    free(d->at.r);
    d->stack = NULL;
    d->at = (root_list){0};
}

void decomposition_clear(decomposition *d)
{
    forget(d);
    for (int i = 0; i < d->curves.n; i++) bpoly_clear(d->curves.f + i);
    for (int i = 0; i < d->nlines; i++) zpoly_clear(d->line + i);
    free(d->curves.f);
    free(d->line);
    mpq_clear(d->lo);
    mpq_clear(d->hi);
}

static void *grow(void *list, int n, size_t size)
{
    list = realloc(list, (n + 1) * size);
    if (list == NULL) abort();
    return list;
}

/* Refines a list of coprime squarefree polynomials so that the squarefree f is a product of some of them. */
static void add_line(oracle_zpoly **list, int *n, const oracle_zpoly *f)
{
    oracle_zpoly rest, g, b;
    int known = *n;

    zpoly_init(&rest);
    zpoly_init(&g);
    zpoly_init(&b);
    zpoly_set(&rest, f);
    for (int i = 0; i < known && rest.len > 1; i++) {
        zpoly_gcd(&g, *list + i, &rest);
        if (g.len < 2) continue;
        zpoly_divide(&rest, &rest, &g);
        zpoly_divide(&b, *list + i, &g);
        if (b.len < 2) continue;
        zpoly_set(*list + i, &b);
        *list = grow(*list, *n, sizeof **list);
        zpoly_init(*list + *n);
        zpoly_set(*list + (*n)++, &g);
    }
    if (rest.len > 1) {
        *list = grow(*list, *n, sizeof **list);
        zpoly_init(*list + *n);
        zpoly_set(*list + (*n)++, &rest);
    }
    zpoly_clear(&rest);
    zpoly_clear(&g);
    zpoly_clear(&b);
}

/* The same for f != 0 with repeated factors, which are kept apart by order. */
static void add_lines(oracle_zpoly **list, int *n, const oracle_zpoly *f)
{
    oracle_zpoly rest, r;

    zpoly_init(&rest);
    zpoly_init(&r);
    if (f->len == 0) abort(); /* the curves are not coprime: the oracle is wrong */
    for (zpoly_set(&rest, f); rest.len > 1; zpoly_divide(&rest, &rest, &r)) {
        zpoly_radical(&r, &rest);
        add_line(list, n, &r);
    }
    zpoly_clear(&rest);
    zpoly_clear(&r);
}

static void push_curve(curve_list *l, const bpoly *f)
{
    l->f = grow(l->f, l->n, sizeof *l->f);
    bpoly_init(l->f + l->n);
    bpoly_set(l->f + l->n++, f);
}

static void add_curve(curve_list *l, const bpoly *f)
{
    bpoly rest, g, b;
    int known = l->n;

    bpoly_init(&rest);
    bpoly_init(&g);
    bpoly_init(&b);
    bpoly_set(&rest, f);
    for (int i = 0; i < known && rest.len > 1; i++) {
        bpoly_gcd(&g, l->f + i, &rest);
        if (g.len < 2) continue;
        bpoly_divide(&rest, &rest, &g);
        bpoly_divide(&b, l->f + i, &g);
        if (b.len < 2) continue;
        bpoly_set(l->f + i, &b);
        push_curve(l, &g);
    }
    if (rest.len > 1) push_curve(l, &rest);
    bpoly_clear(&rest);
    bpoly_clear(&g);
    bpoly_clear(&b);
}

void decomposition_add(decomposition *d, const bpoly *f)
{
    bpoly p, g;
    oracle_zpoly content;

    forget(d);
    bpoly_init(&p);
    bpoly_init(&g);
    zpoly_init(&content);
    bpoly_split(&content, &p, f);
    add_lines(&d->line, &d->nlines, &content);
    if (p.len > 1) {
        bpoly_derivative(&g, &p);
        bpoly_gcd(&g, &p, &g);
        if (g.len > 1) bpoly_divide(&p, &p, &g);
        add_curve(&d->curves, &p);
    }
    bpoly_clear(&p);
    bpoly_clear(&g);
    zpoly_clear(&content);
}

/* ---- stacks ---------------------------------------------------------------------------------------- */

static int same_poly(const oracle_zpoly *f, const oracle_zpoly *g)
{
    if (f->len != g->len) return 0;
    for (int i = 0; i < f->len; i++)
        if (mpz_cmp(f->c[i], g->c[i]) != 0) return 0;
    return 1;
}

/* The one of the coprime polynomials whose root r is. */
static int owner_of(const oracle_root *r, const oracle_zpoly *f, int n)
{
    for (int i = 0; i < n; i++)
        if (root_is_rational(r) ? zpoly_sign(f + i, r->lo) == 0 : same_poly(&r->poly, f + i)) return i;
    abort(); /* a root of nothing: the oracle is wrong */
}

void plane_stack_init(plane_stack *s, const curve_list *curves, const mpq_t x)
{
    oracle_zpoly *f = oracle_alloc(curves->n, sizeof *f);
    oracle_poly p;

    *s = (plane_stack){0};
    mpq_init(s->x);
    mpq_set(s->x, x);
    qpoly_init(&p);
    for (int i = 0; i < curves->n; i++) {
        bpoly_at_x(&p, curves->f + i, x);
        zpoly_set_qpoly(f + i, &p);
        roots_merge(&s->section, f + i, 0);
    }
    s->owner = oracle_alloc(s->section.n, sizeof *s->owner);
    s->y = oracle_alloc(s->section.n + 1, sizeof(mpq_t));
    s->sign = oracle_alloc(s->section.n + 1, sizeof *s->sign);
    for (int k = 0; k <= s->section.n; k++) mpq_init(s->y[k]);
    heights_between(s->y, &s->section);
    for (int k = 0; k < s->section.n; k++) s->owner[k] = owner_of(s->section.r[k], f, curves->n);
    for (int k = 0; k <= s->section.n; k++) {
        s->sign[k] = oracle_alloc(curves->n + 1, 1);
        for (int i = 0; i < curves->n; i++) s->sign[k][i] = zpoly_sign(f + i, s->y[k]) < 0 ? '-' : '+';
    }
    for (int i = 0; i < curves->n; i++) zpoly_clear(f + i);
    free(f);
    qpoly_clear(&p);
}

void plane_stack_clear(plane_stack *s)
{
    for (int k = 0; k <= s->section.n; k++) {
        mpq_clear(s->y[k]);
        free(s->sign[k]);
    }
    for (int k = 0; k < s->section.n; k++) root_free(s->section.r[k]);
    free(s->section.r);
    free(s->owner);
    free(s->y);
    free(s->sign);
    mpq_clear(s->x);
}

/* Leading coefficients, discriminants, resultants. */
static void project(oracle_zpoly **list, int *n, const curve_list *curves)
{
    oracle_poly r;
    oracle_zpoly z;
    bpoly g;

    qpoly_init(&r);
    zpoly_init(&z);
    bpoly_init(&g);
    for (int i = 0; i < curves->n; i++) {
        const bpoly *f = curves->f + i;
        zpoly_set_qpoly(&z, f->c + f->len - 1);
        add_lines(list, n, &z);
        for (int k = 0; k <= i; k++) {
            if (k < i) bpoly_set(&g, curves->f + k);
            else bpoly_derivative(&g, f);
            bpoly_resultant(&r, f, &g);
            zpoly_set_qpoly(&z, &r);
            add_lines(list, n, &z);
        }
    }
    qpoly_clear(&r);
    zpoly_clear(&z);
    bpoly_clear(&g);
}

/* The roots of all polynomials of the list inside the range. */
static void find_abscissae(decomposition *d, const oracle_zpoly *list, int n)
{
    int kept = 0;

    for (int i = 0; i < n; i++) roots_merge(&d->at, list + i, 0);
    for (int i = 0; i < d->at.n; i++) {
        oracle_root *r = d->at.r[i];
        root_simplify(r);
        if (d->bounded && (root_cmp_rational(r, d->lo) <= 0 || root_cmp_rational(r, d->hi) >= 0)) root_free(r);
        else d->at.r[kept++] = r;
    }
    d->at.n = kept;
    for (int i = 0; i + 1 < kept; i++) root_separate(d->at.r[i], d->at.r[i + 1]);
    for (int i = 0; i < kept && d->bounded; i++)
        while (!root_is_rational(d->at.r[i]) && (mpq_cmp(d->at.r[i]->lo, d->lo) <= 0 || mpq_cmp(d->at.r[i]->hi, d->hi) >= 0))
            root_refine(d->at.r[i]);
}

void decomposition_find(decomposition *d)
{
    oracle_zpoly *list = NULL;
    int n = 0;
    mpq_t *x;

    forget(d);
    for (int i = 0; i < d->nlines; i++) add_line(&list, &n, d->line + i);
    project(&list, &n, &d->curves);
    find_abscissae(d, list, n);
    x = oracle_alloc(d->at.n + 1, sizeof(mpq_t));
    for (int i = 0; i <= d->at.n; i++) mpq_init(x[i]);
    heights_between(x, &d->at);
    if (d->bounded) {
        short_between(x[0], d->lo, d->at.n > 0 ? d->at.r[0]->lo : d->hi);
        if (d->at.n > 0) short_between(x[d->at.n], d->at.r[d->at.n - 1]->hi, d->hi);
    }
    d->stack = oracle_alloc(d->at.n + 1, sizeof *d->stack);
    for (int i = 0; i <= d->at.n; i++) {
        plane_stack_init(d->stack + i, &d->curves, x[i]);
        mpq_clear(x[i]);
    }
    free(x);
    for (int i = 0; i < n; i++) zpoly_clear(list + i);
    free(list);
}
