/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates of regions as files: quadric pieces --certificate, and the part of quadric check that reads them. */
#include "pieces/pieces_certificate.h"

#include <string.h>

#include "cli/verdict.h"

int pieces_certificate_write(const qd_net_t net, const pieces_domain *dom, qd_regions_t g, const qd_alg_list_struct *breaks, int code,
                             qd_ctx_t ctx)
{
    qd_proof_t p;
    qd_buf_t out;
    qd_status st = QD_OK;
    bool listed = g->n > 0 && (code == EXIT_ANSWERED || g->count.label == QD_LOWER_BOUND);
    if (pieces_options.certificate == NULL || !listed) return code;
    qd_proof_init(p);
    qd_buf_init(out);
    st = qd_proof_make(p, net, &dom->d, g, breaks, ctx);
    if (st == QD_OK) {
        qd_proof_print(out, p);
        st = qd_file_write(pieces_options.certificate, qd_buf_str(out), out->len, ctx);
    }
    if (st != QD_OK) code = cli_fail(st, st == QD_EIO ? NULL : "no certificate", ctx);
    qd_proof_clear(p);
    qd_buf_clear(out);
    return code;
}

int pieces_certificate_line(const qd_net_t net, const pieces_domain *dom, qd_line_t line, int code, qd_ctx_t ctx)
{
    qd_answer_t a;
    qd_alg_list_t breaks;
    const qd_engine_options o = {.list = true, .slices = 1};
    if (pieces_options.certificate == NULL || code != EXIT_ANSWERED) return code;
    qd_answer_init(a);
    qd_alg_list_init(breaks);
    qd_status st = qd_engine_compute(a, net, &dom->d, &o, ctx);
    for (slong i = 0; st == QD_OK && i < qd_line_nbreaks(line); i++) st = qd_line_breakpoint(qd_alg_list_add(breaks, NULL), line, i, ctx);
    code = st == QD_OK ? pieces_certificate_write(net, dom, a->regions, breaks, code, ctx) : cli_fail(st, "no certificate", ctx);
    qd_answer_clear(a);
    qd_alg_list_clear(breaks);
    return code;
}

/* ---- check ---------------------------------------------------------------------------------- */

bool pieces_check_takes(const qd_node *root)
{
    const qd_node *format = qd_node_kind(root) == QD_NODE_OBJECT ? qd_node_member(root, "certificate") : NULL;
    return format != NULL && qd_node_kind(format) == QD_NODE_STRING && strncmp(qd_node_text(format, NULL), "quadric pieces ", 15) == 0;
}

static void statement(qd_buf_t out, const qd_proof_t p)
{
    static const char *const space[] = {"space", "line", "plane"};
    const qd_count *c = &p->regions->count;
    bool cut = p->lo != NULL || p->hi != NULL;
    qd_buf_printf(out, "%s%ld patterns, %ld regions, %ld pieces, ", c->label == QD_EXACT ? "" : "at least ", (long) c->patterns,
                  (long) c->regions, (long) c->pieces);
    if (c->label == QD_EXACT) qd_buf_printf(out, "largest degree %ld, ", (long) c->max_degree);
    if (p->dim > 2) qd_buf_printf(out, "%ld dimensions", (long) p->dim);
    else qd_buf_printf(out, "a %s", space[p->dim]);
    if (cut) qd_buf_puts(out, p->dim == 1 ? ", an interval" : ", a box");
}

qd_status pieces_check(qd_buf_t out, const qd_node *root, qd_ctx_t ctx)
{
    qd_proof_t p;
    qd_proof_report_t report;
    qd_proof_init(p);
    qd_proof_report_init(report);
    qd_status st = qd_proof_read(p, root, ctx);
    if (st == QD_OK) st = qd_proof_check(report, p, ctx);
    if (st == QD_OK) {
        qd_buf_t what;
        qd_buf_init(what);
        statement(what, p);
        cli_print_verdict(out, what, report);
        qd_buf_clear(what);
    }
    qd_proof_clear(p);
    qd_proof_report_clear(report);
    return st;
}
