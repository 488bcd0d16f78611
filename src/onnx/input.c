/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shape of the input. The first axis of several is the batch: a network is a function of one example. */
#include "onnx/impl.h"

qd_status qd_onnx__input_shape(slong *shape, int *ndim, const Qdpb__Value *input, qd_ctx_t ctx)
{
    const Qdpb__TensorType *type = input->type != NULL ? input->type->tensor : NULL;
    if (type == NULL || type->shape == NULL)
        return qd_fail(ctx, QD_EINPUT, "the input '%.80s' has no shape; export with an example of fixed size", input->name);
    if (type->has_element && !qd_onnx__is_float(type->element))
        return qd_fail(ctx, QD_EINPUT, "the input '%.80s' has ONNX's type %d, expected floats", input->name, type->element);
    if (type->shape->n_dim > QD_ONNX_MAX_DIM)
        return qd_fail(ctx, QD_EINPUT, "the input '%.80s' has %zu dimensions, expected at most %d", input->name, type->shape->n_dim,
                       QD_ONNX_MAX_DIM);
    *ndim = (int) type->shape->n_dim;
    for (int k = 0; k < *ndim; k++) {
        const Qdpb__Dim *d = type->shape->dim[k];
        bool open = !d->has_size || d->size < 1;
        if (open && (k > 0 || *ndim == 1))
            return qd_fail(ctx, QD_EINPUT,
                           "axis %d of the input '%.80s' has no fixed size ('%.40s'); only a batch axis, the first one, may stay open", k,
                           input->name, d->name != NULL ? d->name : "?");
        if (!open && k == 0 && *ndim > 1 && d->size != 1)
            return qd_fail(ctx, QD_EINPUT,
                           "the input '%.80s' is a batch of %ld; export with an example of batch size 1, or an open batch axis",
                           input->name, (long) d->size);
        shape[k] = open ? 1 : d->size;
    }
    return QD_OK;
}
