/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network in the plane. The zeros of all pre-activations, along all patterns that occur in the layers before, are the curves of an open
   cylindrical decomposition: on each cell the pattern is constant, and it is read off by evaluating the network at a rational point. Then
   cells are glued. The lower patterns that occur are found by a decomposition for the layers before, and so on. */
#include "impl.h"
#include <stdlib.h>
#include <string.h>

typedef struct {
    int stack, place;
    char *pattern; /* NULL: outside the box */
    int region;    /* -1 outside */
    int endless;   /* not bounded */
} plane_cell;

/* Two cells, by number, whose closures share a curve, or (point) a point. */
typedef struct {
    int a, b, point;
} meeting;

typedef struct {
    const oracle_net *net;
    int base; /* above all degrees */
    int boxed;
    mpq_t box[4];
    decomposition d;
    int ncells, *first; /* first[i]: number of the lowest cell of stack i */
    plane_cell *cell;
    int nmeetings;
    meeting *meet;
} plane;

/* ---- polynomials along a pattern --------------------------------------------------------------------- */

/* No unit of the layer raises the degree by more than this factor. */
static int layer_degree(const oracle_layer *l)
{
    int d = l->kind == KIND_LINEAR ? 1 : 2, power = 1;

    for (int j = 0; j < l->out; j++) {
        const activation_of_unit *act = unit_activation(l, j);
        int p = act->activation == ACT_SQUARE ? 2 : act->activation == ACT_POWER ? act->power : 1;
        if (p > power) power = p;
    }
    return d * power;
}

static int count_switching(const oracle_layer *l)
{
    int n = 0;

    for (int j = 0; j < l->out; j++) n += unit_switches(l, j);
    return n;
}

/* x and y as t and t^base. */
static oracle_poly *inputs(const plane *p)
{
    oracle_poly *a = qpoly_array(2);
    mpq_t zero, one;

    mpq_init(zero);
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    qpoly_linear(a, zero, one);
    qpoly_pow(a + 1, a, p->base);
    mpq_clear(zero);
    mpq_clear(one);
    return a;
}

/* What comes out of the first `depth` layers along the pattern; *pre: NULL, or the pre-activations of the last of them. */
static oracle_poly *along(const plane *p, const char *pattern, int depth, oracle_poly **pre)
{
    oracle_poly *a = inputs(p), *z, *next;
    int in = 2;

    for (int l = 0; l < depth; l++) {
        const oracle_layer *layer = p->net->layer + l;
        z = qpoly_array(layer->out);
        next = qpoly_array(layer->out);
        for (int j = 0; j < layer->out; j++) {
            int last = l == depth - 1 && pre != NULL, active = 0;
            lower_neuron(z + j, layer, j, a);
            if (!last && unit_switches(layer, j)) active = *pattern++ == '1';
            if (!last) lower_activation(next + j, layer, j, z + j, active);
        }
        qpoly_array_free(a, in);
        if (l == depth - 1 && pre != NULL) *pre = z;
        else qpoly_array_free(z, layer->out);
        a = next;
        in = layer->out;
    }
    return a;
}

/* The zeros of the pre-activations of the units of layer l that switch, along the pattern. */
static void add_layer(plane *p, const char *pattern, int l)
{
    int n = p->net->layer[l].out;
    oracle_poly *pre = NULL, *a = along(p, pattern, l + 1, &pre);
    bpoly f;

    bpoly_init(&f);
    for (int j = 0; j < n; j++) {
        if (!unit_switches(p->net->layer + l, j)) continue;
        bpoly_set_kronecker(&f, pre + j, p->base);
        if (f.len > 0) decomposition_add(&p->d, &f);
    }
    bpoly_clear(&f);
    qpoly_array_free(a, n);
    qpoly_array_free(pre, n);
}

/* ---- cells ------------------------------------------------------------------------------------------- */

static void forget_cells(plane *p)
{
    for (int c = 0; c < p->ncells; c++) free(p->cell[c].pattern);
    free(p->cell);
    free(p->first);
    p->cell = NULL;
    p->first = NULL;
    p->ncells = 0;
}

static char *pattern_at(const plane *p, const mpq_t x, const mpq_t y)
{
    int m = oracle_net_outputs(p->net);
    mpq_t *v = oracle_alloc(2 + m, sizeof(mpq_t));
    char *pattern = oracle_alloc(oracle_net_switching(p->net) + 1, 1);

    for (int i = 0; i < 2 + m; i++) mpq_init(v[i]);
    mpq_set(v[0], x);
    mpq_set(v[1], y);
    oracle_eval(v + 2, pattern, p->net, v);
    for (int i = 0; i < 2 + m; i++) mpq_clear(v[i]);
    free(v);
    return pattern;
}

static void find_cells(plane *p)
{
    decomposition_find(&p->d);
    forget_cells(p);
    p->first = oracle_alloc(p->d.at.n + 2, sizeof *p->first);
    for (int i = 0; i <= p->d.at.n; i++) p->first[i + 1] = p->first[i] + p->d.stack[i].section.n + 1;
    p->ncells = p->first[p->d.at.n + 1];
    p->cell = oracle_alloc(p->ncells, sizeof *p->cell);
    for (int i = 0; i <= p->d.at.n; i++)
        for (int k = 0; k <= p->d.stack[i].section.n; k++) {
            const plane_stack *s = p->d.stack + i;
            plane_cell *c = p->cell + p->first[i] + k;
            c->stack = i;
            c->place = k;
            c->region = -1;
            if (p->boxed && (mpq_cmp(s->y[k], p->box[2]) < 0 || mpq_cmp(s->y[k], p->box[3]) > 0)) continue;
            c->pattern = pattern_at(p, s->x, s->y[k]);
        }
}

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *) a, *(char *const *) b);
}

/* The distinct first n characters of the patterns of all cells, ascending; owned by the caller. */
static char **patterns(int *count, const plane *p, int n)
{
    char **list = oracle_alloc(p->ncells, sizeof *list);
    int found = 0, kept = 0;

    for (int c = 0; c < p->ncells; c++)
        if (p->cell[c].pattern != NULL) list[found++] = strndup(p->cell[c].pattern, n);
    qsort(list, found, sizeof *list, compare_strings);
    for (int i = 0; i < found; i++)
        if (kept > 0 && strcmp(list[kept - 1], list[i]) == 0) free(list[i]);
        else list[kept++] = list[i];
    *count = kept;
    return list;
}

/* The decomposition for all layers. */
static void decompose(plane *p)
{
    int bits = 0, count;

    find_cells(p);
    for (int l = 0; l < p->net->depth; l++) {
        char **lower;
        if (count_switching(p->net->layer + l) == 0) continue;
        lower = patterns(&count, p, bits);
        for (int i = 0; i < count; i++) {
            add_layer(p, lower[i], l);
            free(lower[i]);
        }
        free(lower);
        bits += count_switching(p->net->layer + l);
        find_cells(p);
    }
}

/* ---- what meets ---------------------------------------------------------------------------------------- */

static void meet(plane *p, int a, int b, int point)
{
    p->meet = realloc(p->meet, (p->nmeetings + 1) * sizeof *p->meet);
    if (p->meet == NULL) abort();
    p->meet[p->nmeetings++] = (meeting){a, b, point};
}

/* Over the critical abscissa between stacks i and i + 1. */
static void meet_over(plane *p, int i)
{
    const int *first = p->first + i;
    contact *pair;
    int n = contacts_find(&pair, &p->d, i);

    for (int k = 0; k < n; k++) meet(p, first[0] + pair[k].left, first[1] + pair[k].right, 0);
    for (int k = 0; k + 1 < n; k++) { /* all of these have a point in common */
        int left = pair[k + 1].left - pair[k].left + 1, all = left + pair[k + 1].right - pair[k].right + 1;
        for (int a = 0; a < all; a++)
            for (int b = 0; b < a; b++)
                meet(p, a < left ? first[0] + pair[k].left + a : first[1] + pair[k].right + a - left,
                     b < left ? first[0] + pair[k].left + b : first[1] + pair[k].right + b - left, 1);
    }
    for (int c = first[0]; c < first[1]; c++) /* along the line to infinity */
        if (c - first[0] <= pair[0].left || c - first[0] >= pair[n - 1].left) p->cell[c].endless = 1;
    for (int c = first[1]; c < first[2]; c++)
        if (c - first[1] <= pair[0].right || c - first[1] >= pair[n - 1].right) p->cell[c].endless = 1;
    free(pair);
}

/* Everything that meets. On the plane the first and last stacks and the lowest and highest cells have no bound; in a box all that meets its
   outside counts as such later, and the cells of the first and last stacks do. */
static void find_meetings(plane *p)
{
    for (int c = 0; c < p->ncells; c++) {
        plane_cell *v = p->cell + c;
        v->endless = v->stack == 0 || v->stack == p->d.at.n || v->place == 0 || c + 1 == p->first[v->stack + 1];
        if (c + 1 < p->first[v->stack + 1]) meet(p, c, c + 1, 0);
    }
    for (int i = 0; i < p->d.at.n; i++) meet_over(p, i);
    for (int m = 0; m < p->nmeetings && p->boxed; m++) {
        plane_cell *a = p->cell + p->meet[m].a, *b = p->cell + p->meet[m].b;
        if (a->pattern == NULL) b->endless = 1;
        if (b->pattern == NULL) a->endless = 1;
    }
}

/* ---- union-find -------------------------------------------------------------------------------------- */

static int *classes_new(int n)
{
    int *parent = oracle_alloc(n, sizeof *parent);

    for (int i = 0; i < n; i++) parent[i] = i;
    return parent;
}

static int class_of(int *parent, int i)
{
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

static void join(int *parent, int i, int j)
{
    i = class_of(parent, i);
    j = class_of(parent, j);
    if (i < j) parent[j] = i;
    else parent[i] = j;
}

/* ---- the result -------------------------------------------------------------------------------------- */

/* Numbers the regions from left to right, from below. */
static void find_regions(oracle_plane_result *r, plane *p)
{
    int *parent = classes_new(p->ncells);

    for (int m = 0; m < p->nmeetings; m++) {
        const meeting *t = p->meet + m;
        const char *a = p->cell[t->a].pattern, *b = p->cell[t->b].pattern;
        if (!t->point && a != NULL && b != NULL && strcmp(a, b) == 0) join(parent, t->a, t->b);
    }
    r->region = oracle_alloc(p->ncells, sizeof *r->region);
    for (int c = 0; c < p->ncells; c++) {
        plane_cell *v = p->cell + c;
        oracle_plane_region *g = r->region + r->regions;
        if (v->pattern == NULL) continue;
        if (class_of(parent, c) == c) {
            v->region = r->regions++;
            g->pattern = strdup(v->pattern);
            g->bounded = 1;
            mpq_init(g->at[0]);
            mpq_init(g->at[1]);
            mpq_set(g->at[0], p->d.stack[v->stack].x);
            mpq_set(g->at[1], p->d.stack[v->stack].y[v->place]);
        } else v->region = p->cell[class_of(parent, c)].region;
        if (v->endless) r->region[v->region].bounded = 0;
    }
    free(parent);
}

static int compare_pairs(const void *a, const void *b)
{
    const int *p = a, *q = b;

    return p[0] != q[0] ? p[0] - q[0] : p[1] - q[1];
}

static void find_adjacencies(oracle_plane_result *r, const plane *p)
{
    int n = 0, kept = 0, (*list)[2] = oracle_alloc(p->nmeetings, sizeof *list);

    for (int m = 0; m < p->nmeetings; m++) {
        int a = p->cell[p->meet[m].a].region, b = p->cell[p->meet[m].b].region;
        if (p->meet[m].point || a < 0 || b < 0 || a == b) continue;
        list[n][0] = a < b ? a : b;
        list[n++][1] = a < b ? b : a;
    }
    qsort(list, n, sizeof *list, compare_pairs);
    for (int i = 0; i < n; i++)
        if (kept == 0 || compare_pairs(list[kept - 1], list[i]) != 0) {
            list[kept][0] = list[i][0];
            list[kept++][1] = list[i][1];
        }
    r->adjacent = list;
    r->adjacencies = kept;
}

static int same_outputs(const oracle_poly *a, const oracle_poly *b, int n)
{
    oracle_poly d;
    int same = 1;

    qpoly_init(&d);
    for (int j = 0; j < n && same; j++) {
        qpoly_sub(&d, a + j, b + j);
        same = d.len == 0;
    }
    qpoly_clear(&d);
    return same;
}

static void find_pieces(oracle_plane_result *r, const plane *p)
{
    int n = oracle_net_outputs(p->net), *parent = classes_new(r->regions);
    oracle_poly **out = oracle_alloc(r->regions, sizeof *out);
    bpoly f;

    bpoly_init(&f);
    r->max_degree = -1;
    for (int i = 0; i < r->regions; i++) {
        oracle_plane_region *g = r->region + i;
        out[i] = along(p, g->pattern, p->net->depth, NULL);
        g->degree = -1;
        for (int j = 0; j < n; j++) {
            bpoly_set_kronecker(&f, out[i] + j, p->base);
            if (bpoly_degree(&f) > g->degree) g->degree = bpoly_degree(&f);
        }
        if (g->degree > r->max_degree) r->max_degree = g->degree;
    }
    for (int k = 0; k < r->adjacencies; k++)
        if (same_outputs(out[r->adjacent[k][0]], out[r->adjacent[k][1]], n)) join(parent, r->adjacent[k][0], r->adjacent[k][1]);
    for (int i = 0; i < r->regions; i++) r->region[i].piece = class_of(parent, i) == i ? r->pieces++ : r->region[class_of(parent, i)].piece;
    for (int i = 0; i < r->regions; i++) qpoly_array_free(out[i], n);
    bpoly_clear(&f);
    free(out);
    free(parent);
}

/* The components of the union of all closed cells but those of the region that have no cell without bound. */
static int holes_of(int region, const plane *p)
{
    int *parent = classes_new(p->ncells), *endless = oracle_alloc(p->ncells, sizeof *endless), holes = 0;

    for (int m = 0; m < p->nmeetings; m++)
        if (p->cell[p->meet[m].a].region != region && p->cell[p->meet[m].b].region != region) join(parent, p->meet[m].a, p->meet[m].b);
    for (int c = 0; c < p->ncells; c++)
        if (p->cell[c].endless) endless[class_of(parent, c)] = 1;
    for (int c = 0; c < p->ncells; c++)
        if (p->cell[c].region != region && class_of(parent, c) == c) holes += !endless[c];
    free(parent);
    free(endless);
    return holes;
}

static int start(plane *p, const char *const *box)
{
    bpoly f;

    if (p->net->input_dim != 2) return -1;
    p->base = 2;
    for (int l = 0, degree = 1; l < p->net->depth; l++) {
        degree *= layer_degree(p->net->layer + l);
        p->base = degree + 1 > p->base ? degree + 1 : p->base;
    }
    if (box == NULL) return 0;
    for (int i = 0; i < 4; i++)
        if (oracle_parse(p->box[i], box[i]) != 0) return -1;
    if (mpq_cmp(p->box[0], p->box[1]) >= 0 || mpq_cmp(p->box[2], p->box[3]) >= 0) return -1;
    p->boxed = p->d.bounded = 1;
    mpq_set(p->d.lo, p->box[0]);
    mpq_set(p->d.hi, p->box[1]);
    bpoly_init(&f);
    for (int i = 2; i < 4; i++) {
        bpoly_set_y_minus(&f, p->box[i]);
        decomposition_add(&p->d, &f);
    }
    bpoly_clear(&f);
    return 0;
}

static oracle_plane_result *finish(plane *p)
{
    oracle_plane_result *r = oracle_alloc(1, sizeof *r);
    char **all;

    find_meetings(p);
    find_regions(r, p);
    find_adjacencies(r, p);
    find_pieces(r, p);
    for (int i = 0; i < r->regions; i++) {
        r->region[i].holes = holes_of(i, p);
        r->holes += r->region[i].holes;
        r->bounded += r->region[i].bounded;
    }
    all = patterns(&r->patterns, p, oracle_net_switching(p->net));
    for (int i = 0; i < r->patterns; i++) free(all[i]);
    free(all);
    return r;
}

oracle_plane_result *oracle_plane(const oracle_net *net, const char *const *box)
{
    plane p = {.net = net};
    oracle_plane_result *r = NULL;

    for (int i = 0; i < 4; i++) mpq_init(p.box[i]);
    decomposition_init(&p.d);
    if (start(&p, box) == 0) {
        decompose(&p);
        r = finish(&p);
    }
    forget_cells(&p);
    free(p.meet);
    decomposition_clear(&p.d);
    for (int i = 0; i < 4; i++) mpq_clear(p.box[i]);
    return r;
}

void oracle_plane_free(oracle_plane_result *r)
{
    if (r == NULL) return;
    for (int i = 0; i < r->regions; i++) {
        free(r->region[i].pattern);
        mpq_clear(r->region[i].at[0]);
        mpq_clear(r->region[i].at[1]);
    }
    free(r->region);
    free(r->adjacent);
    free(r);
}
