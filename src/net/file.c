/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Network files: strict JSON with every number kept as the text that was written. */
#include "net/impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- reading ------------------------------------------------------------------------------ */

static qd_status read_row(fmpq *v, const qd_node *node, const char *where, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (slong i = 0; i < qd_node_count(node) && st == QD_OK; i++) st = qd_rat_from_node(v + i, qd_node_item(node, i), where, ctx);
    return st;
}

/* Is it an array of length n? `why` says what n is. */
static qd_status check_length(const qd_node *node, slong n, const char *where, const char *why, qd_ctx_t ctx)
{
    if (qd_node_kind(node) != QD_NODE_ARRAY)
        return qd_node_fail(node, ctx, "%s: found %s, expected an array of length %ld, %s", where, qd_node_kind_name(node), (long) n, why);
    if (qd_node_count(node) != n)
        return qd_node_fail(node, ctx, "%s: found an array of length %ld, expected length %ld, %s", where, (long) qd_node_count(node),
                            (long) n, why);
    return QD_OK;
}

static void name_row(char where[QD_WHERE_MAX], slong number, const qd_param *param, slong u)
{
    if (param->shape == QD_VECTOR) snprintf(where, QD_WHERE_MAX, "layer %ld, '%s'", (long) number, param->key);
    else snprintf(where, QD_WHERE_MAX, "layer %ld, '%s', row %ld", (long) number, param->key, (long) u + 1);
}

/* Is it a matrix of so many columns and rows, the other way round? */
static bool is_transposed(const qd_node *node, slong rows, slong columns)
{
    if (rows < 1 || rows == columns || qd_node_kind(node) != QD_NODE_ARRAY || qd_node_count(node) != columns) return false;
    for (slong j = 0; j < columns; j++)
        if (qd_node_kind(qd_node_item(node, j)) != QD_NODE_ARRAY || qd_node_count(qd_node_item(node, j)) != rows) return false;
    return true;
}

/* Shapes are checked before anything is allocated: a short file that claims a million inputs must not ask for more
   memory than its own length. */
static qd_status check_shape(const qd_node *node, const qd_param *param, slong in, slong out, slong number, qd_ctx_t ctx)
{
    char where[QD_WHERE_MAX], why[QD_WHERE_MAX];
    qd_status st;
    snprintf(where, sizeof where, "layer %ld, '%s'", (long) number, param->key);
    slong columns = qd_shape_length(param->shape, in);
    if (param->shape != QD_VECTOR && is_transposed(node, out, columns))
        return qd_node_fail(node, ctx, "%s: (%ld, %ld) expected, found (%ld, %ld): transposed?", where, (long) out, (long) columns,
                            (long) columns, (long) out);
    if ((st = check_length(node, out, where, param->shape == QD_VECTOR ? "one number a neuron" : "one row a neuron", ctx)) != QD_OK)
        return st;
    if (param->shape == QD_VECTOR) return QD_OK;
    if (param->shape == QD_TRIANGLE) snprintf(why, sizeof why, "n (n + 1) / 2 for n = %ld inputs", (long) in);
    else if (number == 1) snprintf(why, sizeof why, "which is 'input_dim'");
    else snprintf(why, sizeof why, "the number of neurons of layer %ld", (long) number - 1);
    for (slong u = 0; u < out && st == QD_OK; u++) {
        name_row(where, number, param, u);
        st = check_length(qd_node_item(node, u), columns, where, why, ctx);
    }
    return st;
}

static qd_status read_param(qd_layer_struct *layer, int k, const qd_node *node, slong number, qd_ctx_t ctx)
{
    const qd_param *param = qd_kind_get(layer->neuron.kind)->param + k;
    char where[QD_WHERE_MAX];
    qd_status st = QD_OK;
    name_row(where, number, param, 0);
    if (param->shape == QD_VECTOR) return read_row(layer->param[k], node, where, ctx);
    for (slong u = 0; u < layer->out && st == QD_OK; u++) {
        name_row(where, number, param, u);
        st = read_row(qd_layer_at(layer, k, u, 0), qd_node_item(node, u), where, ctx);
    }
    return st;
}

/* The allowed keys of a layer: kind, activation, slope where it has a meaning, and its parameters. */
static qd_status check_keys(const qd_node *node, const qd_neuron *neuron, const char *what, qd_ctx_t ctx)
{
    const qd_kind_info *info = qd_kind_get(neuron->kind);
    const char *keys[QD_MAX_PARAMS + 4];
    int n = 0;
    keys[n++] = "kind";
    keys[n++] = "activation";
    if (neuron->act == QD_LEAKY_RELU) keys[n++] = "slope";
    for (int k = 0; k < info->nparams; k++) keys[n++] = info->param[k].key;
    keys[n] = NULL;
    return qd_node_only_keys(node, keys, what, ctx);
}

/* The parameters of a layer in the order of its kind, with shapes that fit; *out: its width, which the first says. */
static qd_status find_params(const qd_node *param[QD_MAX_PARAMS], slong *out, const qd_node *node, qd_kind kind, slong in, slong number,
                             const char *what, qd_ctx_t ctx)
{
    const qd_kind_info *info = qd_kind_get(kind);
    qd_status st = QD_OK;
    for (int k = 0; k < info->nparams && st == QD_OK; k++) st = qd_node_need(param + k, node, info->param[k].key, what, ctx);
    if (st != QD_OK) return st;
    if (qd_node_count(param[0]) == 0 || qd_node_kind(param[0]) != QD_NODE_ARRAY)
        return qd_node_fail(param[0], ctx, "%s, '%s': found %s, expected an array with one row a neuron", what, info->param[0].key,
                            qd_node_kind(param[0]) == QD_NODE_ARRAY ? "an empty array" : qd_node_kind_name(param[0]));
    *out = qd_node_count(param[0]);
    for (int k = 1; k < info->nparams; k++) /* the biases tell whether the first matrix is transposed */
        if (info->param[k].shape == QD_VECTOR && is_transposed(param[0], qd_node_count(param[k]), qd_shape_length(info->param->shape, in)))
            *out = qd_node_count(param[k]);
    for (int k = 0; k < info->nparams && st == QD_OK; k++) st = check_shape(param[k], info->param + k, in, *out, number, ctx);
    return st;
}

/* slope: room for it, 0. */
static qd_status read_dense(qd_net_t net, const qd_node *node, slong in, fmpq_t slope, const char *what, qd_ctx_t ctx)
{
    slong number = net->depth + 1, out = 0;
    qd_neuron neuron;
    const qd_node *param[QD_MAX_PARAMS];
    qd_status st;
    if ((st = qd_net__read_neuron(&neuron, node, what, ctx)) != QD_OK) return st;
    if ((st = qd_net__read_slope(slope, neuron.act, node, what, ctx)) != QD_OK) return st;
    if ((st = check_keys(node, &neuron, what, ctx)) != QD_OK) return st;
    if ((st = find_params(param, &out, node, neuron.kind, in, number, what, ctx)) != QD_OK) return st;

    qd_layer_struct *layer = qd_net_add_layer(net, neuron, in, out);
    fmpq_swap(layer->slope, slope);
    for (int k = 0; k < qd_kind_get(neuron.kind)->nparams && st == QD_OK; k++) st = read_param(layer, k, param[k], number, ctx);
    return st;
}

static qd_status read_layer(qd_net_t net, const qd_node *node, slong in, qd_ctx_t ctx)
{
    char what[QD_WHERE_MAX];
    fmpq_t slope;
    snprintf(what, sizeof what, "layer %ld", (long) net->depth + 1);
    qd_status st = qd_node_get_object(node, what, ctx);
    if (st != QD_OK) return st;
    if (qd_net__is_sparse(node)) return qd_net__read_sparse(net, node, in, what, ctx);
    fmpq_init(slope);
    st = read_dense(net, node, in, slope, what, ctx);
    fmpq_clear(slope);
    return st;
}

static qd_status read_text(char **s, const qd_node *root, const char *key, qd_ctx_t ctx)
{
    const qd_node *m = qd_node_member(root, key);
    const char *text;
    char what[QD_WHERE_MAX];
    qd_status st;
    if (m == NULL) return QD_OK;
    snprintf(what, sizeof what, "'%s'", key);
    if ((st = qd_node_get_string(&text, m, what, ctx)) != QD_OK) return st;
    *s = qd_strdup(text);
    return QD_OK;
}

qd_status qd_net_from_node(qd_net_t net, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const keys[] = {"input_dim", "layers", "name", "comment", NULL};
    const qd_node *m;
    int64_t in;
    qd_net_t t;
    qd_status st;
    qd_net_init(t);
    if ((st = qd_node_get_object(node, "the network", ctx)) != QD_OK) goto done;
    if ((st = qd_node_only_keys(node, keys, "the network", ctx)) != QD_OK) goto done;
    if ((st = qd_node_need(&m, node, "input_dim", "the network", ctx)) != QD_OK) goto done;
    if ((st = qd_node_get_int(&in, m, 1, 1000000, "'input_dim'", ctx)) != QD_OK) goto done;
    if ((st = read_text(&t->name, node, "name", ctx)) != QD_OK) goto done;
    if ((st = read_text(&t->comment, node, "comment", ctx)) != QD_OK) goto done;
    if ((st = qd_node_need(&m, node, "layers", "the network", ctx)) != QD_OK) goto done;
    if ((st = qd_node_get_array(m, "'layers'", ctx)) != QD_OK) goto done;
    if (qd_node_count(m) == 0) {
        st = qd_node_fail(m, ctx, "'layers' is empty; a network needs at least one layer");
        goto done;
    }
    for (int64_t l = 0; l < qd_node_count(m); l++)
        if ((st = read_layer(t, qd_node_item(m, l), l == 0 ? in : t->layer[l - 1].out, ctx)) != QD_OK) goto done;
    qd_net_swap(net, t);
done:
    qd_net_clear(t);
    return st;
}

qd_status qd_net_parse(qd_net_t net, const char *text, size_t len, qd_ctx_t ctx)
{
    qd_doc_t doc;
    qd_doc_init(doc);
    qd_status st = qd_doc_parse(doc, text, len, QD_JSON, ctx);
    if (st == QD_OK) st = qd_net_from_node(net, qd_doc_root(doc), ctx);
    qd_doc_clear(doc);
    return st;
}

qd_net_format qd_net_format_of(const char *path)
{
    if (qd_ends_with(path, ".onnx")) return QD_NET_ONNX;
    return qd_ends_with(path, ".safetensors") ? QD_NET_SAFETENSORS : QD_NET_JSON;
}

/* With our metadata a network file, without it a state dict. */
static qd_status read_safetensors(qd_net_t net, const char *activations, const char *path, qd_ctx_t ctx)
{
    qd_st_t tensors;
    qd_st_init(tensors);
    qd_status st = qd_st_read(tensors, path, ctx);
    if (st == QD_OK && qd_st_meta(tensors, "architecture") == NULL) st = qd_net_from_state_dict(net, tensors, activations, ctx);
    else if (st == QD_OK && activations != NULL)
        st = qd_fail(ctx, QD_EINPUT, "activations were given, but the file's metadata has an 'architecture' that says them");
    else if (st == QD_OK) st = qd_net_from_safetensors(net, tensors, ctx);
    qd_st_clear(tensors);
    return st;
}

static bool is_archive(const char *path)
{
    char head[4] = "";
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) return false; /* a pipe can be read once only */
    FILE *f = fopen(path, "rb");
    bool yes = f != NULL && fread(head, 1, sizeof head, f) == sizeof head && memcmp(head, "PK\3\4", 4) == 0;
    if (f != NULL) fclose(f);
    return yes;
}

static qd_status read_json(qd_net_t net, const char *path, qd_ctx_t ctx)
{
    if (is_archive(path))
        return qd_fail(ctx, QD_EINPUT,
                       "a zip archive, as torch.save writes them; expected JSON, ONNX or safetensors: torch.onnx.export(model, example, "
                       "'net.onnx') writes one ('quadric convert --help' shows more)");
    qd_doc_t doc;
    qd_doc_init(doc);
    qd_status st = qd_doc_read(doc, path, QD_JSON, ctx);
    if (st == QD_OK) st = qd_net_from_node(net, qd_doc_root(doc), ctx);
    qd_doc_clear(doc);
    return st;
}

qd_status qd_net_read_as(qd_net_t net, const qd_net_reading *how, const char *path, qd_ctx_t ctx)
{
    qd_net_format format = qd_net_format_of(path);
    const char *activations = how != NULL ? how->activations : NULL;
    if (format == QD_NET_SAFETENSORS) return read_safetensors(net, activations, path, ctx);
    if (activations != NULL)
        return qd_fail(ctx, QD_EINPUT, "activations were given, but the file is no state dict in safetensors: it says them itself");
    if (format == QD_NET_ONNX) return qd_net__read_onnx(net, how != NULL ? how->note : NULL, path, ctx);
    return read_json(net, path, ctx);
}

qd_status qd_net_read(qd_net_t net, const char *path, qd_ctx_t ctx)
{
    return qd_net_read_as(net, NULL, path, ctx);
}

/* ---- writing ------------------------------------------------------------------------------ */

static void print_row(qd_json_t w, const char *key, const fmpq *v, slong n)
{
    qd_json_array(w, key);
    for (slong i = 0; i < n; i++) qd_rat_json(w, NULL, v + i);
    qd_json_end(w);
}

static void print_dense(qd_json_t w, const qd_layer_struct *layer)
{
    const qd_kind_info *info = qd_kind_get(layer->neuron.kind);
    qd_net__neuron_json(w, layer);
    if (layer->neuron.act == QD_LEAKY_RELU) qd_rat_json(w, "slope", layer->slope);
    for (int k = 0; k < info->nparams; k++) {
        slong n = qd_shape_length(info->param[k].shape, layer->in);
        qd_json_line(w, 5);
        if (info->param[k].shape == QD_VECTOR) {
            print_row(w, info->param[k].key, layer->param[k], layer->out);
            continue;
        }
        qd_json_array(w, info->param[k].key);
        for (slong u = 0; u < layer->out; u++) print_row(w, NULL, layer->param[k] + u * n, n);
        qd_json_end(w);
    }
}

void qd_net_print(qd_buf_t out, const qd_net_t net)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    if (net->name != NULL) {
        qd_json_string(w, "name", net->name);
        qd_json_line(w, 1);
    }
    if (net->comment != NULL) {
        qd_json_string(w, "comment", net->comment);
        qd_json_line(w, 1);
    }
    qd_json_int(w, "input_dim", net->input_dim);
    qd_json_line(w, 1);
    qd_json_array(w, "layers");
    for (slong l = 0; l < net->depth; l++) {
        qd_json_line(w, 4);
        qd_json_object(w, NULL);
        if (net->layer[l].sparse != NULL) qd_net__print_sparse(w, net->layer + l);
        else print_dense(w, net->layer + l);
        qd_json_end(w);
    }
    qd_json_line(w, 1);
    qd_json_end(w);
    qd_json_end(w);
    qd_json_finish(w);
}

qd_status qd_net_write_safetensors(const char *path, const qd_net_t net, qd_st_type type, bool round, qd_ctx_t ctx)
{
    qd_st_t tensors;
    qd_st_init(tensors);
    qd_status st = qd_net_to_safetensors(tensors, net, type, round, ctx);
    if (st == QD_OK) st = qd_st_write(path, tensors, ctx);
    qd_st_clear(tensors);
    return st;
}

qd_status qd_net_write(const char *path, const qd_net_t net, qd_ctx_t ctx)
{
    int64_t changed;
    if (qd_net_format_of(path) == QD_NET_ONNX) return qd_net_write_onnx(&changed, path, net, QD_ST_F64, false, ctx);
    if (qd_net_format_of(path) == QD_NET_SAFETENSORS) return qd_net_write_safetensors(path, net, QD_ST_F64, false, ctx);
    qd_buf_t out;
    qd_buf_init(out);
    qd_net_print(out, net);
    qd_status st = qd_file_write(path, qd_buf_str(out), out->len, ctx);
    qd_buf_clear(out);
    return st;
}
