/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric pieces: the exact piecewise polynomial of a network on a line, in the plane or in space. */
#include "cli/network.h"
#include "cli/point.h"
#include "pieces/pieces.h"

struct pieces_options pieces_options = {.slices = 64, .output = -1};

static const opt_spec options[] = {
    {"interval", 0, OPT_TEXT, "A:B", &pieces_options.interval, 0, 0, "restrict to the open interval A < x < B (with --line: A < t < B)"},
    {"line", 0, OPT_TEXT, "P:Q", &pieces_options.line, 0, 0,
     "restrict to the line x = P + t (Q - P) through two points, each a list of rationals such as 0,1/2"},
    {"segment", 0, OPT_FLAG, NULL, &pieces_options.segment, 0, 0, "with --line: only the segment from P to Q, 0 < t < 1"},
    {"plane", 0, OPT_TEXT, "O:U:V", &pieces_options.plane, 0, 0,
     "restrict to the plane x = O + s U + t V, a point and two vectors, each a list of rationals"},
    {"through", 0, OPT_TEXTS, "A", &pieces_options.through, 0, 0,
     "restrict to the line (said twice) or the plane (said three times) through points, each " CLI_POINT},
    {"box", 0, OPT_TEXT, "A:B,C:D", &pieces_options.box, 0, 0,
     "in a plane or in space: only the open box A < x < B, C < y < D, ..., a range for each coordinate (with --plane: of s and t)"},
    {"count", 0, OPT_FLAG, NULL, &pieces_options.count, 0, 0, "only count: on a line without the breakpoints, and the work that they cost"},
    {"slices", 0, OPT_INT, "N", &pieces_options.slices, 1, 1000000,
     "where only a lower bound is to be had: the lines and planes through the space that it comes from"},
    {"list", 0, OPT_FLAG, NULL, &pieces_options.list, 0, 0,
     "list all breakpoints, and all regions with pattern and polynomials (polynomials in a plane: with --json)"},
    {"zero", 0, OPT_FLAG, NULL, &pieces_options.zero, 0, 0,
     "in a plane: where the output y is positive and negative, and the curves between (one output, or --output)"},
    {"output", 0, OPT_INT, "I", &pieces_options.output, 0, INT64_MAX, "with --zero: the output, from 0"},
    {"classes", 0, OPT_FLAG, NULL, &pieces_options.classes, 0, 0,
     "in a plane: where each output is larger than all others, its components and holes"},
    {"plot", 0, OPT_OUTPUT, "FILE", &pieces_options.plot, 0, 0, "in a plane: draw the regions (.svg)"},
    {"graph", 0, OPT_OUTPUT, "FILE", &pieces_options.graph, 0, 0,
     "in a plane or in space: write the graph of neighbouring regions, node-link JSON (.json) or Graphviz (.dot)"},
    {"certificate", 0, OPT_OUTPUT, "FILE", &pieces_options.certificate, 0, 0,
     "write what was found as a certificate that 'quadric check' checks by another road"},
    CLI_ACTIVATIONS,
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

void pieces_text_head(qd_buf_t out, const qd_net_t net)
{
    const struct pieces_options *o = &pieces_options;
    qd_buf_printf(out, "network        %ld input%s, %ld output%s, %ld hidden layer%s, %lld parameters\n", (long) net->input_dim,
                  net->input_dim == 1 ? "" : "s", (long) qd_net_output_dim(net), qd_net_output_dim(net) == 1 ? "" : "s",
                  (long) net->depth - 1, net->depth == 2 ? "" : "s", (long long) qd_net_nparams(net));
    if (o->line != NULL) qd_buf_printf(out, "line           %s%s\n", o->line, o->segment ? ", the segment" : "");
    if (o->interval != NULL) qd_buf_printf(out, "interval       %s\n", o->interval);
    if (o->plane != NULL) qd_buf_printf(out, "plane          %s\n", o->plane);
    if (o->through.n > 0) {
        qd_buf_printf(out, "through       ");
        for (int i = 0; i < o->through.n; i++) qd_buf_printf(out, "%s %s", i > 0 ? ";" : "", o->through.text[i]);
        qd_buf_printf(out, "%s\n", o->segment ? "; the segment" : "");
    }
    if (o->box != NULL) qd_buf_printf(out, "box            %s\n", o->box);
}

static int run(int n, char **arguments)
{
    (void) n;
    qd_ctx_t ctx;
    qd_net_t net;
    cli_ctx(ctx);
    qd_net_init(net);
    int code;
    qd_status st = cli_network_read(net, arguments[0], ctx);
    if (st != QD_OK) code = cli_fail(st, arguments[0], ctx);
    else {
        pieces_domain dom;
        code = pieces_domain_read(&dom, net, arguments[0], ctx);
        if (code == EXIT_ANSWERED)
            code = qd_domain_dim(&dom.d, net->input_dim) == 1 ? pieces_line(net, arguments[0], &dom, ctx)
                                                              : pieces_plane(net, arguments[0], &dom, ctx);
        pieces_domain_clear(&dom);
    }
    qd_net_clear(net);
    return code;
}

const cli_command command_pieces = {
    .name = "pieces",
    .arguments = "NET",
    .summary = "counts and lists the pieces of a network on a line, in the plane or in space",
    .description = "Turns the network file NET into its exact piecewise polynomial and counts. For one input the\n"
                   "domain is the whole line or --interval, for more the whole space or --box; for any number of\n"
                   "inputs, a line through two points or a plane.\n"
                   "\n"
                   "patterns: distinct sets of active units that occur on an open set. regions: maximal connected\n"
                   "open sets with one pattern. pieces: maximal connected open sets with one output polynomial vector,\n"
                   "so pieces <= regions.\n"
                   "\n"
                   "On a line, breakpoints are the ends of regions, real algebraic numbers: a rational, or the only\n"
                   "root of an integer polynomial in an interval. C^k says how many derivatives of the output are\n"
                   "continuous there. In the plane, a region is bounded when it lies in a disc (in a box: when it does\n"
                   "not reach the box's boundary), and its holes are the bounded components of the plane without it.\n"
                   "Neighbours share a curve, not only points.\n"
                   "\n"
                   "--zero counts the components of {y > 0} and {y < 0}, and what lies between them: ovals are closed,\n"
                   "arcs go to infinity or to the box's boundary, and curves that cross are counted together. A curve on which y\n"
                   "is zero without a change of sign parts two components. --classes counts, for each output, the components of\n"
                   "the set where it is larger than all others (b0) and their holes (b1); ties on an open set are\n"
                   "counted apart. Where that is not decided it says so, and the exit code is 3.\n"
                   "\n"
                   "Three and more inputs: exact where the network depends on one or two linear forms of its inputs, or\n"
                   "is a sum of networks of separate inputs that can be counted. Otherwise a lower bound, and the exit\n"
                   "code is 3: patterns, each shown at a rational point, that occur on --slices random lines and planes\n"
                   "through the space, which are computed exactly, and that a search from there finds.\n"
                   "\n"
                   "All else is exact. When a budget ends the work, the counts are printed as lower bounds, with a\n"
                   "rational witness for each pattern in --json where its values can be written down, and the exit\n"
                   "code is 3. In the plane, every count is checked by Euler's formula.\n",
    .examples =
        "  quadric pieces net.json\n"
        "  quadric pieces net.json --interval -1:1 --list\n"
        "  quadric pieces plane.json --box -1:1,-1:1 --list\n"
        "  quadric pieces plane.json --line 0,0:1,2 --segment --json\n"
        "  quadric pieces plane.json --zero --plot regions.svg\n"
        "  quadric pieces deep.json --plane 0,0,0:1,0,0:0,1,1 --graph regions.dot\n"
        "  quadric pieces plane.json --certificate regions.json\n"
        "  quadric pieces deep.json --box -1:1,-1:1,-1:1 --slices 256 --json\n"
        "  quadric pieces table.json --through data.csv:3 --through data.csv:8 --segment --count\n"
        "  quadric pieces fashion.json --through fashion-mnist:test:0 --through fashion-mnist:test:7 --through fashion-mnist:test:9\n",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
