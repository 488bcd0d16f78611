/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A conventional network in n dimensions: all sign vectors are tried, and Fourier and Motzkin say which systems of inequalities have a solution. Affine
   forms are polynomials in one variable, x_k its power k + 1: they are only added and scaled. */
#include "impl.h"
#include <stdlib.h>
#include <string.h>

/* ---- inequalities ---------------------------------------------------------------------------------------- */

/* c[0] + sum c[k + 1] x_k > 0, or >= 0 */
typedef struct {
    mpq_t *c;
    int strict;
} inequality;

typedef struct {
    int dim, n, room;
    inequality *e;
} inequalities;

static void system_init(inequalities *s, int dim)
{
    memset(s, 0, sizeof *s);
    s->dim = dim;
}

static void system_pop(inequalities *s)
{
    inequality *e = s->e + --s->n;
    for (int k = 0; k <= s->dim; k++) mpq_clear(e->c[k]);
    free(e->c);
}

static void system_clear(inequalities *s)
{
    while (s->n > 0) system_pop(s);
    free(s->e);
}

static mpq_t *system_push(inequalities *s, int strict)
{
    if (s->n == s->room) {
        s->room = s->room ? 2 * s->room : 16;
        s->e = realloc(s->e, s->room * sizeof *s->e);
        if (s->e == NULL) abort();
    }
    inequality *e = s->e + s->n++;
    e->strict = strict;
    e->c = oracle_alloc(s->dim + 1, sizeof(mpq_t));
    for (int k = 0; k <= s->dim; k++) mpq_init(e->c[k]);
    return e->c;
}

static void coefficient(mpq_t r, const oracle_poly *f, int k)
{
    if (k < f->len) mpq_set(r, f->c[k]);
    else mpq_set_ui(r, 0, 1);
}

static void push_form(inequalities *s, const oracle_poly *f, int sign, int strict)
{
    mpq_t *c = system_push(s, strict);
    for (int k = 0; k <= s->dim; k++) {
        coefficient(c[k], f, k);
        if (sign < 0) mpq_neg(c[k], c[k]);
    }
}

/* Divided by the first |coefficient| of a variable that is not 0. */
static void normalise(inequality *e, int dim)
{
    int k = 1;
    mpq_t s;
    while (k <= dim && mpq_sgn(e->c[k]) == 0) k++;
    if (k > dim) return;
    mpq_init(s);
    mpq_abs(s, e->c[k]);
    for (int j = 0; j <= dim; j++) mpq_div(e->c[j], e->c[j], s);
    mpq_clear(s);
}

/* Of inequalities with one gradient only the strongest stays. */
static void add_strongest(inequalities *s, const inequality *e)
{
    for (int i = 0; i < s->n; i++) {
        int k = 1;
        while (k <= s->dim && mpq_equal(s->e[i].c[k], e->c[k])) k++;
        if (k <= s->dim) continue;
        int d = mpq_cmp(e->c[0], s->e[i].c[0]);
        if (d < 0) s->e[i].strict = e->strict;
        if (d == 0) s->e[i].strict |= e->strict;
        if (d < 0) mpq_set(s->e[i].c[0], e->c[0]);
        return;
    }
    mpq_t *c = system_push(s, e->strict);
    for (int k = 0; k <= s->dim; k++) mpq_set(c[k], e->c[k]);
}

/* p without x_(k-1), from p with a positive and q with a negative coefficient of it */
static void combine(inequality *r, const inequality *p, const inequality *q, int k, int dim)
{
    mpq_t t;
    mpq_init(t);
    r->strict = p->strict || q->strict;
    for (int j = 0; j <= dim; j++) {
        mpq_mul(r->c[j], p->c[j], q->c[k]);
        mpq_neg(r->c[j], r->c[j]);
        mpq_mul(t, q->c[j], p->c[k]);
        mpq_add(r->c[j], r->c[j], t);
    }
    mpq_clear(t);
}

/* Has the system a solution? */
static int solvable(const inequalities *given)
{
    inequalities s, next, work;
    int ok = 1;
    system_init(&s, given->dim);
    system_init(&work, given->dim);
    system_push(&work, 0);
    for (int i = 0; i < given->n; i++) {
        for (int k = 0; k <= s.dim; k++) mpq_set(work.e->c[k], given->e[i].c[k]);
        work.e->strict = given->e[i].strict;
        normalise(work.e, s.dim);
        add_strongest(&s, work.e);
    }
    for (int k = 1; k <= s.dim; k++) {
        system_init(&next, s.dim);
        for (int i = 0; i < s.n; i++) {
            int sign = mpq_sgn(s.e[i].c[k]);
            if (sign == 0) add_strongest(&next, s.e + i);
            for (int j = 0; sign > 0 && j < s.n; j++) {
                if (mpq_sgn(s.e[j].c[k]) >= 0) continue;
                combine(work.e, s.e + i, s.e + j, k, s.dim);
                normalise(work.e, s.dim);
                add_strongest(&next, work.e);
            }
        }
        system_clear(&s);
        s = next;
    }
    for (int i = 0; i < s.n; i++) ok = ok && (mpq_sgn(s.e[i].c[0]) > 0 || (mpq_sgn(s.e[i].c[0]) == 0 && !s.e[i].strict));
    system_clear(&s);
    system_clear(&work);
    return ok;
}

/* ---- regions ------------------------------------------------------------------------------------------------ */

typedef struct {
    char *pattern;
    inequalities inside; /* the box first */
    oracle_poly *output;
} cell;

typedef struct {
    const oracle_net *net;
    int sides; /* inequalities of the box */
    inequalities now;
    char *pattern;
    int depth; /* bits of the pattern */
    cell *cell;
    int n;
} search;

static void go(search *s, int l, int j, oracle_poly *a, oracle_poly *out);

static void found(search *s, const oracle_poly *a)
{
    int outputs = oracle_net_outputs(s->net);
    s->cell = realloc(s->cell, (s->n + 1) * sizeof *s->cell);
    if (s->cell == NULL) abort();
    cell *c = s->cell + s->n++;
    c->pattern = oracle_alloc(s->depth + 1, 1);
    memcpy(c->pattern, s->pattern, s->depth);
    system_init(&c->inside, s->now.dim);
    for (int i = 0; i < s->now.n; i++) {
        mpq_t *to = system_push(&c->inside, 1);
        for (int k = 0; k <= s->now.dim; k++) mpq_set(to[k], s->now.e[i].c[k]);
    }
    c->output = qpoly_array(outputs);
    for (int o = 0; o < outputs; o++) qpoly_set(c->output + o, a + o);
}

static int constant(const oracle_poly *z)
{
    return z->len <= 1;
}

/* Unit j of layer l, whose pre-activation is z, with the given bit. */
static void try_bit(search *s, int l, int j, oracle_poly *a, oracle_poly *out, const oracle_poly *z, int active)
{
    int limits = !constant(z);
    if (constant(z) && active != (z->len == 1 && mpq_sgn(z->c[0]) > 0)) return;
    if (limits) push_form(&s->now, z, active ? 1 : -1, 1);
    if (!limits || solvable(&s->now)) {
        s->pattern[s->depth++] = active ? '1' : '0';
        lower_activation(out + j, s->net->layer + l, j, z, active);
        go(s, l, j + 1, a, out);
        s->depth--;
    }
    if (limits) system_pop(&s->now);
}

static void go(search *s, int l, int j, oracle_poly *a, oracle_poly *out)
{
    if (l == s->net->depth) {
        found(s, a);
        return;
    }
    const oracle_layer *layer = s->net->layer + l;
    if (j == layer->out) {
        int width = l + 1 < s->net->depth ? s->net->layer[l + 1].out : 1;
        oracle_poly *next = qpoly_array(width);
        go(s, l + 1, 0, out, next);
        qpoly_array_free(next, width);
        return;
    }
    oracle_poly z;
    qpoly_init(&z);
    lower_neuron(&z, layer, j, a);
    if (!unit_switches(layer, j)) {
        lower_activation(out + j, layer, j, &z, 1);
        go(s, l, j + 1, a, out);
    } else
        for (int active = 0; active < 2; active++) try_bit(s, l, j, a, out, &z, active);
    qpoly_clear(&z);
}

/* ---- neighbours ------------------------------------------------------------------------------------------------ */

/* -1, 1: b is a multiple of a with that sign; 0: it is none */
static int multiple(const inequality *a, const inequality *b, int dim)
{
    int j = 1, same = 1;
    mpq_t s, t;
    while (mpq_sgn(a->c[j]) == 0) j++;
    if (mpq_sgn(b->c[j]) == 0) return 0;
    mpq_init(s);
    mpq_init(t);
    for (int k = 0; k <= dim && same; k++) {
        mpq_mul(s, a->c[k], b->c[j]);
        mpq_mul(t, a->c[j], b->c[k]);
        same = mpq_equal(s, t);
    }
    mpq_clear(s);
    mpq_clear(t);
    return same ? mpq_sgn(a->c[j]) * mpq_sgn(b->c[j]) : 0;
}

/* All of c but multiples of h, on h = 0: two weak inequalities. */
static void push_but(inequalities *s, const inequalities *c, const inequality *h)
{
    for (int i = 0; i < c->n; i++) {
        if (multiple(h, c->e + i, c->dim) != 0) continue;
        mpq_t *to = system_push(s, 1);
        for (int k = 0; k <= c->dim; k++) mpq_set(to[k], c->e[i].c[k]);
    }
}

static int touch_at(const inequalities *a, const inequalities *b, const inequality *h)
{
    inequalities s;
    int opposite = 0;
    for (int i = 0; i < b->n; i++) opposite = opposite || multiple(h, b->e + i, b->dim) < 0;
    if (!opposite) return 0;
    system_init(&s, a->dim);
    push_but(&s, a, h);
    push_but(&s, b, h);
    for (int sign = -1; sign <= 1; sign += 2) {
        mpq_t *c = system_push(&s, 0);
        for (int k = 0; k <= a->dim; k++) {
            mpq_set(c[k], h->c[k]);
            if (sign < 0) mpq_neg(c[k], c[k]);
        }
    }
    int touch = solvable(&s);
    system_clear(&s);
    return touch;
}

/* Do the closures share a part of a hyperplane? */
static int adjacent(const search *s, int a, int b)
{
    const inequalities *x = &s->cell[a].inside, *y = &s->cell[b].inside;
    for (int i = s->sides; i < x->n; i++)
        if (touch_at(x, y, x->e + i)) return 1;
    return 0;
}

/* Is there a direction of the closure, or a point of it on the boundary of the box? */
static int bounded(const search *s, int a)
{
    const inequalities *x = &s->cell[a].inside;
    inequalities w;
    int reaches = 0;
    system_init(&w, x->dim);
    for (int i = 0; i < x->n; i++) {
        mpq_t *c = system_push(&w, 0);
        for (int k = s->sides > 0 ? 0 : 1; k <= x->dim; k++) mpq_set(c[k], x->e[i].c[k]);
    }
    for (int i = 0; i < s->sides && !reaches; i++) {
        mpq_t *c = system_push(&w, 0);
        for (int k = 0; k <= x->dim; k++) mpq_neg(c[k], x->e[i].c[k]);
        reaches = solvable(&w);
        system_pop(&w);
    }
    for (int i = 0; s->sides == 0 && i < 2 * x->dim && !reaches; i++) {
        mpq_t *c = system_push(&w, 0);
        mpq_set_si(c[0], -1, 1);
        mpq_set_si(c[1 + i / 2], i % 2 ? 1 : -1, 1);
        reaches = solvable(&w);
        system_pop(&w);
    }
    system_clear(&w);
    return !reaches;
}

/* ---- the answer --------------------------------------------------------------------------------------------------- */

static int same_output(const oracle_poly *a, const oracle_poly *b, int n)
{
    for (int o = 0; o < n; o++) {
        if (a[o].len != b[o].len) return 0;
        for (int k = 0; k < a[o].len; k++)
            if (!mpq_equal(a[o].c[k], b[o].c[k])) return 0;
    }
    return 1;
}

static void set_neighbours(oracle_space_result *r, const search *s)
{
    r->adjacent = oracle_alloc(s->n * (s->n - 1) / 2 + 1, sizeof *r->adjacent);
    for (int a = 0; a < s->n; a++)
        for (int b = a + 1; b < s->n; b++) {
            if (!adjacent(s, a, b)) continue;
            r->adjacent[r->adjacencies][0] = a;
            r->adjacent[r->adjacencies++][1] = b;
        }
}

static void set_pieces(oracle_space_result *r, const search *s)
{
    int outputs = oracle_net_outputs(s->net);
    for (int a = 0; a < s->n; a++) r->region[a].piece = a;
    for (int i = 0; i < r->adjacencies; i++) {
        int a = r->adjacent[i][0], b = r->adjacent[i][1], x = r->region[a].piece, y = r->region[b].piece;
        if (x == y || !same_output(s->cell[a].output, s->cell[b].output, outputs)) continue;
        for (int c = 0; c < s->n; c++)
            if (r->region[c].piece == y) r->region[c].piece = x;
    }
    for (int a = 0; a < s->n; a++) r->pieces += r->region[a].piece == a;
}

static int push_box(search *s, const char *const *lo, const char *const *hi)
{
    for (int k = 0; lo != NULL && k < s->now.dim; k++)
        for (int side = 0; side < 2; side++) {
            mpq_t *c = system_push(&s->now, 1);
            if (oracle_parse(c[0], side ? hi[k] : lo[k]) != 0) return -1;
            if (!side) mpq_neg(c[0], c[0]);
            mpq_set_si(c[1 + k], side ? -1 : 1, 1);
        }
    s->sides = s->now.n;
    return solvable(&s->now) ? 0 : -1;
}

static void start(search *s)
{
    int dim = s->net->input_dim, width = s->net->depth > 0 ? s->net->layer[0].out : 1;
    oracle_poly *x = qpoly_array(dim), *out = qpoly_array(width);
    mpq_t zero, one;
    mpq_init(zero);
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    for (int k = 0; k < dim; k++) {
        oracle_poly t; /* x^(k+1) */
        qpoly_init(&t);
        qpoly_linear(&t, zero, one);
        qpoly_pow(x + k, &t, k + 1);
        qpoly_clear(&t);
    }
    go(s, 0, 0, x, out);
    qpoly_array_free(x, dim);
    qpoly_array_free(out, width);
    mpq_clear(zero);
    mpq_clear(one);
}

static void search_clear(search *s)
{
    for (int i = 0; i < s->n; i++) {
        free(s->cell[i].pattern);
        system_clear(&s->cell[i].inside);
        qpoly_array_free(s->cell[i].output, oracle_net_outputs(s->net));
    }
    free(s->cell);
    free(s->pattern);
    system_clear(&s->now);
}

oracle_space_result *oracle_space(const oracle_net *net, const char *const *lo, const char *const *hi)
{
    search s = {.net = net, .pattern = oracle_alloc(oracle_net_switching(net) + 1, 1)};
    oracle_space_result *r = NULL;
    system_init(&s.now, net->input_dim);
    if (push_box(&s, lo, hi) == 0) {
        start(&s);
        r = oracle_alloc(1, sizeof *r);
        r->regions = s.n;
        r->region = oracle_alloc(s.n + 1, sizeof *r->region);
        set_neighbours(r, &s);
        set_pieces(r, &s);
        for (int i = 0; i < s.n; i++) {
            r->region[i].bounded = bounded(&s, i);
            r->region[i].pattern = s.cell[i].pattern;
            s.cell[i].pattern = NULL;
        }
    }
    search_clear(&s);
    return r;
}

void oracle_space_free(oracle_space_result *r)
{
    if (r == NULL) return;
    for (int i = 0; i < r->regions; i++) free(r->region[i].pattern);
    free(r->region);
    free(r->adjacent);
    free(r);
}
