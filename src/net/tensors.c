/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks as safetensors: the architecture is JSON in the metadata, the weights are floats, and a float is the dyadic rational that
   it is. Shapes are checked against the architecture before a layer is made. */
#include "net/impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for layers.<i>.<key>[<u>, <j>]. */
#define NAME_MAX_LEN 96

/* ---- reading -------------------------------------------------------------------------------- */

/* How many neurons the first parameter speaks of: its rows, or its columns where the biases tell that it is transposed. */
static int64_t count_neurons(const qd_st_tensor *t, const qd_st_t tensors, slong l, const qd_kind_info *info, slong in)
{
    if (t->ndim == 0) return 0;
    for (int k = 1; k < info->nparams && t->ndim == 2 && t->shape[0] == qd_shape_length(info->param->shape, in); k++) {
        char name[NAME_MAX_LEN];
        if (info->param[k].shape != QD_VECTOR) continue;
        snprintf(name, sizeof name, "layers.%ld.%s", (long) l, info->param[k].key);
        const qd_st_tensor *b = qd_st_find(tensors, name);
        if (b != NULL && b->ndim == 1 && b->shape[0] == t->shape[1]) return t->shape[1];
    }
    return t->shape[0];
}

/* Parameter k of layer l: there, of a type with a value, and of the right shape. The first parameter says how many neurons
   there are: *out is 0 when it is asked for. */
static qd_status find_tensor(const qd_st_tensor **t, int64_t *out, const qd_st_t tensors, slong l, const qd_kind_info *info, int k,
                             slong in, qd_ctx_t ctx)
{
    const qd_param *param = info->param + k;
    char name[NAME_MAX_LEN];
    snprintf(name, sizeof name, "layers.%ld.%s", (long) l, param->key);
    if ((*t = qd_st_find(tensors, name)) == NULL) return qd_fail(ctx, QD_EINPUT, "the tensor '%s' is missing", name);
    if (*out == 0) *out = count_neurons(*t, tensors, l, info, in);
    if (*out == 0 && (*t)->type != QD_ST_OTHER) return qd_fail(ctx, QD_EINPUT, "the tensor '%s' is empty, expected one row a neuron", name);
    const int64_t shape[2] = {*out, qd_shape_length(param->shape, in)};
    return qd_st_check(*t, param->shape == QD_VECTOR ? 1 : 2, shape, ctx);
}

/* layers.0.w[2, 1] for entry i of a parameter with n entries a neuron. */
static void name_entry(char name[NAME_MAX_LEN], slong l, const qd_param *param, slong i, slong n)
{
    if (param->shape == QD_VECTOR) snprintf(name, NAME_MAX_LEN, "layers.%ld.%s[%ld]", (long) l, param->key, (long) i);
    else snprintf(name, NAME_MAX_LEN, "layers.%ld.%s[%ld, %ld]", (long) l, param->key, (long) (i / n), (long) (i % n));
}

static qd_status read_entries(fmpq *v, const qd_st_tensor *t, slong l, const qd_param *param, slong in, qd_ctx_t ctx)
{
    for (slong i = 0; i < t->count; i++) {
        double x = qd_st_get(t, i);
        if (!isfinite(x)) {
            char name[NAME_MAX_LEN];
            name_entry(name, l, param, i, qd_shape_length(param->shape, in));
            return qd_fail(ctx, QD_EINPUT, "%s is %s, expected a finite number", name, isnan(x) ? "NaN" : "infinite");
        }
        qd_rat_set_double(v + i, x);
    }
    return QD_OK;
}

/* `node`: {"kind": ..., "activation": ..., "slope": ...}. */
static qd_status read_layer(qd_net_t net, const qd_node *node, slong in, const qd_st_t tensors, qd_ctx_t json, qd_ctx_t ctx)
{
    static const char *const keys[] = {"kind", "activation", "slope", NULL};
    slong l = net->depth;
    const qd_node *slope = NULL;
    const qd_st_tensor *t[QD_MAX_PARAMS];
    qd_neuron neuron;
    int64_t out = 0;
    char what[40];
    qd_status st;
    snprintf(what, sizeof what, "layer %ld", (long) l + 1);
    if ((st = qd_node_get_object(node, what, json)) != QD_OK) return st;
    if (qd_net__is_sparse(node))
        return qd_node_fail(node, json, "%s is sparse; safetensors files hold dense layers only, JSON files hold both", what);
    if ((st = qd_node_only_keys(node, keys, what, json)) != QD_OK) return st;
    if ((st = qd_net__read_neuron(&neuron, node, what, json)) != QD_OK) return st;
    if (neuron.act == QD_LEAKY_RELU && (st = qd_node_need(&slope, node, "slope", what, json)) != QD_OK) return st;
    const qd_kind_info *info = qd_kind_get(neuron.kind);
    for (int k = 0; k < info->nparams; k++)
        if ((st = find_tensor(t + k, &out, tensors, l, info, k, in, ctx)) != QD_OK) return st;
    qd_layer_struct *layer = qd_net_add_layer(net, neuron, in, (slong) out);
    if (slope != NULL && (st = qd_rat_from_node(layer->slope, slope, "'slope'", json)) != QD_OK) return st;
    for (int k = 0; k < info->nparams && st == QD_OK; k++) st = read_entries(layer->param[k], t[k], l, info->param + k, in, ctx);
    return st;
}

/* Is there a tensor of a layer that the architecture does not ask for? */
static qd_status check_names(const qd_net_t net, const qd_st_t tensors, qd_ctx_t ctx)
{
    for (int64_t i = 0; i < tensors->n; i++) {
        const char *name = tensors->tensor[i].name;
        if (strncmp(name, "layers.", 7) != 0) continue;
        const char *key = strrchr(name, '.') + 1;
        long l = strtol(name + 7, NULL, 10);
        if (strcmp(key, "scale") == 0 || strcmp(key, "shift") == 0)
            return qd_fail(ctx, QD_EINPUT,
                           "the tensor '%.60s' belongs to batch normalisation, which is irrational and not read back "
                           "exactly",
                           name);
        bool known = false;
        for (int k = 0; l >= 0 && l < net->depth && k < qd_kind_get(net->layer[l].neuron.kind)->nparams; k++) {
            char expected[NAME_MAX_LEN];
            snprintf(expected, sizeof expected, "layers.%ld.%s", l, qd_kind_get(net->layer[l].neuron.kind)->param[k].key);
            known = known || strcmp(name, expected) == 0;
        }
        if (!known) return qd_fail(ctx, QD_EINPUT, "the tensor '%.60s' has no place in the architecture", name);
    }
    return QD_OK;
}

static qd_status read_layers(qd_net_t net, const qd_node *root, const qd_st_t tensors, qd_ctx_t json, qd_ctx_t ctx)
{
    static const char *const keys[] = {"input_dim", "layers", NULL};
    const qd_node *m;
    int64_t in;
    qd_status st;
    if ((st = qd_node_get_object(root, "the architecture", json)) != QD_OK) return st;
    if (qd_node_member(root, "input") != NULL)
        return qd_fail(json, QD_EINPUT, "found a convolutional network, expected a dense one: only dense networks are read back exactly");
    if ((st = qd_node_only_keys(root, keys, "the architecture", json)) != QD_OK) return st;
    if ((st = qd_node_need(&m, root, "input_dim", "the architecture", json)) != QD_OK) return st;
    if ((st = qd_node_get_int(&in, m, 1, 1000000, "'input_dim'", json)) != QD_OK) return st;
    if ((st = qd_node_need(&m, root, "layers", "the architecture", json)) != QD_OK) return st;
    if ((st = qd_node_get_array(m, "'layers'", json)) != QD_OK) return st;
    if (qd_node_count(m) == 0) return qd_node_fail(m, json, "'layers' is empty; a network needs at least one layer");
    for (int64_t l = 0; l < qd_node_count(m) && st == QD_OK; l++)
        st = read_layer(net, qd_node_item(m, l), l == 0 ? in : net->layer[l - 1].out, tensors, json, ctx);
    return st == QD_OK ? check_names(net, tensors, ctx) : st;
}

qd_status qd_net_from_safetensors(qd_net_t net, const qd_st_t tensors, qd_ctx_t ctx)
{
    const char *text = qd_st_meta(tensors, "architecture"), *name = qd_st_meta(tensors, "name");
    const char *comment = qd_st_meta(tensors, "comment");
    qd_doc_t doc;
    qd_net_t t;
    qd_ctx_t json; /* its messages get the prefix that says where the JSON stands */
    if (text == NULL)
        return qd_fail(ctx, QD_EINPUT,
                       "the metadata has no 'architecture', expected text such as {\"input_dim\": 1, \"layers\": "
                       "[{\"kind\": \"linear\", \"activation\": \"relu\"}]}");
    qd_doc_init(doc);
    qd_net_init(t);
    qd_ctx_own(json, ctx);
    qd_status st = qd_doc_parse(doc, text, strlen(text), QD_JSON, json);
    if (st == QD_OK) st = read_layers(t, qd_doc_root(doc), tensors, json, ctx);
    qd_ctx_prefix(ctx, st, json, "metadata 'architecture': ");
    if (st == QD_OK) {
        t->name = name != NULL ? qd_strdup(name) : NULL;
        t->comment = comment != NULL ? qd_strdup(comment) : NULL;
        qd_net_swap(net, t);
    }
    qd_net_clear(t);
    qd_doc_clear(doc);
    return st;
}

/* ---- writing -------------------------------------------------------------------------------- */

static bool is_exactly(const fmpq_t x, double d)
{
    if (!isfinite(d)) return false;
    fmpq_t y;
    fmpq_init(y);
    qd_rat_set_double(y, d);
    bool same = fmpq_equal(x, y);
    fmpq_clear(y);
    return same;
}

/* The nearest number of the type, infinity where that is beyond the largest; *exact: it is x itself. */
static double nearest(bool *exact, const fmpq_t x, qd_st_type type)
{
    double d = qd_rat_nearest(x, type == QD_ST_F32 ? &qd_float32 : &qd_float64);
    *exact = is_exactly(x, d);
    return d;
}

static qd_status no_float(const char *name, const fmpq_t x, qd_st_type type, bool beyond, qd_ctx_t ctx)
{
    qd_buf_t text;
    qd_buf_init(text);
    if (fmpz_bits(fmpq_numref(x)) + fmpz_bits(fmpq_denref(x)) > 120) {
        qd_buf_puts(text, "about ");
        qd_rat_print_decimal(text, x, 20);
    } else {
        qd_rat_print(text, x);
    }
    qd_fail(ctx, QD_EINPUT, "%s is %s, which is %s float%d%s", name, qd_buf_str(text), beyond ? "beyond the largest" : "no",
            type == QD_ST_F32 ? 32 : 64, beyond ? "" : ", and rounding was not asked for");
    qd_buf_clear(text);
    return QD_EINPUT;
}

qd_status qd_net__to_float(double *d, bool *exact, const fmpq_t x, qd_st_type type, bool round, const char *name, qd_ctx_t ctx)
{
    *d = nearest(exact, x, type);
    return isfinite(*d) && (*exact || round) ? QD_OK : no_float(name, x, type, !isfinite(*d), ctx);
}

static qd_status add_tensor(qd_st_t tensors, const qd_layer_struct *layer, slong l, int k, qd_st_type type, bool round, qd_ctx_t ctx)
{
    const qd_param *param = qd_kind_get(layer->neuron.kind)->param + k;
    char name[NAME_MAX_LEN];
    const int64_t shape[2] = {layer->out, qd_shape_length(param->shape, layer->in)};
    int64_t count = shape[0] * shape[1];
    size_t size = type == QD_ST_F32 ? sizeof(float) : sizeof(double);
    char *data = qd_malloc((size_t) count * size);
    qd_status st = QD_OK;
    for (int64_t i = 0; i < count && st == QD_OK; i++) {
        bool exact;
        double d;
        name_entry(name, l, param, i, shape[1]);
        st = qd_net__to_float(&d, &exact, layer->param[k] + i, type, round, name, ctx);
        float f = (float) d;
        memcpy(data + (size_t) i * size, type == QD_ST_F32 ? (void *) &f : (void *) &d, size);
    }
    snprintf(name, sizeof name, "layers.%ld.%s", (long) l, param->key);
    if (st == QD_OK) qd_st_add(tensors, name, type, param->shape == QD_VECTOR ? 1 : 2, shape, data);
    free(data);
    return st;
}

/* A decimal where the slope has one of at most 40 digits: programs that know decimals only can read it. */
static void print_slope(qd_json_t w, const fmpq_t slope)
{
    qd_buf_t text;
    qd_ctx_t own;
    fmpq_t x;
    fmpq_init(x);
    qd_buf_init(text);
    qd_ctx_own(own, NULL);
    qd_rat_print_decimal(text, slope, 40);
    if (qd_rat_set_str(x, qd_buf_str(text), text->len, own) != QD_OK || !fmpq_equal(x, slope)) {
        qd_buf_reset(text);
        qd_rat_print(text, slope);
    }
    qd_json_string(w, "slope", qd_buf_str(text));
    qd_buf_clear(text);
    fmpq_clear(x);
}

static void set_metadata(qd_st_t tensors, const qd_net_t net)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_json_t w;
    qd_json_init(w, text);
    qd_json_object(w, NULL);
    qd_json_int(w, "input_dim", net->input_dim);
    qd_json_array(w, "layers");
    for (slong l = 0; l < net->depth; l++) {
        qd_json_object(w, NULL);
        qd_net__neuron_json(w, net->layer + l);
        if (net->layer[l].neuron.act == QD_LEAKY_RELU) print_slope(w, net->layer[l].slope);
        qd_json_end(w);
    }
    qd_json_end(w);
    qd_json_end(w);
    qd_st_set_meta(tensors, "architecture", qd_buf_str(text));
    if (net->name != NULL) qd_st_set_meta(tensors, "name", net->name);
    if (net->comment != NULL) qd_st_set_meta(tensors, "comment", net->comment);
    qd_buf_clear(text);
}

qd_status qd_net_to_safetensors(qd_st_t tensors, const qd_net_t net, qd_st_type type, bool round, qd_ctx_t ctx)
{
    qd_st_t t;
    qd_status st = QD_OK;
    for (slong l = 0; l < net->depth; l++)
        if (net->layer[l].sparse != NULL)
            return qd_fail(ctx, QD_EINPUT, "layer %ld is sparse; safetensors files hold dense layers only, JSON files hold both",
                           (long) l + 1);
    qd_st_init(t);
    set_metadata(t, net);
    for (slong l = 0; l < net->depth && st == QD_OK; l++)
        for (int k = 0; k < qd_kind_get(net->layer[l].neuron.kind)->nparams && st == QD_OK; k++)
            st = add_tensor(t, net->layer + l, l, k, type, round, ctx);
    if (st == QD_OK) {
        qd_st_struct old = *tensors;
        *tensors = *t;
        *t = old;
    }
    qd_st_clear(t);
    return st;
}
