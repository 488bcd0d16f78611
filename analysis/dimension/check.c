/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates as files, and quadric check, which checks one by another road than the one that made it. */
#include <inttypes.h>

#include "cli/commands.h"
#include "dimension/dimension.h"
#include "io/io.h"
#include "pieces/pieces_certificate.h"

qd_status dimension_write_certificate(const char *path, const qd_arch *arch, const qd_variety_result_t r, qd_ctx_t ctx)
{
    qd_certificate_t c;
    qd_buf_t out;
    qd_certificate_init(c);
    qd_buf_init(out);
    qd_status st = qd_certificate_make(c, arch, &r->witness, ctx);
    if (st == QD_OK) {
        qd_certificate_print(out, c);
        st = qd_file_write(path, qd_buf_str(out), out->len, ctx);
    }
    qd_buf_clear(out);
    qd_certificate_clear(c);
    return st;
}

/* Appends what the certificate says. */
static void print_statement(qd_buf_t out, const qd_certificate_t c)
{
    qd_buf_puts(out, "widths ");
    qd_arch_print_widths(out, &c->arch, ",");
    qd_buf_printf(out, ", kind %s, activation ", qd_kind_get(c->arch.neuron.kind)->name);
    qd_neuron_print_activation(out, &c->arch.neuron);
    qd_buf_printf(out, ", last %s, %s: dimension >= %" PRId64, qd_arch_last_name(&c->arch), c->arch.biases ? "with biases" : "homogeneous",
                  c->lower);
}

static void print(qd_buf_t out, const qd_certificate_t c)
{
    qd_buf_t what;
    qd_buf_init(what);
    print_statement(what, c);
    if (cli_common.json) {
        qd_json_t w;
        qd_json_init(w, out);
        qd_json_object(w, NULL);
        qd_json_string(w, "version", QD_VERSION);
        qd_json_bool(w, "verified", true);
        qd_json_string(w, "statement", qd_buf_str(what));
        qd_json_end(w);
        qd_json_finish(w);
    } else qd_buf_printf(out, "verified: %s\n", qd_buf_str(what));
    qd_buf_clear(what);
}

static qd_status check_dimension(qd_buf_t out, const qd_node *root, qd_ctx_t ctx)
{
    qd_certificate_t c;
    qd_certificate_init(c);
    qd_status st = qd_certificate_read(c, root, ctx);
    if (st == QD_OK) st = qd_certificate_check(c, ctx);
    if (st == QD_OK) print(out, c);
    qd_certificate_clear(c);
    return st;
}

static int run(int n, char **arguments)
{
    (void) n;
    qd_ctx_t ctx;
    qd_doc_t doc;
    qd_buf_t out;
    cli_ctx(ctx);
    qd_doc_init(doc);
    qd_buf_init(out);
    qd_status st = qd_doc_read(doc, arguments[0], QD_JSON, ctx);
    if (st == QD_OK) {
        const qd_node *root = qd_doc_root(doc);
        st = pieces_check_takes(root) ? pieces_check(out, root, ctx) : check_dimension(out, root, ctx);
    }
    int code = st == QD_OK ? cli_print(out, EXIT_ANSWERED) : cli_fail(st, arguments[0], ctx);
    qd_buf_clear(out);
    qd_doc_clear(doc);
    return code;
}

static const opt_spec options[] = {{NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL}};

const cli_command command_check = {
    .name = "check",
    .arguments = "CERTIFICATE",
    .summary = "check a certificate by another road than the one that made it",
    .description = "Reads a certificate and checks it without trusting the run that made it. Exit code 1 when the file is\n"
                   "damaged or proves nothing; 3 when a budget ended the check.\n"
                   "\n"
                   "Of 'quadric dimension --certificate': each entry of the minor is computed by forward derivatives, where\n"
                   "the search used reverse mode, and the determinant by FLINT; a checksum finds changes that the minor does\n"
                   "not notice.\n"
                   "\n"
                   "Of 'quadric pieces --certificate': the network is evaluated at the point of each region. On a line,\n"
                   "Sturm's theorem shows that no unit changes sign between breakpoints; for conventional networks, exact\n"
                   "linear programs show that behind every facet of every region lies a listed one: then everything is\n"
                   "verified. For other networks the patterns along lines through every region are compared with its\n"
                   "neighbours, and what stays unconfirmed is said.\n",
    .examples = "  quadric dimension --widths 2,3,1 --kind quadratic --certificate c.json\n  quadric check c.json\n"
                "  quadric pieces net.json --certificate p.json\n  quadric check p.json\n",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
