/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table/table_pieces.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/text.h"
#include "table/table_config.h"
#include "table/table_trained.h"

enum { MAX_DEPTH = 1000 }; /* hidden layers */

void pieces_config_init(pieces_config *c, pieces_study_kind study, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    qd_doc_init(c->doc);
    c->input_dim = 1;
    c->seeds = 20;
    c->biases = true;
    c->equal_parameters = study == PIECES_FUNCTIONAL;
    c->seed = seed;
}

void pieces_config_clear(pieces_config *c)
{
    arch_list_clear(&c->archs);
    table_domain_clear(&c->domain);
    table_starts_clear(&c->starts);
    qd_doc_clear(c->doc);
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

/* ReLinear needs a kind with a conventional point; trained networks data that fit, which their digest is of. */
static qd_status check_start(pieces_config *c, table_start *start, const qd_node *at, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    uint64_t digest;
    if (start->type == START_NEAR)
        for (int64_t k = 0; k < c->archs.nneurons; k++)
            if (!qd_kind_conventional(c->archs.neuron[k].kind))
                return qd_node_fail(at, ctx, "weights of type relinear with neurons of kind %s, which have no conventional part",
                                    qd_kind_get(c->archs.neuron[k].kind)->name);
    if (start->type != START_TRAINED) return QD_OK;
    if (!c->biases) return qd_node_fail(at, ctx, "trained weights with 'biases: false', expected biases, which training moves");
    if ((st = table_trained_data(&start->outputs, &digest, start, c->input_dim, c->seed, ctx)) != QD_OK) return st;
    c->data = c->data * 31 + digest;
    for (int64_t k = 0; k < c->archs.nneurons && st == QD_OK; k++) {
        const int64_t width[] = {c->input_dim, 1, start->outputs};
        st = table_trained_fits(start, &(qd_arch){2, width, c->archs.neuron[k], false, true}, c->seed, ctx);
    }
    return st;
}

static qd_status read_weights(pieces_config *c, const qd_node *root, pieces_study_kind study, qd_ctx_t ctx)
{
    const qd_node *node = qd_node_member(root, "weights");
    qd_status st = table_starts_read(&c->starts, node, study == PIECES_FUNCTIONAL, c->input_dim, ctx);
    for (int64_t i = 0; i < c->starts.n && st == QD_OK; i++) st = check_start(c, c->starts.start + i, node, ctx);
    return st;
}

/* ---- the whole ---------------------------------------------------------------------------- */

static qd_status read_root(pieces_config *c, const qd_node *root, pieces_study_kind study, qd_ctx_t ctx)
{
    static const char *const count[] = {"name",     "widths",           "width",     "depth",
                                        "kinds",    "equal_parameters", "input_dim", "line",
                                        "interval", "domain",           "plane",     "box",
                                        "weights",  "biases",           "seeds",     "max_seconds_per_network",
                                        NULL},
                             *const functional[] = {"name",
                                                    "widths",
                                                    "width",
                                                    "depth",
                                                    "kinds",
                                                    "equal_parameters",
                                                    "input_dim",
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
    if ((st = qd_node_optional_bool(&c->biases, root, "biases", ctx)) != QD_OK) return st;
    if ((st = read_weights(c, root, study, ctx)) != QD_OK) return st;
    if ((st = qd_node_optional_bool(&c->equal_parameters, root, "equal_parameters", ctx)) != QD_OK) return st;
    if ((st = qd_node_optional_int(&c->seeds, root, "seeds", 1, 1000000, ctx)) != QD_OK) return st;
    return qd_node_optional_double(&c->max_seconds, root, "max_seconds_per_network", 0, 1e9, ctx);
}

qd_status pieces_config_read(pieces_config *c, const char *path, pieces_study_kind study, qd_ctx_t ctx)
{
    qd_status st = qd_doc_read(c->doc, path, QD_YAML, ctx);
    return st == QD_OK ? read_root(c, qd_doc_root(c->doc), study, ctx) : st;
}

/* ---- names -------------------------------------------------------------------------------- */

void pieces_weights(qd_buf_t out, const pieces_config *c)
{
    table_starts_print(out, &c->starts);
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
    table_starts_describe(out, &c->starts);
    qd_buf_printf(out, "; data %016" PRIx64 "; %" PRId64 " seeds; equal parameters: %d", c->data, c->seeds, c->equal_parameters);
}
