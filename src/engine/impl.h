/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the engines' choice share. Each fills an answer that is empty before; the domain is checked. */
#ifndef QD_ENGINE_IMPL_H
#define QD_ENGINE_IMPL_H

#include "engine/engine.h"

/* One question, handed from road to road. */
typedef struct {
    const qd_net_struct *net;
    const qd_lowered_struct *low; /* the same, lowered */
    const qd_engine_options *options;
} qd_engine__question;

/* Any road for this domain, in n >= 1 dimensions. */
qd_status qd_engine__solve(qd_answer_t a, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx);
qd_status qd_engine__line(qd_answer_t a, const qd_engine__question *q, const qd_domain *d, qd_ctx_t ctx);
/* In the coordinates of the forms. */
qd_status qd_engine__forms(qd_answer_t a, const qd_engine__question *q, const qd_forms_t f, const qd_box_t box, const qd_box_t reduced,
                           qd_ctx_t ctx);
qd_status qd_engine__product(qd_answer_t a, const qd_engine__question *q, const qd_blocks_t b, const qd_box_t box, qd_ctx_t ctx);
qd_status qd_engine__slices(qd_answer_t a, const qd_engine__question *q, const qd_box_t box, qd_ctx_t ctx);

/* How the layers before the first one that is not affine look from the coordinates: the inputs of layer l are a = shift + row t. */
typedef struct {
    slong l, width, k;
    fmpq *row, *shift; /* owned, (width, k), (width) */
    bool plain;        /* a = t */
} qd_engine__affine;
void qd_engine__affine_init(qd_engine__affine *a, const qd_lowered_t low, const qd_box_t box);
void qd_engine__affine_clear(qd_engine__affine *a);
/* Are all units of the layer affine functions of their inputs? */
bool qd_engine__is_affine(const qd_lowered_layer *layer);

/* The pre-activation of a unit of layer l as a polynomial in t, t.A t + b.t + const, with A symmetric. */
typedef struct {
    const qd_engine__affine *from;
    bool quadratic; /* A may be other than 0 */
    fmpq *c;        /* owned: qd_lowered_expand, when quadratic; else the linear part in a, (width) */
    fmpq *work;     /* owned */
} qd_engine__polynomial;
void qd_engine__polynomial_init(qd_engine__polynomial *p, const qd_engine__affine *from, const qd_lowered_unit *unit);
void qd_engine__polynomial_clear(qd_engine__polynomial *p);
/* v = row i of A, times 2; i = k: b. v: (k).     cost  width (width + k), without an affine layer k */
void qd_engine__polynomial_row(fmpq *v, const qd_engine__polynomial *p, slong i);

#endif
