/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decision regions in the plane. The zeros of the margins (an output; differences of two) along all patterns become curves too, so that each
   cell has one label, read off at a rational point; cells of a label are joined across a border where the margins of the label are not zero
   either. A margin is zero on a section iff it is at its one point over the stack's abscissa, and on a piece of the line x = a iff a is a zero
   of all its coefficients as a polynomial in y; elsewhere on the piece it has isolated zeros, which do not matter. */
#include "impl.h"
#include <stdlib.h>

typedef struct {
    plane p;
    int output;   /* the sign of this one; -1: classes */
    int labels;   /* POSITIVE, NEGATIVE, ZERO; or outputs and then ties. The last one is on a closed set, whose inside is meant */
    int *label;   /* (cells); -1: outside the box */
    char *joined; /* (borders): two cells of a label, and the border is in the set as well */
    int *set;     /* components, as sets of cells */
} question;

enum { POSITIVE, NEGATIVE, ZERO };

/* ---- margins ------------------------------------------------------------------------------------------ */

/* out[i] - out[j]; j < 0: out[i] */
static void margin(bpoly *f, const plane *p, const oracle_poly *out, int i, int j)
{
    oracle_poly d;

    qpoly_init(&d);
    qpoly_set(&d, out + i);
    if (j >= 0) qpoly_sub(&d, &d, out + j);
    bpoly_set_kronecker(f, &d, p->base);
    qpoly_clear(&d);
}

static void add_margin(plane *p, const oracle_poly *out, int i, int j)
{
    bpoly f;

    bpoly_init(&f);
    margin(&f, p, out, i, j);
    if (f.len > 0) decomposition_add(&p->d, &f);
    bpoly_clear(&f);
}

static void add_margins(question *q)
{
    plane *p = &q->p;
    int count, m = oracle_net_outputs(p->net);
    char **list = plane_patterns(&count, p, oracle_net_switching(p->net));

    for (int k = 0; k < count; k++) {
        oracle_poly *out = plane_along(p, list[k], p->net->depth, NULL);
        if (q->output >= 0) add_margin(p, out, q->output, -1);
        for (int i = 0; i < m && q->output < 0; i++)
            for (int j = 0; j < i; j++) add_margin(p, out, i, j);
        qpoly_array_free(out, m);
        free(list[k]);
    }
    free(list);
    plane_find_cells(p);
}

/* Is f zero on the border? It is a product of curves and of factors in x, none of which are zero on a part of it only. */
static int is_zero_on(const plane *p, const plane_border *e, const bpoly *f)
{
    oracle_zpoly z;
    oracle_poly g;
    int zero = 1;

    zpoly_init(&z);
    qpoly_init(&g);
    if (e->over >= 0) {
        for (int j = 0; j < f->len && zero; j++) {
            if (f->c[j].len == 0) continue;
            zpoly_set_qpoly(&z, f->c + j);
            zero = root_annihilates(p->d.at.r[e->over], &z);
        }
    } else if (f->len > 0) {
        const plane_stack *s = p->d.stack + p->cell[e->a].stack;
        bpoly_at_x(&g, f, s->x);
        zpoly_set_qpoly(&z, &g);
        zero = root_annihilates(s->section.r[p->cell[e->a].place], &z);
    }
    zpoly_clear(&z);
    qpoly_clear(&g);
    return zero;
}

/* Does a margin of the label of both cells vanish between them? */
static int is_parted(const question *q, const plane_border *e)
{
    const plane *p = &q->p;
    int m = oracle_net_outputs(p->net), own = q->output >= 0 ? q->output : q->label[e->a], parted = 0;
    oracle_poly *out = plane_along(p, p->cell[e->a].pattern, p->net->depth, NULL);
    bpoly f;

    bpoly_init(&f);
    for (int j = q->output >= 0 ? -1 : 0; j < (q->output >= 0 ? 0 : m) && !parted; j++) {
        if (j == own) continue;
        margin(&f, p, out, own, j);
        parted = is_zero_on(p, e, &f);
    }
    bpoly_clear(&f);
    qpoly_array_free(out, m);
    return parted;
}

/* ---- labels ------------------------------------------------------------------------------------------- */

static int largest(mpq_t *y, int n)
{
    int best = 0, times = 1;

    for (int j = 1; j < n; j++) {
        int order = mpq_cmp(y[j], y[best]);
        if (order > 0) best = j;
        times = order > 0 ? 1 : times + (order == 0);
    }
    return times > 1 ? n : best;
}

static int label_at(const question *q, const plane_cell *c)
{
    const plane *p = &q->p;
    int m = oracle_net_outputs(p->net), label;
    mpq_t *v = oracle_alloc(2 + m, sizeof(mpq_t));

    for (int i = 0; i < 2 + m; i++) mpq_init(v[i]);
    mpq_set(v[0], p->d.stack[c->stack].x);
    mpq_set(v[1], p->d.stack[c->stack].y[c->place]);
    oracle_eval(v + 2, NULL, p->net, v);
    if (q->output < 0) label = largest(v + 2, m);
    else label = mpq_sgn(v[2 + q->output]) > 0 ? POSITIVE : mpq_sgn(v[2 + q->output]) < 0 ? NEGATIVE : ZERO;
    for (int i = 0; i < 2 + m; i++) mpq_clear(v[i]);
    free(v);
    return label;
}

static int question_init(question *q, const oracle_net *net, int output, const char *const *box)
{
    plane *p = &q->p;

    *q = (question){.output = output, .labels = output >= 0 ? ZERO + 1 : oracle_net_outputs(net) + 1};
    if (plane_init(p, net, box) != 0) return -1;
    add_margins(q);
    plane_find_borders(p);
    q->label = oracle_alloc(p->ncells, sizeof *q->label);
    q->joined = oracle_alloc(p->nborders, 1);
    q->set = sets_new(p->ncells);
    for (int c = 0; c < p->ncells; c++) q->label[c] = p->cell[c].pattern == NULL ? -1 : label_at(q, p->cell + c);
    for (int e = 0; e < p->nborders; e++) {
        const plane_border *t = p->border + e;
        if (q->label[t->a] < 0 || q->label[t->a] != q->label[t->b]) continue;
        q->joined[e] = q->label[t->a] == q->labels - 1 || !is_parted(q, t);
        if (q->joined[e]) sets_join(q->set, t->a, t->b);
    }
    return 0;
}

static void question_clear(question *q)
{
    plane_clear(&q->p);
    free(q->label);
    free(q->joined);
    free(q->set);
}

/* ---- the sign of an output ------------------------------------------------------------------------------ */

static int changes_sign(const question *q, const plane_border *e)
{
    int a = q->label[e->a], b = q->label[e->b];

    return (a == POSITIVE && b == NEGATIVE) || (a == NEGATIVE && b == POSITIVE);
}

/* How many branches of the common boundary end at each point of the domain. */
static int *find_branches(const question *q)
{
    const plane *p = &q->p;
    int *branches = oracle_alloc(p->npoints, sizeof *branches);

    for (int e = 0; e < p->nborders; e++)
        for (int i = 0; i < 2 && changes_sign(q, p->border + e); i++)
            if (p->border[e].end[i] >= 0 && !p->outer[p->border[e].end[i]]) branches[p->border[e].end[i]]++;
    return branches;
}

/* The components of the common boundary: a crossing has a point of three or more branches, an oval two branches at both ends of each border. */
static void find_boundary(oracle_zero_result *r, const question *q)
{
    const plane *p = &q->p;
    int n = p->nborders, *branches = find_branches(q), *set = sets_new(n + p->npoints);
    char *crosses = oracle_alloc(n + p->npoints, 1), *ends = oracle_alloc(n + p->npoints, 1);

    for (int e = 0; e < n; e++)
        for (int i = 0; i < 2 && changes_sign(q, p->border + e); i++) {
            int k = p->border[e].end[i];
            if (k >= 0 && !p->outer[k]) sets_join(set, e, n + k);
        }
    for (int e = 0; e < n; e++)
        for (int i = 0; i < 2 && changes_sign(q, p->border + e); i++) {
            int k = p->border[e].end[i];
            if (k < 0 || p->outer[k] || branches[k] == 1) ends[set_of(set, e)] = 1;
            else if (branches[k] > 2) crosses[set_of(set, e)] = 1;
        }
    for (int e = 0; e < n; e++) {
        if (!changes_sign(q, p->border + e) || set_of(set, e) != e) continue;
        if (crosses[e]) r->crossings++;
        else if (ends[e]) r->arcs++;
        else r->ovals++;
    }
    free(branches);
    free(set);
    free(crosses);
    free(ends);
}

int oracle_zero(oracle_zero_result *r, const oracle_net *net, int output, const char *const *box)
{
    question q;
    int count[ZERO + 1] = {0};

    if (output < 0 || output >= oracle_net_outputs(net)) return -1;
    if (question_init(&q, net, output, box) != 0) {
        question_clear(&q);
        return -1;
    }
    for (int c = 0; c < q.p.ncells; c++)
        if (q.label[c] >= 0 && set_of(q.set, c) == c) count[q.label[c]]++;
    *r = (oracle_zero_result){.positive = count[POSITIVE], .negative = count[NEGATIVE], .zero = count[ZERO]};
    find_boundary(r, &q);
    question_clear(&q);
    return 0;
}

/* ---- classes -------------------------------------------------------------------------------------------- */

/* The bounded components of what is not in component u: cells, borders and the points at their ends, numbered in this order. */
static int holes_of(int u, const question *q)
{
    const plane *p = &q->p;
    int border = p->ncells, point = border + p->nborders, n = point + p->npoints, *set = sets_new(n), holes = 0;
    char *endless = oracle_alloc(n, 1), *out = oracle_alloc(n, 1);

    for (int c = 0; c < p->ncells; c++) out[c] = set_of(q->set, c) != u;
    for (int e = 0; e < p->nborders; e++) {
        const plane_border *t = p->border + e;
        const int side[2] = {t->a, t->b};
        if (!out[t->a] && q->joined[e]) continue;
        out[border + e] = 1;
        for (int i = 0; i < 2; i++) {
            if (out[side[i]]) sets_join(set, side[i], border + e);
            if (t->end[i] >= 0) sets_join(set, border + e, point + t->end[i]);
        }
    }
    for (int c = 0; c < p->ncells; c++)
        if (out[c] && p->cell[c].endless) endless[set_of(set, c)] = 1;
    for (int e = 0; e < p->nborders; e++)
        if (out[border + e] && (p->border[e].end[0] < 0 || p->border[e].end[1] < 0)) endless[set_of(set, border + e)] = 1;
    for (int i = 0; i < point; i++) holes += out[i] && set_of(set, i) == i && !endless[i];
    free(set);
    free(endless);
    free(out);
    return holes;
}

int oracle_classes(oracle_class *c, const oracle_net *net, const char *const *box)
{
    question q;

    if (question_init(&q, net, -1, box) != 0) {
        question_clear(&q);
        return -1;
    }
    for (int i = 0; i < q.labels; i++) c[i] = (oracle_class){0};
    for (int u = 0; u < q.p.ncells; u++) {
        if (q.label[u] < 0 || set_of(q.set, u) != u) continue;
        c[q.label[u]].components++;
        c[q.label[u]].holes += holes_of(u, &q);
    }
    question_clear(&q);
    return 0;
}
