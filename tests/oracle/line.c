/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network along a line, layer by layer. A cell is an interval on which every unit so far is
   one polynomial in t. A layer splits a cell at the sign changes of its pre-activations, so two
   cells that meet always differ in the pattern: the cells of the last layer are the regions. */
#include "impl.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    oracle_root *left, *right; /* borrowed; NULL: infinite */
    char *pattern;             /* room for every switching unit, filled so far */
    oracle_poly *act;          /* the outputs of the layer */
    int width;
} cell;

typedef struct {
    int n, cap;
    cell *c;
} cell_list;

typedef struct {
    const oracle_net *net;
    root_list ends;  /* owns every end of a cell */
    cell_list cells; /* from left to right */
} sweep;

static void cell_clear(cell *c)
{
    qpoly_array_free(c->act, c->width);
    free(c->pattern);
}

static void cell_list_clear(cell_list *l)
{
    for (int i = 0; i < l->n; i++) cell_clear(l->c + i);
    free(l->c);
    memset(l, 0, sizeof *l);
}

static void cell_list_push(cell_list *l, cell c)
{
    if (l->n == l->cap) {
        l->cap = 2 * l->cap + 8;
        l->c = realloc(l->c, l->cap * sizeof(cell));
        if (l->c == NULL) abort();
    }
    l->c[l->n++] = c;
}

static void midpoint(mpq_t m, const mpq_t a, const mpq_t b)
{
    mpq_add(m, a, b);
    mpq_div_2exp(m, m, 1);
}

/* left < x < top <= right, where left < right are numbers or infinite. The points
   (x + top) / 2, ... then also lie inside: more room than a polynomial has zeros. */
static void inner_point(mpq_t x, mpq_t top, oracle_root *left, oracle_root *right)
{
    mpq_t one;

    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    if (left != NULL && right != NULL) {
        while (mpq_cmp(left->hi, right->lo) >= 0) {
            root_refine(left);
            root_refine(right);
        }
        mpq_set(top, right->lo);
        midpoint(x, left->hi, top);
    } else if (left != NULL) {
        mpq_add(x, left->hi, one);
        mpq_add(top, x, one);
    } else if (right != NULL) {
        mpq_set(top, right->lo);
        mpq_sub(x, top, one);
    } else {
        mpq_set_ui(x, 0, 1);
        mpq_set(top, one);
    }
    mpq_clear(one);
}

/* The sign of f on a cell inside which f does not change its sign; touching zero is passed by. */
static int sign_on_cell(const oracle_zpoly *f, oracle_root *left, oracle_root *right)
{
    mpq_t x, top;
    int sign;

    if (f->len == 0) return 0;
    mpq_init(x);
    mpq_init(top);
    inner_point(x, top, left, right);
    while ((sign = zpoly_sign(f, x)) == 0) midpoint(x, x, top);
    mpq_clear(x);
    mpq_clear(top);
    return sign;
}

/* Put r into its place in the ascending list, or drop it if it is there already. */
static void insert_cut(root_list *cuts, oracle_root *r)
{
    int k = cuts->n, order = 1;

    while (k > 0 && (order = root_cmp(r, cuts->r[k - 1])) < 0) k--;
    if (order == 0) root_free(r);
    else root_list_insert(cuts, k, r);
}

/* Add the points strictly inside c where f changes its sign. */
static void add_sign_changes(root_list *cuts, const oracle_zpoly *f, const cell *c)
{
    root_list found = {0};
    oracle_zpoly odd;

    if (f->len < 2) return;
    zpoly_init(&odd);
    zpoly_odd_part(&odd, f);
    if (odd.len > 1) sturm_isolate(&found, &odd, c->left ? c->left->lo : NULL, c->right ? c->right->hi : NULL);
    for (int i = 0; i < found.n; i++)
        if ((c->left == NULL || root_cmp(found.r[i], c->left) > 0) && (c->right == NULL || root_cmp(found.r[i], c->right) < 0))
            insert_cut(cuts, found.r[i]);
        else root_free(found.r[i]);
    free(found.r);
    zpoly_clear(&odd);
}

/* The part of `parent` between left and right, with the outputs of layer l there.
   pre, zpre: its pre-activations, which do not change sign inside. */
static cell child_cell(const sweep *s, const oracle_layer *l, const cell *parent, const oracle_poly *pre, const oracle_zpoly *zpre,
                       oracle_root *left, oracle_root *right)
{
    cell c = {left, right, oracle_alloc(oracle_net_switching(s->net) + 1, 1), qpoly_array(l->out), l->out};
    char *bit = stpcpy(c.pattern, parent->pattern);

    for (int j = 0; j < l->out; j++) {
        int active = unit_switches(l, j) && sign_on_cell(zpre + j, left, right) > 0;
        if (unit_switches(l, j)) *bit++ = active ? '1' : '0';
        lower_activation(c.act + j, l, j, pre + j, active);
    }
    return c;
}

/* Append to `next` what layer l makes of one cell. */
static void split_cell(cell_list *next, sweep *s, const oracle_layer *l, const cell *parent)
{
    oracle_poly *pre = qpoly_array(l->out);
    oracle_zpoly *zpre = oracle_alloc(l->out, sizeof(oracle_zpoly));
    root_list cuts = {0};
    oracle_root *left = parent->left;

    for (int j = 0; j < l->out; j++) {
        lower_neuron(pre + j, l, j, parent->act);
        zpoly_set_qpoly(zpre + j, pre + j);
        if (unit_switches(l, j)) add_sign_changes(&cuts, zpre + j, parent);
    }
    for (int k = 0; k <= cuts.n; k++) {
        oracle_root *right = k < cuts.n ? cuts.r[k] : parent->right;
        cell_list_push(next, child_cell(s, l, parent, pre, zpre, left, right));
        left = right;
    }
    for (int k = 0; k < cuts.n; k++) root_list_insert(&s->ends, s->ends.n, cuts.r[k]);
    for (int j = 0; j < l->out; j++) zpoly_clear(zpre + j);
    free(cuts.r);
    free(zpre);
    qpoly_array_free(pre, l->out);
}

static void sweep_layer(sweep *s, const oracle_layer *l)
{
    cell_list next = {0};

    for (int i = 0; i < s->cells.n; i++) split_cell(&next, s, l, s->cells.c + i);
    cell_list_clear(&s->cells);
    s->cells = next;
}

/* a = P + t (Q - P) in one coordinate; 0, or -1 if a string is bad */
static int coordinate(oracle_poly *a, const char *P, const char *Q)
{
    mpq_t p, q;
    int bad;

    mpq_init(p);
    mpq_init(q);
    bad = oracle_parse(p, P) != 0 || oracle_parse(q, Q) != 0;
    if (!bad) {
        mpq_sub(q, q, p);
        qpoly_linear(a, p, q);
    }
    mpq_clear(p);
    mpq_clear(q);
    return bad ? -1 : 0;
}

/* Make *end the number s and give it to the sweep; nothing for NULL. 0, or -1 if s is bad. */
static int set_end(sweep *s, oracle_root **end, const char *text)
{
    mpq_t x;
    int bad;

    if (text == NULL) return 0;
    mpq_init(x);
    bad = oracle_parse(x, text) != 0;
    if (!bad) {
        *end = root_new_rational(x);
        root_list_insert(&s->ends, s->ends.n, *end);
    }
    mpq_clear(x);
    return bad ? -1 : 0;
}

static int start(sweep *s, const char *const *P, const char *const *Q, const char *lo, const char *hi)
{
    int n = s->net->input_dim, bad = 0;
    cell c = {NULL, NULL, oracle_alloc(1, 1), qpoly_array(n), n};

    if ((P == NULL || Q == NULL) && (P != Q || n != 1)) bad = 1;
    for (int i = 0; i < n && !bad; i++) bad = coordinate(c.act + i, P ? P[i] : "0", Q ? Q[i] : "1") != 0;
    bad = bad || set_end(s, &c.left, lo) != 0 || set_end(s, &c.right, hi) != 0;
    bad = bad || (c.left && c.right && mpq_cmp(c.left->lo, c.right->lo) >= 0);
    cell_list_push(&s->cells, c);
    return bad ? -1 : 0;
}

static void sweep_clear(sweep *s)
{
    cell_list_clear(&s->cells);
    for (int i = 0; i < s->ends.n; i++) root_free(s->ends.r[i]);
    free(s->ends.r);
}

/* The order of the zero `at` of p != 0. */
static int order_of_zero(const oracle_poly *p, const oracle_root *at)
{
    oracle_zpoly f;
    int order = 0;

    zpoly_init(&f);
    zpoly_set_qpoly(&f, p);
    while (root_annihilates(at, &f)) {
        zpoly_derivative(&f, &f);
        order++;
    }
    zpoly_clear(&f);
    return order;
}

/* Between the cells c[0] and c[1]. */
static oracle_breakpoint breakpoint_between(const cell *c)
{
    oracle_breakpoint b = {.changes_output = 0, .smoothness = -1};
    oracle_poly jump;

    root_simplify(c[0].right);
    root_copy(&b.at, c[0].right);
    qpoly_init(&jump);
    for (int j = 0; j < c->width; j++) {
        int order;
        qpoly_sub(&jump, c[1].act + j, c[0].act + j);
        if (jump.len == 0) continue;
        order = order_of_zero(&jump, &b.at);
        if (order == 0) abort(); /* the network is continuous: the oracle is wrong */
        if (!b.changes_output || order - 1 < b.smoothness) b.smoothness = order - 1;
        b.changes_output = 1;
    }
    qpoly_clear(&jump);
    return b;
}

/* The point x(t). */
static void point_on_line(mpq_t *x, const oracle_poly *line, int n, const mpq_t t)
{
    for (int i = 0; i < n; i++) {
        mpq_set_ui(x[i], 0, 1);
        for (int k = line[i].len - 1; k >= 0; k--) {
            mpq_mul(x[i], x[i], t);
            mpq_add(x[i], x[i], line[i].c[k]);
        }
    }
}

/* A point of the cell with the cell's own pattern: not one where an active unit touches zero.
   line: the inputs as polynomials in t. */
static void find_sample(mpq_t t, const sweep *s, const cell *c, const oracle_poly *line)
{
    int n = s->net->input_dim, m = oracle_net_outputs(s->net);
    mpq_t *x = oracle_alloc(n + m, sizeof(mpq_t)), top;
    char *pattern = oracle_alloc(oracle_net_switching(s->net) + 1, 1);

    for (int i = 0; i < n + m; i++) mpq_init(x[i]);
    mpq_init(top);
    inner_point(t, top, c->left, c->right);
    for (;;) {
        point_on_line(x, line, n, t);
        oracle_eval(x + n, pattern, s->net, x);
        if (strcmp(pattern, c->pattern) == 0) break;
        midpoint(t, t, top);
    }
    for (int i = 0; i < n + m; i++) mpq_clear(x[i]);
    mpq_clear(top);
    free(x);
    free(pattern);
}

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

static int count_distinct_patterns(const oracle_line_result *line)
{
    char **p = oracle_alloc(line->regions, sizeof *p);
    int n = 1;

    for (int i = 0; i < line->regions; i++) p[i] = line->region[i].pattern;
    qsort(p, line->regions, sizeof *p, compare_strings);
    for (int i = 1; i < line->regions; i++) n += strcmp(p[i - 1], p[i]) != 0;
    free(p);
    return n;
}

/* Turn the cells of the last layer into the result; takes their patterns and outputs. */
static oracle_line_result *finish(sweep *s, const oracle_poly *line)
{
    oracle_line_result *r = oracle_alloc(1, sizeof *r);
    cell *c = s->cells.c;

    r->outputs = oracle_net_outputs(s->net);
    r->regions = s->cells.n;
    r->pieces = 1;
    r->max_degree = -1;
    r->region = oracle_alloc(r->regions, sizeof *r->region);
    r->breakpoint = oracle_alloc(r->regions - 1, sizeof *r->breakpoint);
    for (int i = 0; i + 1 < r->regions; i++) {
        r->breakpoint[i] = breakpoint_between(c + i);
        r->pieces += r->breakpoint[i].changes_output;
    }
    for (int i = 0; i < r->regions; i++) {
        oracle_region *g = r->region + i;
        mpq_init(g->sample);
        find_sample(g->sample, s, c + i, line);
        g->pattern = c[i].pattern;
        g->output = c[i].act;
        for (int j = 0; j < r->outputs; j++)
            if (g->output[j].len - 1 > r->max_degree) r->max_degree = g->output[j].len - 1;
    }
    s->cells.n = 0;
    r->patterns = count_distinct_patterns(r);
    return r;
}

oracle_line_result *oracle_line(const oracle_net *net, const char *const *P, const char *const *Q, const char *lo, const char *hi)
{
    sweep s = {.net = net};
    oracle_poly *line;
    oracle_line_result *r;

    if (start(&s, P, Q, lo, hi) != 0) {
        sweep_clear(&s);
        return NULL;
    }
    line = qpoly_array(net->input_dim);
    for (int i = 0; i < net->input_dim; i++) qpoly_set(line + i, s.cells.c[0].act + i);
    for (int l = 0; l < net->depth; l++) sweep_layer(&s, net->layer + l);
    r = finish(&s, line);
    qpoly_array_free(line, net->input_dim);
    sweep_clear(&s);
    return r;
}

void oracle_free(oracle_line_result *r)
{
    if (r == NULL) return;
    for (int i = 0; i + 1 < r->regions; i++) root_clear(&r->breakpoint[i].at);
    for (int i = 0; i < r->regions; i++) {
        free(r->region[i].pattern);
        qpoly_array_free(r->region[i].output, r->outputs);
        mpq_clear(r->region[i].sample);
    }
    free(r->breakpoint);
    free(r->region);
    free(r);
}
