/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --max-seconds and --max-memory from outside, on inputs whose units of work are far beyond them: a labelled bound or "not decided", exit
   code 3, and the memory that the process really took. Times are not asserted; a test that does not end in time is stopped. QUADRIC names
   the program. */
#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/io.h"
#include "shared/suite.h"

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))

static char program[4096], folder[1000];

/* Of the last call. */
static int code;
static int64_t peak; /* resident memory, bytes */
static qd_buf_t out, err;

static void setup(void)
{
    const char *name = getenv("QUADRIC"), *tmp = getenv("TMPDIR");
    if (program[0] == '\0')
        ck_assert_ptr_nonnull(realpath(name != NULL ? name : "build/release/quadric", program)); /* from where it was started */
    snprintf(folder, sizeof folder, "%s/quadric-XXXXXX", tmp != NULL ? tmp : P_tmpdir);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    qd_buf_init(out);
    qd_buf_init(err);
}

static void teardown(void)
{
    char command[1100];
    qd_buf_clear(out);
    qd_buf_clear(err);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void write_text(const char *path, const char *text)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ck_assert_msg(qd_file_write(path, text, strlen(text), ctx) == QD_OK, "%s", qd_ctx_message(ctx));
}

static void collect(qd_buf_t b, const char *path)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_buf_reset(b);
    ck_assert_msg(qd_file_read(b, path, ctx) == QD_OK, "%s %s", path, qd_ctx_message(ctx));
}

static bool has(const qd_buf_t b, const char *part)
{
    return strstr(qd_buf_str(b), part) != NULL;
}

/* Arguments apart by blanks, none of which is inside one; "PLACE" stands for `place`. */
static void quadric(const char *arguments, const char *place)
{
    char text[1000];
    char *argv[32] = {program}, *rest = text;
    struct rusage use;
    int status, n = 1;
    strcpy(text, arguments);
    for (char *a; n < COUNT(argv) - 1 && (a = strsep(&rest, " ")) != NULL; n++) argv[n] = strcmp(a, "PLACE") == 0 ? (char *) place : a;
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        const char *const name[] = {"/dev/null", "stdout", "stderr"};
        for (int fd = 0; fd <= 2; fd++) {
            int to = open(name[fd], fd == 0 ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC, 0666);
            if (to < 0 || dup2(to, fd) < 0) _exit(126);
        }
        execv(program, argv);
        _exit(127);
    }
    ck_assert_int_eq(wait4(pid, &status, 0, &use), pid);
    ck_assert_msg(WIFEXITED(status), "quadric %s ended by signal %d", arguments, WTERMSIG(status));
    code = WEXITSTATUS(status);
    peak = (int64_t) use.ru_maxrss * 1024;
    collect(out, "stdout");
    collect(err, "stderr");
}

/* Layers of one unit each with this activation and weight 3, bias 1, and one that switches, or none, at the end. */
static void write_tower(const char *path, int layers, const char *activation, const char *last)
{
    qd_buf_t b;
    qd_buf_init(b);
    qd_buf_puts(b, "{\"input_dim\": 1, \"layers\": [");
    for (int l = 0; l < layers; l++)
        qd_buf_printf(b, "{\"kind\": \"linear\", \"activation\": \"%s\", \"w\": [[\"3\"]], \"b\": [\"1\"]}, ", activation);
    qd_buf_printf(b, "{\"kind\": \"linear\", \"activation\": \"%s\", \"w\": [[\"1\"]], \"b\": [\"-5\"]}]}\n", last);
    write_text(path, qd_buf_str(b));
    qd_buf_clear(b);
}

/* One layer of conventional units and one output, with weights k/7. */
static void write_wide(const char *path, int inputs, int units)
{
    qd_buf_t b;
    qd_buf_init(b);
    qd_buf_printf(b, "{\"input_dim\": %d, \"layers\": [{\"kind\": \"linear\", \"activation\": \"relu\", \"w\": [", inputs);
    for (int u = 0; u < units; u++) {
        for (int i = 0; i < inputs; i++) qd_buf_printf(b, "%s\"%d/7\"", i == 0 ? "[" : ", ", (37 * u + 11 * i) % 101 - 50);
        qd_buf_puts(b, u + 1 < units ? "], " : "]], \"b\": [");
    }
    for (int u = 0; u < units; u++) qd_buf_printf(b, "%s\"%d\"", u == 0 ? "" : ", ", 53 * u % 97 - 48);
    qd_buf_puts(b, "]}, {\"kind\": \"linear\", \"activation\": \"identity\", \"w\": [[");
    for (int u = 0; u < units; u++) qd_buf_printf(b, "%s\"%d\"", u == 0 ? "" : ", ", u % 2 == 0 ? 1 : -1);
    qd_buf_puts(b, "]], \"b\": [\"0\"]}]}\n");
    write_text(path, qd_buf_str(b));
    qd_buf_clear(b);
}

static void write_inputs(void)
{
    write_tower("sq16.json", 16, "square", "relu");
    write_tower("pow4.json", 4, "power:64", "identity");
    write_wide("pictures.json", 784, 100);
    write_wide("wide.json", 1, 20000);
    write_text("zero.json", "{\"input_dim\": 1, \"layers\": [{\"kind\": \"linear\", \"activation\": \"identity\", \"w\": [[\"0\"]], \"b\": "
                            "[\"0\"]}]}\n");
    write_text("functional.yaml", "widths: [[20, 20, 20, 20]]\nkinds: [quadratic]\nseeds: 1\n");
    write_text("train.yaml",
               "data: {target: runge, samples: 100000}\nmodel: {hidden: [512, 512, 512]}\ntraining: {steps: 300, batch: 0}\n");
    write_text("large.yaml", "widths: [[8000, 8000]]\nkinds: [quadratic]\nseeds: 1\n");
    write_text("huge.yaml", "widths: [[100000, 100000]]\nkinds: [quadratic]\nseeds: 1\n");
}

/* x times 10^99999, n times. */
static char *product(int n)
{
    qd_buf_t b;
    qd_buf_init(b);
    qd_buf_puts(b, "x");
    for (int i = 0; i < n; i++) qd_buf_puts(b, "*1e99999");
    return b->s;
}

/* ---- 0.1 s and 200 MB ------------------------------------------------------------------------ */

#define BUDGET " --quiet --max-seconds 0.1 --max-memory 200M"

static const char *const too_much[] = {
    "pieces sq16.json" BUDGET,
    "pieces sq16.json --json" BUDGET,
    "pieces sq16.json --certificate c.json" BUDGET,
    "pieces pictures.json" BUDGET,
    "pieces wide.json" BUDGET,
    "certify pow4.json --target x --interval 0:1" BUDGET,
    "certify sq16.json --target x --interval 0:1" BUDGET,
    "certify zero.json --target PLACE --interval 0:1" BUDGET,
    "table functional functional.yaml" BUDGET,
    "table pieces large.yaml" BUDGET,
    "train train.yaml -o run --quiet --max-seconds 0.1",
    "dimension --widths 20,20,20,20 --kind quadratic" BUDGET,
};

/* A bound or "not decided", and what was found stands on stdout or nothing does. */
START_TEST(ends_within_the_budget)
{
    char *x = product(300);
    write_inputs();
    quadric(too_much[_i], x);
    ck_assert_msg(code == 3, "%s: code %d: %s", too_much[_i], code, qd_buf_str(err));
    ck_assert_msg(has(err, "budget") || has(err, "used up"), "%s: %s", too_much[_i], qd_buf_str(err));
    ck_assert_msg(!has(out, "exact\n"), "%s: %s", too_much[_i], qd_buf_str(out));
#ifndef __SANITIZE_ADDRESS__
    ck_assert_msg(strstr(too_much[_i], "--max-memory") == NULL || peak <= ((int64_t) 400 << 20), "%s took %lld bytes", too_much[_i],
                  (long long) peak);
#endif
    free(x);
}
END_TEST

/* A size that is foreseen leaves a labelled bound, and the memory is never taken. */
START_TEST(a_size_is_foreseen)
{
    write_inputs();
    quadric("pieces sq16.json --json --quiet --max-seconds 0.2", NULL);
    ck_assert_msg(code == 3 && has(err, "quadric: lower bound: the time budget of 0.2 s "), "%s", qd_buf_str(err));
    ck_assert_msg(has(out, "\"status\": \"lower_bound\"") && has(out, "\"pattern\": \"1\""), "%s", qd_buf_str(out));
    quadric("certify pow4.json --target x --interval 0:1 --quiet --max-memory 200M", NULL);
    ck_assert_msg(code == 3 && has(err, "of degree 16777216") && has(out, "no bound"), "%s", qd_buf_str(err));
}
END_TEST

/* ---- tables ---------------------------------------------------------------------------------- */

/* A network that is too large is left out, its row says so, and the others are there; with more memory the same command completes them. */
START_TEST(a_table_goes_on)
{
    static const char table[] = "table pieces mixed.yaml --quiet -o mixed.csv";
    char limited[100];
    write_text("mixed.yaml", "widths: [[700, 700], [2]]\nkinds: [conventional]\nseeds: 2\n");
    snprintf(limited, sizeof limited, "%s --max-memory 40M", table);
    quadric(limited, NULL);
    ck_assert_msg(code == 3 && has(err, "2 of 4 networks are left out"), "code %d: %s", code, qd_buf_str(err));
    collect(out, "mixed.csv");
    ck_assert_msg(has(out, "1-700-700-1,linear,relu,grid 8/8,,,,,budget,,") && has(out, "1-2-1,linear,relu,grid 8/8,,7,2,0,exact,"), "%s",
                  qd_buf_str(out));
    collect(out, "mixed.csv.part");
    ck_assert(has(out, "items"));
}
END_TEST

/* Whatever the budget: a sentence with line and column before anything is made. */
START_TEST(widths_too_large_are_an_error)
{
    write_inputs();
    quadric(_i == 0 ? "table pieces huge.yaml" : "table functional huge.yaml --max-memory 100M", NULL);
    ck_assert_msg(code == 1 && has(err, "huge.yaml: line 1, column 10: these widths give a network of 3e+10 parameters"), "code %d: %s",
                  code, qd_buf_str(err));
}
END_TEST

/* ---- memory that the system refuses ------------------------------------------------------------ */

#ifndef __SANITIZE_ADDRESS__
static const struct {
    const char *arguments;
    int64_t most; /* of address space, bytes */
} refused[] = {
    {"table pieces large.yaml --quiet", (int64_t) 2 << 30},
    {"certify pow4.json --target x --interval 0:1 --quiet --threads 1", (int64_t) 700 << 20},
};

/* One sentence, no signal. */
START_TEST(refused_memory_is_a_sentence)
{
    struct rlimit old, now;
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &old), 0);
    write_inputs();
    now = old;
    now.rlim_cur = (rlim_t) refused[_i].most;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &now), 0);
    quadric(refused[_i].arguments, NULL);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &old), 0);
    ck_assert_msg(code == 1, "%s: code %d: %s", refused[_i].arguments, code, qd_buf_str(err));
    ck_assert_str_eq(qd_buf_str(out), "");
    ck_assert_msg(strncmp(qd_buf_str(err), "quadric: ", 9) == 0 && strchr(qd_buf_str(err), '\n')[1] == '\0', "%s", qd_buf_str(err));
}
END_TEST
#endif

int main(void)
{
    Suite *suite = suite_create("budget");
    TCase *tc = tcase_create("budget");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, ends_within_the_budget, 0, COUNT(too_much));
    tcase_add_test(tc, a_size_is_foreseen);
    tcase_add_test(tc, a_table_goes_on);
    tcase_add_loop_test(tc, widths_too_large_are_an_error, 0, 2);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_loop_test(tc, refused_memory_is_a_sentence, 0, COUNT(refused));
#endif
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
