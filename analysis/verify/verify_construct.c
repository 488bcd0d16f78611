/* SPDX-License-Identifier: GPL-3.0-or-later */
/* T1.1-T1.3: spline -> network -> spline. */
#include <string.h>

#include "verify/verify.h"

/* ---- hand-made splines --------------------------------------------------------------------- */

static const char *const interval_splines[] = {
    "{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\"], [\"0\", \"1\"]], \"interval\": [\"-1\", \"1\"]}",
    "{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\"], [\"0\", \"0\", \"1\"]], \"interval\": [\"-1\", \"1\"]}",
    "{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\", \"-1\"], [\"0\", \"1\"]], \"interval\": [\"-3\", \"2\"]}",
    "{\"breakpoints\": [\"-1\", \"0\", \"1\"], \"pieces\": [[\"0\"], [\"1\", \"1\"], [\"1\", \"-1\"], [\"0\"]], \"interval\": [\"-2\", \"2\"]}",
    "{\"breakpoints\": [\"0\", \"1\", \"2\", \"3\"], \"pieces\": [[\"0\"], [\"0\", \"0\", \"1/2\"], [\"-3/2\", \"3\", \"-1\"], [\"9/2\", \"-3\", \"1/2\"], [\"0\"]], \"interval\": [\"-1\", \"4\"]}",
    "{\"breakpoints\": [], \"pieces\": [[\"7\"]], \"interval\": [\"0\", \"1\"]}",
    "{\"breakpoints\": [], \"pieces\": [[\"0\"]], \"interval\": [\"0\", \"1\"]}",
    "{\"breakpoints\": [], \"pieces\": [[\"1\", \"-2\", \"3\"]], \"interval\": [\"-1e30\", \"1e30\"]}",
    "{\"breakpoints\": [\"1/3\"], \"pieces\": [[\"0\", \"1\", \"-1\"], [\"1/3\", \"-1/3\"]], \"interval\": [\"0\", \"1\"]}",
};

static const char *const smooth_splines[] = {
    "{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\"], [\"0\", \"1\"]]}",
    "{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\"], [\"0\", \"0\", \"0\", \"1\"]]}",
    "{\"breakpoints\": [\"5/7\"], \"pieces\": [[\"1\"], [\"24/49\", \"10/7\", \"-1\"]]}",
    "{\"breakpoints\": [\"0\", \"1\", \"2\", \"3\"], \"pieces\": [[\"0\"], [\"0\", \"0\", \"1/2\"], [\"-3/2\", \"3\", \"-1\"], [\"9/2\", \"-3\", \"1/2\"], [\"0\"]]}",
    "{\"breakpoints\": [\"0\", \"1\", \"2\", \"3\", \"4\"], \"pieces\": [[\"0\"], [\"0\", \"0\", \"0\", \"1/6\"], [\"2/3\", \"-2\", \"2\", \"-1/2\"], [\"-22/3\", \"10\", \"-4\", \"1/2\"], [\"32/3\", \"-8\", \"2\", \"-1/6\"], [\"0\"]]}",
    "{\"breakpoints\": [], \"pieces\": [[\"1\", \"2\", \"3\", \"4\", \"5\", \"6\", \"7\", \"8\", \"9\", \"10\"]]}",
    "{\"breakpoints\": [], \"pieces\": [[\"0\"]]}",
    "{\"breakpoints\": [\"1e40\"], \"pieces\": [[\"0\"], [\"1e80\", \"-2e40\", \"1\"]]}",
};

static const char *const general_splines[] = {
    "{\"breakpoints\": [\"-1\", \"1\"], \"pieces\": [[\"0\"], [\"1\", \"0\", \"-1\"], [\"0\"]]}",
    "{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\", \"0\", \"0\", \"-1\"], [\"0\", \"1\", \"-1\", \"1\"]]}",
    "{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\"], [\"0\", \"1\", \"-1\", \"0\", \"0\", \"1\", \"-3\"]]}",
    "{\"breakpoints\": [\"0\"], \"pieces\": [[\"0\", \"1\"], [\"0\", \"0\", \"1\", \"0\", \"0\", \"1\", \"0\", \"-3\"]]}",
    "{\"breakpoints\": [\"0\", \"1e-20\"], \"pieces\": [[\"0\"], [\"0\", \"1\"], [\"1e-20\"]]}",
};

const int64_t verify_t11_special = sizeof interval_splines / sizeof *interval_splines;
const int64_t verify_t12_special = sizeof smooth_splines / sizeof *smooth_splines;
const int64_t verify_t13_special = sizeof general_splines / sizeof *general_splines;

/* ---- one case ------------------------------------------------------------------------------ */

/* Turns the first output f = b + w.a into b - w.a, or into f + 1 where that changes nothing. */
static void sabotage(qd_net_t net)
{
    qd_layer_struct *readout = net->layer + net->depth - 1;
    bool constant = true;
    for (slong j = 0; j < readout->in; j++) {
        constant = constant && fmpq_is_zero(readout->param[0] + j);
        fmpq_neg(readout->param[0] + j, readout->param[0] + j);
    }
    if (constant) fmpq_add_si(readout->param[1], readout->param[1], 1);
}

static bool keeps_bounds(qd_buf_t why, const qd_construct_report *r)
{
    if (r->depth <= r->bound_depth && r->width <= r->proved_width && r->proved_width <= r->bound_width) return true;
    qd_buf_printf(why, "%s: depth %ld (bound %ld), width %ld (proved %ld, bound %ld) for degree %ld and %ld breakpoints",
                  qd_construct_method_name(r->method), (long) r->depth, (long) r->bound_depth, (long) r->width, (long) r->proved_width,
                  (long) r->bound_width, (long) r->degree, (long) r->nbreaks);
    return false;
}

static qd_truth check(qd_buf_t why, const qd_spline_t s, qd_ctx_t ctx)
{
    qd_net_t net;
    qd_construct_report r;
    qd_truth truth = QD_UNKNOWN;
    qd_net_init(net);
    qd_status st = qd_construct(net, &r, s, ctx);
    if (st == QD_OK) {
        if (verify_options.sabotage) sabotage(net);
        truth = qd_spline_verify(why, net, s, ctx);
        if (truth == QD_TRUE && !keeps_bounds(why, &r)) truth = QD_FALSE;
    } else {
        qd_buf_puts(why, qd_ctx_message(ctx));
        if (st != QD_EUNABLE) truth = QD_FALSE;
    }
    if (truth == QD_FALSE) {
        qd_buf_puts(why, "; the spline: ");
        qd_spline_print(why, s);
    }
    qd_net_clear(net);
    return truth;
}

/* Draws degree, breakpoints and smoothness; `smooth` asks for C^(N-1). */
static void draw(qd_spline_t s, int64_t index, uint64_t stream, slong degree, bool smooth, bool bounded, qd_ctx_t ctx)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(stream, (uint64_t) index, 0));
    slong n = 1 + (slong) qd_rng_below(rng, (uint64_t) degree), k = (slong) qd_rng_below(rng, (uint64_t) verify_options.breakpoints + 1);
    slong smoothness = smooth ? n - 1 : (slong) qd_rng_below(rng, (uint64_t) n);
    slong outputs = index % 4 == 3 ? 1 + (slong) qd_rng_below(rng, (uint64_t) verify_options.outputs) : 1;
    qd_spline_random(s, n, k, smoothness, outputs, bounded, rng);
}

static qd_truth run(qd_buf_t why, int64_t index, const char *const *special, int64_t nspecial, slong degree, bool smooth, bool bounded,
                    uint64_t stream, qd_ctx_t ctx)
{
    qd_spline_t s;
    qd_truth truth = QD_FALSE;
    qd_spline_init(s);
    if (index >= nspecial) {
        draw(s, index - nspecial, stream, degree, smooth, bounded, ctx);
        truth = check(why, s, ctx);
    } else if (qd_spline_parse(s, special[index], strlen(special[index]), ctx) == QD_OK) truth = check(why, s, ctx);
    else qd_buf_puts(why, qd_ctx_message(ctx));
    qd_spline_clear(s);
    return truth;
}

static slong at_most(slong degree)
{
    return verify_options.degree < degree ? verify_options.degree : degree;
}

qd_truth verify_t11(qd_buf_t why, int64_t index, qd_ctx_t ctx)
{
    return run(why, index, interval_splines, verify_t11_special, at_most(2), false, true, 11, ctx);
}

qd_truth verify_t12(qd_buf_t why, int64_t index, qd_ctx_t ctx)
{
    return run(why, index, smooth_splines, verify_t12_special, verify_options.degree, true, false, 12, ctx);
}

qd_truth verify_t13(qd_buf_t why, int64_t index, qd_ctx_t ctx)
{
    return run(why, index, general_splines, verify_t13_special, verify_options.degree, false, index % 5 == 4, 13, ctx);
}
