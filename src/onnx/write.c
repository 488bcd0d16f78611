/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A graph of a few nodes as a file: the message is built, packed and freed as one. */
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

#define OPSET 13
#define IR_VERSION 7 /* of opsets up to 14 */

static Qdpb__Graph *graph_of(qd_onnx_file_t file)
{
    if (file->impl == NULL) {
        Qdpb__Graph *g = file->impl = qd_malloc(sizeof *g);
        qdpb__graph__init(g);
        g->name = qd_strdup("quadric");
    }
    return file->impl;
}

void qd_onnx_file_init(qd_onnx_file_t file, bool single)
{
    file->single = single;
    file->impl = NULL;
}

void qd_onnx_file_clear(qd_onnx_file_t file)
{
    if (file->impl != NULL) qdpb__graph__free_unpacked(file->impl, NULL);
    file->impl = NULL;
}

/* One more entry in a list of pointers. */
static void append(void ***list, size_t *n, void *entry)
{
    *list = qd_realloc(*list, sizeof **list * (*n + 1));
    (*list)[(*n)++] = entry;
}

static Qdpb__Tensor *add_tensor(qd_onnx_file_t file, const char *name, int ndim, const int64_t *shape, int type, size_t bytes)
{
    Qdpb__Graph *g = graph_of(file);
    Qdpb__Tensor *t = qd_malloc(sizeof *t);
    qdpb__tensor__init(t);
    t->name = qd_strdup(name);
    t->n_dims = (size_t) ndim;
    t->dims = qd_malloc(sizeof *t->dims * (size_t) (ndim + 1));
    memcpy(t->dims, shape, sizeof *shape * (size_t) ndim);
    t->has_type = true;
    t->type = type;
    t->has_raw = true;
    t->raw.len = bytes;
    t->raw.data = qd_malloc(bytes + 1);
    append((void ***) &g->constant, &g->n_constant, t);
    return t;
}

void qd_onnx_file_reals(qd_onnx_file_t file, const char *name, int ndim, const int64_t *shape, const double *entry)
{
    size_t count = 1, size = file->single ? sizeof(float) : sizeof(double);
    for (int k = 0; k < ndim; k++) count *= (size_t) shape[k];
    Qdpb__Tensor *t = add_tensor(file, name, ndim, shape, file->single ? QD_ONNX_FLOAT32 : QD_ONNX_FLOAT64, count * size);
    for (size_t i = 0; i < count; i++) {
        float f = (float) entry[i];
        memcpy(t->raw.data + i * size, file->single ? (const void *) &f : (const void *) (entry + i), size);
    }
}

void qd_onnx_file_integers(qd_onnx_file_t file, const char *name, int64_t n, const int64_t *entry)
{
    Qdpb__Tensor *t = add_tensor(file, name, 1, &n, QD_ONNX_INT64, sizeof *entry * (size_t) n);
    memcpy(t->raw.data, entry, t->raw.len);
}

void qd_onnx_file_node(qd_onnx_file_t file, const char *op, const char *output, int n, const char *const *input)
{
    Qdpb__Graph *g = graph_of(file);
    Qdpb__Node *node = qd_malloc(sizeof *node);
    qdpb__node__init(node);
    node->op = qd_strdup(op);
    append((void ***) &node->output, &node->n_output, qd_strdup(output));
    for (int k = 0; k < n; k++) append((void ***) &node->input, &node->n_input, qd_strdup(input[k]));
    append((void ***) &g->node, &g->n_node, node);
}

void qd_onnx_file_int(qd_onnx_file_t file, const char *key, int64_t value)
{
    Qdpb__Graph *g = graph_of(file);
    Qdpb__Node *node = g->node[g->n_node - 1];
    Qdpb__Attribute *a = qd_malloc(sizeof *a);
    qdpb__attribute__init(a);
    a->name = qd_strdup(key);
    a->has_i = a->has_type = true;
    a->i = value;
    a->type = 2; /* an integer */
    append((void ***) &node->attribute, &node->n_attribute, a);
}

/* A tensor (1, n) of the file's type. */
static Qdpb__Value *new_value(const char *name, int64_t n, bool single)
{
    Qdpb__Value *v = qd_malloc(sizeof *v);
    qdpb__value__init(v);
    v->name = qd_strdup(name);
    v->type = qd_malloc(sizeof *v->type);
    qdpb__type__init(v->type);
    Qdpb__TensorType *type = v->type->tensor = qd_malloc(sizeof *type);
    qdpb__tensor_type__init(type);
    type->has_element = true;
    type->element = single ? QD_ONNX_FLOAT32 : QD_ONNX_FLOAT64;
    type->shape = qd_malloc(sizeof *type->shape);
    qdpb__shape__init(type->shape);
    for (int k = 0; k < 2; k++) {
        Qdpb__Dim *d = qd_malloc(sizeof *d);
        qdpb__dim__init(d);
        d->has_size = true;
        d->size = k == 0 ? 1 : n;
        append((void ***) &type->shape->dim, &type->shape->n_dim, d);
    }
    return v;
}

qd_status qd_onnx_file_write(const char *path, qd_onnx_file_t file, int64_t inputs, int64_t outputs, qd_ctx_t ctx)
{
    Qdpb__Graph *g = graph_of(file);
    Qdpb__Model model = QDPB__MODEL__INIT;
    Qdpb__Opset opset = QDPB__OPSET__INIT, *opsets[1] = {&opset};
    char nobody[] = "", producer[] = "quadric " QD_VERSION;
    append((void ***) &g->input, &g->n_input, new_value("x", inputs, file->single));
    append((void ***) &g->output, &g->n_output, new_value("y", outputs, file->single));
    opset.domain = nobody;
    opset.has_version = true;
    opset.version = OPSET;
    model.has_ir_version = true;
    model.ir_version = IR_VERSION;
    model.producer = producer;
    model.graph = g;
    model.n_opset = 1;
    model.opset = opsets;
    size_t size = qdpb__model__get_packed_size(&model);
    char *bytes = qd_malloc(size + 1);
    qdpb__model__pack(&model, (uint8_t *) bytes);
    qd_status st = qd_file_write(path, bytes, size, ctx);
    free(bytes);
    return st;
}
