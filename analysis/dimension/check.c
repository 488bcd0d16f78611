/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates as files, and quadric check, which checks one by another road than the one that made it. */
#include <inttypes.h>

#include "approx/question.h"
#include "cli/commands.h"
#include "cli/verdict.h"
#include "dimension/dimension.h"
#include "io/io.h"
#include "pieces/pieces_certificate.h"

qd_status dimension_write_certificate(const char *path, const qd_arch *arch, const qd_variety_result_t r, qd_ctx_t ctx)
{
    qd_certificate_t c;
    qd_buf_t out;
    qd_certificate_init(c);
    qd_buf_init(out);
    qd_status st = qd_certificate_make(c, arch, r, ctx);
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
    qd_buf_printf(out, ", last %s, %s: dimension ", qd_arch_last_name(&c->arch), c->arch.biases ? "with biases" : "homogeneous");
    int64_t upper = c->upper->n > 0 ? qd_bound_value(c->upper) : -1;
    if (upper == c->lower) qd_buf_printf(out, "= %" PRId64, upper);
    else if (upper >= 0) qd_buf_printf(out, ">= %" PRId64 " and <= %" PRId64, c->lower, upper);
    else qd_buf_printf(out, ">= %" PRId64, c->lower);
}

static qd_status check_dimension(qd_buf_t out, const qd_node *root, qd_ctx_t ctx)
{
    qd_certificate_t c;
    qd_proof_report_t report;
    qd_buf_t what;
    qd_certificate_init(c);
    qd_proof_report_init(report);
    qd_buf_init(what);
    qd_status st = qd_certificate_read(c, root, ctx);
    if (st == QD_OK) st = qd_certificate_check(report, c, ctx);
    if (st == QD_OK) {
        print_statement(what, c);
        cli_print_verdict(out, what, report);
    }
    qd_buf_clear(what);
    qd_proof_report_clear(report);
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
        if (pieces_check_takes(root)) st = pieces_check(out, root, ctx);
        else if (approx_check_takes(root)) st = approx_check(out, root, ctx);
        else st = check_dimension(out, root, ctx);
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
                   "the search used reverse mode, and the determinant by FLINT. The upper bound is a tree of steps, each by\n"
                   "the formula of its name (DEFINITIONS, section 4): each is computed again from widths and from the steps\n"
                   "that it uses, the dimension of orbits from values of neurons at points. That a formula is a theorem is\n"
                   "not checked. A checksum finds changes that nothing else notices. Certificates of the first format have\n"
                   "the lower bound only.\n"
                   "\n"
                   "Of 'quadric pieces --certificate': the network is evaluated at the point of each region. On a line,\n"
                   "Sturm's theorem shows that no unit changes sign between breakpoints; for conventional networks, exact\n"
                   "linear programs show that behind every facet of every region lies a listed one: then everything is\n"
                   "verified. For other networks the patterns along lines through every region are compared with its\n"
                   "neighbours, and what stays unconfirmed is said.\n"
                   "\n"
                   "Of 'quadric need --certificate': the target is evaluated at every point, a network by itself and not by its\n"
                   "pieces, and divided differences are computed by their recursion, in rational intervals.\n",
    .examples = "  quadric dimension --widths 2,3,1 --kind quadratic --certificate c.json\n  quadric check c.json\n"
                "  quadric pieces net.json --certificate p.json\n  quadric check p.json\n"
                "  quadric need --target runge --tolerance 1e-3 --certificate n.json\n  quadric check n.json\n",
    .options = options,
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
