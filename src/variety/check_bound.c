/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is a proof of an upper bound one? Each step must have the shape that its name asks for and the bound that its formula gives, computed again
   from widths and from the bounds of its parts (check_leaf.c, check_cut.c, check_orbit.c). Nothing is searched: what found the proof is not asked. That the
   formulas are theorems is not shown here but where they are stated. */
#include <inttypes.h>

#include "variety/check_impl.h"

static qd_status refuse(qd_ctx_t ctx, const qd_bound_step *s, int64_t number, const char *why)
{
    qd_buf_t widths;
    qd_arch arch = qd_bound_arch(s);
    qd_buf_init(widths);
    qd_arch_print_widths(widths, &arch, ",");
    qd_fail(ctx, QD_EINPUT, "refused: step %" PRId64 " of the upper bound, %s of %s: %s", number, qd_variety_certificate_name(s->by),
            qd_buf_str(widths), why);
    qd_buf_clear(widths);
    return QD_EINPUT;
}

/* *open: the orbits are too large to try. */
static qd_status check_orbit(bool *open, const qd_bound_step *s, int64_t number, qd_ctx_t ctx)
{
    int64_t rank, nparams = 0;
    char why[128];
    if (s->larger || s->at != 0 || s->part[0] >= 0) return refuse(ctx, s, number, "its formula is not about such a family and such parts");
    for (int64_t l = 0; l < s->depth; l++) nparams += s->width[l + 1] * qd_variety__facts(s, l).nparams;
    *open = !qd_variety__orbit_by_values(&rank, s);
    if (*open || nparams - rank == s->upper) return QD_OK;
    snprintf(why, sizeof why, "it says %" PRId64 ", %" PRId64 " parameters less orbits of dimension %" PRId64 " are %" PRId64, s->upper,
             nparams, rank, nparams - rank);
    return refuse(ctx, s, number, why);
}

static qd_status check_step(bool *open, const qd_bound_t proof, int64_t number, qd_ctx_t ctx)
{
    const qd_bound_step *s = proof->step + number, *part[2] = {NULL, NULL};
    int64_t value;
    char why[128];
    for (int k = 0; k < 2; k++) {
        if (s->part[k] >= number || (k == 1 && s->part[1] >= 0 && part[0] == NULL))
            return refuse(ctx, s, number, "it uses what was not shown before");
        if (s->part[k] >= 0) part[k] = proof->step + s->part[k];
    }
    if (s->larger && s->depth == 1 && !s->same) return refuse(ctx, s, number, "a readout has no larger form");
    if (s->by == QD_UPPER_ORBIT) return check_orbit(open, s, number, ctx);
    bool shape = part[0] == NULL ? qd_variety__leaf_formula(&value, s) : qd_variety__cut_formula(&value, s, part);
    if (!shape) return refuse(ctx, s, number, "its formula is not about such a family and such parts");
    if (value == s->upper) return QD_OK;
    snprintf(why, sizeof why, "it says %" PRId64 ", its formula gives %" PRId64, s->upper, value);
    return refuse(ctx, s, number, why);
}

/* The names in the proof, each once. */
static void print_names(qd_buf_t out, const qd_bound_t proof)
{
    const char *between = "";
    for (int by = 0; by < QD_UPPER_REASONS; by++)
        for (int64_t i = 0; i < proof->n; i++)
            if ((int) proof->step[i].by == by) {
                qd_buf_printf(out, "%s%s", between, qd_variety_certificate_name((qd_variety_certificate) by));
                between = ", ";
                break;
            }
}

qd_status qd_bound_check(qd_proof_report_t report, const qd_bound_t proof, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    bool any = false;
    for (int64_t i = 0; i < proof->n && st == QD_OK; i++) {
        bool open = false;
        st = qd_ctx_budget(ctx);
        if (st == QD_OK) st = check_step(&open, proof, i, ctx);
        any |= open;
    }
    if (st != QD_OK) return st;
    report->complete = !any;
    if (any) {
        qd_buf_puts(report->open, "upper bound: the orbits are too large to compute their dimension again\n");
        return QD_OK;
    }
    qd_buf_printf(report->confirmed, "upper bound %" PRId64 ": %" PRId64 " step%s, each with the value of its formula, computed again: ",
                  qd_bound_value(proof), proof->n, proof->n == 1 ? "" : "s");
    print_names(report->confirmed, proof);
    qd_buf_puts(report->confirmed, "\n");
    return QD_OK;
}
