/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a worker owns. */
#include "space/impl.h"

#include <stdlib.h>
#include <string.h>

static void init_forms(qd_space_forms *z, const qd_space_layer *y, slong dim)
{
    size_t stride = (size_t) y->stride;
    double *c = qd_calloc(stride * (size_t) (2 * dim + 10), sizeof *c);
    z->c = c;
    z->open_c = c + (size_t) (dim + 1) * stride;
    double **one[] = {&z->rad, &z->R, &z->G, &z->most, &z->lo, &z->hi, &z->open_R, &z->open_G};
    for (size_t i = 0; i < sizeof one / sizeof *one; i++) *one[i] = c + ((size_t) (2 * dim + 2) + i) * stride;
    z->in = qd_calloc((size_t) (y->in * (dim + 2)), sizeof *z->in);
    z->at = qd_calloc((size_t) y->in, sizeof *z->at);
    z->open = qd_calloc((size_t) y->out, sizeof *z->open);
}

void qd_space__worker_init(qd_space_worker *w, qd_space_job *job, qd_ctx_t ctx)
{
    const qd_space_model *p = job->model;
    memset(w, 0, sizeof *w);
    w->job = job;
    w->model = p;
    w->dim = p->dim;
    w->words = job->words;
    w->ctx = ctx;
    qd_path_init(&w->path, &p->m);
    w->pattern = qd_calloc((size_t) p->m.nwords, sizeof *w->pattern);
    w->zero = qd_calloc((size_t) p->m.nswitching + 1, sizeof *w->zero);
    w->table = qd_calloc((size_t) (64 * w->words), sizeof *w->table);
    w->frame = qd_calloc((size_t) w->words, sizeof *w->frame);
    w->forms = qd_calloc((size_t) p->layers + 1, sizeof *w->forms);
    for (slong l = 0; l < p->layers; l++) init_forms(w->forms + l, p->layer + l, p->dim);
}

void qd_space__worker_clear(qd_space_worker *w)
{
    qd_path_clear(&w->path);
    free(w->pattern);
    free(w->zero);
    free(w->table);
    free(w->frame);
    for (slong l = 0; l < w->model->layers; l++) {
        free(w->forms[l].c);
        free(w->forms[l].in);
        free(w->forms[l].at);
        free(w->forms[l].open);
    }
    free(w->forms);
    qd_space__stack_clear(&w->stack);
    qd_space__record_clear(&w->record, w->dim);
}
