/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program as its users meet it: answers, exit codes, what goes to stdout and what to stderr. QUADRIC names the
   program (default build/release/quadric); the folder is the root of the repository. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/net.h"
#include "shared/suite.h"

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))

static const char *program;
static char folder[1000];   /* made empty for every test, and removed with what is in it */
static char net_file[1100]; /* net.json there */

/* Of the last call. */
static int code;
static qd_buf_t out, err;
static const char *stdin_path, *stdout_path; /* for the next call; NULL: nothing, a file of ours */

static const char *in_folder(const char *name)
{
    static char path[4][1300];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void setup(void)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/quadric-XXXXXX", tmp != NULL ? tmp : P_tmpdir);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    strcpy(net_file, in_folder("net.json"));
    qd_buf_init(out);
    qd_buf_init(err);
}

static void teardown(void)
{
    DIR *d = opendir(folder);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        if (e->d_name[0] != '.') unlink(in_folder(e->d_name));
    closedir(d);
    ck_assert_int_eq(rmdir(folder), 0);
    qd_buf_clear(out);
    qd_buf_clear(err);
}

static void write_text(const char *path, const char *text)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ck_assert_msg(qd_file_write(path, text, strlen(text), ctx) == QD_OK, "%s", qd_ctx_message(ctx));
}

static void redirect(int fd, const char *path, int flags)
{
    int to = open(path, flags, 0666);
    if (to < 0 || dup2(to, fd) < 0) _exit(126);
    close(to);
}

static void collect(qd_buf_t b, const char *path)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ck_assert_msg(qd_file_read(b, path, ctx) == QD_OK, "%s %s", path, qd_ctx_message(ctx));
}

static void call(const char *const *argument)
{
    char o[1100], e[1100];
    const char *argv[32] = {program};
    int status;
    strcpy(o, in_folder("stdout"));
    strcpy(e, in_folder("stderr"));
    for (int i = 0; argument[i] != NULL; i++) argv[i + 1] = argument[i];
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        redirect(STDIN_FILENO, stdin_path != NULL ? stdin_path : "/dev/null", O_RDONLY);
        redirect(STDOUT_FILENO, stdout_path != NULL ? stdout_path : o, O_WRONLY | O_CREAT | O_TRUNC);
        redirect(STDERR_FILENO, e, O_WRONLY | O_CREAT | O_TRUNC);
        execv(program, (char *const *) argv);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status), "%s %s ended by signal %d", program, argument[0], WTERMSIG(status));
    code = WEXITSTATUS(status);
    ck_assert_msg(code != 127, "cannot run %s", program);
    if (stdout_path == NULL) collect(out, o);
    else qd_buf_reset(out);
    collect(err, e);
    stdin_path = stdout_path = NULL;
}

/* quadric("pieces", net_file, "--json") */
#define quadric(...) call((const char *const[]){__VA_ARGS__, NULL})

static void answered(void)
{
    ck_assert_msg(code == 0 && err->len == 0, "code %d: %s", code, qd_buf_str(err));
    ck_assert_int_gt(out->len, 0);
}

static bool is_one_line(const char *s)
{
    return strchr(s, '\n') != NULL && strchr(s, '\n')[1] == '\0';
}

/* Nothing on stdout, one line on stderr, and it has `part` in it. */
static void failed(int want, const char *part)
{
    ck_assert_msg(code == want, "code %d, expected %d: %s", code, want, qd_buf_str(err));
    ck_assert_str_eq(qd_buf_str(out), "");
    ck_assert_msg(is_one_line(qd_buf_str(err)) && strncmp(qd_buf_str(err), "quadric", 7) == 0, "stderr: %s", qd_buf_str(err));
    ck_assert_msg(strstr(qd_buf_str(err), part) != NULL, "'%s' is not in: %s", part, qd_buf_str(err));
}

/* ---- the JSON of `pieces` -------------------------------------------------------------------- */

static qd_doc_t doc;

static const qd_node *json(void)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ck_assert_msg(is_one_line(qd_buf_str(out)), "not one line: %s", qd_buf_str(out));
    ck_assert_msg(qd_doc_parse(doc, qd_buf_str(out), out->len, QD_JSON, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    return qd_doc_root(doc);
}

static const qd_node *member(const qd_node *object, const char *key)
{
    const qd_node *m = qd_node_member(object, key);
    ck_assert_msg(m != NULL, "key '%s' is missing", key);
    return m;
}

static const char *text(const qd_node *object, const char *key)
{
    ck_assert_int_eq(qd_node_kind(member(object, key)), QD_NODE_STRING);
    return qd_node_text(member(object, key), NULL);
}

static long integer(const qd_node *object, const char *key)
{
    int64_t v;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ck_assert_msg(qd_node_get_int(&v, member(object, key), INT64_MIN, INT64_MAX, key, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    return (long) v;
}

static void set_number(fmpq_t x, const qd_node *node)
{
    qd_ctx_t ctx;
    size_t len;
    const char *s = qd_node_text(node, &len);
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_node_kind(node), QD_NODE_STRING);
    ck_assert_msg(qd_rat_set_str(x, s, len, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
}

static slong significant(const char *s)
{
    slong n = 0;
    for (bool first = true; *s != '\0' && *s != 'e'; s++) {
        if (*s >= '1' && *s <= '9') first = false;
        n += *s >= '0' && *s <= '9' && !first;
    }
    return n;
}

/* A linear polynomial with its root, or an interval of which it holds one root; approx is near. */
static void check_number(const qd_node *b)
{
    const qd_node *poly = member(b, "poly"), *interval = member(b, "interval");
    slong n = qd_node_count(poly);
    fmpq_t lo, hi, a, u, v, c;
    fmpq_init(lo);
    fmpq_init(hi);
    fmpq_init(a);
    fmpq_init(u);
    fmpq_init(v);
    fmpq_init(c);
    ck_assert_int_eq(qd_node_kind(poly), QD_NODE_ARRAY);
    ck_assert_int_eq(qd_node_kind(interval), QD_NODE_ARRAY);
    ck_assert_int_ge(n, 2);
    ck_assert_int_eq(qd_node_count(interval), 2);
    set_number(lo, qd_node_item(interval, 0));
    set_number(hi, qd_node_item(interval, 1));
    set_number(a, member(b, "approx"));
    for (slong i = n - 1; i >= 0; i--) {
        set_number(c, qd_node_item(poly, i));
        ck_assert(fmpz_is_one(fmpq_denref(c)));
        ck_assert(i < n - 1 || !fmpq_is_zero(c));
        fmpq_mul(u, u, lo);
        fmpq_add(u, u, c);
        fmpq_mul(v, v, hi);
        fmpq_add(v, v, c);
    }
    if (n == 2) ck_assert(fmpq_equal(lo, hi) && fmpq_is_zero(u));
    else ck_assert(fmpq_cmp(lo, hi) < 0 && fmpq_sgn(u) * fmpq_sgn(v) < 0);
    /* |approx - x| <= 10^-20 |approx| for an x in the interval */
    fmpq_abs(u, a);
    fmpz_set_ui(fmpq_numref(c), 10);
    fmpz_pow_ui(fmpq_numref(c), fmpq_numref(c), 20);
    fmpz_one(fmpq_denref(c));
    fmpq_div(u, u, c);
    fmpq_sub(v, a, u);
    ck_assert(fmpq_cmp(v, hi) <= 0);
    fmpq_add(v, a, u);
    ck_assert(fmpq_cmp(v, lo) >= 0);
    ck_assert_msg(significant(text(b, "approx")) >= 20 || fmpq_equal(a, lo), "too short: %s", text(b, "approx"));
    fmpq_clear(lo);
    fmpq_clear(hi);
    fmpq_clear(a);
    fmpq_clear(u);
    fmpq_clear(v);
    fmpq_clear(c);
}

static bool changes(const qd_node *b)
{
    bool v = false;
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_node_get_bool(&v, member(b, "changes_output"), "changes_output", ctx), QD_OK);
    return v;
}

/* Every key that DEFINITIONS section 6 promises, with its type, and what follows from the definitions. */
static const qd_node *pieces_json(const char *status, long input_dim)
{
    const qd_node *root = json(), *breaks = member(root, "breakpoints");
    long regions = integer(root, "regions"), pieces = integer(root, "pieces"), patterns = integer(root, "patterns"), changed = 0;
    ck_assert_str_eq(text(root, "status"), status);
    ck_assert_str_eq(text(root, "version"), QD_VERSION);
    ck_assert_int_eq(integer(root, "input_dim"), input_dim);
    ck_assert(1 <= pieces && pieces <= regions && 1 <= patterns && patterns <= regions);
    ck_assert_int_ge(integer(root, "seed"), 0);
    ck_assert_str_eq(text(member(root, "upper_bound"), "name"), "pattern-root");
    if (strcmp(status, "exact") != 0) {
        ck_assert_int_eq(qd_node_kind(breaks), QD_NODE_NULL);
        ck_assert_int_eq(qd_node_kind(member(root, "max_degree")), QD_NODE_NULL);
        return root;
    }
    ck_assert_int_ge(integer(root, "max_degree"), -1);
    ck_assert_int_eq(qd_node_kind(breaks), QD_NODE_ARRAY);
    ck_assert_int_eq(qd_node_count(breaks), regions - 1);
    for (int64_t i = 0; i < regions - 1; i++) {
        const qd_node *b = qd_node_item(breaks, i);
        check_number(b);
        if (changes(b)) ck_assert_int_ge(integer(b, "smoothness"), 0);
        else ck_assert_int_eq(qd_node_kind(member(b, "smoothness")), QD_NODE_NULL);
        changed += changes(b);
    }
    ck_assert_int_eq(changed, pieces - 1);
    return root;
}

static void counts(const qd_node *root, long patterns, long regions, long pieces, long max_degree)
{
    ck_assert_int_eq(integer(root, "patterns"), patterns);
    ck_assert_int_eq(integer(root, "regions"), regions);
    ck_assert_int_eq(integer(root, "pieces"), pieces);
    ck_assert_int_eq(integer(root, "max_degree"), max_degree);
}

/* Do the decimals differ by at most 10^-24? The reference has 25 digits behind the point. */
static bool close_enough(const char *a, const char *b)
{
    fmpq_t x, y;
    fmpz_t ten;
    qd_ctx_t ctx;
    fmpq_init(x);
    fmpq_init(y);
    fmpz_init_set_ui(ten, 10);
    fmpz_pow_ui(ten, ten, 24);
    qd_ctx_init(ctx);
    bool good = qd_rat_set_str(x, a, strlen(a), ctx) == QD_OK && qd_rat_set_str(y, b, strlen(b), ctx) == QD_OK;
    fmpq_sub(x, x, y);
    fmpq_abs(x, x);
    fmpq_mul_fmpz(x, x, ten);
    fmpq_sub_si(x, x, 1);
    good = good && fmpq_sgn(x) <= 0;
    fmpq_clear(x);
    fmpq_clear(y);
    fmpz_clear(ten);
    return good;
}

static void compare_with_reference(const char *path)
{
    qd_doc_t file;
    qd_net_t net;
    qd_ctx_t ctx;
    qd_doc_init(file);
    qd_net_init(net);
    qd_ctx_init(ctx);
    ck_assert_msg(qd_doc_read(file, path, QD_JSON, ctx) == QD_OK, "%s: %s", path, qd_ctx_message(ctx));
    const qd_node *expected = member(qd_doc_root(file), "expected"), *want = member(expected, "breakpoints");
    ck_assert_msg(qd_net_from_node(net, member(qd_doc_root(file), "network"), ctx) == QD_OK, "%s: %s", path, qd_ctx_message(ctx));
    ck_assert_int_eq(qd_net_write(net_file, net, ctx), QD_OK);
    quadric("pieces", net_file, "--json");
    answered();
    const qd_node *root = pieces_json("exact", 1), *found = member(root, "breakpoints");
    counts(root, integer(expected, "patterns"), integer(expected, "regions"), integer(expected, "pieces"), integer(expected, "max_degree"));
    ck_assert_int_eq(qd_node_count(found), qd_node_count(want));
    for (int64_t i = 0; i < qd_node_count(want); i++) {
        const qd_node *a = qd_node_item(found, i), *b = qd_node_item(want, i);
        ck_assert_msg(close_enough(text(a, "approx"), text(b, "approx")), "%s: breakpoint %s, expected %s", path, text(a, "approx"),
                      text(b, "approx"));
        ck_assert_msg(changes(a) == changes(b), "%s: does the output change at %s?", path, text(a, "approx"));
    }
    qd_net_clear(net);
    qd_doc_clear(file);
}

START_TEST(reference_networks)
{
    glob_t found;
    ck_assert_int_eq(glob("tests/reference/pieces/*_d1.json", 0, NULL, &found), 0);
    ck_assert_int_ge(found.gl_pathc, 21);
    for (size_t i = 0; i < found.gl_pathc; i++) compare_with_reference(found.gl_pathv[i]);
    globfree(&found);
}
END_TEST

/* ---- lines and intervals counted by hand ------------------------------------------------------- */

/* relu(x^2 + y^2 - 1) + relu(x - y) */
static const char disc[] =
    "{\"input_dim\": 2, \"layers\": [{\"kind\": \"quadratic\", \"activation\": \"relu\", \"wr\": [[0, 0], [1, -1]], \"br\": [0, 0],"
    " \"wg\": [[0, 0], [0, 0]], \"bg\": [0, 1], \"wb\": [[1, 1], [0, 0]], \"c\": [-1, 0]},"
    " {\"kind\": \"linear\", \"activation\": \"identity\", \"w\": [[1, 1]], \"b\": [0]}]}";

static const struct {
    const char *line, *more[2];
    long patterns, regions, pieces, max_degree;
    const char *approx[4];
} on_line[] = {
    {"0,0:1,0", {NULL}, 4, 4, 4, 2, {"-1", "0", "1"}},
    {"0,0:2,0", {NULL}, 4, 4, 4, 2, {"-0.5", "0", "0.5"}},
    {"0,0:2,0", {"--segment"}, 2, 2, 2, 2, {"0.5"}},
    {"0,0:1,0", {"--segment"}, 1, 1, 1, 1, {NULL}}, /* 0 and 1 are its ends */
    {"-1,0:1,0", {"--segment"}, 2, 2, 2, 1, {"0.5"}},
    {"0,0:1,1", {NULL}, 2, 3, 3, 2, {"-0.7071067811865475244008443621", "0.7071067811865475244008443621"}},
    {"0,1:1,1", {NULL}, 2, 2, 2, 2, {"1"}}, /* touches the circle at t = 0 */
    {"0,0:1,0", {"--interval=-1:1"}, 2, 2, 2, 1, {"0"}},
    {"0,0:1,0", {"--interval", "0:1"}, 1, 1, 1, 1, {NULL}},
    {"0,0:1,0", {"--interval", "-2:3/2"}, 4, 4, 4, 2, {"-1", "0", "1"}},
    {"0,0:1,0", {"--interval", "-1:0"}, 1, 1, 1, -1, {NULL}}, /* the zero function */
    {"0,0:1,0", {"--interval", "-1e-30:1e-30"}, 2, 2, 2, 1, {"0"}},
};

START_TEST(lines_in_the_plane)
{
    write_text(net_file, disc);
    quadric("pieces", net_file, "--json", "--line", on_line[_i].line, on_line[_i].more[0], on_line[_i].more[1]);
    answered();
    const qd_node *root = pieces_json("exact", 2), *breaks = member(root, "breakpoints");
    counts(root, on_line[_i].patterns, on_line[_i].regions, on_line[_i].pieces, on_line[_i].max_degree);
    for (int64_t i = 0; i < qd_node_count(breaks); i++)
        ck_assert(close_enough(text(qd_node_item(breaks, i), "approx"), on_line[_i].approx[i]));
}
END_TEST

/* |x|^2 - 1: the disc and what is around it. */
START_TEST(the_plane)
{
    static const struct {
        const char *box;
        long regions, bounded, holes;
    } in[] = {{NULL, 2, 1, 1}, {"-2:2,-2:2", 2, 1, 1}, {"0:2,0:2", 2, 0, 0}, {"-1/2:1/2,-1/2:1/2", 1, 0, 0}, {"-2:2,-1/2:1/2", 3, 0, 0}};
    write_text(net_file, "{\"input_dim\": 2, \"layers\": [{\"kind\": \"power\", \"activation\": \"relu\", \"w\": [[1, 1]], \"b\": [-1]}]}");
    if (in[_i].box == NULL) quadric("pieces", net_file, "--json", "--list");
    else quadric("pieces", net_file, "--json", "--list", "--box", in[_i].box);
    answered();
    const qd_node *root = json(), *regions = member(root, "list");
    counts(root, in[_i].regions == 1 ? 1 : 2, in[_i].regions, in[_i].regions, in[_i].regions == 1 ? -1 : 2);
    ck_assert_int_eq(integer(root, "bounded_regions"), in[_i].bounded);
    ck_assert_int_eq(integer(root, "holes"), in[_i].holes);
    ck_assert_int_eq(qd_node_count(regions), in[_i].regions);
    ck_assert_int_eq(qd_node_count(member(root, "adjacency")), in[_i].regions - 1);
    for (int64_t i = 0; i < qd_node_count(regions); i++) {
        const qd_node *r = qd_node_item(regions, i), *point = member(r, "point");
        double x[2];
        for (int k = 0; k < 2; k++) {
            const char *s = qd_node_text(qd_node_item(point, k), NULL), *slash = strchr(s, '/');
            x[k] = strtod(s, NULL) / (slash == NULL ? 1 : strtod(slash + 1, NULL));
        }
        ck_assert((x[0] * x[0] + x[1] * x[1] > 1) == (strcmp(text(r, "pattern"), "1") == 0));
    }
}
END_TEST

#define ABS "{\"input_dim\": 1, \"layers\": [{\"kind\": \"linear\", \"activation\": \"abs\", \"w\": [[1]], \"b\": [0]}]}"
/* x^2 - 2, and the line break's own x^2 touching 0 */
#define PARABOLA "{\"input_dim\": 1, \"layers\": [{\"kind\": \"power\", \"activation\": \"relu\", \"w\": [[1], [1]], \"b\": [-2, 0]}]}"

static const struct {
    const char *net, *interval;
    long patterns, regions, pieces, max_degree;
} on_interval[] = {
    {ABS, "-1:1", 2, 2, 2, 1},
    {ABS, "0:1", 1, 1, 1, 1},
    {ABS, "-1:0", 1, 1, 1, 1},
    {ABS, "-1e-400:1e-400", 2, 2, 2, 1},
    {ABS, "1/3:0.5", 1, 1, 1, 1},
    {PARABOLA, "-2:2", 2, 3, 3, 2},
    {PARABOLA, "-1:1", 1, 1, 1, 2},
    {PARABOLA, "0:3", 2, 2, 2, 2},
    {PARABOLA, "1.41421356237309504880:2", 2, 2, 2, 2},
    {PARABOLA, "1.41421356237309504881:2", 1, 1, 1, 2},
};

START_TEST(intervals)
{
    char option[100];
    snprintf(option, sizeof option, "--interval=%s", on_interval[_i].interval);
    write_text(net_file, on_interval[_i].net);
    quadric("pieces", net_file, "--json", option);
    answered();
    counts(pieces_json("exact", 1), on_interval[_i].patterns, on_interval[_i].regions, on_interval[_i].pieces, on_interval[_i].max_degree);
}
END_TEST

START_TEST(neighbours_are_told_apart)
{
    char last[200] = "";
    write_text(net_file, "{\"input_dim\": 1, \"layers\": [{\"kind\": \"compact\", \"activation\": \"relu\", \"w\": [[1], [0], [0], [1]],"
                         " \"wb\": [[0], [1], [1], [0]], \"b\": [\"-3/2\", \"-2.25000000000000000000000000000000000000000000001\","
                         " \"-2.250000000000000000000000000000000000000000000011\", -1]}]}");
    quadric("pieces", net_file, "--json", "--interval", "0:2");
    answered();
    const qd_node *breaks = member(pieces_json("exact", 1), "breakpoints");
    ck_assert_int_eq(qd_node_count(breaks), 4);
    for (int64_t i = 0; i < 4; i++) {
        fmpq_t x, y;
        qd_ctx_t ctx;
        const char *s = text(qd_node_item(breaks, i), "approx");
        fmpq_init(x);
        fmpq_init(y);
        qd_ctx_init(ctx);
        ck_assert_int_eq(qd_rat_set_str(y, s, strlen(s), ctx), QD_OK);
        if (i > 0) ck_assert_int_eq(qd_rat_set_str(x, last, strlen(last), ctx), QD_OK);
        ck_assert_msg(fmpq_cmp(x, y) < 0, "%s, then %s", last, s);
        strcpy(last, s);
        fmpq_clear(x);
        fmpq_clear(y);
    }
}
END_TEST

START_TEST(list_of_regions)
{
    write_text(net_file, PARABOLA);
    quadric("pieces", net_file, "--json", "--list", "--seed", "18446744073709551615");
    answered();
    ck_assert_ptr_nonnull(strstr(qd_buf_str(out), "\"seed\": 18446744073709551615,"));
    ck_assert_ptr_nonnull(strstr(
        qd_buf_str(out), "\"list\": [{\"pattern\": \"11\", \"piece\": 0, \"polys\": [[\"-2\", \"0\", \"1\"], [\"0\", \"0\", \"1\"]]}, "
                         "{\"pattern\": \"01\", \"piece\": 1, \"polys\": [[\"0\"], [\"0\", \"0\", \"1\"]]}, {\"pattern\": \"11\", "));
}
END_TEST

START_TEST(text_of_pieces)
{
    write_text(net_file, PARABOLA);
    quadric("pieces", net_file, "--list");
    answered();
    ck_assert_str_eq(qd_buf_str(out), "network        1 input, 2 outputs, 0 hidden layers, 4 parameters\n"
                                      "status         exact\n"
                                      "patterns       2\n"
                                      "regions        3   (upper bound 5, pattern-root)\n"
                                      "pieces         3\n"
                                      "largest degree 2\n"
                                      "made by        quadric " QD_VERSION ", seed 1\n"
                                      "\n"
                                      "breakpoint  x                                 smoothness  exactly\n"
                                      "----------  --------------------------------  ----------  ---------------\n"
                                      "         1  -1.41421356237309504880168872421  C^0         root of x^2 - 2\n"
                                      "         2  1.41421356237309504880168872421   C^0         root of x^2 - 2\n"
                                      "\n"
                                      "region  piece  pattern  degree  output\n"
                                      "------  -----  -------  ------  -------------\n"
                                      "     1      1  11            2  x^2 - 2,  x^2\n"
                                      "     2      2  01            2  0,  x^2\n"
                                      "     3      3  11            2  x^2 - 2,  x^2\n");
}
END_TEST

/* A number of a million digits does not fill the table. */
START_TEST(long_numbers_are_named)
{
    qd_buf_t b;
    qd_buf_init(b);
    qd_buf_puts(b, "{\"input_dim\": 1, \"layers\": [{\"kind\": \"linear\", \"activation\": \"relu\", \"w\": [[\"");
    for (int i = 0; i < 100000; i++) qd_buf_puts(b, "1234567890");
    qd_buf_puts(b, "\"]], \"b\": [1]}]}");
    write_text(net_file, qd_buf_str(b));
    qd_buf_clear(b);
    quadric("pieces", net_file);
    answered();
    ck_assert_int_lt(out->len, 1000);
    ck_assert_ptr_nonnull(strstr(qd_buf_str(out), "rational with 1000003 characters"));
}
END_TEST

/* ---- eval -------------------------------------------------------------------------------------- */

/* The example of the specification. */
static const char example[] =
    "{\"input_dim\": 1, \"layers\": [\n"
    "  {\"kind\": \"quadratic\", \"activation\": \"relu\",\n"
    "   \"wr\": [[\"1/2\"], [\"1\"]], \"br\": [\"0\", \"-1\"], \"wg\": [[\"1\"], [\"0\"]], \"bg\": [\"0\", \"1\"],\n"
    "   \"wb\": [[\"0\"], [\"0.25\"]], \"c\": [\"0\", \"0\"]},\n"
    "  {\"kind\": \"linear\", \"activation\": \"identity\", \"w\": [[\"1\", \"-1\"]], \"b\": [\"0\"]}]}\n";

static const struct {
    const char *net, *at, *json, *text;
} value[] = {
    {example, "1/3", "[\"1/18\"], \"pattern\": \"10\"", "y = 1/18  (about 0.055555555555555555556)\npattern 10\n"},
    {example, "0", "[\"0\"], \"pattern\": \"00\"", "y = 0\npattern 00\n"},
    {example, "2", "[\"0\"], \"pattern\": \"11\"", "y = 0\npattern 11\n"},
    {example, "-6", "[\"16\"], \"pattern\": \"11\"", "y = 16\npattern 11\n"},
    {example, "1e-3", "[\"1/2000000\"], \"pattern\": \"10\"", "y = 1/2000000  (about 5e-7)\npattern 10\n"},
    {disc, "0.5,-2", "[\"23/4\"], \"pattern\": \"11\"", "y = 23/4  (about 5.75)\npattern 11\n"},
    {disc, "-1/2,1/2", "[\"0\"], \"pattern\": \"00\"", "y = 0\npattern 00\n"},
    {PARABOLA, "-3", "[\"7\", \"9\"], \"pattern\": \"11\"", "y1 = 7\ny2 = 9\npattern 11\n"},
    {"{\"input_dim\": 1, \"layers\": [{\"kind\": \"linear\", \"activation\": \"power:3\", \"w\": [[2]], \"b\": [1]}]}", "1/3",
     "[\"125/27\"], \"pattern\": \"\"", "y = 125/27  (about 4.6296296296296296296)\npattern (no switching units)\n"},
};

START_TEST(eval_values)
{
    char want[200];
    write_text(net_file, value[_i].net);
    quadric("eval", net_file, "--at", value[_i].at);
    answered();
    ck_assert_str_eq(qd_buf_str(out), value[_i].text);
    quadric("eval", "--json", "--at", value[_i].at, net_file);
    answered();
    snprintf(want, sizeof want, "{\"version\": \"%s\", \"value\": %s, \"seed\": 1}\n", QD_VERSION, value[_i].json);
    ck_assert_str_eq(qd_buf_str(out), want);
    ck_assert_int_eq(qd_node_kind(member(json(), "value")), QD_NODE_ARRAY);
    stdin_path = net_file;
    quadric("eval", "-", "--json", "--at", value[_i].at);
    answered();
    ck_assert_str_eq(qd_buf_str(out), want);
}
END_TEST

/* ---- bad files --------------------------------------------------------------------------------- */

static const struct {
    const char *content, *part;
} bad_file[] = {
    {"", "line 1, column 1: the text is empty"},
    {"[]", "line 1, column 1: the network must be an object, not an array"},
    {"\x7f"
     "ELF\x02\x01\x01",
     "line 1, column 5: control character U+0002"},
    {"\xFF\xFE{", "line 1, column 1: byte 0xFF, which is not UTF-8"},
    {"{\"input_dim\": 1, \"layers\": [", "line 1, column "},
    {"{\"input_dim\": 1,\n \"layers\": []}", "line 2, column 12: 'layers' is empty; a network needs at least one layer"},
    {"{\"input_dim\": 1, \"layers\": [{\"kind\": \"linear\", \"activation\": \"relu\", \"w\": [[\"1/0\"]], \"b\": [0]}]}",
     "line 1, column 77: layer 1, 'w', row 1: \"1/0\" has denominator zero"},
    {"{\"input_dim\": 1, \"layers\": [{\"kind\": \"linear\\n\\u0007\", \"activation\": \"relu\"}]}", "unknown kind 'linear?"
                                                                                                     "?'"},
    {"{\"input_dim\": 1000000, \"layers\": [{\"kind\": \"full\", \"activation\": \"relu\", \"a\": [[1]], \"w\": [[1]], \"b\": [0]}]}",
     "expected length 500000500000"},
};

START_TEST(bad_files)
{
    char part[1400];
    write_text(net_file, bad_file[_i].content);
    snprintf(part, sizeof part, "quadric: %s: %s", net_file, bad_file[_i].part);
    if (strncmp(bad_file[_i].part, "line", 4) != 0) strcpy(part, bad_file[_i].part);
    quadric("pieces", net_file);
    failed(1, part);
    quadric("pieces", net_file, "--json", "--interval", "0:1");
    failed(1, part);
    quadric("eval", net_file, "--at", "1");
    failed(1, part);
    stdin_path = net_file;
    quadric("eval", "-", "--at", "1");
    failed(1, "quadric: -: line ");
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
    char name[1200];
    quadric("pieces", in_folder("none.json"));
    failed(1, "none.json: cannot be opened: No such file or directory");
    quadric("eval", folder, "--at", "0");
    failed(1, ": cannot be read: Is a directory");
    quadric("pieces", "");
    failed(1, "quadric: '': cannot be opened: No such file or directory");
    quadric("pieces", in_folder("two\nlines\r\x1b[31m"));
    failed(1, "two?lines?"
              "?[31m: cannot be opened: No such file or directory");
    quadric("pieces", in_folder("n\xC3\xBCll-\xFF.json"));
    failed(1, "n\xC3\xBCll-?.json: cannot be opened: No such file or directory");
    memset(name, 'x', 1100);
    name[1100] = '\0';
    quadric("pieces", name);
    failed(1, ": cannot be opened: File name too long");
    quadric("pieces", "-");
    failed(1, "quadric: -: line 1, column 1: the text is empty");
}
END_TEST

START_TEST(odd_names_of_good_files)
{
    static const char *const names[] = {"gr\xC3\xBC\xC3\x9F dich.json", "two\nlines", "no suffix", "%s%n"};
    for (int i = 0; i < COUNT(names); i++) {
        char path[1100];
        strcpy(path, in_folder(names[i]));
        write_text(path, ABS);
        quadric("pieces", path, "--json");
        answered();
        counts(pieces_json("exact", 1), 2, 2, 2, 1);
    }
}
END_TEST

/* ---- bad command lines --------------------------------------------------------------------------- */

/* NET1 and NET2 stand for networks of one and of two inputs. */
static const struct {
    const char *argument[6], *part;
} usage[] = {
    {{NULL}, "quadric: a command is missing; try 'quadric --help'"},
    {{""}, "quadric: unknown command ''; try 'quadric --help'"},
    {{"piece"}, "quadric: unknown command 'piece'"},
    {{"--json"}, "quadric: unknown command '--json'"},
    {{"NET1"}, "quadric: unknown command '"},
    {{"a\nb"}, "quadric: unknown command 'a?b'"},
    {{"pieces"}, "quadric pieces: missing argument; expected NET; try 'quadric pieces --help'"},
    {{"eval", "--at", "0"}, "quadric eval: missing argument; expected NET"},
    {{"pieces", "NET1", "NET1"}, "quadric pieces: unexpected argument '"},
    {{"pieces", "NET1", "--bogus"}, "unknown or ambiguous option '--bogus'"},
    {{"pieces", "--bogus=3", "NET1"}, "unknown or ambiguous option '--bogus=3'"},
    {{"pieces", "NET1", "--se"}, "unknown or ambiguous option '--se'"},
    {{"pieces", "NET1", "-x"}, "unknown option '-x'"},
    {{"eval", "-1/2", "NET1"}, "unknown option '-1'"},
    {{"pieces", "NET1", "--quiet=3"}, "option '--quiet' takes no value"},
    {{"pieces", "NET1", "--interval"}, "option '--interval' needs a value"},
    {{"pieces", "NET1", "--interval", "1:1"}, "--interval: found '1:1', expected A < B"},
    {{"pieces", "NET1", "--interval", "2:1"}, "--interval: found '2:1', expected A < B"},
    {{"pieces", "NET1", "--interval", "2/4:0.5"}, "--interval: found '2/4:0.5', expected A < B"},
    {{"pieces", "NET1", "--interval", "a:b"}, "--interval: \"a\" is not a number"},
    {{"pieces", "NET1", "--interval", "0:1/0"}, "--interval: \"1/0\" has denominator zero"},
    {{"pieces", "NET1", "--interval", "0:inf"}, "--interval: \"inf\" is not a number"},
    {{"pieces", "NET1", "--interval", "nan:1"}, "--interval: \"nan\" is not a number"},
    {{"pieces", "NET1", "--interval", "0:1e100001"}, "--interval: \"1e100001\" has an exponent beyond +-100000"},
    {{"pieces", "NET1", "--interval", ""}, "--interval: found '', expected A:B"},
    {{"pieces", "NET1", "--interval", ":"}, "--interval: \"\" is empty, expected a number"},
    {{"pieces", "NET1", "--interval", "1"}, "--interval: found '1', expected A:B"},
    {{"pieces", "NET1", "--interval", "1:2:3"}, "--interval: found '1:2:3', expected A:B"},
    {{"pieces", "NET1", "--interval", "0 : 1"}, "--interval: \"0 \" is not a number"},
    {{"pieces", "NET1", "--interval", "0\n:1"}, "--interval: \"0\\x0a\" is not a number"},
    {{"pieces", "NET2", "--interval", "0:1"}, "--interval is for a line; in a plane it is --box A:B,C:D"},
    {{"pieces", "NET1", "--box", "0:1,0:1"}, "--box is for a plane; on a line it is --interval A:B"},
    {{"pieces", "NET1", "--graph", "g.dot"}, "--graph is for a plane"},
    {{"pieces", "NET2", "--graph", "g.png"}, "--graph: found 'g.png', expected a file that ends with .json or .dot"},
    {{"pieces", "NET2", "--box", "0:1"}, "--box: found '0:1', expected two ranges A:B,C:D"},
    {{"pieces", "NET2", "--box", "0:1,0:1,0:1"}, "--box: found '0:1,0:1,0:1', expected two ranges A:B,C:D"},
    {{"pieces", "NET2", "--box", "0:1,2:2"}, "--box: found '2:2', expected A < B"},
    {{"pieces", "NET2", "--plane", "0,0:1,1"}, "--plane: found '0,0:1,1', expected a point and two vectors O:U:V"},
    {{"pieces", "NET2", "--plane", "0,0:1,1:1"}, "--plane: point has 1 coordinates, expected 2"},
    {{"pieces", "NET2", "--plane", "0,0:1,1:-2,-2"}, "--plane: the two vectors of '0,0:1,1:-2,-2' are linearly dependent"},
    {{"pieces", "NET2", "--plane", "0,0:1,1:0,1", "--line", "0,0:1,1"}, "--line and --plane exclude each other"},
    {{"pieces", "NET2", "--line", "0,1:0,1"}, "--line: the two points of '0,1:0,1' are equal"},
    {{"pieces", "NET2", "--line", "0,0.5:0,2/4"}, "--line: the two points of '0,0.5:0,2/4' are equal"},
    {{"pieces", "NET2", "--line", "0:1"}, "--line: point has 1 coordinates, expected 2"},
    {{"pieces", "NET2", "--line", "0,0,0:1,1,1"}, "--line: point has 3 coordinates, expected 2"},
    {{"pieces", "NET2", "--line", "0,0"}, "--line: found '0,0', expected two points P:Q"},
    {{"pieces", "NET2", "--line", "0,0:1,x"}, "--line: \"x\" is not a number"},
    {{"pieces", "NET2", "--line", ""}, "--line: found '', expected two points P:Q"},
    {{"pieces", "NET1", "--segment"}, "--segment needs --line P:Q"},
    {{"pieces", "NET2", "--segment", "--line=0,0:1,1", "--interval=0:1"}, "--segment and --interval exclude each other"},
    {{"pieces", "NET1", "--threads", "0"}, "--threads: found '0', expected an integer from 1 to 256"},
    {{"pieces", "NET1", "--threads", "x"}, "--threads: found 'x', expected an integer from 1 to 256"},
    {{"pieces", "NET1", "--threads", "257"}, "--threads: found '257', expected an integer from 1 to 256"},
    {{"pieces", "NET1", "--threads", ""}, "--threads: found '', expected an integer from 1 to 256"},
    {{"pieces", "NET1", "--threads", "2.0"}, "--threads: found '2.0', expected an integer"},
    {{"pieces", "NET1", "--threads", "99999999999999999999"}, "--threads: found '99999999999999999999', expected an integer"},
    {{"pieces", "NET1", "--seed", "-1"}, "--seed: found '-1', expected an integer from 0 to 2^64 - 1"},
    {{"pieces", "NET1", "--seed", "18446744073709551616"}, "--seed: found '18446744073709551616', expected an integer"},
    {{"pieces", "NET1", "--seed", "1e3"}, "--seed: found '1e3', expected an integer"},
    {{"pieces", "NET1", "--max-seconds", "-1"}, "--max-seconds: found '-1', expected a number of seconds >= 0"},
    {{"pieces", "NET1", "--max-seconds", "nan"}, "--max-seconds: found 'nan', expected a number of seconds"},
    {{"pieces", "NET1", "--max-seconds", "inf"}, "--max-seconds: found 'inf', expected a number of seconds"},
    {{"pieces", "NET1", "--max-seconds", "1s"}, "--max-seconds: found '1s', expected a number of seconds"},
    {{"pieces", "NET1", "--max-memory", "-1"}, "--max-memory: found '-1', expected a number of bytes"},
    {{"pieces", "NET1", "--max-memory", "1X"}, "--max-memory: found '1X', expected a number of bytes"},
    {{"pieces", "NET1", "--max-memory", "1e30"}, "--max-memory: found '1e30', expected a number of bytes"},
    {{"eval", "NET1"}, "quadric eval: --at is missing; give the point, such as --at 1/2 or --at 0,-3"},
    {{"eval", "NET1", "--at"}, "option '--at' needs a value"},
    {{"eval", "NET1", "--at", ""}, "--at: point has 0 coordinates, expected 1"},
    {{"eval", "NET1", "--at", "1,2"}, "--at: point has 2 coordinates, expected 1"},
    {{"eval", "NET2", "--at", "1"}, "--at: point has 1 coordinates, expected 2"},
    {{"eval", "NET2", "--at", "1,"}, "--at: \"\" is empty, expected a number"},
    {{"eval", "NET1", "--at", "x"}, "--at: \"x\" is not a number"},
    {{"eval", "NET1", "--at", "1", "--list"}, "unknown or ambiguous option '--list'"},
};

START_TEST(bad_command_lines)
{
    const char *argument[7] = {NULL};
    char one[1100], two[1100];
    strcpy(one, in_folder("one.json"));
    strcpy(two, in_folder("two.json"));
    write_text(one, ABS);
    write_text(two, disc);
    for (int k = 0; k < 6 && usage[_i].argument[k] != NULL; k++) {
        argument[k] = usage[_i].argument[k];
        if (strcmp(argument[k], "NET1") == 0) argument[k] = one;
        if (strcmp(argument[k], "NET2") == 0) argument[k] = two;
    }
    call(argument);
    failed(2, usage[_i].part);
    ck_assert_ptr_nonnull(strstr(qd_buf_str(err), "--help'\n"));
}
END_TEST

/* ---- help ---------------------------------------------------------------------------------------- */

/* The words of command i in the overview ("verify", "spline"); false behind the last. */
static bool command_words(char word[4][40], int i)
{
    const char *line = strstr(qd_buf_str(out), "Commands:\n");
    ck_assert_ptr_nonnull(line);
    line += strlen("Commands:\n");
    for (; i > 0 && strncmp(line, "  ", 2) == 0; i--) line = strchr(line, '\n') + 1;
    if (strncmp(line, "  ", 2) != 0) return false;
    line += 2;
    for (int k = 0; k < 4; k++) {
        size_t n = strspn(line, "abcdefghijklmnopqrstuvwxyz-");
        snprintf(word[k], 40, "%.*s", (int) n, line);
        if (n == 0) break;
        line += n + (line[n] == ' ');
    }
    return true;
}

START_TEST(help_of_every_command)
{
    qd_buf_t overview;
    char word[4][40], begin[200];
    int n = 0;
    quadric("--help");
    answered();
    qd_buf_init(overview);
    qd_buf_puts(overview, qd_buf_str(out));
    for (; command_words(word, n); n++) {
        const char *argument[6] = {NULL}, *bogus[6] = {NULL};
        int k = 0;
        strcpy(begin, "quadric");
        for (; k < 4 && word[k][0] != '\0'; k++) {
            argument[k] = bogus[k] = word[k];
            strcat(strcat(begin, " "), word[k]);
        }
        ck_assert_int_ge(k, 1);
        argument[k] = "--help";
        call(argument);
        answered();
        ck_assert_msg(strncmp(qd_buf_str(out), begin, strlen(begin)) == 0, "'%s': %s", begin, qd_buf_str(out));
        ck_assert_ptr_nonnull(strstr(qd_buf_str(out), "--threads N"));
        ck_assert_ptr_nonnull(strstr(qd_buf_str(out), "Exit codes: 0 "));
        argument[k] = "-h";
        call(argument);
        answered();
        argument[k] = "--version";
        call(argument);
        answered();
        ck_assert_str_eq(qd_buf_str(out), "quadric " QD_VERSION "\n");
        bogus[k] = "--no-such-option";
        call(bogus);
        failed(2, "unknown or ambiguous option '--no-such-option'");
        qd_buf_reset(out);
        qd_buf_puts(out, qd_buf_str(overview));
    }
    ck_assert_int_ge(n, 2);
    qd_buf_clear(overview);
}
END_TEST

START_TEST(help_shows_defaults)
{
    qd_buf_t plain;
    qd_buf_init(plain);
    quadric("pieces", "--help");
    answered();
    ck_assert_ptr_nonnull(strstr(qd_buf_str(out), "seed of all random choices (default: 1)"));
    qd_buf_puts(plain, qd_buf_str(out));
    quadric("pieces", "--seed", "7", "--interval", "0:1", "--max-seconds", "3", "--help");
    answered();
    ck_assert_str_eq(qd_buf_str(out), qd_buf_str(plain));
    qd_buf_clear(plain);
}
END_TEST

START_TEST(top_level_texts)
{
    quadric("--version");
    answered();
    ck_assert_str_eq(qd_buf_str(out), "quadric " QD_VERSION "\n");
    quadric("--man");
    answered();
    ck_assert_int_eq(strncmp(qd_buf_str(out), ".TH QUADRIC 1 ", 14), 0);
    quadric("help");
    answered();
}
END_TEST

/* ---- output that cannot be written ----------------------------------------------------------------- */

START_TEST(full_device)
{
    static const char *const lines[][6] = {
        {"pieces", "NET"},
        {"pieces", "NET", "--json", "--list"},
        {"eval", "NET", "--at", "1"},
        {"pieces", "--help"},
        {"eval", "--version"},
        {"--help"},
        {"--version"},
        {"--man"},
        {"pieces", "NET", "--max-seconds", "1e-9"},
    };
    const char *argument[6] = {NULL};
    write_text(net_file, ABS);
    for (int k = 0; k < 6 && lines[_i][k] != NULL; k++) argument[k] = strcmp(lines[_i][k], "NET") == 0 ? net_file : lines[_i][k];
    stdout_path = "/dev/full";
    call(argument);
    ck_assert_int_eq(code, 1);
    ck_assert_ptr_nonnull(strstr(qd_buf_str(err), "quadric: standard output: No space left on device\n"));
    ck_assert(_i == 8 || is_one_line(qd_buf_str(err)));
}
END_TEST

/* ---- budgets ------------------------------------------------------------------------------------- */

/* Random, but for units (x_1 - k)^2 in the first layer: they touch 0 at integers, inside regions, where a careless witness
   would lie. */
static void big_net(qd_net_t net, slong inputs)
{
    const int64_t width[] = {inputs, 32, 12, 12, 12, 12, 12, 1};
    qd_arch arch = {7, width, qd_neuron_make(QD_QUADRATIC, QD_RELU), false, true};
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    qd_net_random(net, &arch, &(qd_random_weights){QD_WEIGHTS_GRID, 8, 8}, 5, 0);
    for (slong u = 0; u < 24; u++)
        for (int k = 0; k < 6; k++) {
            fmpq *w = qd_layer_at(net->layer, k, u, 0);
            bool matrix = qd_kind_get(QD_QUADRATIC)->param[k].shape == QD_MATRIX;
            for (slong j = 0; matrix && j < inputs; j++) fmpq_zero(w + j);
            fmpq_set_si(w, k >= 4 ? 0 : matrix ? 1 : 12 - u, 1);
        }
    ck_assert_int_eq(qd_net_write(net_file, net, ctx), QD_OK);
}

/* The point of the witness evaluates to its pattern and no pre-activation is 0 there: in this process, and for the first few
   through the program too. With two inputs the line is the one from 0,1 to 1,-1. */
static void check_witness(const qd_net_t net, const qd_lowered_t low, const qd_node *w, bool program_too)
{
    qd_vec_t x;
    qd_ctx_t ctx;
    slong zeros;
    char *pattern = malloc((size_t) qd_net_nswitching(net) + 1), *want = strdup(text(w, "pattern"));
    qd_vec_init(x);
    qd_ctx_init(ctx);
    qd_vec_resize(x, net->input_dim);
    set_number(x->e, member(w, "at"));
    if (net->input_dim == 2) {
        fmpq_mul_si(x->e + 1, x->e, -2);
        fmpq_add_si(x->e + 1, x->e + 1, 1);
    }
    ck_assert_int_eq(qd_lowered_run(NULL, pattern, &zeros, low, x, ctx), QD_OK);
    ck_assert_str_eq(pattern, want);
    ck_assert_int_eq(zeros, 0);
    if (program_too) {
        qd_buf_t at, keep;
        qd_buf_init(at);
        qd_buf_init(keep);
        qd_buf_puts(keep, qd_buf_str(out));
        for (slong i = 0; i < x->n; i++) {
            char *s = fmpq_get_str(NULL, 10, x->e + i);
            qd_buf_printf(at, "%s%s", i > 0 ? "," : "", s);
            flint_free(s);
        }
        quadric("eval", net_file, "--at", qd_buf_str(at));
        answered();
        snprintf(pattern, strlen(want) + 1, "%s", want);
        ck_assert_ptr_nonnull(strstr(qd_buf_str(out), pattern));
        qd_buf_reset(out);
        qd_buf_puts(out, qd_buf_str(keep));
        qd_buf_clear(at);
        qd_buf_clear(keep);
    }
    qd_vec_clear(x);
    free(pattern);
    free(want);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void check_lower_bound(const qd_net_t net)
{
    const qd_node *root = pieces_json("lower_bound", net->input_dim), *list = member(root, "witnesses");
    int64_t n = qd_node_count(list);
    qd_lowered_t low;
    const char **pattern = malloc(sizeof *pattern * (size_t) (n + 1));
    qd_lowered_init(low);
    qd_net_lower(low, net);
    ck_assert_int_eq(integer(root, "patterns"), n);
    for (int64_t i = 0; i < n; i++) pattern[i] = text(qd_node_item(list, i), "pattern");
    qsort(pattern, (size_t) n, sizeof *pattern, compare_texts);
    for (int64_t i = 1; i < n; i++) ck_assert_str_ne(pattern[i - 1], pattern[i]);
    for (int64_t i = 0; i < n; i++) check_witness(net, low, qd_node_item(list, i), i < 3);
    qd_lowered_clear(low);
    free(pattern);
}

/* Whatever the budget: exact with code 0, the exact counts without the list with code 3, or a lower bound that holds. */
START_TEST(budget_in_seconds)
{
    static const char *const seconds[] = {"1e-9", "0.002", "0.005", "0.01", "0.02", "0.04", "0.08", "0.16", "1e9"};
    qd_net_t net;
    qd_net_init(net);
    big_net(net, 1 + _i % 2);
    quadric("pieces", net_file, "--json", "--quiet", "--max-seconds", seconds[_i / 2], net->input_dim == 2 ? "--line=0,1:1,-1" : NULL);
    ck_assert_int_eq(_i / 2 == 0, code == 3 && strstr(qd_buf_str(err), "budget of 1e-09 s") != NULL);
    if (code == 0) {
        answered();
        pieces_json("exact", net->input_dim);
    } else {
        ck_assert_int_eq(code, 3);
        ck_assert_msg(is_one_line(qd_buf_str(err)), "%s", qd_buf_str(err));
        if (strcmp(text(json(), "status"), "exact") == 0) {
            ck_assert_ptr_nonnull(strstr(qd_buf_str(err), "quadric: the counts are complete, the list is not: the time budget of "));
            ck_assert_int_eq(qd_node_kind(member(json(), "breakpoints")), QD_NODE_NULL);
        } else {
            ck_assert_ptr_nonnull(strstr(qd_buf_str(err), "quadric: lower bound: the time budget of "));
            check_lower_bound(net);
        }
    }
    ck_assert(_i / 2 != COUNT(seconds) - 1 || code == 0);
    qd_net_clear(net);
}
END_TEST

START_TEST(budget_in_bytes)
{
    qd_net_t net;
    qd_net_init(net);
    big_net(net, 1);
    quadric("pieces", net_file, "--json", "--max-memory", "1K", "--seed", "7");
    ck_assert_int_eq(code, 3);
    ck_assert_ptr_nonnull(strstr(qd_buf_str(err), "quadric: lower bound: the memory budget of 1024 bytes is used up ("));
    check_lower_bound(net);
    ck_assert_int_eq(integer(json(), "seed"), 7);
    quadric("pieces", net_file, "--max-memory", "1K");
    ck_assert_int_eq(code, 3);
    ck_assert_ptr_nonnull(strstr(qd_buf_str(out), "status         lower_bound\npatterns       at least 1\nregions        at least 1   ("));
    ck_assert_ptr_null(strstr(qd_buf_str(out), "largest degree"));
    quadric("pieces", net_file, "--json", "--max-memory", "900G");
    answered();
    qd_net_clear(net);
}
END_TEST

/* Not a point where every pre-activation is 0 by chance: at the middle of the interval here, two of them are. */
START_TEST(witness_avoids_zeros)
{
    qd_net_t net;
    qd_ctx_t ctx;
    static const char wave[] =
        "{\"input_dim\": 1, \"layers\": [{\"kind\": \"power\", \"activation\": \"relu\", \"w\": [[1], [-1], [1]], \"b\": [0, 0, -9]}]}";
    qd_net_init(net);
    qd_ctx_init(ctx);
    ck_assert_int_eq(qd_net_parse(net, wave, strlen(wave), ctx), QD_OK);
    write_text(net_file, wave);
    quadric("pieces", net_file, "--json", "--max-seconds", "1e-9", "--interval", "-1:1");
    ck_assert_int_eq(code, 3);
    check_lower_bound(net);
    ck_assert_str_eq(text(qd_node_item(member(json(), "witnesses"), 0), "pattern"), "100");
    qd_net_clear(net);
}
END_TEST

/* ---- certify ----------------------------------------------------------------------------------- */

/* The number after `before` in the output, as it is written, means exactly what it says. */
static void printed(fmpq_t x, const char *before)
{
    qd_ctx_t ctx;
    qd_ctx_init(ctx);
    const char *s = strstr(qd_buf_str(out), before);
    ck_assert_msg(s != NULL, "no '%s' in %s", before, qd_buf_str(out));
    s += strlen(before);
    ck_assert_msg(qd_rat_set_str(x, s, strspn(s, "0123456789.e+-"), ctx) == QD_OK, "%s", qd_ctx_message(ctx));
}

/* Networks b with no slope against polynomials on [0, 1], and the largest error, exactly. */
static const struct {
    const char *b, *target, *error;
} exact_error[] = {
    {"0", "1/3", "1/3"},
    {"0", "x/30000000", "1/30000000"},
    {"1/7", "x*(1-x)", "1/7"},
    {"0", "1e-25*x*(1-x)", "1/40000000000000000000000000"},
    {"0", "12345678901234567890123*x/7", "12345678901234567890123/7"},
    {"2/3", "step(x-1/3)*x", "2/3"},
    {"-1/9", "x^2-x", "5/36"},
    {"0", "1e-40", "1/10000000000000000000000000000000000000000"},
};

/* The bounds that are printed enclose the error, and differ by what the tolerance allows and the last digit. */
START_TEST(printed_bounds_enclose)
{
    static const char *const tolerance[] = {"0.5", "1e-3", "1e-6", "1e-19", "1e-80", "1e-290"};
    char net[200];
    fmpq_t lower, upper, error, gap, wanted;
    fmpq_init(lower);
    fmpq_init(upper);
    fmpq_init(error);
    fmpq_init(gap);
    fmpq_init(wanted);
    ck_assert_int_eq(fmpq_set_str(error, exact_error[_i].error, 10), 0);
    snprintf(net, sizeof net,
             "{\"input_dim\": 1, \"layers\": [{\"kind\": \"linear\", \"activation\": \"identity\", \"w\": [[0]], \"b\": [\"%s\"]}]}",
             exact_error[_i].b);
    write_text(net_file, net);
    for (int i = 0; i < 2 * COUNT(tolerance); i++) {
        const char *json = i % 2 ? "--json" : "--quiet";
        quadric("certify", net_file, "--target", exact_error[_i].target, "--interval", "0:1", "--tolerance", tolerance[i / 2], json);
        answered();
        printed(lower, i % 2 ? "\"lower\": " : "at least ");
        printed(upper, i % 2 ? "\"upper\": " : "at most ");
        ck_assert_msg(fmpq_cmp(lower, error) <= 0 && fmpq_cmp(error, upper) <= 0, "%s, tolerance %s: %s", exact_error[_i].target,
                      tolerance[i / 2], qd_buf_str(out));
        fmpq_sub(gap, upper, lower);
        fmpq_mul_2exp(gap, gap, 100);
        if (fmpq_cmp_si(gap, 1) < 0) continue; /* what is below 2^-100 is good enough */
        fmpq_div_2exp(gap, gap, 100);
        qd_rat_set_double(wanted, 1.02 * atof(tolerance[i / 2]));
        fmpq_mul(wanted, wanted, upper);
        ck_assert_msg(fmpq_cmp(gap, wanted) <= 0, "%s, tolerance %s: %s", exact_error[_i].target, tolerance[i / 2], qd_buf_str(out));
    }
    fmpq_clear(lower);
    fmpq_clear(upper);
    fmpq_clear(error);
    fmpq_clear(gap);
    fmpq_clear(wanted);
}
END_TEST

START_TEST(eval_has_a_budget)
{
    write_text(net_file, "{\"input_dim\": 1, \"layers\": ["
                         "{\"kind\": \"linear\", \"activation\": \"power:64\", \"w\": [[3]], \"b\": [\"1/7\"]},"
                         "{\"kind\": \"linear\", \"activation\": \"power:64\", \"w\": [[3]], \"b\": [\"1/7\"]},"
                         "{\"kind\": \"linear\", \"activation\": \"power:64\", \"w\": [[3]], \"b\": [\"1/7\"]},"
                         "{\"kind\": \"linear\", \"activation\": \"power:64\", \"w\": [[3]], \"b\": [\"1/7\"]},"
                         "{\"kind\": \"linear\", \"activation\": \"power:64\", \"w\": [[3]], \"b\": [\"1/7\"]}]}");
    quadric("eval", net_file, "--at", "1/3");
    failed(3, "bits, more than the ");
    quadric("eval", net_file, "--at", "1/3", "--max-seconds", "1e-9");
    failed(3, ": the time budget of 1e-09 s is used up");
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 300);
    suite_add_tcase(suite, tc);
    return tc;
}

int main(void)
{
    program = getenv("QUADRIC");
    if (program == NULL) program = "build/release/quadric";
    qd_doc_init(doc);
    Suite *suite = suite_create("cli");
    TCase *tc = new_case(suite, "pieces");
    tcase_add_test(tc, reference_networks);
    tcase_add_loop_test(tc, lines_in_the_plane, 0, COUNT(on_line));
    tcase_add_loop_test(tc, the_plane, 0, 5);
    tcase_add_loop_test(tc, intervals, 0, COUNT(on_interval));
    tcase_add_test(tc, neighbours_are_told_apart);
    tcase_add_test(tc, list_of_regions);
    tcase_add_test(tc, text_of_pieces);
    tcase_add_test(tc, long_numbers_are_named);
    tc = new_case(suite, "eval");
    tcase_add_loop_test(tc, eval_values, 0, COUNT(value));
    tc = new_case(suite, "bad");
    tcase_add_loop_test(tc, bad_files, 0, COUNT(bad_file));
    tcase_add_test(tc, files_that_cannot_be_read);
    tcase_add_test(tc, odd_names_of_good_files);
    tcase_add_loop_test(tc, bad_command_lines, 0, COUNT(usage));
    tc = new_case(suite, "texts");
    tcase_add_test(tc, help_of_every_command);
    tcase_add_test(tc, help_shows_defaults);
    tcase_add_test(tc, top_level_texts);
    tcase_add_loop_test(tc, full_device, 0, 9);
    tc = new_case(suite, "budget");
    tcase_add_loop_test(tc, budget_in_seconds, 0, 18);
    tcase_add_test(tc, budget_in_bytes);
    tcase_add_test(tc, witness_avoids_zeros);
    tcase_add_test(tc, eval_has_a_budget);
    tcase_add_loop_test(tc, printed_bounds_enclose, 0, COUNT(exact_error));
    int failed = test_run(suite);
    qd_doc_clear(doc);
    flint_cleanup_master();
    return failed;
}
