/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything about one target and one tolerance. What is found last goes first: the certificate of a spline may find peaks of the target that the
   search for tuples would not have seen. */
#include "approx/approx.h"

#include <string.h>

void qd_approx_need_init(qd_approx_need_t r)
{
    memset(r, 0, sizeof *r);
    qd_approx_lower_init(r->lower);
    qd_spline_init(r->upper);
    qd_enclosure_init(r->error);
}

void qd_approx_need_clear(qd_approx_need_t r)
{
    qd_approx_lower_clear(r->lower);
    qd_spline_clear(r->upper);
    qd_enclosure_clear(r->error);
}

/* Networks of the kind with `depth` hidden layers: what is needed and what was made. */
static qd_status add_units(qd_approx_need_t r, qd_approx_target_t f, const fmpq_t eps, qd_kind kind, slong depth, qd_ctx_t ctx)
{
    qd_net_t net;
    qd_approx_report_t made;
    qd_net_init(net);
    qd_approx_report_init(made);
    qd_status st = qd_approx_network(net, made, f, eps, kind, depth, ctx);
    if (st == QD_OK && kind == QD_LINEAR) {
        r->units[r->nunits++] =
            (qd_approx_units){kind, 1, made->least_units, made->units, "N units in one layer have at most N + 1 pieces"};
        r->units[r->nunits++] = (qd_approx_units){kind, 0, qd_approx_units_any_depth(made->least_pieces), made->units,
                                                  "T1.8: N units have at most G(N) pieces"};
    } else if (st == QD_OK)
        r->units[r->nunits++] =
            (qd_approx_units){kind, depth, made->least_units, made->units,
                              depth == 1 ? "N units have at most 2 N + 1 pieces, of degree 2 or less"
                                         : "N units in two layers: (2 M + 1)(4 (N - M) + 1) pieces, of degree 4 or less"};
    qd_net_clear(net);
    qd_approx_report_clear(made);
    return st;
}

qd_status qd_approx_need(qd_approx_need_t r, qd_approx_target_t f, slong degree, const fmpq_t eps, qd_ctx_t ctx)
{
    qd_approx_need_t t;
    qd_approx_need_init(t);
    t->degree = degree;
    qd_status st = qd_approx_upper(t->upper, t->error, f, degree, eps, ctx);
    if (st == QD_OK) st = qd_approx_lower(t->lower, f, degree, eps, ctx);
    if (st == QD_OK) st = add_units(t, f, eps, QD_LINEAR, 1, ctx);
    for (slong depth = 1; depth <= 2 && st == QD_OK; depth++) st = add_units(t, f, eps, QD_QUADRATIC, depth, ctx);
    if (st == QD_OK) {
        qd_approx_need_struct old = *r;
        *r = *t;
        *t = old;
    }
    qd_approx_need_clear(t);
    return st;
}
