/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates as files, and quadric check, which checks one by another road than the one that made it. */
#include <inttypes.h>

#include "cli/commands.h"
#include "dimension/dimension.h"
#include "io/io.h"

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

static qd_status check_file(qd_buf_t statement, const char *path, qd_ctx_t ctx)
{
    qd_doc_t doc;
    qd_certificate_t c;
    qd_doc_init(doc);
    qd_certificate_init(c);
    qd_status st = qd_doc_read(doc, path, QD_JSON, ctx);
    if (st == QD_OK) st = qd_certificate_read(c, qd_doc_root(doc), ctx);
    if (st == QD_OK) st = qd_certificate_check(c, ctx);
    if (st == QD_OK) print_statement(statement, c);
    qd_certificate_clear(c);
    qd_doc_clear(doc);
    return st;
}

static int run(int n, char **arguments)
{
    (void) n;
    qd_ctx_t ctx;
    qd_buf_t what, out;
    cli_ctx(ctx);
    qd_buf_init(what);
    qd_buf_init(out);
    int code;
    qd_status st = check_file(what, arguments[0], ctx);
    if (st == QD_OK) {
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
        code = cli_print(out, EXIT_ANSWERED);
    } else code = cli_fail(st, arguments[0], ctx);
    qd_buf_clear(what);
    qd_buf_clear(out);
    return code;
}

static const opt_spec options[] = {{NULL, 0, OPT_FLAG, NULL, NULL, 0, 0, NULL}};

const cli_command command_check = {
    .name = "check",
    .arguments = "CERTIFICATE",
    .summary = "check a certificate by another road than the one that made it",
    .description = "Reads a certificate that 'quadric dimension --certificate' wrote and checks it without trusting the\n"
                   "run that made it: each entry of the minor is computed by forward derivatives, where the search used\n"
                   "reverse mode, and the determinant by FLINT; a checksum finds changes that the minor does not notice. Exit code\n"
                   "1 when the file is damaged or proves nothing.\n",
    .examples = "  quadric dimension --widths 2,3,1 --kind quadratic --certificate c.json\n  quadric check c.json\n",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
