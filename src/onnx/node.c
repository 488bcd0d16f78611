/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What operators ask a node, the sentences about it, and which operators there are. */
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

static const char *name_of(const qd_onnx__node *n)
{
    if (n->message->name != NULL && n->message->name[0] != '\0') return n->message->name;
    return n->message->n_output > 0 ? n->message->output[0] : "";
}

qd_status qd_onnx__fail(const qd_onnx__node *n, const char *format, ...)
{
    va_list args;
    qd_ctx_t own;
    qd_ctx_own(own, n->ctx);
    va_start(args, format);
    qd_vfail(own, QD_EINPUT, format, args);
    va_end(args);
    return qd_ctx_prefix(n->ctx, QD_EINPUT, own, "node %ld '%.80s' (%.40s): ", (long) n->number, name_of(n),
                         n->message->op != NULL ? n->message->op : "");
}

const Qdpb__Attribute *qd_onnx__attribute(const qd_onnx__node *n, const char *key)
{
    for (size_t k = 0; k < n->message->n_attribute; k++)
        if (n->message->attribute[k]->name != NULL && strcmp(n->message->attribute[k]->name, key) == 0) return n->message->attribute[k];
    return NULL;
}

int64_t qd_onnx__int(const qd_onnx__node *n, const char *key, int64_t otherwise)
{
    const Qdpb__Attribute *a = qd_onnx__attribute(n, key);
    return a != NULL ? a->i : otherwise;
}

double qd_onnx__float(const qd_onnx__node *n, const char *key, double otherwise)
{
    const Qdpb__Attribute *a = qd_onnx__attribute(n, key);
    return a != NULL ? a->f : otherwise;
}

bool qd_onnx__text_is(const qd_onnx__node *n, const char *key, const char *text)
{
    const Qdpb__Attribute *a = qd_onnx__attribute(n, key);
    return a == NULL || (a->s.len == strlen(text) && memcmp(a->s.data, text, a->s.len) == 0);
}

qd_status qd_onnx__need_constant(const qd_onnx__node *n, int input, const char *what)
{
    if (input >= n->nin || n->in[input] == NULL || n->in[input]->value != NULL) return QD_OK;
    return qd_onnx__fail(n, "its input %d is computed; %s", input + 1, what);
}

qd_status qd_onnx__ints(slong **list, slong *length, const qd_onnx__node *n, const char *key, int input)
{
    const Qdpb__Attribute *a = key != NULL ? qd_onnx__attribute(n, key) : NULL;
    const qd_onnx__tensor *t = input >= 0 && input < n->nin ? n->in[input] : NULL;
    *list = NULL;
    *length = 0;
    if (a == NULL && t == NULL) return QD_OK;
    qd_status st = a == NULL ? qd_onnx__need_constant(n, input, "expected a list of constants") : QD_OK;
    if (st != QD_OK) return st;
    *length = a != NULL ? (slong) a->n_ints : t->count;
    *list = qd_malloc(sizeof **list * (size_t) (*length + 1));
    for (slong k = 0; k < *length; k++) {
        if (a != NULL) (*list)[k] = a->ints[k];
        else if (fmpz_is_one(fmpq_denref(t->value + k)) && fmpz_fits_si(fmpq_numref(t->value + k)))
            (*list)[k] = fmpz_get_si(fmpq_numref(t->value + k));
        else {
            free(*list);
            *list = NULL;
            return qd_onnx__fail(n, "entry %ld of its input %d is no integer", (long) k + 1, input + 1);
        }
    }
    return QD_OK;
}

qd_status qd_onnx__axis(int *axis, const qd_onnx__node *n, int64_t value, int ndim)
{
    if (value < -ndim || value >= ndim) return qd_onnx__fail(n, "found the axis %ld of a tensor of %d dimensions", (long) value, ndim);
    *axis = (int) (value < 0 ? value + ndim : value);
    return QD_OK;
}

qd_status qd_onnx__shape(qd_onnx__node *n, int o, int ndim, const slong *shape, bool constant, bool integer)
{
    if (ndim > QD_ONNX_MAX_DIM) return qd_onnx__fail(n, "its output has %d dimensions, expected at most %d", ndim, QD_ONNX_MAX_DIM);
    for (int k = 0; k < ndim; k++)
        if (shape[k] < 0) return qd_onnx__fail(n, "its output has a negative dimension, %ld", (long) shape[k]);
    if (!qd_onnx__tensor_init(n->out + o, ndim, shape, constant, integer)) return qd_onnx__fail(n, "its output has more than 2^26 entries");
    return QD_OK;
}

/* ---- operators ------------------------------------------------------------------------------ */

/* What is known to be refused, and what can be done about it. */
static const struct {
    const char *name, *advice;
} refused[] = {
    {"BatchNormalization",
     "it divides by a square root, which is irrational; fold it into the layer before exporting: fused = "
     "torch.nn.utils.fusion.fuse_linear_bn_eval(linear.eval(), bn.eval()) (fuse_conv_bn_eval for convolutions), and use fused in their place"},
    {"InstanceNormalization", "it divides by a square root of computed values; take the layer out"},
    {"LayerNormalization", "it divides by a square root of computed values; take the layer out"},
    {"Softmax", "it is no piecewise polynomial; only as the last node of the graph is it left away"},
    {"LogSoftmax", "it is no piecewise polynomial; only as the last node of the graph is it left away"},
    {"Sigmoid", "it is no piecewise polynomial; train with relu, leaky_relu, abs or powers, or use the logits before it"},
    {"Tanh", "it is no piecewise polynomial; train with relu, leaky_relu, abs or powers"},
    {"Erf", "it is no piecewise polynomial (GELU?); train with relu, leaky_relu, abs or powers"},
    {"Gelu", "it is no piecewise polynomial; train with relu, leaky_relu, abs or powers"},
    {"Exp", "it is no piecewise polynomial; train with relu, leaky_relu, abs or powers"},
    {"Log", "it is no piecewise polynomial; train with relu, leaky_relu, abs or powers"},
    {"Sqrt", "it is no polynomial with rational coefficients; take it out before exporting"},
    {"Elu", "it is no piecewise polynomial; train with relu or leaky_relu"},
    {"Selu", "it is no piecewise polynomial; train with relu or leaky_relu"},
    {"Softplus", "it is no piecewise polynomial; train with relu or leaky_relu"},
    {"Sign", "it is not continuous; a network here is a continuous function"},
    {"Greater", "it is not continuous; a network here is a continuous function"},
    {"Less", "it is not continuous; a network here is a continuous function"},
};

qd_status qd_onnx__find(const qd_onnx__op **op, const qd_onnx__node *n)
{
    static const qd_onnx__op *const tables[] = {qd_onnx__constant_ops, qd_onnx__shape_ops,  qd_onnx__move_ops,  qd_onnx__arithmetic_ops,
                                                qd_onnx__linear_ops,   qd_onnx__window_ops, qd_onnx__switch_ops};
    const char *name = n->message->op != NULL ? n->message->op : "", *domain = n->message->domain;
    if (domain != NULL && domain[0] != '\0' && strcmp(domain, "ai.onnx") != 0)
        return qd_onnx__fail(n, "found an operator of '%.40s', expected those of ONNX itself: export without custom operators", domain);
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++)
        if (strcmp(name, refused[k].name) == 0) return qd_onnx__fail(n, "%s", refused[k].advice);
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++)
        for (*op = tables[k]; (*op)->name != NULL; (*op)++)
            if (strcmp(name, (*op)->name) == 0) return QD_OK;
    return qd_onnx__fail(n, "this operator is not read; 'quadric convert --help' lists those that are: write the model with them");
}
