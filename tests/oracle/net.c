/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building a network and evaluating it at a rational point. */
#include "impl.h"
#include <stdlib.h>
#include <string.h>

/* m: a matrix (out, in); v: a vector (out); t: upper triangles (out, in (in + 1) / 2) */
static const struct {
    const char *name, *shapes;
} kinds[] = {
    [KIND_LINEAR] = {"linear", "mv"},     [KIND_QUADRATIC] = {"quadratic", "mvmvmv"},         [KIND_COMPACT] = {"compact", "mmv"},
    [KIND_PRODUCT] = {"product", "mvmv"}, [KIND_PRODUCT_LINEAR] = {"product_linear", "mmmv"}, [KIND_FULL] = {"full", "tmv"},
    [KIND_POWER] = {"power", "mv"},
};

static const char *const activations[] = {
    [ACT_IDENTITY] = "identity", [ACT_RELU] = "relu",     [ACT_LEAKY_RELU] = "leaky_relu",
    [ACT_ABS] = "abs",           [ACT_SQUARE] = "square", [ACT_POWER] = "power",
};

static int find_kind(const char *name)
{
    for (int k = 0; k <= KIND_POWER; k++)
        if (strcmp(kinds[k].name, name) == 0) return k;
    return -1;
}

static int find_activation(const char *name)
{
    for (int a = 0; a <= ACT_POWER; a++)
        if (strcmp(activations[a], name) == 0) return a;
    return -1;
}

/* mpq_canonicalize aborts on a zero denominator, so that is looked at first. */
int oracle_parse(mpq_t r, const char *s)
{
    if (s == NULL || mpq_set_str(r, s, 10) != 0 || mpz_sgn(mpq_denref(r)) == 0) return -1;
    mpq_canonicalize(r);
    return 0;
}

static int size_of(char shape, int in, int out)
{
    if (shape == 'v') return out;
    return shape == 'm' ? out * in : out * (in * (in + 1) / 2);
}

static mpq_t *new_numbers(int n)
{
    mpq_t *v = oracle_alloc(n, sizeof(mpq_t));

    for (int i = 0; i < n; i++) mpq_init(v[i]);
    return v;
}

static void free_numbers(mpq_t *v, int n)
{
    for (int i = 0; i < n; i++) mpq_clear(v[i]);
    free(v);
}

static void unit_clear(sparse_unit *u)
{
    free_numbers(u->c, u->n);
    free(u->i);
    free(u->j);
    mpq_clear(u->b);
    mpq_clear(u->act.slope);
}

static void layer_clear(oracle_layer *l)
{
    for (int k = 0; k < MAX_PARAMS; k++)
        if (l->param[k] != NULL) free_numbers(l->param[k], l->size[k]);
    for (int j = 0; l->unit != NULL && j < l->out; j++) unit_clear(l->unit + j);
    free(l->unit);
    mpq_clear(l->act.slope);
}

static int read_params(oracle_layer *l, const char *const *const *params)
{
    const char *shapes = kinds[l->kind].shapes;

    for (int k = 0; shapes[k]; k++) {
        l->size[k] = size_of(shapes[k], l->in, l->out);
        l->param[k] = new_numbers(l->size[k]);
        for (int i = 0; i < l->size[k]; i++)
            if (oracle_parse(l->param[k][i], params[k][i]) != 0) return -1;
    }
    return 0;
}

oracle_net *oracle_net_new(int input_dim)
{
    oracle_net *net = oracle_alloc(1, sizeof *net);

    net->input_dim = input_dim;
    return net;
}

void oracle_net_free(oracle_net *net)
{
    if (net == NULL) return;
    for (int l = 0; l < net->depth; l++) layer_clear(net->layer + l);
    free(net->layer);
    free(net);
}

/* act->slope is initialised; 0, or -1: unknown name, power < 1 or bad slope */
static int read_activation(activation_of_unit *act, const char *name, int power, const char *slope)
{
    act->activation = find_activation(name);
    act->power = power;
    if (act->activation < 0 || (act->activation == ACT_POWER && power < 1)) return -1;
    return act->activation == ACT_LEAKY_RELU ? oracle_parse(act->slope, slope) : 0;
}

/* Takes l when it is good. */
static int append(oracle_net *net, oracle_layer *l, int bad)
{
    oracle_layer *grown;

    if (bad) {
        layer_clear(l);
        return -1;
    }
    grown = realloc(net->layer, (net->depth + 1) * sizeof *l);
    if (grown == NULL) abort();
    net->layer = grown;
    net->layer[net->depth++] = *l;
    return 0;
}

int oracle_net_add_layer(oracle_net *net, const char *kind, const char *activation, int power, const char *slope, int out,
                         const char *const *const *params)
{
    oracle_layer l = {.kind = find_kind(kind), .in = oracle_net_outputs(net), .out = out};

    if (l.kind < 0 || out < 1) return -1;
    mpq_init(l.act.slope);
    return append(net, &l, read_activation(&l.act, activation, power, slope) != 0 || read_params(&l, params) != 0);
}

/* u is zeroed */
static int read_unit(sparse_unit *u, const oracle_unit *from, int in)
{
    int bad;

    mpq_init(u->act.slope);
    mpq_init(u->b);
    u->n = from->entries;
    u->i = oracle_alloc(u->n, sizeof(int));
    u->j = oracle_alloc(u->n, sizeof(int));
    u->c = new_numbers(u->n);
    bad = read_activation(&u->act, from->activation, from->power, from->slope) != 0 || oracle_parse(u->b, from->b) != 0;
    for (int k = 0; k < u->n; k++) {
        u->i[k] = from->entry[k].i;
        u->j[k] = from->entry[k].j;
        bad = bad || u->i[k] < 0 || u->i[k] >= in || u->j[k] >= in || oracle_parse(u->c[k], from->entry[k].c) != 0;
    }
    return bad ? -1 : 0;
}

int oracle_net_add_sparse(oracle_net *net, int out, const oracle_unit *unit)
{
    oracle_layer l = {.kind = KIND_SPARSE, .in = oracle_net_outputs(net), .out = out};
    int bad = 0;

    if (out < 1) return -1;
    mpq_init(l.act.slope);
    l.unit = oracle_alloc(out, sizeof *l.unit);
    for (int j = 0; j < out; j++) bad |= read_unit(l.unit + j, unit + j, l.in) != 0;
    return append(net, &l, bad);
}

const activation_of_unit *unit_activation(const oracle_layer *l, int j)
{
    return l->unit != NULL ? &l->unit[j].act : &l->act;
}

int unit_switches(const oracle_layer *l, int j)
{
    int a = unit_activation(l, j)->activation;

    return a == ACT_RELU || a == ACT_LEAKY_RELU || a == ACT_ABS;
}

int oracle_net_inputs(const oracle_net *net)
{
    return net->input_dim;
}

int oracle_net_outputs(const oracle_net *net)
{
    return net->depth == 0 ? net->input_dim : net->layer[net->depth - 1].out;
}

int oracle_net_switching(const oracle_net *net)
{
    int n = 0;

    for (int l = 0; l < net->depth; l++)
        for (int j = 0; j < net->layer[l].out; j++) n += unit_switches(net->layer + l, j);
    return n;
}

/* r += w.a */
static void add_dot(mpq_t r, const mpq_t *w, const mpq_t *a, int n)
{
    mpq_t t;

    mpq_init(t);
    for (int i = 0; i < n; i++) {
        mpq_mul(t, w[i], a[i]);
        mpq_add(r, r, t);
    }
    mpq_clear(t);
}

/* r += w.(a*a) */
static void add_dot_squares(mpq_t r, const mpq_t *w, const mpq_t *a, int n)
{
    mpq_t t;

    mpq_init(t);
    for (int i = 0; i < n; i++) {
        mpq_mul(t, a[i], a[i]);
        mpq_mul(t, t, w[i]);
        mpq_add(r, r, t);
    }
    mpq_clear(t);
}

/* r += sum over i <= j of A_ij a_i a_j */
static void add_triangle(mpq_t r, const mpq_t *A, const mpq_t *a, int n)
{
    mpq_t t;

    mpq_init(t);
    for (int i = 0; i < n; i++)
        for (int j = i; j < n; j++) {
            mpq_mul(t, a[i], a[j]);
            mpq_mul(t, t, *A++);
            mpq_add(r, r, t);
        }
    mpq_clear(t);
}

/* z = the pre-activation of neuron j at the inputs a */
static void eval_neuron(mpq_t z, const oracle_layer *l, int j, const mpq_t *a)
{
    int n = l->in;
    mpq_t *const *p = l->param;
    mpq_t u, v;

    mpq_init(u); /* zero */
    mpq_init(v);
    mpq_set_ui(z, 0, 1);
    switch (l->kind) {
    case KIND_LINEAR:
        add_dot(z, p[0] + j * n, a, n);
        mpq_add(z, z, p[1][j]);
        break;
    case KIND_QUADRATIC:
        add_dot(u, p[0] + j * n, a, n);
        mpq_add(u, u, p[1][j]);
        add_dot(v, p[2] + j * n, a, n);
        mpq_add(v, v, p[3][j]);
        mpq_mul(z, u, v);
        add_dot_squares(z, p[4] + j * n, a, n);
        mpq_add(z, z, p[5][j]);
        break;
    case KIND_COMPACT:
        add_dot(z, p[0] + j * n, a, n);
        add_dot_squares(z, p[1] + j * n, a, n);
        mpq_add(z, z, p[2][j]);
        break;
    case KIND_PRODUCT:
        add_dot(u, p[0] + j * n, a, n);
        mpq_add(u, u, p[1][j]);
        add_dot(v, p[2] + j * n, a, n);
        mpq_add(v, v, p[3][j]);
        mpq_mul(z, u, v);
        break;
    case KIND_PRODUCT_LINEAR:
        add_dot(u, p[0] + j * n, a, n);
        add_dot(v, p[1] + j * n, a, n);
        mpq_mul(z, u, v);
        add_dot(z, p[2] + j * n, a, n);
        mpq_add(z, z, p[3][j]);
        break;
    case KIND_FULL:
        add_triangle(z, p[0] + j * (n * (n + 1) / 2), a, n);
        add_dot(z, p[1] + j * n, a, n);
        mpq_add(z, z, p[2][j]);
        break;
    case KIND_POWER:
        add_dot_squares(z, p[0] + j * n, a, n);
        mpq_add(z, z, p[1][j]);
        break;
    case KIND_SPARSE:
        for (int k = 0; k < l->unit[j].n; k++) {
            mpq_mul(u, l->unit[j].c[k], a[l->unit[j].i[k]]);
            if (l->unit[j].j[k] >= 0) mpq_mul(u, u, a[l->unit[j].j[k]]);
            mpq_add(z, z, u);
        }
        mpq_add(z, z, l->unit[j].b);
        break;
    }
    mpq_clear(u);
    mpq_clear(v);
}

static void eval_activation(mpq_t y, const activation_of_unit *l, const mpq_t z)
{
    int e = l->activation == ACT_SQUARE ? 2 : l->activation == ACT_POWER ? l->power : 1;

    if (l->activation == ACT_ABS) mpq_abs(y, z);
    else if (l->activation == ACT_RELU && mpq_sgn(z) <= 0) mpq_set_ui(y, 0, 1);
    else if (l->activation == ACT_LEAKY_RELU && mpq_sgn(z) <= 0) mpq_mul(y, l->slope, z);
    else {
        mpq_set(y, z);
        while (--e > 0) mpq_mul(y, y, z);
    }
}

void oracle_eval(mpq_t *y, char *pattern, const oracle_net *net, const mpq_t *x)
{
    mpq_t *a = new_numbers(net->input_dim), *next, z;
    int n = net->input_dim;

    mpq_init(z);
    for (int i = 0; i < n; i++) mpq_set(a[i], x[i]);
    for (int i = 0; i < net->depth; i++) {
        const oracle_layer *l = net->layer + i;
        next = new_numbers(l->out);
        for (int j = 0; j < l->out; j++) {
            eval_neuron(z, l, j, a);
            if (pattern != NULL && unit_switches(l, j)) *pattern++ = mpq_sgn(z) > 0 ? '1' : '0';
            eval_activation(next[j], unit_activation(l, j), z);
        }
        free_numbers(a, n);
        a = next;
        n = l->out;
    }
    if (pattern != NULL) *pattern = 0;
    for (int i = 0; i < n; i++) mpq_set(y[i], a[i]);
    free_numbers(a, n);
    mpq_clear(z);
}
