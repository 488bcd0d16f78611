/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric approximate: a network within a tolerance. */
#include <string.h>

#include "approx/question.h"
#include "cli/commands.h"
#include "cli/network.h"
#include "cli/text.h"

#define DIGITS 8 /* of an error in the text; JSON has JSON_DIGITS */
#define JSON_DIGITS 20

static const char *output, *kind_text = "quadratic";
static int64_t depth = 1, most_units;

static const opt_spec options[] = {
    APPROX_OPTIONS,
    {"kind", 0, OPT_TEXT, "K", &kind_text, 0, 0, "linear: conventional units; quadratic: quadratic units"},
    {"depth", 0, OPT_INT, "L", &depth, 1, QD_APPROX_MAX_DEPTH, "hidden layers, at most; 1 for linear"},
    {"units", 0, OPT_INT, "N", &most_units, 1, INT64_MAX, "no more hidden units than that; where more are needed, how many is said"},
    {"output", 'o', OPT_OUTPUT, "NET", &output, 0, 0, "write the network file NET"},
    CLI_ACTIVATIONS,
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

static void print_json(qd_buf_t out, const qd_approx_report_t r, const approx_question *q)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    approx_question_json(w, q);
    qd_json_string(w, "kind", kind_text);
    qd_json_int(w, "depth", r->depth);
    qd_json_int(w, "degree", r->degree);
    qd_json_int(w, "pieces", r->pieces);
    qd_json_int(w, "units", r->units);
    qd_json_int(w, "parameters", r->parameters);
    qd_json_array(w, "error");
    text_bound_json(w, NULL, r->error->lower, JSON_DIGITS, false);
    text_bound_json(w, NULL, r->error->upper, JSON_DIGITS, true);
    qd_json_end(w);
    qd_json_int(w, "pieces_at_least", r->least_pieces);
    qd_json_int(w, "units_at_least", r->least_units);
    qd_json_string(w, "file", output);
    cli_json_end(w, cli_common.seed);
}

static void print_text(qd_buf_t out, const qd_approx_report_t r, const approx_question *q)
{
    qd_buf_puts(out, "target      ");
    approx_question_print(out, q);
    qd_buf_printf(out, "\nnetwork     %s, %ld hidden layer%s, %ld units, %ld parameters: %s\n", kind_text, (long) r->depth,
                  r->depth == 1 ? "" : "s", (long) r->units, (long) r->parameters, output);
    qd_buf_printf(out, "pieces      %ld of degree %ld\n", (long) r->pieces, (long) r->degree);
    qd_buf_puts(out, "error       at least ");
    text_bound(out, r->error->lower, DIGITS, false);
    qd_buf_puts(out, ", at most ");
    text_bound(out, r->error->upper, DIGITS, true);
    qd_buf_printf(out, "\nverified    yes: the engine finds the pieces of the spline whose error is certified\n");
    if (strcmp(kind_text, "linear") == 0)
        qd_buf_printf(out, "no network of this kind with one hidden layer has fewer than %ld pieces and %ld units\n",
                      (long) r->least_pieces, (long) r->least_units);
    else
        qd_buf_printf(out, "no network of this kind with up to %ld hidden layer%s has fewer than %ld pieces and %ld units\n", (long) depth,
                      depth == 1 ? "" : "s", (long) r->least_pieces, (long) r->least_units);
}

/* Are there as few units as asked for? */
static int check_units(const qd_approx_report_t r, qd_ctx_t ctx)
{
    if (most_units == 0 || r->units <= most_units) return EXIT_ANSWERED;
    bool impossible = most_units < r->least_units;
    qd_status st = qd_fail(ctx, impossible ? QD_EINPUT : QD_EUNABLE, "%lld units are too few: %s %ld are needed, %ld reach the tolerance",
                           (long long) most_units, impossible ? "it is proved that" : "at least", (long) r->least_units, (long) r->units);
    return cli_fail(st, NULL, ctx);
}

static int approximate(approx_question *q, qd_kind kind, qd_buf_t out, qd_ctx_t ctx)
{
    qd_net_t net;
    qd_approx_report_t r;
    qd_net_init(net);
    qd_approx_report_init(r);
    qd_status st = qd_approx_network(net, r, q->target, q->eps, kind, (slong) depth, ctx);
    int code = st == QD_OK ? check_units(r, ctx) : cli_fail(st, NULL, ctx);
    if (st == QD_OK && code == EXIT_ANSWERED && (st = qd_net_write(output, net, ctx)) != QD_OK) code = cli_fail(st, NULL, ctx);
    if (code == EXIT_ANSWERED) {
        if (cli_common.json) print_json(out, r, q);
        else print_text(out, r, q);
        code = cli_print(out, code);
    }
    qd_net_clear(net);
    qd_approx_report_clear(r);
    return code;
}

static int run(int n, char **arguments)
{
    qd_ctx_t ctx;
    approx_question q;
    qd_buf_t out;
    bool linear = strcmp(kind_text, "linear") == 0;
    if (!linear && strcmp(kind_text, "quadratic") != 0)
        return cli_usage("approximate", "--kind: found '%.60s', expected linear or quadratic", kind_text);
    if (linear && depth > 1)
        return cli_usage("approximate", "--depth %lld: conventional networks are made with one hidden layer", (long long) depth);
    if (output == NULL) return cli_usage("approximate", "-o NET is missing");
    if (strcmp(output, "-") == 0) return cli_usage("approximate", "-o: the report goes to stdout; expected a file");
    cli_ctx(ctx);
    approx_question_init(&q);
    qd_buf_init(out);
    int code = approx_question_read(&q, "approximate", n > 0 ? arguments[0] : NULL, ctx);
    if (code == EXIT_ANSWERED) code = approximate(&q, linear ? QD_LINEAR : QD_QUADRATIC, out, ctx);
    approx_question_clear(&q);
    qd_buf_clear(out);
    return code;
}

const cli_command command_approximate = {
    .name = "approximate",
    .arguments = "[NET]",
    .summary = "a small network whose error against a function is certified to be within a tolerance",
    .description = "Makes a ReLU network with rational weights whose error against the target is at most the tolerance\n"
                   "everywhere on the interval, and writes it. The target is a continuous function, a spline file, or a network\n"
                   "with one input and one output.\n"
                   "\n"
                   "A continuous spline comes first: the longest pieces on which the best polynomial stays within the\n"
                   "tolerance, by Remez's exchange, joined without losing their length; its error is certified in ball\n"
                   "arithmetic. Then theorem 1 makes a network of it, and the engine verifies that the two are equal. Linear:\n"
                   "one hidden layer of as many units as pieces, or fewer. Quadratic: of all degrees up to 2^L the one\n"
                   "whose network has the fewest parameters and L hidden layers or fewer.\n"
                   "\n"
                   "The report says beside it how many pieces and units every such network has at least ('quadric need').\n"
                   "With --units N the exit code is 1 where it is proved that N units do not suffice, 3 where it is open.\n",
    .examples = "  quadric approximate --target runge --tolerance 1e-3 --kind linear -o net.json\n"
                "  quadric approximate --target 'sin(5*x)' --interval -1:1 --tolerance 1e-6 --depth 3 -o net.json\n"
                "  quadric certify net.json --target 'sin(5*x)' --interval -1:1\n",
    .options = options,
    .min_arguments = 0,
    .max_arguments = 1,
    .run = run,
};
