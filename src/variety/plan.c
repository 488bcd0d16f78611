/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lowering of neuron kinds to blocks of parameters. */
#include "variety/impl.h"

static int64_t *member(qd_variety_layer *layer, qd_role role)
{
    switch (role) {
    case QD_ROLE_R:
        return &layer->r;
    case QD_ROLE_R0:
        return &layer->r0;
    case QD_ROLE_G:
        return &layer->g;
    case QD_ROLE_G0:
        return &layer->g0;
    case QD_ROLE_S:
        return &layer->s;
    case QD_ROLE_T:
        return &layer->t;
    case QD_ROLE_W:
        return &layer->w;
    case QD_ROLE_B:
        break;
    }
    return &layer->b;
}

void qd_variety_plan_make(qd_variety_plan *plan, const qd_arch *s)
{
    plan->depth = s->depth;
    plan->nparams = 0;
    for (int64_t l = 0; l < s->depth; l++) {
        qd_neuron neuron = qd_arch_neuron(s, l);
        const qd_kind_info *info = qd_kind_get(neuron.kind);
        qd_variety_layer *layer = plan->layer + l;
        *layer = (qd_variety_layer){s->width[l], s->width[l + 1], neuron.power, -1, -1, -1, -1, -1, -1, -1, -1};
        for (int k = 0; k < info->nparams; k++) {
            if (!s->biases && !qd_kind_leads(neuron.kind, k)) continue;
            *member(layer, info->param[k].role) = plan->nparams;
            plan->nparams += layer->out * qd_shape_length(info->param[k].shape, layer->in);
        }
    }
}
