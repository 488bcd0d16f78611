/* SPDX-License-Identifier: GPL-3.0-or-later */
/* quadric eval: the exact value and pattern of a network at a rational point. */
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/network.h"
#include "cli/text.h"

static const char *point;

static const opt_spec options[] = {
    {"at", 0, OPT_TEXT, "X1,X2,...", &point, 0, 0, "the point, rational coordinates (required)"},
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

static int run(int n, char **arguments)
{
    (void) n;
    if (point == NULL) return cli_usage("eval", "--at is missing; give the point, such as --at 1/2 or --at 0,-3");
    qd_ctx_t ctx;
    qd_net_t net;
    qd_vec_t x, y;
    qd_buf_t out;
    cli_ctx(ctx);
    qd_net_init(net);
    qd_vec_init(x);
    qd_vec_init(y);
    qd_buf_init(out);
    int code;
    qd_status st = cli_network_read(net, arguments[0], ctx);
    if (st != QD_OK) {
        code = cli_fail(st, arguments[0], ctx);
        goto done;
    }
    qd_vec_resize(x, net->input_dim);
    if (qd_rat_set_list(x->e, x->n, point, ctx) != QD_OK) {
        code = cli_usage("eval", "--at: %s", qd_ctx_message(ctx));
        goto done;
    }
    char *pattern = qd_malloc((size_t) qd_net_nswitching(net) + 1);
    st = qd_net_eval(y, pattern, net, x, ctx);
    if (st == QD_OK) {
        if (cli_common.json) print_json(out, y, pattern);
        else print_text(out, y, pattern);
        code = cli_print(out, EXIT_ANSWERED);
    } else code = cli_fail(st, arguments[0], ctx);
    free(pattern);
done:
    qd_net_clear(net);
    qd_vec_clear(x);
    qd_vec_clear(y);
    qd_buf_clear(out);
    return code;
}

const cli_command command_eval = {
    .name = "eval",
    .arguments = "NET",
    .summary = "exact value and pattern at a rational point",
    .description = "Evaluates the network file NET at a point with rational coordinates, without rounding, and\n"
                   "prints the outputs and the pattern: one character for each switching unit (relu, leaky_relu,\n"
                   "abs), layer by layer, 1 when its pre-activation is > 0 and 0 otherwise.\n",
    .examples = "  quadric eval net.json --at 1/3\n  quadric eval plane.json --at 0.5,-2 --json\n",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
