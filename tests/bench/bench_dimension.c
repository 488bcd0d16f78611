/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of dimensions of functional varieties, square activation, homogeneous, linear readout.

     bench_dimension FOLDER     FOLDER holds dimension.gp, dimension.m2 and dimension.sage

   Ours: one thread, processor time, the median of REPEAT runs with different seeds. Peers: PARI, Macaulay2 and Sage with the scripts
   of FOLDER, processor time of one run without the start of the program, where they are installed and the case is small enough for
   them; "times" is theirs over ours, and the ranks must agree. A peer that is stopped after PEER_SECONDS has that time with a ">".
   Then the rate over all widths up to 8 of depth 4, on two threads, and a case of 19,680 parameters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "bench/bench.h"
#include "variety/variety.h"

enum { REPEAT = 5, PEER_SECONDS = 300 };

static qd_arch square(int64_t *width, const char *widths, qd_ctx_t ctx)
{
    qd_arch s = {0, width, qd_neuron_raise(QD_LINEAR, 2), false, false};
    if (qd_arch_set_widths(width, &s.depth, QD_VARIETY_MAX_DEPTH + 1, widths, ctx) != QD_OK) exit(1);
    return s;
}

static int64_t dimension(const qd_arch *s, qd_ctx_t ctx)
{
    qd_variety_result_t r;
    qd_variety_result_init(r);
    if (qd_variety_dimension(r, s, &qd_variety_defaults, ctx) != QD_OK) {
        fprintf(stderr, "bench_dimension: %s\n", qd_ctx_message(ctx));
        exit(1);
    }
    int64_t lower = r->lower;
    qd_variety_result_clear(r);
    return lower;
}

typedef struct {
    const char *name, *program, *arguments, *package;
    size_t cases; /* that it is asked for, from the first */
} peer;

/* Sage is given a load command, as it would write the translated script beside one that is an argument. */
static const peer peers[] = {
    {"PARI", "gp", "-q -f -D parisizemax=4G \"$FOLDER/dimension.gp\"", "pari-gp", 4},
    {"Macaulay2", "M2", "--script \"$FOLDER/dimension.m2\"", "macaulay2", 5},
    {"Sage", "sage", "-c 'import os; load(os.environ[\"FOLDER\"] + \"/dimension.sage\")'", "sagemath", 5},
};

enum { PEERS = sizeof peers / sizeof *peers };

static bool installed[PEERS];

typedef enum { ANSWER, TOO_LONG, NO_ANSWER } outcome;

/* Runs a peer, which prints its rank and its seconds. TOO_LONG: not within PEER_SECONDS. */
static outcome time_peer(int64_t *rank, double *seconds, const peer *p, const char *folder, const char *widths)
{
    char command[600];
    long long found = -1;
    snprintf(command, sizeof command, "export FOLDER='%s' WIDTHS=%s POWER=2; timeout %d %s %s </dev/null 2>/dev/null", folder, widths,
             PEER_SECONDS, p->program, p->arguments);
    FILE *f = popen(command, "r");
    if (f == NULL) return NO_ANSWER;
    bool read = fscanf(f, "%lld %lf", &found, seconds) == 2;
    int status = pclose(f);
    *rank = found;
    if (read) return ANSWER;
    *seconds = PEER_SECONDS;
    return WIFEXITED(status) && WEXITSTATUS(status) == 124 ? TOO_LONG : NO_ANSWER;
}

/* Case i is given to the peers that are installed and whose `cases` is above i. */
static void compare(const char *folder, const char *widths, size_t i)
{
    double time[REPEAT];
    int64_t width[QD_VARIETY_MAX_DEPTH + 1], rank = 0, other;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ctx->threads = 1;
    qd_arch s = square(width, widths, ctx);
    for (int k = 0; k < REPEAT; k++, ctx->seed++) {
        time[k] = processor_s();
        rank = dimension(&s, ctx);
        time[k] = processor_s() - time[k];
    }
    printf("%-16s %9lld %12.6f", widths, (long long) rank, median(time, REPEAT));
    for (size_t k = 0; k < PEERS; k++) {
        const peer *p = &peers[k];
        bool asked = installed[k] && i < p->cases;
        double seconds;
        outcome result = asked ? time_peer(&other, &seconds, p, folder, widths) : NO_ANSWER;
        if (result == NO_ANSWER) {
            printf(" %12s %9s", asked ? "no answer" : "-", "-");
            continue;
        }
        char theirs[20], times[20];
        snprintf(theirs, sizeof theirs, "%s%.3f", result == TOO_LONG ? ">" : "", seconds);
        snprintf(times, sizeof times, "%s%.0f", result == TOO_LONG ? ">" : "", seconds / median(time, REPEAT));
        printf(" %12s %9s", theirs, times);
        if (result == ANSWER && other != rank) {
            printf("\n");
            fprintf(stderr, "bench_dimension: %s says %lld for %s\n", p->name, (long long) other, widths);
            exit(1);
        }
    }
    printf("\n");
    fflush(stdout);
}

/* ---- many small ones ---------------------------------------------------------------------- */

enum { WIDEST = 8, ALL = WIDEST * WIDEST * WIDEST * WIDEST };

static qd_status one_of_all(void *arg, int64_t i, qd_ctx_t ctx)
{
    int64_t width[] = {2, 1 + i / 512, 1 + i / 64 % 8, 1 + i / 8 % 8, 1 + i % 8, 1};
    qd_arch s = {5, width, qd_neuron_raise(QD_LINEAR, 2), false, false};
    ((int64_t *) arg)[i] = dimension(&s, ctx);
    return QD_OK;
}

static void rate(int threads)
{
    static int64_t found[ALL];
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ctx->threads = threads;
    double start = wall_s();
    qd_parallel_for(ALL, one_of_all, found, ctx);
    start = wall_s() - start;
    printf("all %d widths (2, up to 8 four times, 1): %.3f s on %d thread%s, %.0f architectures a second\n", (int) ALL, start, threads,
           threads > 1 ? "s" : "", ALL / start);
}

static void large(void)
{
    int64_t width[QD_VARIETY_MAX_DEPTH + 1];
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ctx->threads = 2;
    qd_arch s = square(width, "3,80,80,80,80,3", ctx);
    s.neuron = qd_neuron_raise(QD_LINEAR, 6);
    double start = wall_s();
    int64_t rank = dimension(&s, ctx);
    printf("3,80,80,80,80,3 power:6: rank %lld in %.1f s on 2 threads, at most %.2f GB\n", (long long) rank, wall_s() - start,
           (double) qd_memory_peak() * 1e-9);
}

int main(int argc, char **argv)
{
    static const char *const cases[] = {"2,3,1",        "5,5,3,1",      "5,10,10,10,1", "6,12,12,12,1",
                                        "7,15,15,15,1", "8,16,16,16,1", "10,24,24,24,1"};
    const char *folder = argc > 1 ? argv[1] : "tests/bench";
    printf("dimension of functional varieties, square activation\n%-16s %9s %12s", "widths", "dimension", "ours, s");
    for (size_t k = 0; k < PEERS; k++) {
        char command[100], title[30];
        snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", peers[k].program);
        installed[k] = system(command) == 0;
        snprintf(title, sizeof title, "%s, s", peers[k].name);
        printf(" %12s %9s", title, "times");
    }
    printf("\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) compare(folder, cases[i], i);
    for (size_t k = 0; k < PEERS; k++)
        if (!installed[k]) printf("%s is not installed (package %s)\n", peers[k].name, peers[k].package);
    rate(1);
    rate(2);
    large();
    return 0;
}
