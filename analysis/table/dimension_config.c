/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table/dimension_config.h"

#include <inttypes.h>
#include <stddef.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/table_config.h"

enum { MAX_SHAPES = 10000000 };

void dimension_config_init(dimension_config *c, const char *name)
{
    memset(c, 0, sizeof *c);
    c->name = qd_strdup(name);
}

void dimension_config_clear(dimension_config *c)
{
    arch_list_clear(&c->archs);
    free(c->name);
}

/* ---- shapes ------------------------------------------------------------------------------- */

/* All hidden widths 1..max_width for this number of hidden layers, in lexicographic order. */
static void add_grid(dimension_config *c, int64_t layers)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1], k = layers;
    width[0] = c->inputs;
    width[layers + 1] = c->outputs;
    for (int64_t l = 1; l <= layers; l++) width[l] = 1;
    while (k > 0 || layers == 0) {
        arch_list_add(&c->archs, width, layers + 2);
        for (k = layers; k > 0 && width[k] == c->max_width; k--) width[k] = 1;
        if (k > 0) width[k]++;
        if (layers == 0) break;
    }
}

static qd_status read_grid(dimension_config *c, const qd_node *root, qd_ctx_t ctx)
{
    static const char *const keys[] = {"inputs", "outputs", "max_width"};
    int64_t *const target[] = {&c->inputs, &c->outputs, &c->max_width};
    const qd_node *node;
    int64_t *layers = NULL, n = 0;
    double total = 0;
    qd_status st = QD_OK;
    for (int i = 0; i < 3 && st == QD_OK; i++) {
        st = qd_node_need(&node, root, keys[i], "the configuration, which has no 'widths',", ctx);
        if (st == QD_OK) st = qd_node_get_int(target[i], node, 1, QD_ARCH_MAX_WIDTH, keys[i], ctx);
    }
    if (st == QD_OK) st = qd_node_need(&node, root, "hidden_layers", "the configuration", ctx);
    if (st == QD_OK) st = config_ints(&layers, &n, node, 0, QD_VARIETY_MAX_DEPTH - 1, "'hidden_layers'", ctx);
    for (int64_t i = 0; i < n && st == QD_OK; i++) total += pow((double) c->max_width, (double) layers[i]);
    if (st == QD_OK && total > MAX_SHAPES)
        st = qd_node_fail(root, ctx, "the grid has %.3g architectures, expected at most %d", total, MAX_SHAPES);
    for (int64_t i = 0; i < n && st == QD_OK; i++) add_grid(c, layers[i]);
    free(layers);
    return st;
}

/* The widths, or a grid of them. */
static qd_status read_shapes(dimension_config *c, const qd_node *root, qd_ctx_t ctx)
{
    static const char *const grid[] = {"inputs", "outputs", "hidden_layers", "max_width"};
    const qd_node *widths = qd_node_member(root, "widths"), *m;
    if (widths == NULL) return read_grid(c, root, ctx);
    for (int i = 0; i < 4; i++)
        if ((m = qd_node_member(root, grid[i])) != NULL)
            return qd_node_fail(m, ctx, "found 'widths' and '%s', expected one of them: 'widths' says all layers", grid[i]);
    return arch_list_read_widths(&c->archs, widths, 0, QD_VARIETY_MAX_DEPTH, ctx);
}

/* ---- neurons, last, biases ---------------------------------------------------------------- */

/* Only neurons whose networks are polynomials, in one form. */
static qd_status read_neurons(dimension_config *c, const qd_node *root, qd_ctx_t ctx)
{
    qd_status st = arch_list_read_neurons(&c->archs, root, "neurons", QD_IDENTITY, ctx);
    for (int64_t i = 0; i < c->archs.nneurons && st == QD_OK; i++) {
        qd_arch one = {1, (int64_t[]){1, 1}, c->archs.neuron[i], true, true};
        qd_ctx_t own;
        qd_ctx_own(own, ctx);
        if (qd_variety_admit(&one, own) != QD_OK)
            st = qd_node_fail(qd_node_item(qd_node_member(root, "neurons"), i), ctx, "%s", qd_ctx_message(own));
        c->archs.neuron[i] = one.neuron;
    }
    return st;
}

/* A list that may be absent, but not empty. */
static qd_status check_list(const qd_node *node, const char *what, const char *expected, qd_ctx_t ctx)
{
    qd_status st = node != NULL ? qd_node_get_array(node, what, ctx) : QD_OK;
    return st == QD_OK && node != NULL && qd_node_count(node) == 0 ? qd_node_fail(node, ctx, "%s is empty, expected %s", what, expected)
                                                                   : st;
}

static qd_status read_last(dimension_config *c, const qd_node *node, qd_ctx_t ctx)
{
    qd_status st = check_list(node, "'last'", "linear, same or both", ctx);
    for (int64_t i = 0; node != NULL && st == QD_OK && i < qd_node_count(node); i++) {
        qd_arch arch = {0};
        st = qd_arch_read_last(&arch, qd_node_item(node, i), "an item of 'last'", ctx);
        c->last[arch.same] = true;
    }
    if (!c->last[1]) c->last[0] = true;
    return st;
}

static qd_status read_biases(dimension_config *c, const qd_node *node, qd_ctx_t ctx)
{
    qd_status st = check_list(node, "'biases'", "true, false or both", ctx);
    for (int64_t i = 0; node != NULL && st == QD_OK && i < qd_node_count(node); i++) {
        bool b = false;
        st = qd_node_get_bool(&b, qd_node_item(node, i), "an item of 'biases'", ctx);
        c->biases[b] = true;
    }
    if (!c->biases[1]) c->biases[0] = true;
    return st;
}

static qd_status read_max_power(dimension_config *c, const qd_node *node, qd_ctx_t ctx)
{
    if (node == NULL) return QD_OK;
    for (int64_t i = 0; i < c->archs.nneurons; i++)
        if (c->archs.neuron[i].kind == QD_LINEAR) return qd_node_get_int(&c->max_power, node, 2, QD_MAX_POWER, "'max_power'", ctx);
    return qd_node_fail(node, ctx, "'max_power' has no effect without conventional neurons (square or power:r)");
}

static qd_status read_root(dimension_config *c, const qd_node *root, dimension_study study, qd_ctx_t ctx)
{
    static const char *const all[] = {"name", "widths", "inputs",  "outputs",   "hidden_layers", "max_width",
                                      "last", "biases", "neurons", "max_power", "minimal_only",  NULL};
    static const int nkeys[] = {[DIMENSION_VERIFY] = 8, [DIMENSION_TABLE] = 9, [DIMENSION_FILLING] = 11};
    const char *keys[sizeof all / sizeof *all] = {NULL};
    const char *name = c->name;
    memcpy(keys, all, sizeof *keys * (size_t) nkeys[study]);
    qd_status st = qd_node_get_object(root, "the configuration", ctx);
    if (st == QD_OK) st = qd_node_only_keys(root, keys, "the configuration", ctx);
    if (st == QD_OK) st = qd_node_optional_string(&name, root, "name", ctx);
    if (st != QD_OK) return st;
    if (name != c->name) {
        free(c->name);
        c->name = qd_strdup(name);
    }
    st = read_shapes(c, root, ctx);
    if (st == QD_OK && study != DIMENSION_VERIFY) st = read_neurons(c, root, ctx);
    if (st == QD_OK) st = read_max_power(c, qd_node_member(root, "max_power"), ctx);
    if (st == QD_OK) st = qd_node_optional_bool(&c->minimal_only, root, "minimal_only", ctx);
    if (st == QD_OK) st = read_last(c, qd_node_member(root, "last"), ctx);
    return st == QD_OK ? read_biases(c, qd_node_member(root, "biases"), ctx) : st;
}

/* Every family of the configuration must be one. */
static qd_status check_all(const dimension_config *c, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (int64_t i = 0; i < c->archs.nshapes && st == QD_OK; i++) {
        qd_arch arch = arch_list_shape(&c->archs, i);
        arch.neuron = qd_neuron_make(QD_FULL, QD_IDENTITY); /* the kind with most parameters */
        arch.same = true;
        st = qd_variety_check(&arch, ctx);
    }
    return st;
}

qd_status dimension_config_read(dimension_config *c, const char *path, dimension_study study, qd_ctx_t ctx)
{
    qd_doc_t doc;
    qd_doc_init(doc);
    qd_status st = qd_doc_read(doc, path, QD_YAML, ctx);
    if (st == QD_OK) st = read_root(c, qd_doc_root(doc), study, ctx);
    if (st == QD_OK) st = check_all(c, ctx);
    qd_doc_clear(doc);
    return st;
}

/* ---- items -------------------------------------------------------------------------------- */

static int64_t nsettings(const dimension_config *c)
{
    return (c->last[0] + c->last[1]) * (c->biases[0] + c->biases[1]);
}

int64_t dimension_config_nitems(const dimension_config *c)
{
    return c->archs.nshapes * c->archs.nneurons * nsettings(c);
}

qd_arch dimension_config_item(const dimension_config *c, int64_t item)
{
    int64_t nbiases = c->biases[0] + c->biases[1], setting = item % nsettings(c);
    qd_arch arch = arch_list_get(&c->archs, item / nsettings(c) / c->archs.nneurons, item / nsettings(c) % c->archs.nneurons);
    arch.biases = nbiases == 2 ? setting % 2 : c->biases[1];
    arch.same = c->last[0] && c->last[1] ? setting / nbiases : c->last[1];
    return arch;
}

/* ---- text --------------------------------------------------------------------------------- */

static void print_config(qd_buf_t out, const dimension_config *c)
{
    if (c->max_width > 0)
        qd_buf_printf(out, "inputs %" PRId64 ", outputs %" PRId64 ", hidden widths up to %" PRId64, c->inputs, c->outputs, c->max_width);
    else qd_buf_printf(out, "%" PRId64 " architectures", c->archs.nshapes);
    qd_buf_printf(out, "; last layer%s%s; %s", c->last[0] ? " linear" : "", c->last[1] ? c->last[0] ? " and same" : " same" : "",
                  c->biases[0] ? c->biases[1] ? "homogeneous and with biases" : "homogeneous" : "with biases");
    if (c->max_power > 0) qd_buf_printf(out, "; powers up to %" PRId64 " tested", c->max_power);
    if (c->minimal_only) qd_buf_puts(out, "; minimal or open ones only");
}

void dimension_config_describe(qd_buf_t caption, qd_buf_t resolved, const dimension_config *c)
{
    qd_buf_printf(caption, "%s; ", c->name);
    print_config(caption, c);
    qd_buf_puts(resolved, qd_buf_str(caption));
    for (int64_t i = 0; i < c->archs.nneurons; i++) {
        qd_buf_puts(resolved, "; ");
        qd_neuron_print_name(resolved, c->archs.neuron + i, QD_IDENTITY);
    }
    for (int64_t i = 0; i < c->archs.nshapes; i++) {
        qd_arch arch = arch_list_shape(&c->archs, i);
        qd_buf_puts(resolved, "; ");
        qd_arch_print_widths(resolved, &arch, ",");
    }
}

void dimension_key_columns(qd_table_t t)
{
    qd_table_column(t, "widths", "widths", QD_CELL_STRING);
    qd_table_column(t, "neuron", "neuron", QD_CELL_STRING);
    qd_table_column(t, "last", "last", QD_CELL_STRING);
    qd_table_column(t, "biases", "biases", QD_CELL_NUMBER);
}

void dimension_set_keys(qd_table_t t, int64_t row, const qd_arch *arch)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_arch_print_widths(text, arch, ",");
    qd_table_set(t, row, 0, "%s", qd_buf_str(text));
    qd_buf_reset(text);
    qd_neuron_print_name(text, &arch->neuron, QD_IDENTITY);
    qd_table_set(t, row, 1, "%s", qd_buf_str(text));
    qd_table_set(t, row, 2, "%s", qd_arch_last_name(arch));
    qd_table_set(t, row, 3, "%s", arch->biases ? "true" : "false");
    qd_buf_clear(text);
}

void dimension_set_truth(qd_table_t t, int64_t row, int64_t column, qd_truth truth)
{
    qd_table_set(t, row, column, "%s", truth == QD_TRUE ? "true" : truth == QD_FALSE ? "false" : "");
}

/* ---- results ------------------------------------------------------------------------------ */

const qd_field dimension_field[] = {
    {"ambient", QD_FIELD_TEXT, offsetof(dimension_record, ambient), 0, 0},
    {"parameters", QD_FIELD_INT, offsetof(dimension_record, parameters), 0, INT64_MAX},
    {"orbit", QD_FIELD_INT, offsetof(dimension_record, orbit), 0, INT64_MAX},
    {"expected", QD_FIELD_INT, offsetof(dimension_record, expected), 0, INT64_MAX},
    {"lower", QD_FIELD_INT, offsetof(dimension_record, lower), 0, INT64_MAX},
    {"upper", QD_FIELD_INT, offsetof(dimension_record, upper), 0, INT64_MAX},
    {"certificate", QD_FIELD_ENUM, offsetof(dimension_record, certificate), 0, QD_UPPER_REASONS - 1},
    {"filling", QD_FIELD_ENUM, offsetof(dimension_record, filling), 0, QD_UNKNOWN},
    {"identifiable", QD_FIELD_ENUM, offsetof(dimension_record, identifiable), 0, QD_UNKNOWN},
    {"log2_failure", QD_FIELD_DOUBLE, offsetof(dimension_record, log2_failure), 0, 0},
    {"minimal", QD_FIELD_ENUM, offsetof(dimension_record, minimal), 0, QD_UNKNOWN},
    {"open", QD_FIELD_TEXT, offsetof(dimension_record, open), 0, 0},
    {"threshold", QD_FIELD_INT, offsetof(dimension_record, threshold), 0, INT64_MAX},
    {NULL, QD_FIELD_INT, 0, 0, 0},
};

void dimension_record_set(dimension_record *d, const qd_variety_result_t r)
{
    char *ambient = fmpz_get_str(NULL, 10, r->ambient);
    *d = (dimension_record){.ambient = qd_strdup(ambient),
                            .parameters = r->parameters,
                            .orbit = r->orbit,
                            .expected = r->expected,
                            .lower = r->lower,
                            .upper = r->upper,
                            .certificate = r->certificate,
                            .filling = r->filling,
                            .identifiable = r->identifiable,
                            .log2_failure = r->log2_failure,
                            .minimal = r->filling,
                            .open = qd_strdup("")};
    flint_free(ambient);
}

const char *dimension_status(int64_t lower, int64_t upper, double log2_failure)
{
    if (lower == upper) return "proved";
    return log2_failure < -20 ? "probable" : "lower_bound";
}
