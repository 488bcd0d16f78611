/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric need: how many pieces and units a function needs for an error. */
#include <string.h>

#include "approx/question.h"
#include "cli/commands.h"
#include "cli/network.h"
#include "cli/text.h"
#include "cli/verdict.h"
#include "report/report.h"

#define DIGITS 8 /* of an error in the text; JSON has JSON_DIGITS */
#define JSON_DIGITS 20

static const char *certificate, *output;
static int64_t degree = 1;

static const opt_spec options[] = {
    APPROX_OPTIONS,
    {"degree", 0, OPT_INT, "D", &degree, 1, QD_APPROX_MAX_DEGREE, "the degree of the pieces that are counted"},
    {"output", 'o', OPT_OUTPUT, "SPLINE", &output, 0, 0, "write the spline that reaches the upper number to the spline file SPLINE"},
    {"certificate", 0, OPT_OUTPUT, "FILE", &certificate, 0, 0, "write the points that prove the lower number, for quadric check"},
    CLI_ACTIVATIONS,
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

/* ---- printing ----------------------------------------------------------------------------- */

static void print_tuples(qd_json_t w, const qd_approx_lower_t r)
{
    slong n = r->degree + 2;
    qd_json_array(w, "certificate");
    for (slong i = 0; i < r->m; i++) {
        qd_json_array(w, NULL);
        for (slong k = 0; k < n; k++) qd_rat_json(w, NULL, r->point + i * n + k);
        qd_json_end(w);
    }
    qd_json_end(w);
}

static void print_json(qd_buf_t out, const qd_approx_need_t r, const approx_question *q)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    approx_question_json(w, q);
    qd_json_int(w, "degree", r->degree);
    qd_json_int(w, "lower", r->lower->m + 1);
    print_tuples(w, r->lower);
    qd_json_int(w, "upper", r->upper->nbreaks + 1);
    qd_json_array(w, "error");
    text_bound_json(w, NULL, r->error->lower, JSON_DIGITS, false);
    text_bound_json(w, NULL, r->error->upper, JSON_DIGITS, true);
    qd_json_end(w);
    qd_json_array(w, "units");
    for (slong i = 0; i < r->nunits; i++) {
        const qd_approx_units *u = r->units + i;
        qd_json_object(w, NULL);
        qd_json_string(w, "kind", u->kind == QD_LINEAR ? "conventional" : qd_kind_get(u->kind)->name);
        if (u->depth == 0) qd_json_null(w, "depth");
        else qd_json_int(w, "depth", u->depth);
        qd_json_int(w, "at_least", u->at_least);
        qd_json_int(w, "reached", u->reached);
        qd_json_string(w, "by", u->by);
        qd_json_end(w);
    }
    qd_json_end(w);
    cli_json_end(w, cli_common.seed);
}

static void print_units(qd_buf_t out, const qd_approx_need_t r)
{
    qd_table_t t;
    qd_table_init(t);
    qd_table_column(t, "units", "units", QD_CELL_STRING);
    qd_table_column(t, "layers", "hidden layers", QD_CELL_STRING);
    qd_table_column(t, "at_least", "at least", QD_CELL_NUMBER);
    qd_table_column(t, "reached", "reached", QD_CELL_NUMBER);
    qd_table_column(t, "by", "at least, because", QD_CELL_STRING);
    for (slong i = 0; i < r->nunits; i++) {
        const qd_approx_units *u = r->units + i;
        int64_t row = qd_table_row(t);
        qd_table_set(t, row, 0, "%s", u->kind == QD_LINEAR ? "conventional" : qd_kind_get(u->kind)->name);
        if (u->depth == 0) qd_table_set(t, row, 1, "any number");
        else qd_table_set(t, row, 1, u->depth == 1 ? "1" : "up to %ld", (long) u->depth);
        qd_table_set(t, row, 2, "%ld", (long) u->at_least);
        qd_table_set(t, row, 3, "%ld", (long) u->reached);
        qd_table_set(t, row, 4, "%s", u->by);
    }
    qd_table_print(out, t, QD_TEXT);
    qd_table_clear(t);
}

static void print_text(qd_buf_t out, const qd_approx_need_t r, const approx_question *q)
{
    qd_buf_puts(out, "target      ");
    approx_question_print(out, q);
    qd_buf_puts(out, "\ntolerance   ");
    qd_rat_print(out, q->eps);
    qd_buf_printf(out, "\npieces      at least %ld of degree %ld: proved by %ld x %ld points\n", (long) r->lower->m + 1, (long) r->degree,
                  (long) r->lower->m, (long) r->degree + 2);
    qd_buf_printf(out, "reached     %ld, by a continuous spline whose error is at most ", (long) r->upper->nbreaks + 1);
    text_bound(out, r->error->upper, DIGITS, true);
    qd_buf_printf(out, "\nmade by     quadric %s, seed %llu\n\n", QD_VERSION, (unsigned long long) cli_common.seed);
    print_units(out, r);
}

/* ---- files -------------------------------------------------------------------------------- */

static qd_status write_spline(const qd_approx_need_t r, qd_ctx_t ctx)
{
    qd_buf_t out;
    if (output == NULL) return QD_OK;
    qd_buf_init(out);
    qd_spline_print(out, r->upper);
    qd_status st = qd_file_write(output, qd_buf_str(out), out->len, ctx);
    qd_buf_clear(out);
    return st;
}

static qd_status write_certificate(const qd_approx_need_t r, const approx_question *q, qd_ctx_t ctx)
{
    qd_approx_certificate_t c;
    qd_buf_t out;
    if (certificate == NULL) return QD_OK;
    qd_buf_init(out);
    qd_approx_certificate_init(c);
    qd_approx_certificate_make(c, q->target, q->is_net ? q->net : NULL, q->eps, r->lower);
    qd_approx_certificate_print(out, c);
    qd_status st = qd_file_write(certificate, qd_buf_str(out), out->len, ctx);
    qd_approx_certificate_clear(c);
    qd_buf_clear(out);
    return st;
}

/* ---- check -------------------------------------------------------------------------------- */

bool approx_check_takes(const qd_node *root)
{
    const qd_node *format = qd_node_kind(root) == QD_NODE_OBJECT ? qd_node_member(root, "certificate") : NULL;
    return format != NULL && qd_node_kind(format) == QD_NODE_STRING && strncmp(qd_node_text(format, NULL), "quadric need ", 13) == 0;
}

static void print_verdict(qd_buf_t out, const qd_approx_certificate_t c)
{
    static const char *const of[] = {"", "the spline", "the network"};
    qd_buf_t what;
    qd_proof_report_t r;
    slong n = c->tuples->degree + 2;
    qd_buf_init(what);
    qd_proof_report_init(r);
    qd_buf_printf(what, "every continuous piecewise polynomial of degree %ld within ", (long) n - 2);
    qd_rat_print(what, c->eps);
    qd_buf_printf(what, " of %s on [", c->kind == QD_APPROX_EXPRESSION ? c->expr->text : of[c->kind]);
    qd_rat_print(what, c->lo);
    qd_buf_puts(what, ", ");
    qd_rat_print(what, c->hi);
    qd_buf_printf(what, "] has at least %ld pieces", (long) c->tuples->m + 1);
    qd_buf_printf(r->confirmed, "%ld times %ld points of the target that no polynomial of degree %ld follows, from left to right\n",
                  (long) c->tuples->m, (long) n, (long) n - 2);
    r->complete = true;
    cli_print_verdict(out, what, r);
    qd_buf_clear(what);
    qd_proof_report_clear(r);
}

qd_status approx_check(qd_buf_t out, const qd_node *root, qd_ctx_t ctx)
{
    qd_approx_certificate_t c;
    qd_approx_certificate_init(c);
    qd_status st = qd_approx_certificate_read(c, root, ctx);
    if (st == QD_OK) st = qd_approx_certificate_check(c, ctx);
    if (st == QD_OK) print_verdict(out, c);
    qd_approx_certificate_clear(c);
    return st;
}

/* ---- the command -------------------------------------------------------------------------- */

static int run(int n, char **arguments)
{
    qd_ctx_t ctx;
    approx_question q;
    qd_approx_need_t r;
    qd_buf_t out;
    cli_ctx(ctx);
    approx_question_init(&q);
    qd_approx_need_init(r);
    qd_buf_init(out);
    int code = approx_question_read(&q, "need", n > 0 ? arguments[0] : NULL, ctx);
    if (code == EXIT_ANSWERED) {
        qd_status st = qd_approx_need(r, q.target, (slong) degree, q.eps, ctx);
        if (st == QD_OK) st = write_spline(r, ctx);
        if (st == QD_OK) st = write_certificate(r, &q, ctx);
        if (st != QD_OK) code = cli_fail(st, NULL, ctx);
        else {
            if (cli_common.json) print_json(out, r, &q);
            else print_text(out, r, &q);
            code = cli_print(out, EXIT_ANSWERED);
        }
    }
    approx_question_clear(&q);
    qd_approx_need_clear(r);
    qd_buf_clear(out);
    return code;
}

const cli_command command_need = {
    .name = "need",
    .arguments = "[NET]",
    .summary = "how many pieces and units a function needs for an error, proved",
    .description = "How many pieces must a continuous piecewise polynomial have whose error against the target is at most the\n"
                   "tolerance everywhere on the interval, and how many units a network? The target is a function, a spline\n"
                   "file, or a network with one input and one output; it must be continuous.\n"
                   "\n"
                   "At least: proved. The command finds points of the target that no polynomial of the degree comes near at\n"
                   "once (three for a straight line), and as many such tuples beside each other as there can be; a breakpoint\n"
                   "lies between the points of each (T1.9). Values are computed exactly for splines and networks, in ball\n"
                   "arithmetic for functions. --certificate writes the points, and 'quadric check' proves it again.\n"
                   "\n"
                   "Reached: a continuous spline with rational data, whose error is certified. For degree 1 no spline has fewer\n"
                   "pieces, but for roundings. The two numbers need not meet: the points prove as much for splines that jump.\n"
                   "\n"
                   "Units: a network has no more pieces than its units can make, so pieces that are needed say how many units\n"
                   "are; reached is the number of units of a network that 'quadric approximate' makes. Conventional units give\n"
                   "straight pieces, quadratic ones in L layers pieces of degree 2^L or less.\n",
    .examples = "  quadric need --target runge --tolerance 1e-3\n"
                "  quadric need --target 'exp(-x^2)' --interval -3:3 --tolerance 1e-6 --degree 2 -o spline.json\n"
                "  quadric need net.json --interval -1:1 --tolerance 1/100 --certificate c.json\n"
                "  quadric check c.json\n",
    .options = options,
    .min_arguments = 0,
    .max_arguments = 1,
    .run = run,
};
