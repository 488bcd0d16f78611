/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network as a graph: a few nodes a layer, matrices as Gemm takes them (out, in), products and squares as Mul, and every other pair of
   inputs through Gather. Units of a sparse layer go through their activations in groups and are put back in their order. */
#include "net/impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME 64

typedef struct {
    qd_onnx_file_struct *file;
    qd_st_type type;
    bool round;
    int64_t changed;
    slong layer;  /* from 0 */
    int count;    /* names that were made up */
    char x[NAME]; /* the inputs of the layer at hand */
    qd_ctx_struct *ctx;
} writer;

/* A name that is not taken: layers.0.gemm.3 */
static void new_name(char name[NAME], writer *w, const char *what)
{
    snprintf(name, NAME, "layers.%ld.%s.%d", (long) w->layer, what, w->count++);
}

/* Numbers as a constant of that shape. */
static qd_status add_reals(char name[NAME], writer *w, const char *what, int ndim, int64_t rows, int64_t columns, const fmpq *v)
{
    const int64_t shape[2] = {rows, columns};
    slong n = ndim == 2 ? rows * columns : rows;
    double *x = qd_malloc(sizeof *x * (size_t) (n + 1));
    qd_status st = QD_OK;
    new_name(name, w, what);
    for (slong i = 0; i < n && st == QD_OK; i++) {
        char entry[NAME + 48];
        bool exact;
        if (ndim == 2)
            snprintf(entry, sizeof entry, "layers.%ld.%s[%ld, %ld]", (long) w->layer, what, (long) (i / columns), (long) (i % columns));
        else snprintf(entry, sizeof entry, "layers.%ld.%s[%ld]", (long) w->layer, what, (long) i);
        st = qd_net__to_float(x + i, &exact, v + i, w->type, w->round, entry, w->ctx);
        w->changed += !exact;
    }
    if (st == QD_OK) qd_onnx_file_reals(w->file, name, ndim, shape, x);
    free(x);
    return st;
}

/* out = op(a, b) */
static void node2(char out[NAME], writer *w, const char *op, const char *a, const char *b)
{
    const char *input[2] = {a, b};
    char name[NAME];
    new_name(name, w, op);
    qd_onnx_file_node(w->file, op, name, b != NULL ? 2 : 1, input);
    memcpy(out, name, NAME);
}

/* out = x W^T + b, with b NULL no biases. */
static qd_status gemm(char out[NAME], writer *w, const char *x, const char *key_w, const fmpq *weight, slong rows, slong columns,
                      const char *key_b, const fmpq *b)
{
    char matrix[NAME], bias[NAME], name[NAME];
    qd_status st = add_reals(matrix, w, key_w, 2, rows, columns, weight);
    if (st == QD_OK && b != NULL) st = add_reals(bias, w, key_b, 1, rows, 0, b);
    if (st != QD_OK) return st;
    const char *input[3] = {x, matrix, bias};
    new_name(name, w, "Gemm");
    qd_onnx_file_node(w->file, "Gemm", name, b != NULL ? 3 : 2, input);
    qd_onnx_file_int(w->file, "transB", 1);
    memcpy(out, name, NAME);
    return QD_OK;
}

/* out = the columns of x with these numbers */
static void gather(char out[NAME], writer *w, const char *x, const int64_t *column, slong n)
{
    char list[NAME];
    new_name(list, w, "columns");
    qd_onnx_file_integers(w->file, list, n, column);
    node2(out, w, "Gather", x, list);
    qd_onnx_file_int(w->file, "axis", 1);
}

/* sum += part; an empty sum becomes it */
static void add_part(char sum[NAME], writer *w, const char *part)
{
    if (sum[0] == '\0') memcpy(sum, part, NAME);
    else node2(sum, w, "Add", sum, part);
}

/* ---- activations ---------------------------------------------------------------------------- */

static qd_status activation(char z[NAME], writer *w, qd_activation act, int64_t power, const fmpq_t slope)
{
    char name[NAME];
    fmpq_t r;
    qd_status st = QD_OK;
    switch (act) {
    case QD_IDENTITY:
        return QD_OK;
    case QD_RELU:
    case QD_ABS:
        node2(z, w, act == QD_RELU ? "Relu" : "Abs", z, NULL);
        return QD_OK;
    case QD_SQUARE:
        node2(z, w, "Mul", z, z);
        return QD_OK;
    case QD_LEAKY_RELU: /* its slope as an attribute would be a float32 */
        if ((st = add_reals(name, w, "slope", 1, 1, 0, slope)) == QD_OK) node2(z, w, "PRelu", z, name);
        return st;
    case QD_RAISE:
        fmpq_init(r);
        fmpq_set_si(r, power, 1);
        if ((st = add_reals(name, w, "power", 1, 1, 0, r)) == QD_OK) node2(z, w, "Pow", z, name);
        fmpq_clear(r);
    }
    return st;
}

/* ---- dense layers --------------------------------------------------------------------------- */

static const fmpq *param(const qd_layer_struct *l, qd_role role, const char **key)
{
    int k = qd_kind_find(l->neuron.kind, role);
    if (k >= 0) *key = qd_kind_get(l->neuron.kind)->param[k].key;
    return k >= 0 ? l->param[k] : NULL;
}

/* out = the sum over i <= j of t_ij x_i x_j */
static qd_status triangle(char out[NAME], writer *w, const qd_layer_struct *l, const char *key, const fmpq *t)
{
    slong n = l->in, pairs = n * (n + 1) / 2, k = 0;
    int64_t *at[2];
    char factor[2][NAME], product[NAME];
    for (int q = 0; q < 2; q++) at[q] = qd_malloc(sizeof **at * (size_t) pairs);
    for (slong i = 0; i < n; i++)
        for (slong j = i; j < n; j++, k++) {
            at[0][k] = i;
            at[1][k] = j;
        }
    for (int q = 0; q < 2; q++) {
        gather(factor[q], w, w->x, at[q], pairs);
        free(at[q]);
    }
    node2(product, w, "Mul", factor[0], factor[1]);
    return gemm(out, w, product, key, t, l->out, pairs, NULL, NULL);
}

static qd_status dense(char sum[NAME], writer *w, const qd_layer_struct *l)
{
    const char *kr = NULL, *kr0 = NULL, *kg = NULL, *kg0 = NULL, *ks = NULL, *kt = NULL, *kw = NULL, *kb = NULL;
    const fmpq *r = param(l, QD_ROLE_R, &kr), *r0 = param(l, QD_ROLE_R0, &kr0), *g = param(l, QD_ROLE_G, &kg),
               *g0 = param(l, QD_ROLE_G0, &kg0);
    const fmpq *s = param(l, QD_ROLE_S, &ks), *t = param(l, QD_ROLE_T, &kt), *v = param(l, QD_ROLE_W, &kw), *b = param(l, QD_ROLE_B, &kb);
    char part[NAME], other[NAME];
    qd_status st = QD_OK;
    sum[0] = '\0';
    if (r != NULL) {
        st = gemm(part, w, w->x, kr, r, l->out, l->in, kr0, r0);
        if (st == QD_OK) st = gemm(other, w, w->x, kg, g, l->out, l->in, kg0, g0);
        if (st == QD_OK) node2(sum, w, "Mul", part, other);
    }
    if (st == QD_OK && v != NULL) {
        if ((st = gemm(part, w, w->x, kw, v, l->out, l->in, kb, b)) == QD_OK) add_part(sum, w, part);
        b = NULL;
    }
    if (st == QD_OK && s != NULL) {
        node2(other, w, "Mul", w->x, w->x);
        if ((st = gemm(part, w, other, ks, s, l->out, l->in, kb, b)) == QD_OK) add_part(sum, w, part);
    }
    if (st == QD_OK && t != NULL && (st = triangle(part, w, l, kt, t)) == QD_OK) add_part(sum, w, part);
    return st == QD_OK ? activation(sum, w, l->neuron.act, l->neuron.power, l->slope) : st;
}

/* ---- sparse layers -------------------------------------------------------------------------- */

static int by_place(const void *x, const void *y)
{
    const qd_term *a = *(qd_term *const *) x, *b = *(qd_term *const *) y;
    if (a->i != b->i) return a->i < b->i ? -1 : 1;
    return (a->j > b->j) - (a->j < b->j);
}

/* out = the quadratic parts, over the pairs that occur; "": there are none */
static qd_status sparse_terms(char out[NAME], writer *w, const qd_layer_struct *l)
{
    slong n = 0, pairs = 0;
    out[0] = '\0';
    for (slong u = 0; u < l->out; u++) n += l->sparse[u].nterms;
    if (n == 0) return QD_OK;
    qd_term **all = qd_malloc(sizeof *all * (size_t) n);
    int64_t *at[2] = {qd_malloc(sizeof **at * (size_t) n), qd_malloc(sizeof **at * (size_t) n)};
    n = 0;
    for (slong u = 0; u < l->out; u++)
        for (slong k = 0; k < l->sparse[u].nterms; k++) all[n++] = l->sparse[u].term + k;
    qsort(all, (size_t) n, sizeof *all, by_place);
    for (slong k = 0; k < n; k++) {
        if (pairs > 0 && at[0][pairs - 1] == all[k]->i && at[1][pairs - 1] == all[k]->j) continue;
        at[0][pairs] = all[k]->i;
        at[1][pairs++] = all[k]->j;
    }
    fmpq *c = _fmpq_vec_init(l->out * pairs);
    for (slong u = 0; u < l->out; u++)
        for (slong k = 0, p = 0; k < l->sparse[u].nterms; k++) { /* both ascend */
            while (at[0][p] != l->sparse[u].term[k].i || at[1][p] != l->sparse[u].term[k].j) p++;
            fmpq_set(c + u * pairs + p, l->sparse[u].term[k].c);
        }
    char factor[2][NAME], product[NAME];
    for (int q = 0; q < 2; q++) gather(factor[q], w, w->x, at[q], pairs);
    node2(product, w, "Mul", factor[0], factor[1]);
    qd_status st = gemm(out, w, product, "quadratic", c, l->out, pairs, NULL, NULL);
    _fmpq_vec_clear(c, l->out * pairs);
    free(all);
    for (int q = 0; q < 2; q++) free(at[q]);
    return st;
}

static qd_status sparse_linear(char out[NAME], writer *w, const qd_layer_struct *l)
{
    fmpq *v = _fmpq_vec_init(l->out * l->in), *b = _fmpq_vec_init(l->out);
    for (slong u = 0; u < l->out; u++) {
        for (slong k = 0; k < l->sparse[u].nw; k++) fmpq_set(v + u * l->in + l->sparse[u].at[k], l->sparse[u].w + k);
        fmpq_set(b + u, l->sparse[u].b);
    }
    qd_status st = gemm(out, w, w->x, "linear", v, l->out, l->in, "b", b);
    _fmpq_vec_clear(v, l->out * l->in);
    _fmpq_vec_clear(b, l->out);
    return st;
}

static bool same_activation(const qd_lowered_unit *a, const qd_lowered_unit *b)
{
    return a->act == b->act && a->power == b->power && fmpq_equal(a->slope, b->slope);
}

/* Each group of units through its activation; z becomes the units in their order. */
static qd_status sparse_activations(char z[NAME], writer *w, const qd_layer_struct *l)
{
    int64_t *column = qd_malloc(sizeof *column * (size_t) l->out), *back = qd_malloc(sizeof *back * (size_t) l->out);
    bool *done = qd_calloc((size_t) l->out, sizeof *done);
    char joined[NAME] = "";
    slong placed = 0;
    qd_status st = QD_OK;
    for (slong u = 0; u < l->out && st == QD_OK; u++) {
        slong n = 0;
        char part[NAME];
        if (done[u]) continue;
        for (slong k = u; k < l->out; k++) {
            if (done[k] || !same_activation(l->sparse + u, l->sparse + k)) continue;
            done[k] = true;
            back[k] = placed++;
            column[n++] = k;
        }
        if (n == l->out) { /* all alike */
            st = activation(z, w, l->sparse[u].act, l->sparse[u].power, l->sparse[u].slope);
            break;
        }
        gather(part, w, z, column, n);
        st = activation(part, w, l->sparse[u].act, l->sparse[u].power, l->sparse[u].slope);
        if (joined[0] == '\0') memcpy(joined, part, NAME);
        else {
            node2(joined, w, "Concat", joined, part);
            qd_onnx_file_int(w->file, "axis", 1);
        }
    }
    if (st == QD_OK && joined[0] != '\0') gather(z, w, joined, back, l->out);
    free(column);
    free(back);
    free(done);
    return st;
}

static qd_status sparse(char z[NAME], writer *w, const qd_layer_struct *l)
{
    char terms[NAME];
    qd_status st = sparse_linear(z, w, l);
    if (st == QD_OK) st = sparse_terms(terms, w, l);
    if (st == QD_OK && terms[0] != '\0') add_part(z, w, terms);
    return st == QD_OK ? sparse_activations(z, w, l) : st;
}

/* ---- the file ------------------------------------------------------------------------------- */

qd_status qd_net_write_onnx(int64_t *changed, const char *path, const qd_net_t net, qd_st_type type, bool round, qd_ctx_t ctx)
{
    qd_onnx_file_t file;
    writer w = {.file = file, .type = type, .round = round, .x = "x", .ctx = ctx};
    qd_status st = QD_OK;
    qd_onnx_file_init(file, type == QD_ST_F32);
    for (; w.layer < net->depth && st == QD_OK; w.layer++) {
        const qd_layer_struct *l = net->layer + w.layer;
        char z[NAME];
        st = l->sparse != NULL ? sparse(z, &w, l) : dense(z, &w, l);
        if (st == QD_OK) memcpy(w.x, z, NAME);
    }
    if (st == QD_OK) {
        const char *last = w.x;
        qd_onnx_file_node(file, "Identity", "y", 1, &last);
        st = qd_onnx_file_write(path, file, net->input_dim, qd_net_output_dim(net), ctx);
    }
    if (st == QD_OK) *changed = w.changed;
    qd_onnx_file_clear(file);
    return st;
}
