/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The units of a graph, its own and identity units. A long form that is used again, or would be multiplied, becomes a variable: without that skip
   connections would grow with depth and degrees would pass 2. Each form becomes one once: it remembers its unit. */
#include <stdlib.h>
#include <string.h>

#include "onnx/impl.h"

void qd_onnx_init(qd_onnx_t graph)
{
    memset(graph, 0, sizeof *graph);
    qd_buf_init(graph->note);
}

void qd_onnx_clear(qd_onnx_t graph)
{
    for (slong k = 0; k < graph->nunits; k++) {
        qd_onnx_form_unref(graph->unit[k].z);
        fmpq_clear(graph->unit[k].slope);
    }
    for (slong k = 0; k < graph->noutputs; k++) qd_onnx_form_unref(graph->output[k]);
    free(graph->unit);
    free(graph->output);
    qd_buf_clear(graph->note);
}

qd_onnx_form *qd_onnx__unit(qd_onnx__run *run, qd_activation act, int64_t power, const fmpq_t slope, qd_onnx_form *z, slong level)
{
    qd_onnx_struct *g = run->graph;
    if (g->nunits == run->units_room) {
        run->units_room = 2 * run->units_room + 64;
        g->unit = qd_realloc(g->unit, sizeof *g->unit * (size_t) run->units_room);
    }
    qd_onnx_unit *u = g->unit + g->nunits++;
    u->act = act;
    u->power = power;
    u->level = level + 1;
    u->z = qd_onnx__form_ref(z);
    fmpq_init(u->slope);
    if (slope != NULL) fmpq_set(u->slope, slope);
    return qd_onnx__form_variable(g->inputs + g->nunits - 1, u->level);
}

slong qd_onnx__level(const qd_onnx__tensor *t)
{
    slong level = 0;
    for (slong i = 0; t->form != NULL && i < t->count; i++) level = t->form[i]->level > level ? t->form[i]->level : level;
    return level;
}

static void become_variable(qd_onnx__run *run, qd_onnx_form **f, slong level)
{
    qd_onnx_form *v;
    if ((*f)->unit >= 0) v = qd_onnx__form_variable((*f)->unit, run->graph->unit[(*f)->unit - run->graph->inputs].level);
    else {
        v = qd_onnx__unit(run, QD_IDENTITY, 1, NULL, *f, level);
        (*f)->unit = v->at[0];
    }
    qd_onnx_form_unref(*f);
    *f = v;
}

void qd_onnx__settle(qd_onnx__run *run, qd_onnx__tensor *t)
{
    slong level = qd_onnx__level(t);
    for (slong i = 0; t->form != NULL && i < t->count; i++) {
        const qd_onnx_form *f = t->form[i];
        if (!(t->uses > 0 ? qd_onnx__form_monomial(f) || qd_onnx__form_constant(f) : qd_onnx__form_short(f)))
            become_variable(run, t->form + i, level);
    }
}

qd_onnx_form *qd_onnx__combine(qd_onnx__run *run, slong a, const qd_onnx_form *f, slong b, const qd_onnx_form *g, slong c,
                               const qd_onnx_form *h)
{
    const qd_onnx_form *part[3] = {f, g, h};
    slong factor[3] = {a, b, c};
    fmpq_t x;
    fmpq_init(x);
    for (int k = 0; k < 3; k++) {
        fmpq_set_si(x, factor[k], 1);
        if (part[k] != NULL) qd_onnx__sum_add(&run->sum, x, part[k]);
    }
    fmpq_clear(x);
    return qd_onnx__sum_take(&run->sum);
}

qd_onnx_form *qd_onnx__multiply(qd_onnx__run *run, qd_onnx_form *f, qd_onnx_form *g)
{
    if (qd_onnx__form_constant(f) && qd_onnx__form_constant(g)) {
        fmpq_mul(run->sum.c, f->c, g->c);
        return qd_onnx__sum_take(&run->sum);
    }
    f = qd_onnx__form_ref(f);
    g = qd_onnx__form_ref(g);
    if (qd_onnx__form_degree(f) > 1) become_variable(run, &f, f->level); /* a form that comes twice becomes the same one */
    if (qd_onnx__form_degree(g) > 1) become_variable(run, &g, g->level);
    qd_onnx_form *product = qd_onnx__form_product(f, g);
    qd_onnx_form_unref(f);
    qd_onnx_form_unref(g);
    return product;
}
