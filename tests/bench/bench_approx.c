/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What need and approximate take, one thread, processor time inside this process; beside the pieces those of scipy's smoothing spline of the same degree
   and the same error, where python3-scipy is installed (spline.py, in processor time of its own). Its error is measured at points, ours
   certified; its splines have degree - 1 continuous derivatives, ours need none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approx/approx.h"
#include "bench/bench.h"

#define RUNS 5

typedef struct {
    const char *f, *lo, *hi, *eps;
    double asked_s; /* of each of the two */
} bench_case;

static const bench_case cases[] = {
    {"1/(1+25*x^2)", "-1", "1", "1e-6", 1}, {"1/(1+25*x^2)", "-1", "1", "1e-3", 0}, {"sin(5*x)", "-1", "1", "1e-3", 0},
    {"exp(-x^2)", "-3", "3", "1e-3", 0},    {"sqrt(x+1/100)", "0", "1", "1e-3", 0}, {"x*sqrt(abs(x))", "-1", "1", "1e-3", 0},
    {"x^2", "0", "1", "1e-3", 0},
};

static void set(fmpq_t x, const char *text, qd_ctx_t ctx)
{
    if (qd_rat_set_str(x, text, strlen(text), ctx) != QD_OK) exit(1);
}

static void fail(qd_ctx_t ctx)
{
    fprintf(stderr, "bench_approx: %s\n", qd_ctx_message(ctx));
    exit(1);
}

static double time_need(qd_approx_target_t f, const fmpq_t eps, qd_ctx_t ctx)
{
    double t[RUNS];
    for (int i = 0; i < RUNS; i++) {
        qd_approx_need_t r;
        qd_approx_need_init(r);
        t[i] = -processor_s();
        if (qd_approx_need(r, f, 1, eps, ctx) != QD_OK) fail(ctx);
        t[i] += processor_s();
        qd_approx_need_clear(r);
    }
    return median(t, RUNS);
}

static double time_network(qd_approx_target_t f, const fmpq_t eps, qd_ctx_t ctx)
{
    double t[RUNS];
    for (int i = 0; i < RUNS; i++) {
        qd_net_t net;
        qd_approx_report_t r;
        qd_net_init(net);
        qd_approx_report_init(r);
        t[i] = -processor_s();
        if (qd_approx_network(net, r, f, eps, QD_QUADRATIC, 3, ctx) != QD_OK) fail(ctx);
        t[i] += processor_s();
        qd_net_clear(net);
        qd_approx_report_clear(r);
    }
    return median(t, RUNS);
}

/* Pieces and seconds of the peer; false: there is none. */
static bool run_peer(long *pieces, double *seconds, const char *folder, const bench_case *c, int degree)
{
    char command[512];
    snprintf(command, sizeof command, "timeout 30 /usr/bin/python3 %s/spline.py '%s' %s %s %s %d 2>/dev/null", folder, c->f, c->lo, c->hi,
             c->eps, degree);
    FILE *p = popen(command, "r");
    bool there = p != NULL && fscanf(p, "%ld %lf", pieces, seconds) == 2;
    if (p != NULL) pclose(p);
    return there;
}

static void compare(qd_approx_target_t f, const fmpq_t eps, const char *folder, const bench_case *c, int degree, qd_ctx_t ctx)
{
    qd_approx_lower_t lower;
    qd_spline_t s;
    qd_enclosure_t e;
    long pieces;
    double seconds;
    qd_approx_lower_init(lower);
    qd_spline_init(s);
    qd_enclosure_init(e);
    if (qd_approx_upper(s, e, f, degree, eps, ctx) != QD_OK || qd_approx_lower(lower, f, degree, eps, ctx) != QD_OK) fail(ctx);
    printf("    degree %d  needed %5ld  reached %5ld", degree, (long) lower->m + 1, (long) s->nbreaks + 1);
    if (run_peer(&pieces, &seconds, folder, c, degree)) {
        if (pieces < 0) printf("  scipy: not reached (%.2f s)", seconds);
        else printf("  scipy %5ld (%.2f s)%s", pieces, seconds, pieces < s->nbreaks + 1 ? "  FEWER" : "");
    }
    printf("\n");
    qd_approx_lower_clear(lower);
    qd_spline_clear(s);
    qd_enclosure_clear(e);
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "tests/bench";
    printf("approx: need (all of it) and approximate --depth 3, processor time; pieces beside scipy's UnivariateSpline\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const bench_case *c = cases + i;
        qd_ctx_t ctx;
        qd_approx_target_t f;
        fmpq_t lo, hi, eps;
        qd_ctx_init(ctx);
        qd_approx_target_init(f);
        fmpq_init(lo);
        fmpq_init(hi);
        fmpq_init(eps);
        set(lo, c->lo, ctx);
        set(hi, c->hi, ctx);
        set(eps, c->eps, ctx);
        if (qd_approx_target_set_expr(f, c->f, lo, hi, ctx) != QD_OK) fail(ctx);
        printf("  %s on [%s, %s], %s: need %.3f s, approximate %.3f s", c->f, c->lo, c->hi, c->eps, time_need(f, eps, ctx),
               time_network(f, eps, ctx));
        if (c->asked_s > 0) printf(" (asked: %g s each)", c->asked_s);
        printf("\n");
        for (int degree = 1; degree <= 3; degree++) compare(f, eps, folder, c, degree, ctx);
        fmpq_clear(lo);
        fmpq_clear(hi);
        fmpq_clear(eps);
        qd_approx_target_clear(f);
    }
    return 0;
}
