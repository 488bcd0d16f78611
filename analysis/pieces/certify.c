/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric certify: a rigorous enclosure of the largest error of a network against a target function. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/network.h"
#include "spline/spline.h"
#include "cli/text.h"

/* Intervals of the place that the text shows. */
#define SHOWN 5
/* Digits of the bounds in JSON, or more where the tolerance earns them. */
#define DIGITS 20

static const char *target_text, *spline_file, *interval, *tolerance_text = "1e-6";

static const opt_spec options[] = {
    {"target", 0, OPT_TEXT, "F", &target_text, 0, 0,
     "a built-in function of x (runge, sin, abs, step) or an expression such as 'exp(-x^2)'; for several outputs one for all, or as "
     "many, separated by ;"},
    {"spline", 0, OPT_TEXT, "FILE", &spline_file, 0, 0, "the target is the spline file FILE"},
    {"interval", 0, OPT_TEXT, "A:B", &interval, 0, 0,
     "the closed interval; may be left out for a built-in function and for a spline on an interval"},
    {"tolerance", 0, OPT_TEXT, "T", &tolerance_text, 0, 0, "relative width of the enclosure, 0 < T < 1"},
    CLI_ACTIVATIONS,
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

/* ---- the question ------------------------------------------------------------------------- */

typedef struct {
    qd_target target;
    qd_expr_struct *expr; /* owned */
    slong nexpr;
    qd_spline_t spline;
    fmpq_t lo, hi;
    double tolerance;
} question;

static void question_init(question *q)
{
    memset(q, 0, sizeof *q);
    qd_spline_init(q->spline);
    fmpq_init(q->lo);
    fmpq_init(q->hi);
}

static void question_clear(question *q)
{
    for (slong i = 0; i < q->nexpr; i++) qd_expr_clear(q->expr + i);
    free(q->expr);
    qd_spline_clear(q->spline);
    fmpq_clear(q->lo);
    fmpq_clear(q->hi);
}

/* One function: a name or an expression. A built-in one brings its interval along. */
static int read_function(question *q, const char *text, qd_ctx_t ctx)
{
    const qd_named_target *named = qd_named_target_find(text);
    if (named != NULL && named->variables != 1)
        return cli_usage("certify", "--target: '%.60s' is a function of %d variables, expected a function of x", text, named->variables);
    q->expr = qd_realloc(q->expr, sizeof *q->expr * (size_t) (q->nexpr + 1));
    qd_expr_init(q->expr + q->nexpr++);
    if (qd_expr_parse(q->expr + q->nexpr - 1, named != NULL ? named->text : text, ctx) != QD_OK)
        return cli_usage("certify", "--target: %s", qd_ctx_message(ctx));
    if (q->expr[q->nexpr - 1].nvariables > 1) return cli_usage("certify", "--target: '%.60s' has a y, expected a function of x", text);
    if (named != NULL) {
        qd_rat_set_double(q->lo, named->lo);
        qd_rat_set_double(q->hi, named->hi);
    }
    return EXIT_ANSWERED;
}

static int read_functions(question *q, qd_ctx_t ctx)
{
    char *copy = qd_strdup(target_text), *rest = copy, *part;
    int code = EXIT_ANSWERED;
    while (code == EXIT_ANSWERED && (part = strsep(&rest, ";")) != NULL) {
        while (*part == ' ') part++;
        for (size_t n = strlen(part); n > 0 && part[n - 1] == ' '; n--) part[n - 1] = '\0';
        code = read_function(q, part, ctx);
    }
    free(copy);
    return code;
}

static int read_interval(question *q, qd_ctx_t ctx)
{
    if (text_interval(q->lo, q->hi, interval, ctx) == QD_OK) return EXIT_ANSWERED;
    return cli_usage("certify", "--interval: %s", qd_ctx_message(ctx));
}

static int read_question(question *q, qd_ctx_t ctx)
{
    char *end;
    int code = EXIT_ANSWERED;
    if ((target_text == NULL) == (spline_file == NULL)) return cli_usage("certify", "expected one of --target and --spline");
    q->tolerance = strtod(tolerance_text, &end);
    if (end == tolerance_text || *end != '\0' || !(q->tolerance > 0 && q->tolerance < 1))
        return cli_usage("certify", "--tolerance: found '%.60s', expected 0 < T < 1", tolerance_text);
    if (target_text != NULL) code = read_functions(q, ctx);
    else if (qd_spline_read(q->spline, spline_file, ctx) != QD_OK) return cli_fail(QD_EINPUT, spline_file, ctx);
    else if (q->spline->has_lo && q->spline->has_hi) {
        fmpq_set(q->lo, q->spline->lo);
        fmpq_set(q->hi, q->spline->hi);
    }
    if (code == EXIT_ANSWERED && interval != NULL) code = read_interval(q, ctx);
    if (code == EXIT_ANSWERED && fmpq_equal(q->lo, q->hi)) return cli_usage("certify", "--interval A:B is missing");
    q->target = (qd_target){.expr = q->expr, .nexpr = q->nexpr, .spline = spline_file != NULL ? q->spline : NULL};
    return code;
}

/* ---- printing ----------------------------------------------------------------------------- */

/* Digits after which two bounds of this tolerance differ. */
static int digits_earned(double tolerance)
{
    return 3 + (int) ceil(-log10(tolerance));
}

static void print_json(qd_buf_t out, const qd_enclosure_t r, const question *q)
{
    int digits = FLINT_MAX(DIGITS, digits_earned(q->tolerance));
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "status", r->reached ? "enclosed" : "open");
    text_bound_json(w, "lower", r->lower, digits, false);
    text_bound_json(w, "upper", r->upper, digits, true);
    qd_json_double(w, "tolerance", q->tolerance);
    qd_json_array(w, "interval");
    qd_rat_json(w, NULL, q->lo);
    qd_rat_json(w, NULL, q->hi);
    qd_json_end(w);
    qd_rat_json(w, "at", r->at);
    qd_json_int(w, "output", r->output + 1);
    qd_json_array(w, "where");
    for (slong i = 0; i < r->nwhere; i++) {
        qd_json_array(w, NULL);
        text_bound_json(w, NULL, r->where + 2 * i, digits, false);
        text_bound_json(w, NULL, r->where + 2 * i + 1, digits, true);
        qd_json_end(w);
    }
    qd_json_end(w);
    qd_json_int(w, "pieces", r->pieces);
    qd_json_int(w, "cells", r->intervals);
    cli_json_end(w, cli_common.seed);
}

static void print_where(qd_buf_t out, const qd_enclosure_t r, int digits)
{
    if (r->nwhere == 0) return;
    qd_buf_puts(out, "attained    ");
    for (slong i = 0; i < r->nwhere && i < SHOWN; i++) {
        qd_buf_puts(out, i == 0 ? "in [" : " or [");
        text_bound(out, r->where + 2 * i, digits, false);
        qd_buf_puts(out, ", ");
        text_bound(out, r->where + 2 * i + 1, digits, true);
        qd_buf_puts(out, "]");
    }
    if (r->nwhere > SHOWN) qd_buf_printf(out, " or in one of %ld more intervals", (long) r->nwhere - SHOWN);
    qd_buf_puts(out, "\n");
}

static void print_text(qd_buf_t out, const qd_net_t net, const qd_enclosure_t r, const question *q)
{
    int digits = digits_earned(q->tolerance);
    qd_buf_printf(out, "network     1 input, %ld output%s, %lld parameters\n", (long) qd_net_output_dim(net),
                  qd_net_output_dim(net) == 1 ? "" : "s", (long long) qd_net_nparams(net));
    qd_buf_puts(out, "target      ");
    if (spline_file != NULL) qd_buf_puts(out, spline_file);
    for (slong i = 0; i < q->nexpr; i++) qd_buf_printf(out, i > 0 ? "; %s" : "%s", q->expr[i].text);
    qd_buf_puts(out, " on [");
    qd_rat_print(out, q->lo);
    qd_buf_puts(out, ", ");
    qd_rat_print(out, q->hi);
    qd_buf_puts(out, "]\nerror       at least ");
    text_bound(out, r->lower, digits, false);
    qd_buf_puts(out, ", at most ");
    if (arf_is_zero(r->upper)) qd_buf_puts(out, "0: the network is the target there");
    else if (arf_is_finite(r->upper)) text_bound(out, r->upper, digits, true);
    else qd_buf_puts(out, "(no bound)");
    qd_buf_printf(out, "%s\n", r->reached ? "" : "   (the tolerance was not reached)");
    print_where(out, r, digits + 2);
    if (!arf_is_zero(r->lower)) {
        qd_buf_puts(out, "lower bound at x = ");
        qd_rat_print_decimal(out, r->at, digits + 2);
        if (qd_net_output_dim(net) > 1) qd_buf_printf(out, ", output %ld", (long) r->output + 1);
        qd_buf_puts(out, "\n");
    }
    qd_buf_printf(out, "pieces      %ld\ncells       %ld\nmade by     quadric %s, seed %llu\n", (long) r->pieces, (long) r->intervals,
                  QD_VERSION, (unsigned long long) cli_common.seed);
}

static int run(int n, char **arguments)
{
    (void) n;
    qd_ctx_t ctx;
    qd_net_t net;
    qd_enclosure_t r;
    qd_buf_t out;
    question q;
    cli_ctx(ctx);
    qd_net_init(net);
    qd_enclosure_init(r);
    qd_buf_init(out);
    question_init(&q);
    int code = read_question(&q, ctx);
    if (code != EXIT_ANSWERED) goto done;
    qd_status st = cli_network_read(net, arguments[0], ctx);
    if (st == QD_OK) st = qd_certify(r, net, &q.target, q.lo, q.hi, q.tolerance, ctx);
    if (st != QD_OK) code = cli_fail(st, arguments[0], ctx);
    if (st == QD_OK || st == QD_EUNABLE) {
        if (cli_common.json) print_json(out, r, &q);
        else print_text(out, net, r, &q);
        code = cli_print(out, code);
    }
done:
    qd_net_clear(net);
    qd_enclosure_clear(r);
    qd_buf_clear(out);
    question_clear(&q);
    return code;
}

const cli_command command_certify = {
    .name = "certify",
    .arguments = "NET",
    .summary = "rigorous bounds of the largest error against a target function",
    .description = "Encloses the largest error of the network file NET, which has one input: the maximum over outputs\n"
                   "and over the closed interval of |network - target|. At a jump of the target its value and both\n"
                   "one-sided limits count (the value need not lie between them: abs(sign(x)) is 0 at 0), at an end\n"
                   "of the interval its value and the limit from inside; step(0) = 1, sign(0) = 0. The network is\n"
                   "turned into its exact pieces, and on each piece the difference is enclosed in ball arithmetic,\n"
                   "so both bounds are certain: nothing is sampled. They are printed rounded outwards, with the\n"
                   "intervals one of which holds the place of the largest error.\n"
                   "\n"
                   "Targets: built-in functions, expressions of x (numbers, pi, + - * / ^, abs step sign min max sqrt\n"
                   "exp log sin cos tan atan atan2 tanh), spline files. A target that is a spline or is written as a\n"
                   "polynomial is subtracted exactly, so an error of 0 is found to be 0.\n"
                   "\n"
                   "Jumps and kinks of polynomials (step(x - 1/3), abs(x^2 - 2)) are found exactly. Where a jump is\n"
                   "not decided by any precision (step(sin(pi*x)) at 1), and when a budget ends the work, the bounds\n"
                   "reached are printed and the exit code is 3.\n",
    .examples = "  quadric certify net.json --target runge\n"
                "  quadric certify model.safetensors --target 'sin(pi*x)' --interval -1:1 --tolerance 1e-9 --json\n"
                "  quadric certify net.json --spline configs/splines/bspline3.json --interval 0:4\n",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
