/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric eval: the exact value and pattern of a network at rational points. */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/network.h"
#include "cli/point.h"
#include "cli/text.h"

static const char *point, *table;

static const opt_spec options[] = {
    {"at", 0, OPT_TEXT, "X1,X2,...", &point, 0, 0, "the point: " CLI_POINT},
    {"points", 0, OPT_TEXT, "FILE.csv", &table, 0, 0,
     "every row of a table of points, in order; a first row that is no list of numbers is a header"},
    CLI_ACTIVATIONS,
    {NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL},
};

static void print_json(qd_buf_t out, const qd_vec_t y, const char *pattern)
{
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_string(w, "version", QD_VERSION);
    qd_json_array(w, "value");
    for (slong i = 0; i < y->n; i++) qd_rat_json(w, NULL, y->e + i);
    qd_json_end(w);
    qd_json_string(w, "pattern", pattern);
    qd_json_uint(w, "seed", cli_common.seed);
    qd_json_end(w);
    qd_json_finish(w);
}

static void print_text(qd_buf_t out, const qd_vec_t y, const char *pattern)
{
    for (slong i = 0; i < y->n; i++) {
        if (y->n > 1) qd_buf_printf(out, "y%ld = ", (long) i + 1);
        else qd_buf_puts(out, "y = ");
        qd_rat_print(out, y->e + i);
        if (!fmpz_is_one(fmpq_denref(y->e + i))) {
            qd_buf_puts(out, "  (about ");
            qd_rat_print_decimal(out, y->e + i, 20);
            qd_buf_puts(out, ")");
        }
        qd_buf_puts(out, "\n");
    }
    qd_buf_printf(out, "pattern %s\n", pattern[0] ? pattern : "(no switching units)");
}

/* ---- one point -------------------------------------------------------------------------------- */

static int run_point(const qd_net_t net, const char *path, qd_ctx_t ctx)
{
    qd_vec_t x, y;
    qd_buf_t out;
    bool command;
    qd_vec_init(x);
    qd_vec_init(y);
    qd_buf_init(out);
    char *pattern = qd_malloc((size_t) qd_net_nswitching(net) + 1);
    int code;
    qd_vec_resize(x, net->input_dim);
    qd_status st = cli_point_read(x->e, x->n, point, path, &command, ctx);
    if (st != QD_OK) {
        code = command ? cli_usage("eval", "--at: %s", qd_ctx_message(ctx)) : cli_fail(st, NULL, ctx);
        goto done;
    }
    if ((st = qd_net_eval(y, pattern, net, x, ctx)) != QD_OK) {
        code = cli_fail(st, path, ctx);
        goto done;
    }
    (cli_common.json ? print_json : print_text)(out, y, pattern);
    code = cli_print(out, EXIT_ANSWERED);
done:
    free(pattern);
    qd_vec_clear(x);
    qd_vec_clear(y);
    qd_buf_clear(out);
    return code;
}

/* ---- a table ---------------------------------------------------------------------------------- */

/* row,y1,y2,...,pattern; or an object. */
static void print_row(qd_buf_t out, int64_t row, const qd_vec_t y, const char *pattern)
{
    if (!cli_common.json) {
        qd_buf_printf(out, "%lld,", (long long) row);
        for (slong i = 0; i < y->n; i++) {
            qd_rat_print(out, y->e + i);
            qd_buf_puts(out, ",");
        }
        qd_buf_printf(out, "%s\n", pattern);
        return;
    }
    qd_json_t w;
    qd_json_init(w, out);
    qd_json_object(w, NULL);
    qd_json_int(w, "row", row);
    qd_json_array(w, "value");
    for (slong i = 0; i < y->n; i++) qd_rat_json(w, NULL, y->e + i);
    qd_json_end(w);
    qd_json_string(w, "pattern", pattern);
    cli_json_end(w, cli_common.seed);
}

static void print_header(qd_buf_t out, slong outputs)
{
    if (cli_common.json) return;
    qd_buf_puts(out, "row,");
    for (slong i = 0; i < outputs; i++) qd_buf_printf(out, "y%ld,", (long) i + 1);
    qd_buf_puts(out, "pattern\n");
}

/* What is there of the answer goes out: row by row the memory is that of one row. */
static int hand_over(qd_buf_t out)
{
    int code = cli_print(out, EXIT_ANSWERED);
    qd_buf_reset(out);
    return code;
}

static int run_rows(const qd_net_t net, const char *path, cli_points *points, qd_ctx_t ctx)
{
    qd_lowered_t low;
    qd_vec_t x, y;
    qd_buf_t out;
    bool end = false;
    int code = EXIT_ANSWERED;
    qd_lowered_init(low);
    qd_vec_init(x);
    qd_vec_init(y);
    qd_buf_init(out);
    char *pattern = qd_malloc((size_t) qd_net_nswitching(net) + 1);
    qd_net_lower(low, net);
    qd_vec_resize(x, net->input_dim);
    print_header(out, qd_net_output_dim(net));
    for (int64_t row = 0; code == EXIT_ANSWERED; row++) {
        qd_status st = cli_points_next(x->e, &end, points, ctx);
        if (st != QD_OK) code = cli_fail(st, NULL, ctx);
        if (st != QD_OK || end) break;
        if ((st = qd_lowered_run(y, pattern, NULL, low, x, ctx)) != QD_OK) code = cli_fail(st, path, ctx);
        else {
            print_row(out, row, y, pattern);
            code = hand_over(out);
        }
    }
    if (code == EXIT_ANSWERED) code = hand_over(out);
    free(pattern);
    qd_lowered_clear(low);
    qd_vec_clear(x);
    qd_vec_clear(y);
    qd_buf_clear(out);
    return code;
}

static int run_table(const qd_net_t net, const char *path, qd_ctx_t ctx)
{
    cli_points points;
    qd_status st = cli_points_open(&points, net->input_dim, table, ctx);
    int code = st == QD_OK ? run_rows(net, path, &points, ctx) : cli_fail(st, NULL, ctx);
    cli_points_close(&points);
    return code;
}

static int run(int n, char **arguments)
{
    (void) n;
    if (point == NULL && table == NULL)
        return cli_usage("eval", "--at is missing; give the point, such as --at 1/2 or --at 0,-3, or a table, --points FILE.csv");
    if (point != NULL && table != NULL) return cli_usage("eval", "--at and --points exclude each other");
    qd_ctx_t ctx;
    qd_net_t net;
    cli_ctx(ctx);
    qd_net_init(net);
    qd_status st = cli_network_read(net, arguments[0], ctx);
    int code = st != QD_OK ? cli_fail(st, arguments[0], ctx) : (point != NULL ? run_point : run_table)(net, arguments[0], ctx);
    qd_net_clear(net);
    return code;
}

const cli_command command_eval = {
    .name = "eval",
    .arguments = "NET",
    .summary = "exact values and patterns at rational points",
    .description = "Evaluates the network file NET at a point with rational coordinates, without rounding, and\n"
                   "prints the outputs and the pattern: one character for each switching unit (relu, leaky_relu,\n"
                   "abs), layer by layer, 1 when its pre-activation is > 0 and 0 otherwise.\n"
                   "\n"
                   "With --points every row of a table is a point, and each is answered as it comes: a header row,y1,...,\n"
                   "pattern and a line a row, or with --json one object a row.\n",
    .examples = "  quadric eval net.json --at 1/3\n  quadric eval plane.json --at 0.5,-2 --json\n"
                "  quadric eval plane.json --points points.csv\n  quadric eval out/fashion.json --at fashion-mnist:test:17\n",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
