/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cells of a network in the plane. The zeros of all pre-activations, along all patterns that occur in the layers before, are the curves of
   an open cylindrical decomposition: on each cell the pattern is constant, and it is read off by evaluating the network at a rational point.
   The lower patterns that occur are found by a decomposition for the layers before, and so on. */
#include "impl.h"
#include <stdlib.h>
#include <string.h>

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

oracle_poly *plane_along(const plane *p, const char *pattern, int depth, oracle_poly **pre)
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
    oracle_poly *pre = NULL, *a = plane_along(p, pattern, l + 1, &pre);
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

void plane_find_cells(plane *p)
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

char **plane_patterns(int *count, const plane *p, int n)
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

    plane_find_cells(p);
    for (int l = 0; l < p->net->depth; l++) {
        char **lower;
        if (count_switching(p->net->layer + l) == 0) continue;
        lower = plane_patterns(&count, p, bits);
        for (int i = 0; i < count; i++) {
            add_layer(p, lower[i], l);
            free(lower[i]);
        }
        free(lower);
        bits += count_switching(p->net->layer + l);
        plane_find_cells(p);
    }
}

/* ---- from here to there ------------------------------------------------------------------------------- */

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

int plane_init(plane *p, const oracle_net *net, const char *const *box)
{
    *p = (plane){.net = net};
    for (int i = 0; i < 4; i++) mpq_init(p->box[i]);
    decomposition_init(&p->d);
    if (start(p, box) != 0) return -1;
    decompose(p);
    return 0;
}

void plane_clear(plane *p)
{
    forget_cells(p);
    free(p->border);
    free(p->outer);
    decomposition_clear(&p->d);
    for (int i = 0; i < 4; i++) mpq_clear(p->box[i]);
}
