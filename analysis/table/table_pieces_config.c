#include "table/table_pieces.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/table_config.h"
#include "cli/text.h"

enum { MAX_WIDTH = 100000, MAX_DEPTH = 1000, MAX_INPUTS = 100000, MAX_GRID = 1000000000 };

void pieces_config_init(pieces_config *c)
{
    memset(c, 0, sizeof *c);
    c->input_dim = 1;
    c->seeds = 20;
    c->weights = QD_WEIGHTS_GRID;
    c->range = c->denominator = 8;
    c->biases = c->equal_parameters = true;
    fmpq_init(c->lo);
    fmpq_init(c->hi);
}

void pieces_config_clear(pieces_config *c)
{
    for (slong i = 0; i < c->nshapes; i++) free(c->shape[i].width);
    for (slong i = 0; i < c->nneurons; i++) fmpq_clear(c->neuron[i].slope);
    if (c->p != NULL) _fmpq_vec_clear(c->p, c->input_dim);
    if (c->q != NULL) _fmpq_vec_clear(c->q, c->input_dim);
    fmpq_clear(c->lo);
    fmpq_clear(c->hi);
    free(c->shape);
    free(c->neuron);
    free(c->name);
}

/* ---- architectures ------------------------------------------------------------------------ */

static pieces_shape *add_shape(pieces_config *c)
{
    c->shape = qd_realloc(c->shape, sizeof *c->shape * (size_t) (c->nshapes + 1));
    c->shape[c->nshapes] = (pieces_shape){0, NULL};
    return c->shape + c->nshapes++;
}

/* widths: [[8], [8, 8]] */
static qd_status read_widths(pieces_config *c, const qd_node *node, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(node, "'widths'", ctx);
    if (st == QD_OK && qd_node_count(node) == 0)
        st = qd_node_fail(node, ctx, "'widths' is empty, expected lists of hidden widths such as [8, 8]");
    for (int64_t i = 0; i < qd_node_count(node) && st == QD_OK; i++) {
        const qd_node *item = qd_node_item(node, i);
        pieces_shape *s = add_shape(c);
        if (qd_node_kind(item) == QD_NODE_ARRAY && qd_node_count(item) > MAX_DEPTH)
            return qd_node_fail(item, ctx, "found %ld hidden layers, expected at most %d", (long) qd_node_count(item), MAX_DEPTH);
        st = config_ints(&s->width, &s->depth, item, 1, MAX_WIDTH, "a list of hidden widths in 'widths'", ctx);
    }
    return st;
}

/* width: [4, 8] and depth: [1, 2]: all equal-width networks of the grid, shallow ones first */
static qd_status read_grid(pieces_config *c, const qd_node *width, const qd_node *depth, qd_ctx_t ctx)
{
    slong *w = NULL, *d = NULL, nw = 0, nd = 0;
    qd_status st = config_ints(&w, &nw, width, 1, MAX_WIDTH, "'width'", ctx);
    if (st == QD_OK) st = config_ints(&d, &nd, depth, 1, MAX_DEPTH, "'depth'", ctx);
    for (slong i = 0; i < nd && st == QD_OK; i++)
        for (slong j = 0; j < nw; j++) {
            pieces_shape *s = add_shape(c);
            s->depth = d[i];
            s->width = qd_malloc(sizeof *s->width * (size_t) d[i]);
            for (slong l = 0; l < d[i]; l++) s->width[l] = w[j];
        }
    free(w);
    free(d);
    return st;
}

static qd_status read_shapes(pieces_config *c, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *widths = qd_node_member(root, "widths"), *width = qd_node_member(root, "width"), *depth = qd_node_member(root, "depth");
    if (widths != NULL && (width != NULL || depth != NULL))
        return qd_node_fail(width != NULL ? width : depth, ctx, "found 'widths' and a grid, expected one of them");
    if (widths != NULL) return read_widths(c, widths, ctx);
    if (width == NULL || depth == NULL) return qd_node_fail(root, ctx, "no architectures; expected 'widths', or 'width' and 'depth'");
    return read_grid(c, width, depth, ctx);
}

/* ---- neurons ------------------------------------------------------------------------------ */

static pieces_neuron *add_neuron(pieces_config *c)
{
    c->neuron = qd_realloc(c->neuron, sizeof *c->neuron * (size_t) (c->nneurons + 1));
    pieces_neuron *neuron = c->neuron + c->nneurons++;
    *neuron = (pieces_neuron){.kind = QD_LINEAR, .act = QD_RELU, .power = 1};
    fmpq_init(neuron->slope);
    return neuron;
}

/* A name: 'conventional' and 'square' of the literature, or a kind, which then has relu units. */
static qd_status read_kind_name(pieces_neuron *neuron, const qd_node *node, bool with_names, qd_ctx_t ctx)
{
    const char *text;
    qd_status st = qd_node_get_string(&text, node, with_names ? "an item of 'kinds'" : "'kind'", ctx);
    if (st != QD_OK) return st;
    if (with_names && strcmp(text, "conventional") == 0) return QD_OK;
    if (with_names && strcmp(text, "square") == 0) {
        neuron->act = QD_SQUARE;
        neuron->power = 2;
        return QD_OK;
    }
    neuron->kind = qd_kind_from_name(text);
    if (neuron->kind == QD_KINDS)
        return qd_node_fail(node, ctx, "unknown kind '%.40s'; known are %s%s", text, with_names ? "conventional, square, " : "",
                            qd_kind_names());
    return QD_OK;
}

static qd_status read_activation(pieces_neuron *neuron, const qd_node *node, qd_ctx_t ctx)
{
    const char *text;
    qd_status st = qd_node_get_string(&text, node, "'activation'", ctx);
    if (st != QD_OK) return st;
    qd_ctx_t own;
    qd_ctx_own(own, ctx);
    if (qd_activation_from_text(&neuron->act, &neuron->power, text, own) != QD_OK)
        return qd_node_fail(node, ctx, "%s", qd_ctx_message(own));
    return QD_OK;
}

static qd_status read_neuron(pieces_neuron *neuron, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const keys[] = {"kind", "activation", "slope", NULL};
    const qd_node *m;
    qd_status st;
    if (qd_node_kind(node) != QD_NODE_OBJECT) return read_kind_name(neuron, node, true, ctx);
    if ((st = qd_node_only_keys(node, keys, "an item of 'kinds'", ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&m, node, "kind", "an item of 'kinds'", ctx)) != QD_OK) return st;
    if ((st = read_kind_name(neuron, m, false, ctx)) != QD_OK) return st;
    m = qd_node_member(node, "activation");
    if (m != NULL && (st = read_activation(neuron, m, ctx)) != QD_OK) return st;
    m = qd_node_member(node, "slope");
    if (neuron->act == QD_LEAKY_RELU) fmpq_set_si(neuron->slope, 1, 100);
    if (m == NULL) return QD_OK;
    if (neuron->act != QD_LEAKY_RELU)
        return qd_node_fail(m, ctx, "'slope' belongs to leaky_relu, found the activation %s", qd_activation_name(neuron->act));
    return qd_rat_from_node(neuron->slope, m, "'slope'", ctx);
}

static qd_status read_neurons(pieces_config *c, const qd_node *root, qd_ctx_t ctx)
{
    const qd_node *kinds;
    qd_status st = qd_node_need(&kinds, root, "kinds", "the configuration", ctx);
    if (st == QD_OK) st = qd_node_get_array(kinds, "'kinds'", ctx);
    if (st == QD_OK && qd_node_count(kinds) == 0) st = qd_node_fail(kinds, ctx, "'kinds' is empty, expected at least one kind");
    for (int64_t i = 0; st == QD_OK && i < qd_node_count(kinds); i++) st = read_neuron(add_neuron(c), qd_node_item(kinds, i), ctx);
    return st;
}

/* ---- domain and weights ------------------------------------------------------------------- */

static bool same_point(const fmpq *p, const fmpq *q, slong n)
{
    slong i = 0;
    while (i < n && fmpq_equal(p + i, q + i)) i++;
    return i == n;
}

static qd_status read_line(pieces_config *c, const qd_node *node, qd_ctx_t ctx)
{
    slong n = c->input_dim;
    qd_status st;
    c->line = c->input_dim > 1 ? PIECES_RANDOM_LINE : PIECES_AXIS;
    if (node == NULL) return QD_OK;
    if (qd_node_kind(node) == QD_NODE_STRING && strcmp(qd_node_text(node, NULL), "random") == 0) {
        c->line = PIECES_RANDOM_LINE;
        return QD_OK;
    }
    if (qd_node_kind(node) != QD_NODE_ARRAY || qd_node_count(node) != 2)
        return qd_node_fail(node, ctx, "'line' must be random or two points such as [[0, 0], [1, 1/2]]");
    c->line = PIECES_GIVEN_LINE;
    c->p = _fmpq_vec_init(n);
    c->q = _fmpq_vec_init(n);
    if ((st = config_rationals(c->p, n, qd_node_item(node, 0), "the first point of 'line'", ctx)) != QD_OK) return st;
    if ((st = config_rationals(c->q, n, qd_node_item(node, 1), "the second point of 'line'", ctx)) != QD_OK) return st;
    return same_point(c->p, c->q, n) ? qd_node_fail(node, ctx, "the two points of 'line' are equal") : QD_OK;
}

static qd_status read_interval(pieces_config *c, const qd_node *node, qd_ctx_t ctx)
{
    fmpq ends[2];
    if (node == NULL) return QD_OK;
    fmpq_init(ends);
    fmpq_init(ends + 1);
    qd_status st = config_rationals(ends, 2, node, "'interval'", ctx);
    if (st == QD_OK && fmpq_cmp(ends, ends + 1) >= 0) st = qd_node_fail(node, ctx, "'interval' must be [a, b] with a < b");
    c->has_interval = true;
    fmpq_swap(c->lo, ends);
    fmpq_swap(c->hi, ends + 1);
    fmpq_clear(ends);
    fmpq_clear(ends + 1);
    return st;
}

static qd_status read_weights(pieces_config *c, const qd_node *node, qd_ctx_t ctx)
{
    static const char *const grid[] = {"type", "range", "denominator", NULL}, *const gauss[] = {"type", NULL};
    const qd_node *m;
    const char *type;
    qd_status st;
    if (node == NULL) return QD_OK;
    if ((st = qd_node_need(&m, node, "type", "'weights'", ctx)) != QD_OK) return st;
    if ((st = qd_node_get_string(&type, m, "'type'", ctx)) != QD_OK) return st;
    if (strcmp(type, "gauss") == 0) c->weights = QD_WEIGHTS_GAUSS;
    else if (strcmp(type, "grid") != 0) return qd_node_fail(m, ctx, "unknown weights '%.40s'; known are grid, gauss", type);
    bool gaussian = c->weights == QD_WEIGHTS_GAUSS;
    st = qd_node_only_keys(node, gaussian ? gauss : grid, gaussian ? "'weights' of type gauss" : "'weights' of type grid", ctx);
    if (st == QD_OK) st = qd_node_optional_int(&c->range, node, "range", 1, MAX_GRID, ctx);
    if (st == QD_OK) st = qd_node_optional_int(&c->denominator, node, "denominator", 1, MAX_GRID, ctx);
    return st;
}

/* ---- the whole ---------------------------------------------------------------------------- */

static qd_status read_root(pieces_config *c, const qd_node *root, pieces_study_kind study, qd_ctx_t ctx)
{
    static const char *const count[] = {"name", "widths",   "width",   "depth",  "kinds", "input_dim",
                                        "line", "interval", "weights", "biases", "seeds", "max_seconds_per_network",
                                        NULL},
                             *const functional[] = {"name",
                                                    "widths",
                                                    "width",
                                                    "depth",
                                                    "kinds",
                                                    "input_dim",
                                                    "equal_parameters",
                                                    "weights",
                                                    "biases",
                                                    "seeds",
                                                    "max_seconds_per_network",
                                                    NULL};
    const char *name = study == PIECES_COUNT ? "pieces" : "functional dimension";
    qd_status st;
    if ((st = qd_node_get_object(root, "the configuration", ctx)) != QD_OK) return st;
    if ((st = qd_node_only_keys(root, study == PIECES_COUNT ? count : functional, "the configuration", ctx)) != QD_OK) return st;
    if ((st = qd_node_optional_string(&name, root, "name", ctx)) != QD_OK) return st;
    c->name = qd_strdup(name);
    if ((st = read_shapes(c, root, ctx)) != QD_OK) return st;
    if ((st = read_neurons(c, root, ctx)) != QD_OK) return st;
    if ((st = qd_node_optional_int(&c->input_dim, root, "input_dim", 1, MAX_INPUTS, ctx)) != QD_OK) return st;
    if ((st = read_line(c, qd_node_member(root, "line"), ctx)) != QD_OK) return st;
    if ((st = read_interval(c, qd_node_member(root, "interval"), ctx)) != QD_OK) return st;
    if ((st = read_weights(c, qd_node_member(root, "weights"), ctx)) != QD_OK) return st;
    if ((st = qd_node_optional_bool(&c->biases, root, "biases", ctx)) != QD_OK) return st;
    if ((st = qd_node_optional_bool(&c->equal_parameters, root, "equal_parameters", ctx)) != QD_OK) return st;
    if ((st = qd_node_optional_int(&c->seeds, root, "seeds", 1, 1000000, ctx)) != QD_OK) return st;
    return qd_node_optional_double(&c->max_seconds, root, "max_seconds_per_network", 0, 1e9, ctx);
}

qd_status pieces_config_read(pieces_config *c, const char *path, pieces_study_kind study, qd_ctx_t ctx)
{
    qd_doc_t doc;
    qd_doc_init(doc);
    qd_status st = qd_doc_read(doc, path, QD_YAML, ctx);
    if (st == QD_OK) st = read_root(c, qd_doc_root(doc), study, ctx);
    qd_doc_clear(doc);
    return st;
}

/* ---- names -------------------------------------------------------------------------------- */

void pieces_shape_name(qd_buf_t out, const pieces_config *c, const pieces_shape *s)
{
    qd_buf_printf(out, "%" PRId64, c->input_dim);
    for (slong l = 0; l < s->depth; l++) qd_buf_printf(out, "-%ld", (long) s->width[l]);
    qd_buf_puts(out, "-1");
}

void pieces_activation_name(qd_buf_t out, const pieces_neuron *neuron)
{
    qd_buf_puts(out, qd_activation_name(neuron->act));
    if (neuron->act == QD_RAISE) qd_buf_printf(out, ":%" PRId64, neuron->power);
    if (neuron->act != QD_LEAKY_RELU) return;
    qd_buf_puts(out, " ");
    qd_rat_print(out, neuron->slope);
}

static void point(qd_buf_t out, const fmpq *x, slong n)
{
    for (slong i = 0; i < n; i++) {
        if (i > 0) qd_buf_puts(out, ",");
        qd_rat_print(out, x + i);
    }
}

void pieces_domain(qd_buf_t out, const pieces_config *c)
{
    if (c->line == PIECES_RANDOM_LINE) qd_buf_puts(out, "random lines");
    if (c->line == PIECES_AXIS && !c->has_interval) qd_buf_puts(out, "whole line");
    if (c->line == PIECES_GIVEN_LINE) {
        qd_buf_puts(out, "line ");
        point(out, c->p, c->input_dim);
        qd_buf_puts(out, ":");
        point(out, c->q, c->input_dim);
    }
    if (c->has_interval) {
        qd_buf_puts(out, c->line == PIECES_AXIS ? "interval " : ", interval ");
        qd_rat_print(out, c->lo);
        qd_buf_puts(out, ":");
        qd_rat_print(out, c->hi);
    }
}

void pieces_weights(qd_buf_t out, const pieces_config *c)
{
    if (c->weights == QD_WEIGHTS_GAUSS) qd_buf_puts(out, "gauss weights");
    else qd_buf_printf(out, "weights k/%" PRId64 ", |k| <= %" PRId64, c->denominator, c->range);
    qd_buf_puts(out, c->biases ? ", biases" : ", no biases");
    if (c->max_seconds > 0) qd_buf_printf(out, "; at most %.17g s a network", c->max_seconds);
}

void pieces_list(qd_buf_t out, const pieces_config *c)
{
    for (slong i = 0; i < c->nshapes; i++) {
        qd_buf_puts(out, "; ");
        pieces_shape_name(out, c, c->shape + i);
    }
    for (slong i = 0; i < c->nneurons; i++) {
        qd_buf_printf(out, "; %s ", qd_kind_get(c->neuron[i].kind)->name);
        pieces_activation_name(out, c->neuron + i);
    }
    qd_buf_printf(out, "; %" PRId64 " seeds", c->seeds);
}

/* ---- networks ----------------------------------------------------------------------------- */

void pieces_network(qd_net_t net, const pieces_config *c, const pieces_shape *s, const pieces_neuron *neuron, uint64_t seed)
{
    qd_random_spec spec = {c->input_dim, s->depth,    s->width,       1,
                           neuron->kind, neuron->act, neuron->power,  (fmpq *) neuron->slope,
                           c->weights,   c->range,    c->denominator, c->biases};
    uint64_t stream = qd_rng_stream((uint64_t) neuron->kind, (uint64_t) neuron->act, (uint64_t) neuron->power);
    for (slong l = 0; l < s->depth; l++) stream = qd_rng_stream(stream, (uint64_t) l, (uint64_t) s->width[l]);
    qd_net_random(net, &spec, seed, stream);
}
