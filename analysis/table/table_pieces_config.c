/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table/table_pieces.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table/table_config.h"
#include "cli/text.h"

enum { MAX_DEPTH = 1000, MAX_GRID = 1000000000 }; /* hidden layers; numbers of the weights */

void pieces_config_init(pieces_config *c)
{
    memset(c, 0, sizeof *c);
    c->input_dim = 1;
    c->seeds = 20;
    c->weights = QD_WEIGHTS_GRID;
    c->range = c->denominator = 8;
    c->biases = c->equal_parameters = true;
}

void pieces_config_clear(pieces_config *c)
{
    arch_list_clear(&c->archs);
    table_domain_clear(&c->domain);
    free(c->name);
}

/* ---- architectures ------------------------------------------------------------------------ */

/* width: [4, 8] and depth: [1, 2]: all equal-width networks of the grid, shallow ones first */
static qd_status read_grid(pieces_config *c, const qd_node *width, const qd_node *depth, qd_ctx_t ctx)
{
    int64_t *w = NULL, *d = NULL, nw = 0, nd = 0, all[MAX_DEPTH + 2];
    qd_status st = config_ints(&w, &nw, width, 1, QD_ARCH_MAX_WIDTH, "'width'", ctx);
    if (st == QD_OK) st = config_ints(&d, &nd, depth, 1, MAX_DEPTH, "'depth'", ctx);
    for (int64_t i = 0; i < nd && st == QD_OK; i++)
        for (int64_t j = 0; j < nw; j++) {
            all[0] = c->input_dim;
            for (int64_t l = 1; l <= d[i]; l++) all[l] = w[j];
            all[d[i] + 1] = 1;
            arch_list_add(&c->archs, all, d[i] + 2);
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
    if (widths != NULL) return arch_list_read_widths(&c->archs, widths, c->input_dim, MAX_DEPTH + 1, ctx);
    if (width == NULL || depth == NULL) return qd_node_fail(root, ctx, "no architectures; expected 'widths', or 'width' and 'depth'");
    return read_grid(c, width, depth, ctx);
}

/* ---- weights ------------------------------------------------------------------------------ */

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
    static const char *const count[] = {"name",     "widths", "width", "depth",   "kinds",  "input_dim", "line",
                                        "interval", "domain", "box",   "weights", "biases", "seeds",     "max_seconds_per_network",
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
    if ((st = qd_node_optional_int(&c->input_dim, root, "input_dim", 1, QD_ARCH_MAX_WIDTH, ctx)) != QD_OK) return st;
    if ((st = read_shapes(c, root, ctx)) != QD_OK) return st;
    if ((st = arch_list_read_neurons(&c->archs, root, "kinds", QD_RELU, ctx)) != QD_OK) return st;
    const qd_node *widths = qd_node_member(root, "widths");
    if ((st = arch_list_check_size(&c->archs, widths != NULL ? widths : qd_node_member(root, "width"), ctx)) != QD_OK) return st;
    if ((st = table_domain_read(&c->domain, root, c->input_dim, ctx)) != QD_OK) return st;
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

void pieces_weights(qd_buf_t out, const pieces_config *c)
{
    if (c->weights == QD_WEIGHTS_GAUSS) qd_buf_puts(out, "gauss weights");
    else qd_buf_printf(out, "weights k/%" PRId64 ", |k| <= %" PRId64, c->denominator, c->range);
    qd_buf_puts(out, c->biases ? ", biases" : ", no biases");
    if (c->max_seconds > 0) qd_buf_printf(out, "; at most %.17g s a network", c->max_seconds);
}

void pieces_list(qd_buf_t out, const pieces_config *c)
{
    for (int64_t i = 0; i < c->archs.nshapes; i++) {
        qd_arch arch = arch_list_shape(&c->archs, i);
        qd_buf_puts(out, "; ");
        qd_arch_print_widths(out, &arch, "-");
    }
    for (int64_t i = 0; i < c->archs.nneurons; i++) {
        qd_buf_printf(out, "; %s ", qd_kind_get(c->archs.neuron[i].kind)->name);
        qd_neuron_print_function(out, c->archs.neuron + i);
    }
    qd_buf_printf(out, "; %" PRId64 " seeds", c->seeds);
}

/* ---- networks ----------------------------------------------------------------------------- */

int64_t pieces_narchs(const pieces_config *c)
{
    return c->archs.nshapes * c->archs.nneurons;
}

qd_arch pieces_arch(const pieces_config *c, int64_t row)
{
    qd_arch arch = arch_list_get(&c->archs, row / c->archs.nneurons, row % c->archs.nneurons);
    arch.biases = c->biases;
    return arch;
}

/* Rationals, their lowered form, doubles and residues. */
#define BYTES 80
#define SECONDS 2e-8

qd_status pieces_foresee(const qd_arch *arch, qd_ctx_t ctx)
{
    double n = arch_list_nparams(arch);
    return qd_ctx_foresee(ctx, BYTES * n, SECONDS * n, "a network of %.3g parameters", n);
}

void pieces_network(qd_net_t net, const pieces_config *c, const qd_arch *arch, uint64_t seed)
{
    qd_random_weights weights = {c->weights, c->range, c->denominator};
    qd_net_random(net, arch, &weights, seed, qd_net_random_stream(arch));
}
