/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads what `need` and `approximate` are asked. */
#include "approx/question.h"

#include <string.h>

#include "cli/network.h"
#include "cli/text.h"

approx_options_struct approx_options;

void approx_question_init(approx_question *q)
{
    memset(q, 0, sizeof *q);
    qd_approx_target_init(q->target);
    qd_net_init(q->net);
    fmpq_init(q->eps);
}

void approx_question_clear(approx_question *q)
{
    qd_approx_target_clear(q->target);
    qd_net_clear(q->net);
    fmpq_clear(q->eps);
}

static int read_tolerance(approx_question *q, const char *command, qd_ctx_t ctx)
{
    const char *text = approx_options.tolerance;
    if (text == NULL) return cli_usage(command, "--tolerance EPS is missing");
    if (qd_rat_set_str(q->eps, text, strlen(text), ctx) != QD_OK) return cli_usage(command, "--tolerance: %s", qd_ctx_message(ctx));
    if (fmpq_sgn(q->eps) <= 0) return cli_usage(command, "--tolerance: found '%.60s', expected a number above 0", text);
    return EXIT_ANSWERED;
}

/* The interval of the options; else the usual one of a built-in function or that of the spline, where there is one: *known. */
static int read_interval(bool *known, fmpq_t lo, fmpq_t hi, const qd_spline_t s, const char *command, qd_ctx_t ctx)
{
    const qd_named_target *named = approx_options.target != NULL ? qd_named_target_find(approx_options.target) : NULL;
    *known = true;
    if (approx_options.interval != NULL) {
        if (text_interval(lo, hi, approx_options.interval, ctx) == QD_OK) return EXIT_ANSWERED;
        return cli_usage(command, "--interval: %s", qd_ctx_message(ctx));
    }
    if (named != NULL) {
        qd_rat_set_double(lo, named->lo);
        qd_rat_set_double(hi, named->hi);
    } else if (s->has_lo && s->has_hi) {
        fmpq_set(lo, s->lo);
        fmpq_set(hi, s->hi);
    } else *known = false;
    return EXIT_ANSWERED;
}

static int read_target(approx_question *q, const char *command, const char *path, const qd_spline_t s, qd_ctx_t ctx)
{
    bool known;
    fmpq_t lo, hi;
    qd_status st = QD_OK;
    fmpq_init(lo);
    fmpq_init(hi);
    int code = read_interval(&known, lo, hi, s, command, ctx);
    if (code == EXIT_ANSWERED && !known) code = cli_usage(command, "--interval A:B is missing");
    if (code == EXIT_ANSWERED) {
        const char *name = path != NULL ? path : approx_options.spline;
        if (path != NULL) st = qd_approx_target_set_net(q->target, q->net, lo, hi, ctx);
        else if (approx_options.spline != NULL) st = qd_approx_target_set_spline(q->target, s, lo, hi, ctx);
        else st = qd_approx_target_set_expr(q->target, approx_options.target, lo, hi, ctx);
        if (st == QD_OK) st = qd_approx_check_tolerance(q->target, q->eps, ctx);
        if (st != QD_OK) code = cli_fail(st, name, ctx);
    }
    fmpq_clear(lo);
    fmpq_clear(hi);
    return code;
}

int approx_question_read(approx_question *q, const char *command, const char *path, qd_ctx_t ctx)
{
    qd_spline_t s;
    qd_status st = QD_OK;
    int named = (path != NULL) + (approx_options.target != NULL) + (approx_options.spline != NULL);
    if (named != 1) return cli_usage(command, "expected one of NET, --target and --spline, found %d of them", named);
    int code = read_tolerance(q, command, ctx);
    if (code != EXIT_ANSWERED) return code;
    qd_spline_init(s);
    q->is_net = path != NULL;
    if (q->is_net) st = cli_network_read(q->net, path, ctx);
    else if (approx_options.spline != NULL) st = qd_spline_read(s, approx_options.spline, ctx);
    code = st == QD_OK ? read_target(q, command, path, s, ctx) : cli_fail(st, q->is_net ? path : approx_options.spline, ctx);
    qd_spline_clear(s);
    return code;
}

static const char *target_name(const approx_question *q)
{
    return q->is_net ? "the network" : q->target->is_spline ? approx_options.spline : q->target->expr->text;
}

void approx_question_print(qd_buf_t out, const approx_question *q)
{
    qd_buf_printf(out, "%s on [", target_name(q));
    qd_rat_print(out, q->target->lo);
    qd_buf_puts(out, ", ");
    qd_rat_print(out, q->target->hi);
    qd_buf_puts(out, "]");
}

void approx_question_json(qd_json_t w, const approx_question *q)
{
    qd_json_string(w, "target", target_name(q));
    qd_json_array(w, "interval");
    qd_rat_json(w, NULL, q->target->lo);
    qd_rat_json(w, NULL, q->target->hi);
    qd_json_end(w);
    qd_rat_json(w, "tolerance", q->eps);
}
