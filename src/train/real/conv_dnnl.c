/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolution in float, by oneDNN. A primitive made while OpenMP has one thread uses one thread and no state of its own but the scratch
   that the caller brings, so that several threads may run the same primitive on different shards. */
#include "train/real/conv.h"

#if QD_REAL == 32

#include <dnnl.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    dnnl_primitive_t fore, back, gradient;         /* back: NULL unless data */
    dnnl_memory_desc_t x, y, bias, plain;          /* plain: weights (out, in, size, size) */
    dnnl_memory_desc_t w_fore, w_back, w_gradient; /* weights as the primitives like them */
    dnnl_memory_desc_t s_fore, s_back, s_gradient; /* their scratch */
    float *fore_w, *back_w, *bias_b;               /* owned: weights and biases of this step */
} dnnl;

/* ---- making ------------------------------------------------------------------------------- */

static int describe(dnnl *d, const R(qd_train__conv) * c)
{
    int64_t n = QD_TRAIN__CONV_SHARD;
    dnnl_dims_t x = {n, c->in, c->height, c->width}, y = {n, c->out, c->out_height, c->out_width}, w = {c->out, c->in, c->size, c->size};
    int bad =
        dnnl_memory_desc_init_by_tag(&d->x, 4, x, dnnl_f32, dnnl_nhwc) | dnnl_memory_desc_init_by_tag(&d->y, 4, y, dnnl_f32, dnnl_nhwc) |
        dnnl_memory_desc_init_by_tag(&d->plain, 4, w, dnnl_f32, dnnl_oihw) | dnnl_memory_desc_init_by_tag(&d->bias, 1, w, dnnl_f32, dnnl_a);
    return bad;
}

/* The primitive of a description, and in which order it wants the weights; hint: description of the forward pass, or NULL. */
static int make(dnnl_primitive_t *p, dnnl_memory_desc_t *w, dnnl_memory_desc_t *scratch, dnnl_primitive_desc_t *pd,
                const dnnl_convolution_desc_t *desc, dnnl_query_t weights, const_dnnl_primitive_desc_t hint, dnnl_engine_t engine)
{
    dnnl_primitive_attr_t attr = NULL;
    int bad = dnnl_primitive_attr_create(&attr) | dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (!bad) bad = dnnl_primitive_desc_create(pd, desc, attr, engine, hint);
    if (!bad) {
        *w = *dnnl_primitive_desc_query_md(*pd, weights, 0);
        *scratch = *dnnl_primitive_desc_query_md(*pd, dnnl_query_scratchpad_md, 0);
        bad = dnnl_primitive_create(p, *pd);
    }
    dnnl_primitive_attr_destroy(attr);
    return bad;
}

static int make_all(dnnl *d, const R(qd_train__conv) * c)
{
    dnnl_dims_t stride = {c->stride, c->stride}, pad = {c->pad, c->pad};
    dnnl_convolution_desc_t desc;
    dnnl_primitive_desc_t fore = NULL, back = NULL, gradient = NULL;
    dnnl_memory_desc_t any = d->plain;
    any.format_kind = dnnl_format_kind_any;
    int bad = dnnl_convolution_forward_desc_init(&desc, dnnl_forward_training, dnnl_convolution_direct, &d->x, &any, &d->bias, &d->y,
                                                 stride, pad, pad);
    if (!bad) bad = make(&d->fore, &d->w_fore, &d->s_fore, &fore, &desc, dnnl_query_weights_md, NULL, d->engine);
    if (!bad) bad = dnnl_convolution_backward_weights_desc_init(&desc, dnnl_convolution_direct, &d->x, &any, NULL, &d->y, stride, pad, pad);
    if (!bad) bad = make(&d->gradient, &d->w_gradient, &d->s_gradient, &gradient, &desc, dnnl_query_diff_weights_md, fore, d->engine);
    if (!bad && c->data) {
        bad = dnnl_convolution_backward_data_desc_init(&desc, dnnl_convolution_direct, &d->x, &any, &d->y, stride, pad, pad);
        if (!bad) bad = make(&d->back, &d->w_back, &d->s_back, &back, &desc, dnnl_query_weights_md, fore, d->engine);
    }
    if (back != NULL) dnnl_primitive_desc_destroy(back);
    if (gradient != NULL) dnnl_primitive_desc_destroy(gradient);
    if (fore != NULL) dnnl_primitive_desc_destroy(fore);
    return bad;
}

static int64_t length_of(const dnnl_memory_desc_t *md)
{
    return (int64_t) ((dnnl_memory_desc_get_size(md) + sizeof(float) - 1) / sizeof(float));
}

static int64_t largest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

qd_status R(qd_train__conv_create)(R(qd_train__conv) * conv, qd_ctx_t ctx)
{
    dnnl *d = conv->impl = qd_calloc(1, sizeof *d);
    int bad = describe(d, conv);
    if (!bad) bad = dnnl_engine_create(&d->engine, dnnl_cpu, 0);
    if (!bad) bad = dnnl_stream_create(&d->stream, d->engine, dnnl_stream_default_flags);
    if (!bad) bad = make_all(d, conv);
    if (bad)
        return qd_fail(ctx, QD_EUNABLE,
                       "oneDNN has no convolution of %ld x %ld x %ld to %ld channels, size %ld, stride %ld, padding %ld (status %d)",
                       (long) conv->in, (long) conv->height, (long) conv->width, (long) conv->out, (long) conv->size, (long) conv->stride,
                       (long) conv->pad, bad);
    conv->packed = length_of(&d->w_gradient);
    conv->scratch = largest(largest(length_of(&d->s_fore), length_of(&d->s_gradient)), conv->data ? length_of(&d->s_back) : 0) *
                    (int64_t) sizeof(float);
    d->fore_w = qd_train__alloc(length_of(&d->w_fore), sizeof(float));
    if (conv->data) d->back_w = qd_train__alloc(length_of(&d->w_back), sizeof(float));
    d->bias_b = qd_train__alloc(conv->out, sizeof(float));
    return QD_OK;
}

void R(qd_train__conv_clear)(R(qd_train__conv) * conv)
{
    dnnl *d = conv->impl;
    if (d == NULL) return;
    if (d->fore != NULL) dnnl_primitive_destroy(d->fore);
    if (d->back != NULL) dnnl_primitive_destroy(d->back);
    if (d->gradient != NULL) dnnl_primitive_destroy(d->gradient);
    if (d->stream != NULL) dnnl_stream_destroy(d->stream);
    if (d->engine != NULL) dnnl_engine_destroy(d->engine);
    free(d->fore_w);
    free(d->back_w);
    free(d->bias_b);
    free(d);
}

int64_t R(qd_train__conv_bytes)(int64_t in, int64_t out, int64_t size)
{
    int64_t blocked = (in + 15) / 16 * ((out + 15) / 16) * 256;
    return (2 * size * size * blocked + out) * (int64_t) sizeof(float);
}

/* ---- running ------------------------------------------------------------------------------ */

/* An argument; a memory object of oneDNN is no more than this, and is made for each call because two threads cannot share one. */
typedef struct {
    int arg;
    const dnnl_memory_desc_t *md;
    const void *data;
} operand;

static bool execute(const dnnl *d, dnnl_primitive_t p, const operand *op, int n)
{
    dnnl_exec_arg_t args[5];
    int made = 0, bad = 0;
    for (; made < n && !bad; made++) {
        args[made].arg = op[made].arg;
        bad = dnnl_memory_create(&args[made].memory, op[made].md, d->engine, (void *) op[made].data);
        if (bad) break;
    }
    if (!bad) bad = dnnl_primitive_execute(p, d->stream, n, args);
    for (int i = 0; i < made; i++) dnnl_memory_destroy(args[i].memory);
    return !bad;
}

bool R(qd_train__conv_forward)(const R(qd_train__conv) * conv, float *y, const float *x, void *scratch)
{
    const dnnl *d = conv->impl;
    operand op[] = {{DNNL_ARG_SRC, &d->x, x},
                    {DNNL_ARG_WEIGHTS, &d->w_fore, d->fore_w},
                    {DNNL_ARG_BIAS, &d->bias, d->bias_b},
                    {DNNL_ARG_DST, &d->y, y},
                    {DNNL_ARG_SCRATCHPAD, &d->s_fore, scratch}};
    return execute(d, d->fore, op, 5);
}

bool R(qd_train__conv_data)(const R(qd_train__conv) * conv, float *dx, const float *dy, void *scratch)
{
    const dnnl *d = conv->impl;
    operand op[] = {{DNNL_ARG_DIFF_DST, &d->y, dy},
                    {DNNL_ARG_WEIGHTS, &d->w_back, d->back_w},
                    {DNNL_ARG_DIFF_SRC, &d->x, dx},
                    {DNNL_ARG_SCRATCHPAD, &d->s_back, scratch}};
    return execute(d, d->back, op, 4);
}

bool R(qd_train__conv_gradient)(const R(qd_train__conv) * conv, float *packed, const float *x, const float *dy, void *scratch)
{
    const dnnl *d = conv->impl;
    operand op[] = {{DNNL_ARG_SRC, &d->x, x},
                    {DNNL_ARG_DIFF_DST, &d->y, dy},
                    {DNNL_ARG_DIFF_WEIGHTS, &d->w_gradient, packed},
                    {DNNL_ARG_SCRATCHPAD, &d->s_gradient, scratch}};
    return execute(d, d->gradient, op, 4);
}

/* ---- order of the weights ----------------------------------------------------------------- */

static bool reorder(const dnnl *d, float *to, const dnnl_memory_desc_t *to_md, const float *from, const dnnl_memory_desc_t *from_md)
{
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_t p = NULL;
    operand op[] = {{DNNL_ARG_FROM, from_md, from}, {DNNL_ARG_TO, to_md, to}};
    bool good = dnnl_reorder_primitive_desc_create(&pd, from_md, d->engine, to_md, d->engine, NULL) == dnnl_success &&
                dnnl_primitive_create(&p, pd) == dnnl_success && execute(d, p, op, 2);
    if (p != NULL) dnnl_primitive_destroy(p);
    if (pd != NULL) dnnl_primitive_desc_destroy(pd);
    return good;
}

bool R(qd_train__conv_weights)(R(qd_train__conv) * conv, const float *w, const float *bias)
{
    const dnnl *d = conv->impl;
    memcpy(d->bias_b, bias, (size_t) conv->out * sizeof *bias);
    return reorder(d, d->fore_w, &d->w_fore, w, &d->plain) && (!conv->data || reorder(d, d->back_w, &d->w_back, w, &d->plain));
}

bool R(qd_train__conv_unpack)(const R(qd_train__conv) * conv, float *dw, const float *packed)
{
    const dnnl *d = conv->impl;
    return reorder(d, dw, &d->plain, packed, &d->w_gradient);
}

#endif
