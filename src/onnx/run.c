/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A graph from its inputs to its output: the nodes that the output needs, each once all that it reads is there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

/* A name and what has it: a tensor, and the node that makes it. */
typedef struct {
    const char *name;
    slong maker; /* of a node; -1: an initialiser or the input */
    qd_onnx__tensor tensor;
} value;

typedef struct {
    const Qdpb__Graph *message;
    value *value; /* by name */
    slong nvalues;
    qd_onnx__run run;
    slong output; /* the value that is the output, after what is left away */
    qd_ctx_struct *ctx;
} work;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const value *) a)->name, ((const value *) b)->name);
}

static value *find(const work *k, const char *name)
{
    value key = {.name = name};
    return bsearch(&key, k->value, (size_t) k->nvalues, sizeof *k->value, by_name);
}

/* The values by name. An input that is an initialiser too, as old files have them, is that. */
static qd_status collect(work *k)
{
    const Qdpb__Graph *g = k->message;
    size_t room = g->n_constant + g->n_input;
    for (size_t i = 0; i < g->n_node; i++) room += g->node[i]->n_output;
    k->value = qd_calloc(room + 1, sizeof *k->value);
    for (size_t i = 0; i < g->n_constant; i++)
        if (g->constant[i]->name != NULL) k->value[k->nvalues++] = (value){.name = g->constant[i]->name, .maker = -1};
    for (size_t i = 0; i < g->n_node; i++)
        for (size_t o = 0; o < g->node[i]->n_output; o++)
            if (g->node[i]->output[o][0] != '\0') k->value[k->nvalues++] = (value){.name = g->node[i]->output[o], .maker = (slong) i};
    qsort(k->value, (size_t) k->nvalues, sizeof *k->value, by_name);
    for (slong i = 1; i < k->nvalues; i++)
        if (strcmp(k->value[i - 1].name, k->value[i].name) == 0)
            return qd_fail(k->ctx, QD_EINPUT, "the graph makes '%.80s' twice", k->value[i].name);
    return QD_OK;
}

static qd_status initialise(work *k)
{
    for (size_t i = 0; i < k->message->n_constant; i++) {
        const Qdpb__Tensor *m = k->message->constant[i];
        char what[128];
        if (m->name == NULL) continue;
        value *v = find(k, m->name);
        if (v->tensor.uses == 0) continue;
        snprintf(what, sizeof what, "the initialiser '%.80s'", m->name);
        qd_status st = qd_onnx__constant(&v->tensor, m, what, k->ctx);
        if (st != QD_OK) return st;
    }
    return QD_OK;
}

/* ---- the input ------------------------------------------------------------------------------ */

/* The one input that is no initialiser. */
static qd_status find_input(const Qdpb__Value **input, const work *k)
{
    qd_buf_t names;
    int n = 0;
    qd_buf_init(names);
    for (size_t i = 0; i < k->message->n_input; i++) {
        const char *name = k->message->input[i]->name;
        if (name == NULL || find(k, name) != NULL) continue;
        *input = k->message->input[i];
        qd_buf_printf(names, n++ > 0 ? ", '%.40s'" : "'%.40s'", name);
    }
    if (n == 0) qd_fail(k->ctx, QD_EINPUT, "the graph has no input");
    if (n > 1)
        qd_fail(k->ctx, QD_EINPUT, "the graph has %d inputs, %.400s; expected one: export a module that takes one tensor and splits it", n,
                qd_buf_str(names));
    qd_buf_clear(names);
    return n == 1 ? QD_OK : QD_EINPUT;
}

static qd_status start_input(work *k)
{
    const Qdpb__Value *input = NULL;
    slong shape[QD_ONNX_MAX_DIM], count = 1;
    int ndim = 0;
    qd_status st = find_input(&input, k);
    if (st == QD_OK) st = qd_onnx__input_shape(shape, &ndim, input, k->ctx);
    if (st != QD_OK) return st;
    for (int i = 0; i < ndim; i++)
        if (__builtin_mul_overflow(count, shape[i], &count) || count > 1000000)
            return qd_fail(k->ctx, QD_EINPUT, "the input '%.80s' has more than 1000000 entries", input->name);
    /* the values are sorted: the input takes its place among them */
    k->value[k->nvalues++] = (value){.name = input->name, .maker = -1};
    qsort(k->value, (size_t) k->nvalues, sizeof *k->value, by_name);
    value *v = find(k, input->name);
    qd_onnx__tensor_init(&v->tensor, ndim, shape, false, false);
    for (slong i = 0; i < count; i++) qd_onnx__tensor_form(&v->tensor, i, qd_onnx__form_variable(i, 0));
    k->run.graph->inputs = count;
    return QD_OK;
}

/* ---- the output ----------------------------------------------------------------------------- */

/* The one output; a Softmax or LogSoftmax that makes it is left away. */
static qd_status find_output(work *k)
{
    qd_buf_t names;
    qd_buf_init(names);
    for (size_t i = 0; i < k->message->n_output; i++)
        qd_buf_printf(names, i > 0 ? ", '%.40s'" : "'%.40s'", k->message->output[i]->name != NULL ? k->message->output[i]->name : "");
    if (k->message->n_output != 1)
        qd_fail(k->ctx, QD_EINPUT, "the graph has %zu outputs%s%.400s; expected one", k->message->n_output, names->len > 0 ? ", " : "",
                qd_buf_str(names));
    qd_buf_clear(names);
    if (k->message->n_output != 1) return QD_EINPUT;
    const char *name = k->message->output[0]->name != NULL ? k->message->output[0]->name : "";
    value *v = find(k, name);
    if (v == NULL) return qd_fail(k->ctx, QD_EINPUT, "nothing makes the output '%.80s'", name);
    const Qdpb__Node *last = v->maker >= 0 ? k->message->node[v->maker] : NULL;
    if (last != NULL && last->op != NULL && last->n_input == 1 &&
        (strcmp(last->op, "Softmax") == 0 || strcmp(last->op, "LogSoftmax") == 0)) {
        value *before = find(k, last->input[0]);
        if (before != NULL) v = before;
        qd_buf_printf(k->run.graph->note, "the final %s '%.80s' is left away: the outputs are what it is given", last->op,
                      last->name != NULL && last->name[0] != '\0' ? last->name : name);
    }
    k->output = v - k->value;
    v->tensor.uses = 1;
    return QD_OK;
}

/* ---- the order ------------------------------------------------------------------------------ */

/* Nodes that the output needs, in an order in which each reads what is there; *n of them. Counts the uses of every value. */
static qd_status find_order(slong *order, slong *n, work *k)
{
    const Qdpb__Graph *g = k->message;
    slong *waiting = qd_calloc(g->n_node + 1, sizeof *waiting), top = 0, found = 0;
    /* a depth-first walk with its own stack: waiting[d] is a node, next[node] the input that is looked at next */
    slong *next = qd_calloc(g->n_node + 1, sizeof *next);
    char *state = qd_calloc(g->n_node + 1, 1); /* 1: on the stack, 2: done */
    qd_status st = QD_OK;
    if (k->value[k->output].maker >= 0) {
        waiting[top++] = k->value[k->output].maker;
        state[waiting[0]] = 1;
    }
    while (top > 0 && st == QD_OK) {
        slong node = waiting[top - 1];
        const Qdpb__Node *m = g->node[node];
        if (next[node] == (slong) m->n_input) {
            state[node] = 2;
            order[found++] = node;
            top--;
            continue;
        }
        const char *name = m->input[next[node]++];
        if (name[0] == '\0') continue;
        value *v = find(k, name);
        if (v == NULL) {
            st = qd_fail(k->ctx, QD_EINPUT, "node %ld '%.80s' (%.40s) reads '%.80s', which nothing makes", (long) node + 1,
                         m->name != NULL ? m->name : "", m->op != NULL ? m->op : "", name);
            break;
        }
        v->tensor.uses++;
        if (v->maker < 0 || state[v->maker] == 2) continue;
        if (state[v->maker] == 1)
            st = qd_fail(k->ctx, QD_EINPUT, "the graph has a cycle: node %ld '%.80s' (%.40s) reads '%.80s', which depends on it",
                         (long) node + 1, m->name != NULL ? m->name : "", m->op != NULL ? m->op : "", name);
        else {
            state[v->maker] = 1;
            waiting[top++] = v->maker;
        }
    }
    *n = found;
    free(waiting);
    free(next);
    free(state);
    return st;
}

/* ---- nodes ---------------------------------------------------------------------------------- */

static qd_status run_operator(qd_onnx__node *n)
{
    const qd_onnx__op *op;
    qd_status st = qd_onnx__find(&op, n);
    if (st != QD_OK) return st;
    if (n->nin < op->min_in || n->nin > op->max_in)
        return qd_onnx__fail(n, "it has %d inputs, expected %d to %d", n->nin, op->min_in, op->max_in);
    for (int i = 0; i < (op->max_in > 8 ? n->nin : op->min_in); i++)
        if (n->in[i] == NULL) return qd_onnx__fail(n, "its input %d is not given", i + 1);
    if (n->nout < 1) return qd_onnx__fail(n, "it has no output");
    return op->run(n);
}

static qd_status run_node(work *k, slong number)
{
    const Qdpb__Node *m = k->message->node[number];
    qd_onnx__node n = {
        .message = m, .number = number + 1, .nin = (int) m->n_input, .nout = (int) m->n_output, .run = &k->run, .ctx = k->ctx};
    n.in = qd_calloc(m->n_input + 1, sizeof *n.in);
    n.out = qd_calloc(m->n_output + 1, sizeof *n.out);
    for (int i = 0; i < n.nin; i++) {
        value *v = m->input[i][0] != '\0' ? find(k, m->input[i]) : NULL;
        n.in[i] = v != NULL ? &v->tensor : NULL;
        if (v != NULL) v->tensor.uses--;
    }
    while (n.nin > 0 && n.in[n.nin - 1] == NULL) n.nin--; /* what is not given at the end */
    qd_status st = run_operator(&n);
    for (int o = 0; o < n.nout; o++) {
        value *v = m->output[o][0] != '\0' ? find(k, m->output[o]) : NULL;
        if (st != QD_OK || v == NULL) qd_onnx__tensor_clear(n.out + o);
        else if (n.out[o].there) {
            n.out[o].uses = v->tensor.uses;
            v->tensor = n.out[o];
        } else if (v->tensor.uses > 0) st = qd_onnx__fail(&n, "its output %d is used, and not made by what is read here", o + 1);
    }
    for (int i = 0; i < n.nin && st == QD_OK; i++)
        if (n.in[i] != NULL && n.in[i]->uses == 0) qd_onnx__tensor_clear(n.in[i]);
    free(n.in);
    free(n.out);
    return st;
}

static qd_status take_output(work *k)
{
    qd_onnx_struct *g = k->run.graph;
    const value *v = k->value + k->output;
    if (v->tensor.form == NULL) return qd_fail(k->ctx, QD_EINPUT, "the output '%.80s' does not depend on the input", v->name);
    g->noutputs = v->tensor.count;
    g->output = qd_malloc(sizeof *g->output * (size_t) g->noutputs);
    for (slong i = 0; i < g->noutputs; i++) g->output[i] = qd_onnx__form_ref(v->tensor.form[i]);
    return QD_OK;
}

static qd_status follow(work *k)
{
    slong n, *order = qd_malloc(sizeof *order * (k->message->n_node + 1));
    qd_status st = collect(k);
    if (st == QD_OK) st = start_input(k);
    if (st == QD_OK) st = find_output(k);
    if (st == QD_OK) st = find_order(order, &n, k);
    if (st == QD_OK) st = initialise(k);
    qd_onnx__sum_init(&k->run.sum, k->run.graph->inputs + 1);
    for (slong i = 0; st == QD_OK && i < n; i++)
        if ((st = qd_ctx_budget(k->ctx)) == QD_OK) st = run_node(k, order[i]);
    if (st == QD_OK) st = take_output(k);
    qd_onnx__sum_clear(&k->run.sum);
    for (slong i = 0; i < k->nvalues; i++) qd_onnx__tensor_clear(&k->value[i].tensor);
    free(k->value);
    free(order);
    return st;
}

/* Before opset 7 broadcasting was said by attributes. */
#define OLDEST_OPSET 7

static qd_status check_opset(const Qdpb__Model *m, qd_ctx_t ctx)
{
    for (size_t k = 0; k < m->n_opset; k++) {
        const Qdpb__Opset *o = m->opset[k];
        bool own = o->domain == NULL || o->domain[0] == '\0' || strcmp(o->domain, "ai.onnx") == 0;
        if (own && o->has_version && o->version < OLDEST_OPSET)
            return qd_fail(ctx, QD_EINPUT, "the file is of opset %" PRId64 ", expected %d or above", o->version, OLDEST_OPSET);
    }
    return QD_OK;
}

qd_status qd_onnx_read(qd_onnx_t graph, const char *path, qd_ctx_t ctx)
{
    Qdpb__Model *model;
    qd_onnx_t g;
    qd_status st = qd_onnx__load(&model, path, ctx);
    if (st != QD_OK) return st;
    qd_onnx_init(g);
    work k = {.message = model->graph, .run = {.graph = g}, .ctx = ctx};
    if ((st = check_opset(model, ctx)) == QD_OK) st = follow(&k);
    qdpb__model__free_unpacked(model, NULL);
    if (st == QD_OK) {
        qd_onnx_struct old = *graph;
        *graph = *g;
        *g = old;
    }
    qd_onnx_clear(g);
    return st;
}
