/* The lowering of neuron kinds to blocks of parameters. */
#include "variety/impl.h"

#include <string.h>

/* Letters of the blocks in the order of the network file; with biases, then without. */
static const char *const blocks[QD_KINDS][2] = {
    [QD_LINEAR] = {"wb", "w"},     [QD_QUADRATIC] = {"rRgGsb", "rgs"},   [QD_COMPACT] = {"wsb", "s"},
    [QD_PRODUCT] = {"rRgG", "rg"}, [QD_PRODUCT_LINEAR] = {"rgwb", "rg"}, [QD_FULL] = {"twb", "t"},
    [QD_POWER] = {"sb", "s"},
};

static int64_t *member(qd_variety_layer *layer, char letter)
{
    switch (letter) {
    case 'r':
        return &layer->r;
    case 'R':
        return &layer->r0;
    case 'g':
        return &layer->g;
    case 'G':
        return &layer->g0;
    case 's':
        return &layer->s;
    case 't':
        return &layer->t;
    case 'w':
        return &layer->w;
    default:
        return &layer->b;
    }
}

static int64_t block_length(char letter, int64_t n)
{
    if (letter == 't') return qd_shape_length(QD_TRIANGLE, n);
    return qd_shape_length(strchr("RGb", letter) != NULL ? QD_VECTOR : QD_MATRIX, n);
}

void qd_variety_plan_make(qd_variety_plan *plan, const qd_arch *s)
{
    plan->depth = s->depth;
    plan->nparams = 0;
    for (int64_t l = 0; l < s->depth; l++) {
        bool readout = qd_variety__readout(s, l);
        qd_variety_layer *layer = plan->layer + l;
        *layer = (qd_variety_layer){s->width[l], s->width[l + 1], readout ? 1 : s->neuron.power, -1, -1, -1, -1, -1, -1, -1, -1};
        for (const char *c = blocks[readout ? QD_LINEAR : s->neuron.kind][s->biases ? 0 : 1]; *c != '\0'; c++) {
            *member(layer, *c) = plan->nparams;
            plan->nparams += layer->out * block_length(*c, layer->in);
        }
    }
}
