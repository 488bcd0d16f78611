/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of the engine in one dimension beside PARI/GP on the same networks in the same run.

   Networks: random relu, one input, quadratic where nothing else is said, weights k/8 with k uniform in -8..8 (grid) or 24-bit Gaussian
   (gauss), seeds 1 to 5. For each network ours and the peer's are timed one after the other; the figure of a row is the median over the seeds, the ratio the median of the
   ratios. Peer: pieces.gp (processor time of the count only, mean of its repetitions). Counts must agree. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"
#include "spline/spline.h"

#define SEEDS 5
/* A count that takes longer is not one. */
#define LONGEST_S 20

typedef struct {
    const char *what;
    qd_kind kind;
    slong width, depth;
    qd_weights weights;
    int repeat;      /* of ours; the median counts */
    bool all;        /* every breakpoint and polynomial as well */
    int peer_repeat; /* 0: the peer would take too long */
    double limit_s;  /* the figure that was promised, 0: none */
} bench_case;

static const bench_case cases[] = {
    {"depth 4, width 8", QD_QUADRATIC, 8, 4, QD_WEIGHTS_GRID, 21, true, 20, 0},
    {"depth 6, width 8", QD_QUADRATIC, 8, 6, QD_WEIGHTS_GRID, 11, true, 3, 0},
    {"depth 8, width 8", QD_QUADRATIC, 8, 8, QD_WEIGHTS_GRID, 3, true, 1, 60},
    {"depth 2, width 64", QD_QUADRATIC, 64, 2, QD_WEIGHTS_GRID, 7, true, 1, 0.5},
    {"depth 4, width 16, Gaussian", QD_QUADRATIC, 16, 4, QD_WEIGHTS_GAUSS, 11, true, 1, 2},
    {"depth 4, width 8, Gaussian", QD_QUADRATIC, 8, 4, QD_WEIGHTS_GAUSS, 21, true, 20, 0},
    {"depth 6, width 8, Gaussian", QD_QUADRATIC, 8, 6, QD_WEIGHTS_GAUSS, 11, true, 3, 0},
    {"depth 8, width 8, Gaussian", QD_QUADRATIC, 8, 8, QD_WEIGHTS_GAUSS, 3, true, 1, 0},
    {"depth 9, width 8, Gaussian", QD_QUADRATIC, 8, 9, QD_WEIGHTS_GAUSS, 1, false, 0, 0.5},
    {"depth 10, width 8, Gaussian", QD_QUADRATIC, 8, 10, QD_WEIGHTS_GAUSS, 1, false, 0, 1},
    {"depth 12, width 8, Gaussian", QD_QUADRATIC, 8, 12, QD_WEIGHTS_GAUSS, 1, false, 0, 4},
    {"depth 3, width 256, Gaussian", QD_QUADRATIC, 256, 3, QD_WEIGHTS_GAUSS, 1, false, 0, 0},
    {"conventional, 10 of 256", QD_LINEAR, 256, 10, QD_WEIGHTS_GAUSS, 1, false, 0, 0.8},
    {"conventional, 50 of 32", QD_LINEAR, 32, 50, QD_WEIGHTS_GAUSS, 1, false, 0, 0.6},
};

/* ---- ours ------------------------------------------------------------------------------------- */

static double time_count(qd_count *count, const qd_net_t net, int threads, int repeat)
{
    double t[64];
    for (int i = 0; i < repeat; i++) {
        qd_ctx_t ctx;
        qd_line_t line;
        qd_domain whole = {0};
        qd_line_init(line);
        qd_ctx_init(ctx);
        ctx->threads = threads;
        ctx->max_seconds = LONGEST_S;
        double start = processor_s();
        qd_line_compute(line, net, &whole, ctx);
        t[i] = threads == 1 ? processor_s() - start : qd_ctx_elapsed(ctx);
        *count = qd_line_count(line);
        qd_line_clear(line);
    }
    return median(t, repeat);
}

/* Count, then every breakpoint as an algebraic number and every region's polynomial. */
static double time_everything(const qd_net_t net)
{
    qd_ctx_t ctx;
    qd_line_t line;
    qd_domain whole = {0};
    fmpq_poly_t p;
    qd_alg_t a;
    fmpq_poly_init(p);
    qd_alg_init(a);
    qd_line_init(line);
    qd_ctx_init(ctx);
    ctx->threads = 1;
    double start = processor_s();
    qd_line_compute(line, net, &whole, ctx);
    for (slong i = 0; i < qd_line_nregions(line); i++) qd_line_poly(p, line, i, ctx);
    for (slong i = 0; i < qd_line_nbreaks(line); i++) qd_line_breakpoint(a, line, i, ctx);
    double t = processor_s() - start;
    qd_line_clear(line);
    fmpq_poly_clear(p);
    qd_alg_clear(a);
    return t;
}

/* ---- the peer --------------------------------------------------------------------------------- */

static bool have_gp(void)
{
    return system("command -v gp >/dev/null 2>&1") == 0;
}

static int64_t member(const qd_node *root, const char *key, qd_ctx_t ctx)
{
    int64_t v = -1;
    const qd_node *node = qd_node_member(root, key);
    if (node != NULL) qd_node_get_int(&v, node, -1, INT64_MAX, key, ctx);
    return v;
}

/* Seconds of one count, or -1. *agrees: same regions, patterns, pieces and degree. */
static double time_peer(bool *agrees, const char *folder, const char *path, int repeat, const qd_count *count)
{
    char command[1024], answer[1024] = "";
    snprintf(command, sizeof command, "NET=%s REPEAT=%d timeout 300 gp -q -f -D parisizemax=2G %s/pieces.gp </dev/null 2>/dev/null", path,
             repeat, folder);
    FILE *f = popen(command, "r");
    if (f == NULL) return -1;
    size_t n = fread(answer, 1, sizeof answer - 1, f);
    pclose(f);
    double seconds = -1;
    qd_ctx_t ctx;
    qd_doc_t doc;
    qd_ctx_init(ctx);
    qd_doc_init(doc);
    if (n > 0 && qd_doc_parse(doc, answer, n, QD_JSON, ctx) == QD_OK) {
        const qd_node *root = qd_doc_root(doc), *ms = qd_node_member(root, "milliseconds");
        double v;
        if (ms != NULL && qd_node_get_double(&v, ms, 0, 1e9, "milliseconds", ctx) == QD_OK) seconds = v / 1000;
        *agrees = member(root, "regions", ctx) == count->regions && member(root, "patterns", ctx) == count->patterns &&
                  member(root, "pieces", ctx) == count->pieces && member(root, "max_degree", ctx) == count->max_degree;
    }
    qd_doc_clear(doc);
    return seconds;
}

/* The peer merges breakpoints closer than 1e-40 (relative above 1), as its header says. Are there any? */
static bool too_close_for_peer(const qd_net_t net)
{
    qd_ctx_t ctx;
    qd_line_t line;
    qd_domain whole = {0};
    qd_alg_t a, b;
    fmpq_t gap, least;
    bool close = false;
    qd_alg_init(a);
    qd_alg_init(b);
    fmpq_init(gap);
    fmpq_init(least);
    fmpz_one(fmpq_numref(least));
    fmpz_ui_pow_ui(fmpq_denref(least), 10, 39);
    qd_line_init(line);
    qd_ctx_init(ctx);
    qd_line_compute(line, net, &whole, ctx);
    for (slong i = 0; i < qd_line_nbreaks(line); i++) {
        qd_alg_swap(a, b);
        qd_line_breakpoint(b, line, i, ctx);
        qd_alg_refine(b, 160);
        fmpq_sub(gap, b->lo, a->hi);
        close = close || (i > 0 && fmpq_cmp(gap, least) < 0);
    }
    qd_line_clear(line);
    qd_alg_clear(a);
    qd_alg_clear(b);
    fmpq_clear(gap);
    fmpq_clear(least);
    return close;
}

/* ---- one row ---------------------------------------------------------------------------------- */

static void random_net(qd_net_t net, const bench_case *c, uint64_t seed)
{
    int64_t width[64];
    width[0] = width[c->depth + 1] = 1;
    for (slong l = 1; l <= c->depth; l++) width[l] = c->width;
    qd_arch arch = {c->depth + 1, width, qd_neuron_make(c->kind, QD_RELU), false, true};
    qd_net_random(net, &arch, &(qd_random_weights){c->weights, 8, 8}, seed, 0);
}

static int run_case(const bench_case *c, const char *folder, bool peer)
{
    double one[SEEDS], two[SEEDS], all[SEEDS], gp[SEEDS], ratio[SEEDS], ratio_all[SEEDS];
    slong regions[2] = {WORD_MAX, 0};
    int npeer = 0, wrong = 0, merged = 0, bounds = 0;
    double worst = 0;
    const char *tmp = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof path, "%s/quadric-bench-XXXXXX", tmp != NULL ? tmp : P_tmpdir);
    int fd = mkstemp(path);
    if (fd < 0) return 1;
    close(fd);
    for (int s = 0; s < SEEDS; s++) {
        qd_net_t net;
        qd_ctx_t ctx;
        qd_count count;
        qd_net_init(net);
        qd_ctx_init(ctx);
        random_net(net, c, (uint64_t) s + 1);
        qd_net_write(path, net, ctx);
        one[s] = time_count(&count, net, 1, c->repeat);
        two[s] = time_count(&count, net, 2, c->repeat);
        all[s] = c->all ? time_everything(net) : 0;
        bounds += count.label != QD_EXACT;
        if (one[s] > worst) worst = one[s];
        if (count.regions < regions[0]) regions[0] = count.regions;
        if (count.regions > regions[1]) regions[1] = count.regions;
        if (peer && c->peer_repeat > 0) {
            bool agrees = false;
            double t = time_peer(&agrees, folder, path, c->peer_repeat, &count);
            if (t >= 0) {
                gp[npeer] = t;
                ratio_all[npeer] = t / all[s];
                ratio[npeer++] = t / one[s];
                if (!agrees && too_close_for_peer(net)) merged++;
                else wrong += !agrees;
            }
        }
        qd_net_clear(net);
    }
    unlink(path);
    printf("%-28s %4ld-%-5ld %9.2f %9.2f ", c->what, (long) regions[0], (long) regions[1], 1e3 * median(one, SEEDS),
           1e3 * median(two, SEEDS));
    if (c->all) printf("%9.2f", 1e3 * median(all, SEEDS));
    else printf("%9s", "-");
    if (npeer > 0) printf(" %10.1f %7.0fx %7.0fx", 1e3 * median(gp, npeer), median(ratio, npeer), median(ratio_all, npeer));
    else printf(" %10s %8s %8s", "-", "-", "-");
    if (wrong > 0) printf("  COUNTS DIFFER");
    else if (merged > 0)
        printf("  %d of %d counts agree; in %d the peer merges breakpoints closer than 1e-40", npeer - merged, npeer, merged);
    else if (npeer > 0) printf("  counts agree");
    if (bounds > 0) printf("  %d of %d are only bounds after %d s", bounds, SEEDS, LONGEST_S);
    if (c->limit_s > 0) printf("; worst %.1f of %g ms promised", 1e3 * worst, 1e3 * c->limit_s);
    printf("\n");
    fflush(stdout);
    return wrong;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "tests/bench";
    bool peer = have_gp();
    int wrong = 0;
    if (!peer) printf("PARI/GP is not installed (package pari-gp): no ratios\n");
    printf(
        "Median milliseconds over %d networks. count: qd_line_compute on 1 thread (processor time, as the peer's) and\n"
        "on 2 (wall time); all: with every breakpoint and polynomial exactly, 1 thread. Ratios: peer over count and all, median over the pairs.\n\n",
        SEEDS);
    printf("%-28s %10s %9s %9s %9s %10s %8s %8s\n", "networks", "regions", "count", "2 threads", "all", "PARI/GP", "ratio", "all");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) wrong += run_case(cases + i, folder, peer);
    printf("\npeak memory %.0f MB\n", (double) qd_memory_peak() / 1e6);
    flint_cleanup_master();
    return wrong == 0 ? 0 : 1;
}
