/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric table bounds: upper bounds of the number of regions, beside networks that reach much of them, or with the key 'inputs' as formulas. */
#include "table/table_bounds.h"

#include "cli/commands.h"
#include "table/table.h"

static int run(int n, char **arguments)
{
    (void) n;
    int code = table_check_options("table bounds");
    if (code != EXIT_ANSWERED) return code;
    qd_ctx_t ctx;
    qd_doc_t doc;
    cli_ctx(ctx);
    qd_doc_init(doc);
    const qd_node *root;
    const char *name = "bounds";
    qd_status st = qd_doc_read(doc, arguments[0], QD_YAML, ctx);
    root = st == QD_OK ? qd_doc_root(doc) : NULL;
    if (st == QD_OK) st = qd_node_get_object(root, "the configuration", ctx);
    if (st == QD_OK) st = qd_node_optional_string(&name, root, "name", ctx);
    if (st != QD_OK) code = table_fail(st, arguments[0], ctx);
    else if (qd_node_member(root, "inputs") != NULL) code = table_bounds_formulas(root, name, arguments[0], ctx);
    else code = table_bounds_networks(root, name, arguments[0], ctx);
    qd_doc_clear(doc);
    return code;
}

const cli_command command_table_bounds = {
    .name = "table bounds",
    .arguments = "CONFIG",
    .summary = "networks with many regions against the upper bounds",
    .description = "How many regions can a ReLU network of quadratic neurons with one input have? For each depth and\n"
                   "width of the YAML file CONFIG and each construction: the regions of the network, counted by the\n"
                   "general engine that knows nothing of the construction, beside the upper bounds, and the share of the\n"
                   "smaller bound that is reached. configs/bounds.yaml explains the keys.\n"
                   "\n"
                   "tent: a piecewise linear zigzag, what a conventional network does. logistic: disjoint bumps. fold: a\n"
                   "zigzag of the square. chain: overlapping bumps. ring: a chain closed through infinity. search:\n"
                   "simulated annealing over the weights, the best of several walks.\n"
                   "\n"
                   "With the key 'inputs', no network is built: for every number of inputs, every shape of 'widths' and every\n"
                   "neuron of 'kinds', what each known bound says, and which is the smallest; configs/bounds-formulas.yaml\n"
                   "explains those keys.\n"
                   "\n"
                   "With -o FILE, finished networks are kept in FILE.part; after --max-seconds or an interruption the\n"
                   "same command goes on from there, and the table comes out as if nothing had happened.\n",
    .examples = "  quadric table bounds configs/bounds.yaml\n  quadric table bounds configs/bounds.yaml -o out/bounds.tex\n"
                "  quadric table bounds configs/bounds-formulas.yaml\n",
    .options = table_options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
