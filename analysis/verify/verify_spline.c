/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric verify spline: theorem 1 as a program. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "report/report.h"
#include "verify/verify.h"

struct verify_options verify_options = {.cases = 1000, .degree = 9, .breakpoints = 12, .outputs = 3};

static const opt_spec options[] = {
    {"cases", 0, OPT_INT, "N", &verify_options.cases, 0, 10000000, "random cases of each statement"},
    {"degree", 0, OPT_INT, "N", &verify_options.degree, 1, 32, "largest degree of the splines"},
    {"breakpoints", 0, OPT_INT, "K", &verify_options.breakpoints, 0, 1000, "largest number of breakpoints"},
    {"outputs", 0, OPT_INT, "M", &verify_options.outputs, 1, 100, "largest number of outputs; every fourth case is vector valued"},
    {"sabotage", 0, OPT_FLAG, NULL, &verify_options.sabotage, 0, 0,
     "flip the sign of an output of every constructed network, to see that the verification notices (exit code 1)"},
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

const verify_statement verify_spline_statements[] = {
    {"T1.0", "a network is a continuous piecewise polynomial of bounded degree", verify_t10, NULL, NULL},
    {"T1.1", "one hidden layer gives every continuous piecewise quadratic on an interval", verify_t11, &verify_t11_special, NULL},
    {"T1.2", "depth 1 + floor(log2 N) gives every C^(N-1) spline of degree N", verify_t12, &verify_t12_special, NULL},
    {"T1.3", "depth 1 + floor(log2 N) gives every continuous spline of degree N", verify_t13, &verify_t13_special, NULL},
    {"T1.4a", "conventional networks have degree <= 1; p linear pieces miss x^2 by 1/(8p^2)", verify_t14a, NULL, verify_t14a_witness},
    {"T1.4b", "conventional networks with square activation have one piece", verify_t14b, NULL, verify_t14b_witness},
    {"T1.4c", "both are quadratic networks: wg = 0, bg = 1 and wg = wr, bg = br", verify_t14c, NULL, NULL},
};
const int verify_spline_nstatements = sizeof verify_spline_statements / sizeof *verify_spline_statements;

static void print_json(qd_buf_t out, const verify_statement *s, const verify_result *r, const char *witness, uint64_t seed)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "statement", s->name);
    qd_json_string(w, "text", s->text);
    qd_json_int(w, "cases", r->cases);
    qd_json_int(w, "verified", r->verified);
    qd_json_int(w, "failed", r->failed);
    qd_json_int(w, "undecided", r->undecided);
    if (r->first >= 0) {
        qd_json_int(w, "first_case", r->first);
        qd_json_string(w, "reason", r->why);
    }
    if (witness[0]) qd_json_string(w, "witness", witness);
    cli_json_end(w, seed);
}

static void add_row(qd_table_t t, const verify_statement *s, const verify_result *r)
{
    int64_t row = qd_table_row(t);
    qd_table_set(t, row, 0, "%s", s->name);
    qd_table_set(t, row, 1, "%lld", (long long) r->cases);
    qd_table_set(t, row, 2, "%lld", (long long) r->verified);
    qd_table_set(t, row, 3, "%lld", (long long) r->failed);
    qd_table_set(t, row, 4, "%lld", (long long) r->undecided);
    qd_table_set(t, row, 5, "%s", s->text);
}

static int run(int n, char **arguments)
{
    (void) n, (void) arguments;
    qd_ctx_t ctx;
    qd_table_t t;
    qd_buf_t out, notes, witness, witnesses;
    int64_t failed = 0, undecided = 0;
    cli_ctx(ctx);
    qd_table_init(t);
    qd_buf_init(out);
    qd_buf_init(notes);
    qd_buf_init(witness);
    qd_buf_init(witnesses);
    qd_table_column(t, "statement", "statement", QD_CELL_STRING);
    qd_table_column(t, "cases", "cases", QD_CELL_NUMBER);
    qd_table_column(t, "verified", "verified", QD_CELL_NUMBER);
    qd_table_column(t, "failed", "failed", QD_CELL_NUMBER);
    qd_table_column(t, "undecided", "undecided", QD_CELL_NUMBER);
    qd_table_column(t, "text", "what is shown", QD_CELL_STRING);
    for (int i = 0; i < verify_spline_nstatements; i++) {
        const verify_statement *s = verify_spline_statements + i;
        verify_result r;
        verify_run(&r, s, ctx);
        failed += r.failed;
        undecided += r.undecided;
        qd_buf_reset(witness);
        if (s->witness != NULL && s->witness(witness, ctx) == QD_OK)
            qd_buf_printf(witnesses, "%s witness: %s\n", s->name, qd_buf_str(witness));
        if (cli_common.json) print_json(out, s, &r, qd_buf_str(witness), ctx->seed);
        else add_row(t, s, &r);
        if (r.first >= 0) qd_buf_printf(notes, "%s, case %lld: %s\n", s->name, (long long) r.first, r.why);
        free(r.why);
    }
    if (!cli_common.json) {
        qd_table_print(out, t, QD_TEXT);
        if (witnesses->len > 0) qd_buf_printf(out, "\n%s", qd_buf_str(witnesses));
        if (notes->len > 0) qd_buf_printf(out, "\nFirst case of each statement that was not verified:\n%s", qd_buf_str(notes));
        qd_buf_printf(out, "\n%s (seed %llu, quadric %s)\n",
                      failed > 0      ? "FAILED"
                      : undecided > 0 ? "not decided within the budget"
                                      : "all verified",
                      (unsigned long long) ctx->seed, QD_VERSION);
    }
    int code = cli_print(out, failed > 0 ? EXIT_BAD : undecided > 0 ? EXIT_OPEN : EXIT_ANSWERED);
    qd_table_clear(t);
    qd_buf_clear(out);
    qd_buf_clear(notes);
    qd_buf_clear(witness);
    qd_buf_clear(witnesses);
    return code;
}

const cli_command command_verify_spline = {
    .name = "verify spline",
    .arguments = "",
    .summary = "theorem 1: networks of quadratic neurons are splines, and rational splines are such networks",
    .description = "Checks theorem 1 case by case. T1.1-T1.3 draw a random spline (hand-made ones first), build the\n"
                   "network of the theorem, compute the network's exact piecewise polynomial with the general\n"
                   "engine, which knows nothing of the construction, and compare breakpoints and coefficients for\n"
                   "equality; depth and width must keep to the theorem's bounds. Breakpoints and coefficients are\n"
                   "rational there; splines with irrational breakpoints are not constructed.\n"
                   "T1.0 takes random networks of all kinds: finitely many algebraic breakpoints, continuity at each,\n"
                   "degrees within the product bound D, and in each region the polynomial equal to the network at\n"
                   "2 D + 2 points, which proves it there provided that no breakpoint is missing; that none is missing\n"
                   "is not shown by this program but tested against an independent oracle (make check).\n"
                   "T1.4 separates: conventional networks have linear pieces, square activation one piece, and both\n"
                   "are special quadratic networks, as an equality of polynomials.\n"
                   "\n"
                   "One line a statement. Exit code 0: all verified; 1: a case failed; 3: none failed, but some were\n"
                   "not decided within the budget.\n",
    .examples = "  quadric verify spline\n  quadric verify spline --degree 5 --breakpoints 30 --cases 1000 --seed 7\n"
                "  quadric verify spline --sabotage\n",
    .options = options,
    .min_arguments = 0,
    .max_arguments = 0,
    .run = run,
};
