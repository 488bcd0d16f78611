/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Architectures as text and back. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"

qd_neuron qd_arch_neuron(const qd_arch *arch, int64_t l)
{
    return l == arch->depth - 1 && !arch->same ? qd_neuron_make(QD_LINEAR, QD_IDENTITY) : arch->neuron;
}

/* ---- reading ------------------------------------------------------------------------------- */

qd_status qd_arch_set_widths(int64_t *width, int64_t *depth, int64_t room, const char *text, qd_ctx_t ctx)
{
    int64_t n = 0, *w = qd_malloc(sizeof *w * (size_t) room);
    qd_status st = QD_OK;
    for (const char *s = text; st == QD_OK; s++) {
        int64_t v = 0;
        size_t digits = strspn(s, "0123456789");
        for (size_t i = 0; i < digits && v <= QD_ARCH_MAX_WIDTH; i++) v = 10 * v + (s[i] - '0');
        if (digits == 0 || (s[digits] != ',' && s[digits] != '\0') || v < 1 || v > QD_ARCH_MAX_WIDTH)
            st = qd_fail(ctx, QD_EINPUT, "found '%.60s', expected integers from 1 to %d separated by commas, such as 2,3,1", text,
                         QD_ARCH_MAX_WIDTH);
        else if (n == room) st = qd_fail(ctx, QD_EINPUT, "found more than %" PRId64 " widths", room);
        else w[n++] = v;
        s += digits;
        if (*s == '\0') break;
    }
    if (st == QD_OK && n < 2)
        st = qd_fail(ctx, QD_EINPUT, "found one width, expected the numbers of inputs, hidden units and outputs, such as 2,3,1");
    if (st == QD_OK) {
        memcpy(width, w, sizeof *w * (size_t) n);
        *depth = n - 1;
    }
    free(w);
    return st;
}

qd_status qd_arch_set_last(qd_arch *arch, const char *text, qd_ctx_t ctx)
{
    bool same = strcmp(text, "same") == 0;
    if (!same && strcmp(text, "linear") != 0) return qd_fail(ctx, QD_EINPUT, "found '%.60s', expected linear or same", text);
    arch->same = same;
    return QD_OK;
}

static qd_status read_widths(qd_arch *arch, int64_t *width, int64_t room, const qd_node *node, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(node, "'widths'", ctx);
    int64_t n = qd_node_count(node);
    if (st == QD_OK && (n < 2 || n > room)) st = qd_node_fail(node, ctx, "found %" PRId64 " widths, expected 2 to %" PRId64, n, room);
    for (int64_t l = 0; l < n && st == QD_OK; l++)
        st = qd_node_get_int(width + l, qd_node_item(node, l), 1, QD_ARCH_MAX_WIDTH, "an item of 'widths'", ctx);
    arch->depth = n - 1;
    arch->width = width;
    return st;
}

qd_status qd_arch_read_last(qd_arch *arch, const qd_node *value, const char *what, qd_ctx_t ctx)
{
    const char *text;
    qd_ctx_t own;
    qd_status st = qd_node_get_string(&text, value, what, ctx);
    if (st != QD_OK) return st;
    qd_ctx_own(own, ctx);
    return qd_arch_set_last(arch, text, own) == QD_OK ? QD_OK : qd_node_fail(value, ctx, "%s: %s", what, qd_ctx_message(own));
}

qd_status qd_arch_read(qd_arch *arch, int64_t *width, int64_t room, const qd_node *object, const char *what, qd_ctx_t ctx)
{
    static const char *const keys[] = {"widths", "kind", "activation", "last", "biases"};
    enum { WIDTHS, KIND, ACTIVATION, LAST, BIASES, NKEYS };
    const qd_node *m[NKEYS];
    qd_status st = QD_OK;
    for (int k = 0; k < NKEYS && st == QD_OK; k++) st = qd_node_need(m + k, object, keys[k], what, ctx);
    if (st == QD_OK) st = read_widths(arch, width, room, m[WIDTHS], ctx);
    arch->neuron = qd_neuron_make(QD_LINEAR, QD_IDENTITY);
    if (st == QD_OK) st = qd_neuron_read_kind(&arch->neuron, m[KIND], "", ctx);
    if (st == QD_OK) st = qd_neuron_read_activation(&arch->neuron, m[ACTIVATION], "", ctx);
    if (st == QD_OK) st = qd_arch_read_last(arch, m[LAST], "'last'", ctx);
    return st == QD_OK ? qd_node_get_bool(&arch->biases, m[BIASES], "'biases'", ctx) : st;
}

/* ---- printing ------------------------------------------------------------------------------ */

void qd_arch_print_widths(qd_buf_t out, const qd_arch *arch, const char *between)
{
    for (int64_t l = 0; l <= arch->depth; l++) qd_buf_printf(out, "%s%" PRId64, l > 0 ? between : "", arch->width[l]);
}

const char *qd_arch_last_name(const qd_arch *arch)
{
    return arch->same ? "same" : "linear";
}

void qd_arch_json(qd_json_t w, const qd_arch *arch)
{
    qd_json_array(w, "widths");
    qd_json_tight(w, true);
    for (int64_t l = 0; l <= arch->depth; l++) qd_json_int(w, NULL, arch->width[l]);
    qd_json_tight(w, false);
    qd_json_end(w);
    qd_neuron_json(w, &arch->neuron);
    qd_json_string(w, "last", qd_arch_last_name(arch));
    qd_json_bool(w, "biases", arch->biases);
}
