/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table/arch_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "table/table_config.h"

void arch_list_clear(arch_list *list)
{
    free(list->first);
    free(list->width);
    free(list->neuron);
    *list = (arch_list){0};
}

/* ---- shapes ------------------------------------------------------------------------------- */

static void make_room(int64_t **v, int64_t *room, int64_t n)
{
    if (n <= *room) return;
    while (*room < n) *room = 2 * *room + 16;
    *v = qd_realloc(*v, sizeof **v * (size_t) *room);
}

void arch_list_add(arch_list *list, const int64_t *width, int64_t n)
{
    int64_t used = list->nshapes > 0 ? list->first[list->nshapes] : 0;
    make_room(&list->first, list->room, list->nshapes + 2);
    make_room(&list->width, list->room + 1, used + n);
    list->first[list->nshapes++] = used;
    list->first[list->nshapes] = used + n;
    memcpy(list->width + used, width, sizeof *width * (size_t) n);
}

static qd_status read_shape(arch_list *list, const qd_node *node, int64_t inputs, int64_t max_depth, qd_ctx_t ctx)
{
    const char *what = inputs > 0 ? "a list of hidden widths in 'widths'" : "a list of widths in 'widths'";
    int64_t n = qd_node_count(node), frame = inputs > 0;
    if (inputs > 0 && qd_node_kind(node) == QD_NODE_ARRAY && n >= max_depth)
        return qd_node_fail(node, ctx, "found %" PRId64 " hidden layers, expected at most %" PRId64, n, max_depth - 1);
    int64_t *width = NULL, nwidths = 0;
    qd_status st = config_ints(&width, &nwidths, node, 1, QD_ARCH_MAX_WIDTH, what, ctx);
    if (st == QD_OK && inputs == 0 && (n < 2 || n > max_depth + 1))
        st = qd_node_fail(node, ctx, "found %" PRId64 " widths, expected 2 to %" PRId64, n, max_depth + 1);
    if (st == QD_OK) {
        int64_t *all = qd_malloc(sizeof *all * (size_t) (n + 2 * frame));
        memcpy(all + frame, width, sizeof *all * (size_t) n);
        if (frame) {
            all[0] = inputs;
            all[n + 1] = 1;
        }
        arch_list_add(list, all, n + 2 * frame);
        free(all);
    }
    free(width);
    return st;
}

qd_status arch_list_read_widths(arch_list *list, const qd_node *node, int64_t inputs, int64_t max_depth, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(node, "'widths'", ctx);
    if (st == QD_OK && qd_node_count(node) == 0)
        st = qd_node_fail(node, ctx, "'widths' is empty, expected lists %s",
                          inputs > 0 ? "of hidden widths such as [8, 8]" : "such as [2, 3, 1]");
    for (int64_t i = 0; st == QD_OK && i < qd_node_count(node); i++) st = read_shape(list, qd_node_item(node, i), inputs, max_depth, ctx);
    return st;
}

/* ---- neurons ------------------------------------------------------------------------------ */

qd_status arch_list_read_neurons(arch_list *list, const qd_node *root, const char *key, qd_activation usual, qd_ctx_t ctx)
{
    const qd_node *node;
    qd_buf_t what;
    qd_status st = qd_node_need(&node, root, key, "the configuration", ctx);
    if (st != QD_OK) return st;
    qd_buf_init(what);
    qd_buf_printf(what, "'%s'", key);
    st = qd_node_get_array(node, qd_buf_str(what), ctx);
    if (st == QD_OK && qd_node_count(node) == 0)
        st = qd_node_fail(node, ctx, "'%s' is empty, expected at least one neuron, such as quadratic", key);
    list->nneurons = qd_node_count(node);
    list->neuron = qd_malloc(sizeof *list->neuron * (size_t) (list->nneurons + 1));
    qd_buf_reset(what);
    qd_buf_printf(what, "an item of '%s'", key);
    for (int64_t i = 0; st == QD_OK && i < list->nneurons; i++)
        st = qd_neuron_read(list->neuron + i, qd_node_item(node, i), usual, qd_buf_str(what), ctx);
    qd_buf_clear(what);
    return st;
}

double arch_list_nparams(const qd_arch *arch)
{
    double sum = 0;
    for (int64_t l = 0; l < arch->depth; l++)
        sum += (double) qd_kind_nparams(l + 1 < arch->depth ? arch->neuron.kind : QD_LINEAR, arch->width[l], arch->width[l + 1]);
    return sum;
}

qd_status arch_list_check_size(const arch_list *list, const qd_node *shapes, qd_ctx_t ctx)
{
    bool listed = qd_node_kind(shapes) == QD_NODE_ARRAY && qd_node_count(shapes) == list->nshapes;
    for (int64_t i = 0; i < list->nshapes; i++)
        for (int64_t k = 0; k < list->nneurons; k++) {
            qd_arch arch = arch_list_get(list, i, k);
            double n = arch_list_nparams(&arch);
            if (n > ARCH_LIST_MAX_PARAMETERS)
                return qd_node_fail(listed ? qd_node_item(shapes, i) : shapes, ctx,
                                    "these widths give a network of %.3g parameters, expected at most %.3g", n, ARCH_LIST_MAX_PARAMETERS);
        }
    return QD_OK;
}

qd_arch arch_list_shape(const arch_list *list, int64_t shape)
{
    int64_t first = list->first[shape];
    return (qd_arch){list->first[shape + 1] - first - 1, list->width + first, qd_neuron_make(QD_LINEAR, QD_IDENTITY), false, true};
}

qd_arch arch_list_get(const arch_list *list, int64_t shape, int64_t neuron)
{
    qd_arch arch = arch_list_shape(list, shape);
    arch.neuron = list->neuron[neuron];
    return arch;
}
