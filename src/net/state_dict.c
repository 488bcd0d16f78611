/* SPDX-License-Identifier: GPL-3.0-or-later */
/* State dicts: tensors with the names that PyTorch gives them, and nothing that says what they are. A layer is a matrix with its bias, told
   by their names and shapes; the order is that of the numbers in the names, or else the only one in which the shapes fit. What stays open is
   refused, with the list of what was found. */
#include "net/impl.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Orders by shapes are looked for among so many layers at most. */
#define MAX_SEARCH 32
#define MAX_STEPS 1000000 /* of the search */

typedef struct {
    const qd_st_tensor *w, *b; /* b NULL: none */
    size_t prefix;             /* length of the name up to its last part, the dot included */
} layer;

typedef struct {
    layer *layer;
    int64_t n;
    const qd_st_struct *tensors;
    qd_ctx_struct *ctx;
} found;

/* "<sentence>; the tensors are '0.weight' (8, 1), ..." */
static qd_status refuse(const found *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static qd_status refuse(const found *f, const char *format, ...)
{
    qd_buf_t list;
    qd_ctx_t own;
    va_list args;
    qd_buf_init(list);
    qd_ctx_own(own, f->ctx);
    va_start(args, format);
    qd_vfail(own, QD_EINPUT, format, args);
    va_end(args);
    for (int64_t i = 0; i < f->tensors->n; i++) {
        const qd_st_tensor *t = f->tensors->tensor + i;
        if (list->len > 700) {
            qd_buf_printf(list, " and %lld more", (long long) (f->tensors->n - i));
            break;
        }
        qd_buf_printf(list, "%s'%.60s' (", i > 0 ? ", " : "", t->name);
        for (int k = 0; k < t->ndim; k++) qd_buf_printf(list, "%s%lld", k > 0 ? ", " : "", (long long) t->shape[k]);
        qd_buf_puts(list, ")");
    }
    qd_fail(f->ctx, QD_EINPUT, "%.300s; the tensors are %s", qd_ctx_message(own), f->tensors->n > 0 ? qd_buf_str(list) : "none");
    qd_buf_clear(list);
    return QD_EINPUT;
}

static size_t prefix_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot != NULL ? (size_t) (dot + 1 - name) : 0;
}

static bool same_prefix(const layer *l, const char *name)
{
    return prefix_length(name) == l->prefix && strncmp(l->w->name, name, l->prefix) == 0;
}

/* Matrices first, then the vectors that go with them. */
static qd_status find_layers(found *f)
{
    f->layer = qd_calloc((size_t) f->tensors->n + 1, sizeof *f->layer);
    for (int64_t i = 0; i < f->tensors->n; i++) {
        const qd_st_tensor *t = f->tensors->tensor + i;
        if (t->type == QD_ST_OTHER) continue;
        if (t->ndim > 2)
            return refuse(f, "the tensor '%.60s' has %d dimensions, expected dense layers: export other networks as ONNX", t->name,
                          t->ndim);
        if (t->ndim < 2) continue;
        if (t->count == 0) return refuse(f, "the tensor '%.60s' is empty", t->name);
        for (int64_t k = 0; k < f->n; k++)
            if (same_prefix(f->layer + k, t->name))
                return refuse(f, "'%.60s' and '%.60s' are two matrices of one module, expected one: export such networks as ONNX",
                              f->layer[k].w->name, t->name);
        f->layer[f->n++] = (layer){.w = t, .prefix = prefix_length(t->name)};
    }
    if (f->n == 0) return refuse(f, "found no matrix of floats, expected one a layer");
    for (int64_t i = 0; i < f->tensors->n; i++) {
        const qd_st_tensor *t = f->tensors->tensor + i;
        int64_t k = 0;
        if (t->type == QD_ST_OTHER || t->ndim == 2) continue;
        while (k < f->n && !same_prefix(f->layer + k, t->name)) k++;
        if (k == f->n || t->ndim != 1 || t->shape[0] != f->layer[k].w->shape[0] || f->layer[k].b != NULL)
            return refuse(f, "the tensor '%.60s' is the bias of no layer (batch normalisation is folded into the layer before it first)",
                          t->name);
        f->layer[k].b = t;
    }
    return QD_OK;
}

/* ---- order ---------------------------------------------------------------------------------- */

/* Names with the numbers in them as numbers. *by_letters: they differ first in something else. */
static int compare_names(const char *a, const char *b, bool *by_letters)
{
    while (*a != '\0' && *b != '\0') {
        if (isdigit((unsigned char) *a) && isdigit((unsigned char) *b)) {
            char *end_a, *end_b;
            unsigned long long x = strtoull(a, &end_a, 10), y = strtoull(b, &end_b, 10);
            if (x != y) return x < y ? -1 : 1;
            a = end_a;
            b = end_b;
        } else {
            if (*a != *b) break;
            a++;
            b++;
        }
    }
    *by_letters = true;
    return strcmp(a, b);
}

static int by_name(const void *a, const void *b)
{
    bool letters;
    return compare_names(((const layer *) a)->w->name, ((const layer *) b)->w->name, &letters);
}

/* The first two layers that do not fit behind one another; -1: all fit. */
static int64_t misfit(const layer *l, int64_t n)
{
    for (int64_t k = 1; k < n; k++)
        if (l[k].w->shape[1] != l[k - 1].w->shape[0]) return k;
    return -1;
}

/* Counts, up to 2, the orders from place k on in which the shapes fit; the first one is left in best. Without steps left: 2. */
static int count_orders(layer *l, layer *best, int64_t k, int64_t n, int found_so_far, int *steps)
{
    if (--*steps < 0) return 2;
    if (k == n) {
        if (found_so_far == 0) memcpy(best, l, sizeof *l * (size_t) n);
        return found_so_far + 1;
    }
    for (int64_t i = k; i < n && found_so_far < 2; i++) {
        if (k > 0 && l[i].w->shape[1] != l[k - 1].w->shape[0]) continue;
        layer t = l[k];
        l[k] = l[i];
        l[i] = t;
        found_so_far = count_orders(l, best, k + 1, n, found_so_far, steps);
        l[i] = l[k];
        l[k] = t;
    }
    return found_so_far;
}

static qd_status order_by_shapes(found *f)
{
    layer best[MAX_SEARCH];
    int steps = MAX_STEPS, orders = f->n <= MAX_SEARCH ? count_orders(f->layer, best, 0, f->n, 0, &steps) : 2;
    if (orders == 0) return refuse(f, "in no order do the layers fit behind one another");
    if (orders > 1)
        return refuse(
            f,
            "the order of the layers is not clear: their names differ in more than numbers, and several orders may fit; number them, or export as ONNX");
    memcpy(f->layer, best, sizeof *best * (size_t) f->n);
    return QD_OK;
}

static qd_status order(found *f)
{
    bool letters = false;
    qsort(f->layer, (size_t) f->n, sizeof *f->layer, by_name);
    for (int64_t k = 1; k < f->n; k++) compare_names(f->layer[k - 1].w->name, f->layer[k].w->name, &letters);
    if (letters) return order_by_shapes(f);
    int64_t k = misfit(f->layer, f->n);
    if (k < 0) return QD_OK;
    return refuse(f, "'%.60s' takes %lld inputs, but '%.60s' before it has %lld outputs", f->layer[k].w->name,
                  (long long) f->layer[k].w->shape[1], f->layer[k - 1].w->name, (long long) f->layer[k - 1].w->shape[0]);
}

/* ---- activations ---------------------------------------------------------------------------- */

static qd_status read_activation(qd_neuron *neuron, fmpq_t slope, const char *text, qd_ctx_t ctx)
{
    static const char leaky[] = "leaky_relu:";
    size_t n = sizeof leaky - 1;
    bool own = strncmp(text, leaky, n) == 0;
    *neuron = qd_neuron_make(QD_LINEAR, QD_IDENTITY);
    fmpq_set_si(slope, 1, 100);
    qd_status st = qd_neuron_set_activation(neuron, own ? "leaky_relu" : text, ctx);
    return st == QD_OK && own ? qd_rat_set_str(slope, text + n, strlen(text + n), ctx) : st;
}

/* The word number k of a list, or the only one. */
static void take_word(qd_buf_t word, const char *list, int64_t k)
{
    for (; k > 0 && strchr(list, ',') != NULL; k--) list = strchr(list, ',') + 1;
    qd_buf_reset(word);
    qd_buf_add(word, list, strcspn(list, ","));
}

/* ---- layers --------------------------------------------------------------------------------- */

static qd_status read_entries(fmpq *v, const qd_st_tensor *t, qd_ctx_t ctx)
{
    for (int64_t i = 0; i < t->count; i++) {
        double x = qd_st_get(t, i);
        if (!isfinite(x))
            return qd_fail(ctx, QD_EINPUT, "entry %lld of '%.60s', from 0, is %s, expected a finite number", (long long) i, t->name,
                           isnan(x) ? "NaN" : "infinite");
        qd_rat_set_double(v + i, x);
    }
    return QD_OK;
}

static qd_status build(qd_net_t net, const found *f, const char *activations)
{
    int64_t words = 1;
    qd_buf_t word;
    fmpq_t slope;
    qd_status st = QD_OK;
    for (const char *c = activations; *c != '\0'; c++) words += *c == ',';
    if (words > 1 && words != f->n) return refuse(f, "found %lld activations for %lld layers", (long long) words, (long long) f->n);
    qd_buf_init(word);
    fmpq_init(slope);
    for (int64_t k = 0; k < f->n && st == QD_OK; k++) {
        const layer *l = f->layer + k;
        qd_neuron neuron;
        take_word(word, activations, k);
        st = read_activation(&neuron, slope, words == 1 && k == f->n - 1 ? "identity" : qd_buf_str(word), f->ctx);
        if (st != QD_OK) break;
        qd_layer_struct *to = qd_net_add_layer(net, neuron, l->w->shape[1], l->w->shape[0]);
        if (neuron.act == QD_LEAKY_RELU) fmpq_set(to->slope, slope);
        st = read_entries(to->param[qd_layer_param(to, "w")], l->w, f->ctx);
        if (st == QD_OK && l->b != NULL) st = read_entries(to->param[qd_layer_param(to, "b")], l->b, f->ctx);
    }
    qd_buf_clear(word);
    fmpq_clear(slope);
    return st;
}

qd_status qd_net_from_state_dict(qd_net_t net, const qd_st_t tensors, const char *activations, qd_ctx_t ctx)
{
    found f = {.tensors = tensors, .ctx = ctx};
    qd_net_t t;
    qd_net_init(t);
    qd_status st =
        activations != NULL ? QD_OK : refuse(&f, "the metadata has no 'architecture', and no activations are given (--activations relu)");
    if (st == QD_OK) st = find_layers(&f);
    if (st == QD_OK) st = order(&f);
    if (st == QD_OK) st = build(t, &f, activations);
    if (st == QD_OK) qd_net_swap(net, t);
    qd_net_clear(t);
    free(f.layer);
    return st;
}
