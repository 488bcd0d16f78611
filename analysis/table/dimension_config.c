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
    for (int64_t i = 0; i < c->nshapes; i++) free(c->shape[i].width);
    free(c->shape);
    free(c->neuron);
    free(c->name);
}

/* ---- shapes ------------------------------------------------------------------------------- */

void dimension_add_shape(dimension_config *c, const int64_t *width, int64_t n)
{
    if ((c->nshapes & (c->nshapes - 1)) == 0) /* room grows in powers of two */
        c->shape = qd_realloc(c->shape, sizeof *c->shape * (size_t) (2 * c->nshapes + 1));
    dimension_shape *s = c->shape + c->nshapes++;
    *s = (dimension_shape){n, qd_malloc(sizeof *width * (size_t) n)};
    memcpy(s->width, width, sizeof *width * (size_t) n);
}

static qd_status read_widths(dimension_config *c, const qd_node *node, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(node, "'widths'", ctx);
    if (st == QD_OK && qd_node_count(node) == 0) st = qd_node_fail(node, ctx, "'widths' is empty, expected lists such as [2, 3, 1]");
    for (int64_t i = 0; st == QD_OK && i < qd_node_count(node); i++) {
        slong *v = NULL, n = 0;
        int64_t width[QD_VARIETY_MAX_DEPTH + 1];
        const qd_node *item = qd_node_item(node, i);
        st = config_ints(&v, &n, item, 1, QD_VARIETY_MAX_WIDTH, "a list of widths in 'widths'", ctx);
        if (st == QD_OK && (n < 2 || n > QD_VARIETY_MAX_DEPTH + 1))
            st = qd_node_fail(item, ctx, "found %ld widths, expected 2 to %d", (long) n, QD_VARIETY_MAX_DEPTH + 1);
        for (slong k = 0; st == QD_OK && k < n; k++) width[k] = v[k];
        if (st == QD_OK) dimension_add_shape(c, width, n);
        free(v);
    }
    return st;
}

/* All hidden widths 1..max_width for this number of hidden layers, in lexicographic order. */
static void add_grid(dimension_config *c, int64_t layers)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1], k = layers;
    width[0] = c->inputs;
    width[layers + 1] = c->outputs;
    for (int64_t l = 1; l <= layers; l++) width[l] = 1;
    while (k > 0 || layers == 0) {
        dimension_add_shape(c, width, layers + 2);
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
    slong *layers = NULL, n = 0;
    double total = 0;
    qd_status st = QD_OK;
    for (int i = 0; i < 3 && st == QD_OK; i++) {
        st = qd_node_need(&node, root, keys[i], "the configuration, which has no 'widths',", ctx);
        if (st == QD_OK) st = qd_node_get_int(target[i], node, 1, QD_VARIETY_MAX_WIDTH, keys[i], ctx);
    }
    if (st == QD_OK) st = qd_node_need(&node, root, "hidden_layers", "the configuration", ctx);
    if (st == QD_OK) st = config_ints(&layers, &n, node, 0, QD_VARIETY_MAX_DEPTH - 1, "'hidden_layers'", ctx);
    for (slong i = 0; i < n && st == QD_OK; i++) total += pow((double) c->max_width, (double) layers[i]);
    if (st == QD_OK && total > MAX_SHAPES)
        st = qd_node_fail(root, ctx, "the grid has %.3g architectures, expected at most %d", total, MAX_SHAPES);
    for (slong i = 0; i < n && st == QD_OK; i++) add_grid(c, layers[i]);
    free(layers);
    return st;
}

/* ---- neurons, last, biases ---------------------------------------------------------------- */

static qd_status read_neuron(qd_neuron *neuron, const qd_node *node, qd_ctx_t ctx)
{
    const char *text;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    qd_status st = qd_node_get_string(&text, node, "an item of 'neurons'", ctx);
    if (st != QD_OK) return st;
    *neuron = qd_neuron_make(qd_kind_from_name(text), QD_IDENTITY);
    if (neuron->kind != QD_KINDS) return QD_OK;
    neuron->kind = QD_LINEAR;
    if (qd_variety_read_activation(neuron, text, own) != QD_OK)
        return qd_node_fail(node, ctx, "found '%.40s', expected square, power:r, or a kind: %s", text, qd_kind_names());
    return QD_OK;
}

static qd_status read_neurons(dimension_config *c, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *node;
    qd_status st = qd_node_need(&node, root, "neurons", "the configuration", ctx);
    if (st == QD_OK) st = qd_node_get_array(node, "'neurons'", ctx);
    if (st != QD_OK) return st;
    if (qd_node_count(node) == 0) return qd_node_fail(node, ctx, "'neurons' is empty, expected at least one");
    c->nneurons = qd_node_count(node);
    c->neuron = qd_malloc(sizeof *c->neuron * (size_t) c->nneurons);
    for (int64_t i = 0; i < c->nneurons && st == QD_OK; i++) st = read_neuron(c->neuron + i, qd_node_item(node, i), ctx);
    return st;
}

static qd_status read_last(dimension_config *c, const qd_node *node, qd_ctx_t ctx)
{
    qd_status st = node != NULL ? qd_node_get_array(node, "'last'", ctx) : QD_OK;
    for (int64_t i = 0; node != NULL && st == QD_OK && i < qd_node_count(node); i++) {
        const char *text;
        st = qd_node_get_string(&text, qd_node_item(node, i), "an item of 'last'", ctx);
        if (st != QD_OK) return st;
        if (strcmp(text, "linear") == 0) c->last[0] = true;
        else if (strcmp(text, "same") == 0) c->last[1] = true;
        else return qd_node_fail(qd_node_item(node, i), ctx, "found '%.40s', expected linear or same", text);
    }
    if (!c->last[1]) c->last[0] = true;
    return st;
}

static qd_status read_biases(dimension_config *c, const qd_node *node, qd_ctx_t ctx)
{
    qd_status st = node != NULL ? qd_node_get_array(node, "'biases'", ctx) : QD_OK;
    for (int64_t i = 0; node != NULL && st == QD_OK && i < qd_node_count(node); i++) {
        bool b = false;
        st = qd_node_get_bool(&b, qd_node_item(node, i), "an item of 'biases'", ctx);
        c->biases[b] = true;
    }
    if (!c->biases[1]) c->biases[0] = true;
    return st;
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
    const qd_node *widths = qd_node_member(root, "widths"), *grid = qd_node_member(root, "max_width");
    if (widths != NULL && grid != NULL) return qd_node_fail(grid, ctx, "found 'widths' and 'max_width', expected one of them");
    st = widths != NULL ? read_widths(c, widths, ctx) : read_grid(c, root, ctx);
    if (st == QD_OK && study != DIMENSION_VERIFY) st = read_neurons(c, root, ctx);
    if (st == QD_OK) st = qd_node_optional_int(&c->max_power, root, "max_power", 2, QD_MAX_POWER, ctx);
    if (st == QD_OK) st = qd_node_optional_bool(&c->minimal_only, root, "minimal_only", ctx);
    if (st == QD_OK) st = read_last(c, qd_node_member(root, "last"), ctx);
    return st == QD_OK ? read_biases(c, qd_node_member(root, "biases"), ctx) : st;
}

/* Every family of the configuration must be one. */
static qd_status check_all(const dimension_config *c, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (int64_t i = 0; i < c->nshapes && st == QD_OK; i++) {
        qd_arch s = {c->shape[i].n - 1, c->shape[i].width, qd_neuron_make(QD_FULL, QD_IDENTITY), true,
                     true}; /* the kind with most parameters */
        st = qd_variety_check(&s, ctx);
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
    return c->nshapes * c->nneurons * nsettings(c);
}

qd_arch dimension_config_item(const dimension_config *c, int64_t item)
{
    int64_t nbiases = c->biases[0] + c->biases[1], setting = item % nsettings(c);
    const qd_neuron *neuron = c->neuron + item / nsettings(c) % c->nneurons;
    const dimension_shape *shape = c->shape + item / nsettings(c) / c->nneurons;
    bool biases = nbiases == 2 ? setting % 2 : c->biases[1], same = c->last[0] && c->last[1] ? setting / nbiases : c->last[1];
    return (qd_arch){shape->n - 1, shape->width, *neuron, same, biases};
}

/* ---- text --------------------------------------------------------------------------------- */

void dimension_neuron_name(qd_buf_t out, const qd_neuron *neuron)
{
    if (neuron->kind != QD_LINEAR) qd_buf_puts(out, qd_kind_get(neuron->kind)->name);
    else if (neuron->power == 1) qd_buf_puts(out, "linear");
    else if (neuron->power == 2) qd_buf_puts(out, "square");
    else qd_buf_printf(out, "power:%" PRId64, neuron->power);
}

static void print_config(qd_buf_t out, const dimension_config *c)
{
    if (c->max_width > 0)
        qd_buf_printf(out, "inputs %" PRId64 ", outputs %" PRId64 ", hidden widths up to %" PRId64, c->inputs, c->outputs, c->max_width);
    else qd_buf_printf(out, "%" PRId64 " architectures", c->nshapes);
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
    for (int64_t i = 0; i < c->nneurons; i++) {
        qd_buf_puts(resolved, "; ");
        dimension_neuron_name(resolved, c->neuron + i);
    }
    for (int64_t i = 0; i < c->nshapes; i++)
        for (int64_t k = 0; k < c->shape[i].n; k++) qd_buf_printf(resolved, "%s%" PRId64, k > 0 ? "," : "; ", c->shape[i].width[k]);
}

void dimension_key_columns(qd_table_t t)
{
    qd_table_column(t, "widths", "widths", QD_CELL_STRING);
    qd_table_column(t, "neuron", "neuron", QD_CELL_STRING);
    qd_table_column(t, "last", "last", QD_CELL_STRING);
    qd_table_column(t, "biases", "biases", QD_CELL_NUMBER);
}

void dimension_set_keys(qd_table_t t, int64_t row, const qd_arch *spec)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_variety_print_widths(text, spec);
    qd_table_set(t, row, 0, "%s", qd_buf_str(text));
    qd_buf_reset(text);
    dimension_neuron_name(text, &spec->neuron);
    qd_table_set(t, row, 1, "%s", qd_buf_str(text));
    qd_table_set(t, row, 2, "%s", spec->same ? "same" : "linear");
    qd_table_set(t, row, 3, "%s", spec->biases ? "true" : "false");
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
    {"certificate", QD_FIELD_ENUM, offsetof(dimension_record, certificate), 0, QD_UPPER_REDUCTION},
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
