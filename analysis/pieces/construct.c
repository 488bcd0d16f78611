/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric construct: the network of theorem 1 for a spline file. */
#include <stdlib.h>

#include "cli/commands.h"
#include "spline/spline.h"

static const char *output;
static bool no_verify;

static const opt_spec options[] = {
    {"output", 'o', OPT_OUTPUT, "NET", &output, 0, 0, "write the network file NET (- for stdout)"},
    {"no-verify", 0, OPT_FLAG, NULL, &no_verify, 0, 0, "do not compare the network with the spline by the engine"},
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

static void print_json(qd_buf_t out, const qd_construct_report *r, qd_truth verified)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "theorem", qd_construct_method_name(r->method));
    qd_json_int(w, "degree", r->degree);
    qd_json_int(w, "breakpoints", r->nbreaks);
    qd_json_int(w, "outputs", r->outputs);
    qd_json_int(w, "depth", r->depth);
    qd_json_int(w, "width", r->width);
    qd_json_int(w, "units", r->units);
    qd_json_int(w, "parameters", r->params);
    qd_json_int(w, "bound_depth", r->bound_depth);
    qd_json_int(w, "bound_width", r->bound_width);
    qd_json_int(w, "proved_width", r->proved_width);
    qd_json_bool(w, "depth_minimal", r->depth_minimal);
    qd_json_truth(w, "verified", verified);
    cli_json_end(w, cli_common.seed);
}

static void print_text(qd_buf_t out, const qd_construct_report *r, qd_truth verified)
{
    qd_buf_printf(out, "spline      degree %ld, %ld breakpoint%s, %ld output%s\n", (long) r->degree, (long) r->nbreaks,
                  r->nbreaks == 1 ? "" : "s", (long) r->outputs, r->outputs == 1 ? "" : "s");
    qd_buf_printf(out, "theorem     %s\n", qd_construct_method_name(r->method));
    qd_buf_printf(out, "depth       %ld hidden layer%s (bound %ld%s)\n", (long) r->depth, r->depth == 1 ? "" : "s", (long) r->bound_depth,
                  r->depth_minimal ? "; fewer do not suffice" : "");
    qd_buf_printf(out, "width       %ld (the theorem promises %ld; at most %ld is proved for this construction)\n", (long) r->width,
                  (long) r->bound_width, (long) r->proved_width);
    qd_buf_printf(out, "units       %ld\n", (long) r->units);
    qd_buf_printf(out, "parameters  %lld\n", (long long) r->params);
    qd_buf_printf(out, "verified    %s\n",
                  verified == QD_TRUE    ? "yes: the network's exact spline equals the file's"
                  : verified == QD_FALSE ? "NO"
                                         : "not tried");
}

static int run(int n, char **arguments)
{
    (void) n;
    if (output == NULL) return cli_usage("construct", "-o NET is missing");
    qd_ctx_t ctx;
    qd_spline_t s;
    qd_net_t net;
    qd_construct_report r;
    qd_buf_t out, why;
    qd_truth verified = QD_UNKNOWN;
    int code;
    cli_ctx(ctx);
    qd_spline_init(s);
    qd_net_init(net);
    qd_buf_init(out);
    qd_buf_init(why);
    qd_status st = qd_spline_read(s, arguments[0], ctx);
    if (st == QD_OK) st = qd_construct(net, &r, s, ctx);
    if (st == QD_OK && !no_verify) {
        verified = qd_spline_verify(why, net, s, ctx);
        if (verified == QD_FALSE) st = qd_fail(ctx, QD_EINPUT, "the constructed network is not the spline: %s", qd_buf_str(why));
        if (verified == QD_UNKNOWN) st = QD_EUNABLE;
    }
    if (st != QD_OK) {
        code = cli_fail(st, arguments[0], ctx);
        goto done;
    }
    if ((st = qd_net_write(output, net, ctx)) != QD_OK) {
        code = cli_fail(st, NULL, ctx);
        goto done;
    }
    if (cli_common.json) print_json(out, &r, verified);
    else print_text(out, &r, verified);
    code = output[0] == '-' && output[1] == '\0' ? EXIT_ANSWERED : cli_print(out, EXIT_ANSWERED);
done:
    qd_spline_clear(s);
    qd_net_clear(net);
    qd_buf_clear(out);
    qd_buf_clear(why);
    return code;
}

const cli_command command_construct = {
    .name = "construct",
    .arguments = "SPLINE",
    .summary = "the network of theorem 1 for a spline file",
    .description = "Reads a continuous piecewise polynomial with rational breakpoints and coefficients from the file\n"
                   "SPLINE and writes a ReLU network of quadratic neurons with a linear readout that equals it\n"
                   "exactly. On an interval and for degree <= 2 that takes one hidden layer (T1.1); on the line a\n"
                   "C^(N-1) spline (T1.2) or any continuous spline (T1.3) of degree N takes 1 + floor(log2 N). The\n"
                   "report says what was used beside what the theorem promises. Before the file is written the network\n"
                   "is read back by the engine and compared with the spline, breakpoint by breakpoint and coefficient\n"
                   "by coefficient.\n"
                   "\n"
                   "A spline file is JSON: {\"breakpoints\": [\"0\"], \"pieces\": [[\"0\"], [\"0\", \"0\", \"1\"]]}, coefficients from\n"
                   "the constant up, on the whole line or with \"interval\": [\"-1\", \"1\"].\n",
    .examples = "  quadric construct spline.json -o net.json\n",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
