/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of what a long work keeps: locks, ledgers, folders of runs, and temporary files. The text of a ledger is made here once more. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/io.h"
#include "shared/suite.h"

static qd_ctx_t ctx;
static qd_buf_t buf;
static char here[1000]; /* a folder, made empty for every test */

static void setup(void)
{
    const char *tmp = getenv("TMPDIR");
    qd_ctx_init(ctx);
    ctx->seed = test_seed();
    qd_buf_init(buf);
    snprintf(here, sizeof here, "%s/quadric-XXXXXX", tmp != NULL ? tmp : P_tmpdir);
    ck_assert_ptr_nonnull(mkdtemp(here));
}

static const char *at(const char *name)
{
    static char path[4][1100];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", here, name);
    return path[turn];
}

/* Removes a folder of files and folders of files. */
static void teardown(void)
{
    char command[1100];
    snprintf(command, sizeof command, "rm -rf '%s'", here);
    ck_assert_int_eq(system(command), 0);
    qd_buf_clear(buf);
}

/* Number of names in a folder, those with a leading dot too. */
static int names(const char *path)
{
    int n = -2; /* . and .. */
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    while (readdir(dir) != NULL) n++;
    closedir(dir);
    return n;
}

static void put(const char *name, const char *text, size_t len)
{
    FILE *f = fopen(at(name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
}

static bool there(const char *name)
{
    return access(at(name), F_OK) == 0;
}

static void holds(const char *name, const char *text, size_t len)
{
    FILE *f = fopen(at(name), "rb");
    char *found = malloc(len + 2);
    ck_assert_ptr_nonnull(f);
    size_t n = fread(found, 1, len + 2, f);
    fclose(f);
    ck_assert_msg(n == len && memcmp(found, text, len) == 0, "%s holds '%.*s', expected '%.*s'", name, (int) n, found, (int) len, text);
    free(found);
}

/* The call failed with this status, and its message ends so. */
static void failed(qd_status got, qd_status st, const char *end)
{
    const char *said = qd_ctx_message(ctx);
    size_t n = strlen(said), m = strlen(end);
    ck_assert_int_eq(got, st);
    ck_assert_msg(n >= m && strcmp(said + n - m, end) == 0, "said '%s', expected '%s'", said, end);
    qd_ctx_forget(ctx);
}

/* ---- ledgers ------------------------------------------------------------------------------ */

#define HEADER "test, 4 items"
#define FIRST "quadric part 2, " HEADER "\n"

typedef struct {
    int64_t number;
    char *word;
} entry;

static const qd_field field[] = {{"number", QD_FIELD_INT, offsetof(entry, number), 0, 1000},
                                 {"word", QD_FIELD_TEXT, offsetof(entry, word), 0, 0},
                                 {NULL, QD_FIELD_INT, 0, 0, 0}};

static void begin(qd_ledger_t l, int64_t nitems)
{
    qd_ledger_init(l, field, sizeof(entry), nitems);
}

/* Notes an item that is (its number, word). */
static qd_status add(qd_ledger_t l, int64_t item, double seconds, const char *word)
{
    entry *e = qd_ledger_record(l, item);
    free(e->word);
    *e = (entry){item, qd_strdup(word)};
    return qd_ledger_add(l, item, seconds, ctx);
}

static const char *word_of(const qd_ledger_t l, int64_t item)
{
    return ((entry *) qd_ledger_record(l, item))->word;
}

/* FNV-1a, 64 bits, by its definition. */
static uint64_t fnv(const char *s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    while (*s != '\0') h ^= (unsigned char) *s++, h *= UINT64_C(0x100000001b3);
    return h;
}

static size_t add_line(char *text, int item, const char *seconds, const char *result)
{
    char line[200];
    snprintf(line, sizeof line, "%d\t%s\tnumber=%d word=%s", item, seconds, item, result);
    return (size_t) sprintf(text + strlen(text), "%s\t%016" PRIx64 "\n", line, fnv(line));
}

/* A file of three lines: items 2, 0 and 3. start: where each line begins, and the end. */
static void three_lines(char *text, size_t start[4])
{
    strcpy(text, FIRST);
    start[0] = strlen(text);
    start[1] = start[0] + add_line(text, 2, "0.500000", "two");
    start[2] = start[1] + add_line(text, 0, "1.250000", "");
    start[3] = start[2] + add_line(text, 3, "0.000000", "three");
}

START_TEST(ledger_is_its_file)
{
    char text[1000];
    size_t start[4];
    qd_ledger_t l;
    three_lines(text, start);
    begin(l, 4);
    ck_assert_int_eq(qd_ledger_open(l, at("p"), HEADER, ctx), QD_OK);
    ck_assert_int_eq(l->cut, 0);
    ck_assert_int_eq(add(l, 2, 0.5, "two"), QD_OK);
    ck_assert_int_eq(add(l, 0, 1.25, ""), QD_OK);
    ck_assert_int_eq(add(l, 3, 0, "three"), QD_OK);
    ck_assert_int_eq(qd_ledger_done(l), 3);
    qd_ledger_clear(l);
    holds("p", text, start[3]);
    begin(l, 4);
    ck_assert_int_eq(qd_ledger_open(l, at("p"), HEADER, ctx), QD_OK);
    ck_assert_str_eq(word_of(l, 2), "two");
    ck_assert_str_eq(word_of(l, 0), "");
    ck_assert(!l->there[1] && l->there[0]);
    ck_assert(l->seconds[0] == 1.25 && l->seconds[2] == 0.5);
    qd_ledger_remove(l);
    ck_assert(!there("p"));
    ck_assert_int_eq(add(l, 1, 0, "in-memory"), QD_OK);
    qd_ledger_clear(l);
}
END_TEST

/* The first _i bytes of a file, or with something behind them: the whole lines are taken, the rest is cut off and can be written anew. */
START_TEST(damaged_end_is_cut_off)
{
    static const char tail[] = "1\t0.1\twhat was\nto be\0 written\n\n\0\0\0";
    char text[2000];
    size_t start[4], whole = 0, n = (size_t) _i / 2, len = _i % 2 == 0 ? n : n + sizeof tail;
    qd_ledger_t l;
    three_lines(text, start);
    for (int k = 0; k < 4; k++)
        if (n >= start[k]) whole = start[k];
    if (n > start[3]) return;
    if (_i % 2 == 1) memcpy(text + n, tail, sizeof tail);
    if (_i % 2 == 1 && n < start[0]) return; /* another header: refused, see below */
    put("p", text, len);
    begin(l, 4);
    ck_assert_int_eq(qd_ledger_open(l, at("p"), HEADER, ctx), QD_OK);
    ck_assert_int_eq(l->cut, (int64_t) (len - whole));
    ck_assert_int_eq(qd_ledger_done(l), (n >= start[1]) + (n >= start[2]) + (n >= start[3]));
    ck_assert_int_eq(l->cut_line, whole == 0 ? 1 : 2 + qd_ledger_done(l));
    for (int item = 0; item < 4; item++)
        if (!l->there[item]) ck_assert_int_eq(add(l, item, 0, "again"), QD_OK);
    qd_ledger_clear(l);
    begin(l, 4);
    ck_assert_int_eq(qd_ledger_open(l, at("p"), HEADER, ctx), QD_OK);
    ck_assert_int_eq(l->cut, 0);
    ck_assert_int_eq(qd_ledger_done(l), 4);
    qd_ledger_clear(l);
}
END_TEST

static void refused(const char *text, size_t len, const char *end)
{
    qd_ledger_t l;
    put("p", text, len);
    begin(l, 4);
    failed(qd_ledger_open(l, at("p"), HEADER, ctx), QD_EINPUT, end);
    qd_ledger_clear(l);
    holds("p", text, len);
}

/* Byte _i of the second line is another one. */
START_TEST(damage_before_the_end_is_refused)
{
    char text[1000];
    size_t start[4];
    three_lines(text, start);
    if (start[1] + (size_t) _i + 1 >= start[2]) return;
    text[start[1] + (size_t) _i] ^= 1;
    refused(text, start[3], "line 3 is damaged; remove the file to start afresh");
}
END_TEST

START_TEST(other_files_are_refused)
{
    char text[1000];
    size_t start[4];
    three_lines(text, start);
    add_line(text, 0, "0.0", "again");
    refused(text, strlen(text), "line 5 is damaged; remove the file to start afresh");
    text[start[3]] = '\0';
    add_line(text, 4, "0.0", "beyond");
    refused(text, strlen(text), "line 5 is damaged; remove the file to start afresh");
    text[start[3]] = '\0';
    add_line(text, 1, "soon", "none");
    refused(text, strlen(text), "line 5 is damaged; remove the file to start afresh");
    text[start[3]] = '\0';
    add_line(text, 1, "0.0", "one more");
    refused(text, strlen(text), "line 5 is damaged: found 'more' behind the last field; remove the file to start afresh");
    text[strlen(FIRST) - 2] = 'z';
    refused(text, strlen(text),
            "found the state of another run, 'quadric part 2, test, 4 itemz', expected "
            "'quadric part 2, test, 4 items'; remove it to start afresh");
    refused("my notes\n", 9, "found a file that is not the state of a table; it is left as it is");
}
END_TEST

/* The disk is full when _i bytes of a line are written: none of them stays, and there is room again for the next line. */
START_TEST(short_write_is_taken_back)
{
    char text[1000];
    size_t start[4];
    struct rlimit old, tiny;
    qd_ledger_t l;
    three_lines(text, start);
    put("p", text, start[3]);
    begin(l, 4);
    ck_assert_int_eq(qd_ledger_open(l, at("p"), HEADER, ctx), QD_OK);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
    tiny = old;
    tiny.rlim_cur = start[3] + (size_t) _i;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tiny);
    qd_status st = add(l, 1, 0, "one");
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    failed(st, QD_EIO, "/p: File too large");
    holds("p", text, start[3]);
    ck_assert_int_eq(add(l, 1, 2, "one"), QD_OK);
    qd_ledger_clear(l);
    add_line(text, 1, "2.000000", "one");
    holds("p", text, strlen(text));
}
END_TEST

static qd_status add_item(void *arg, int64_t i, qd_ctx_t own)
{
    char text[100];
    snprintf(text, sizeof text, "%0*d", 1 + (int) (i % 60), 0);
    *(entry *) qd_ledger_record(arg, i) = (entry){i, qd_strdup(text)};
    return qd_ledger_add(arg, i, 0, own);
}

START_TEST(threads_write_whole_lines)
{
    enum { N = 400 };
    qd_ledger_t l;
    ctx->threads = 4;
    begin(l, N);
    ck_assert_int_eq(qd_ledger_open(l, at("p"), HEADER, ctx), QD_OK);
    ck_assert_int_eq(qd_parallel_for(N, add_item, l, ctx), QD_OK);
    qd_ledger_clear(l);
    begin(l, N);
    ck_assert_int_eq(qd_ledger_open(l, at("p"), HEADER, ctx), QD_OK);
    ck_assert_int_eq(l->cut, 0);
    ck_assert_int_eq(qd_ledger_done(l), N);
    qd_ledger_clear(l);
}
END_TEST

/* ---- owners ------------------------------------------------------------------------------- */

/* A process that calls begin and waits until it is killed. */
static pid_t other_process(void (*begin)(void))
{
    int ready[2];
    char byte = 0;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        begin();
        if (write(ready[1], &byte, 1) != 1) _exit(1);
        for (;;) pause();
    }
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

static void kill_process(pid_t child)
{
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

static void own_ledger(void)
{
    static qd_ledger_t l;
    begin(l, 4);
    qd_ledger_open(l, at("p"), HEADER, ctx);
}

START_TEST(ledger_has_one_owner)
{
    qd_ledger_t a, b;
    pid_t child = other_process(own_ledger);
    begin(a, 4);
    failed(qd_ledger_open(a, at("p"), HEADER, ctx), QD_EINPUT, "/p: another process is working on this table");
    kill_process(child);
    ck_assert_int_eq(qd_ledger_open(a, at("p"), HEADER, ctx), QD_OK);
    begin(b, 4);
    failed(qd_ledger_open(b, at("p"), HEADER, ctx), QD_EINPUT, "/p: another process is working on this table");
    qd_ledger_remove(a);
    ck_assert_int_eq(qd_ledger_open(b, at("p"), HEADER, ctx), QD_OK);
    ck_assert(there("p"));
    qd_ledger_clear(a);
    qd_ledger_clear(b);
}
END_TEST

START_TEST(lock_without_a_file)
{
    int fd = -1;
    ck_assert_int_eq(qd_file_lock(&fd, at("l"), false, "x", ctx), QD_OK);
    ck_assert_int_eq(fd, -1);
    ck_assert(!there("l"));
    failed(qd_file_lock(&fd, at("none/l"), true, "x", ctx), QD_EIO, "none/l: No such file or directory");
    failed(qd_file_lock(&fd, here, false, "x", ctx), QD_EIO, ": Is a directory");
}
END_TEST

/* ---- folders ------------------------------------------------------------------------------ */

static const char *const files[] = {"result", "other", NULL};
static const qd_folder_kind asked = {"run", "else anew", "asked for it goes on", "by force it goes", "me.json", files, NULL},
                            unasked = {"study", NULL, NULL, "by force it goes", "me.json", files, "part"};

#define MINE "{\"a\": 1, \"b\": 2,\n \"c\": 3}"
#define YOURS "{\"a\": 1, \"b\": 5,\n \"c\": 3}"

/* What is there and what is asked for; what is said, NULL: it is opened, and whether the run goes on. */
static const struct {
    const qd_folder_kind *kind;
    const char *identity, *file;
    qd_folder_way way;
    const char *said;
    bool begun;
} opening[] = {
    {&asked, NULL, NULL, QD_FOLDER_NEW, NULL, false},
    {&asked, NULL, NULL, QD_FOLDER_GO_ON, "/d holds no run; expected one to go on with (else anew)", false},
    {&asked, NULL, NULL, QD_FOLDER_REPLACE, NULL, false},
    {&asked, NULL, "other", QD_FOLDER_NEW, "/d/other is there, and no run that it belongs to; by force it goes", false},
    {&asked, NULL, "other", QD_FOLDER_GO_ON, "/d holds no run; expected one to go on with (else anew)", false},
    {&asked, NULL, "other", QD_FOLDER_REPLACE, NULL, false},
    {&asked, NULL, "foreign", QD_FOLDER_NEW, NULL, false},
    {&asked, MINE, "result", QD_FOLDER_NEW, "/d holds a run already; asked for it goes on, by force it goes", false},
    {&asked, MINE, "result", QD_FOLDER_GO_ON, NULL, true},
    {&asked, MINE, "result", QD_FOLDER_REPLACE, NULL, false},
    {&asked, YOURS, "result", QD_FOLDER_GO_ON,
     "/d/me.json belongs to another configuration, seed or version: it says \"b\": 5, the command means \"b\": 2", false},
    {&asked, YOURS, "result", QD_FOLDER_REPLACE, NULL, false},
    {&unasked, NULL, NULL, QD_FOLDER_NEW, NULL, false},
    {&unasked, NULL, "result", QD_FOLDER_NEW, "/d/result is there, and no study that it belongs to; by force it goes", false},
    {&unasked, MINE, "result", QD_FOLDER_NEW, NULL, true},
    {&unasked, MINE, "result", QD_FOLDER_REPLACE, NULL, true},
    {&unasked, YOURS, "result", QD_FOLDER_NEW, "/d holds another study, seed or version; by force it goes", false},
    {&unasked, YOURS, "result", QD_FOLDER_REPLACE, NULL, false},
};

START_TEST(whose_folder)
{
    qd_folder_t f;
    const char *file = opening[_i].file, *identity = opening[_i].identity;
    char name[100] = "d/";
    bool made = file != NULL || identity != NULL;
    if (made) ck_assert_int_eq(mkdir(at("d"), 0777), 0);
    if (file != NULL) put(strcat(name, file), "precious", 8);
    if (identity != NULL) put("d/me.json", identity, strlen(identity));
    qd_folder_init(f);
    qd_status st = qd_folder_open(f, opening[_i].kind, at("d"), MINE, opening[_i].way, ctx);
    if (opening[_i].said != NULL) {
        failed(st, QD_EINPUT, opening[_i].said);
        ck_assert_int_eq(there("d"), made);
        if (made) ck_assert_int_eq(names(at("d")), (file != NULL) + (identity != NULL));
        if (file != NULL) holds(name, "precious", 8);
        if (identity != NULL) holds("d/me.json", identity, strlen(identity));
    } else {
        ck_assert_msg(st == QD_OK, "%s", qd_ctx_message(ctx));
        ck_assert_int_eq(f->begun, opening[_i].begun);
        holds("d/me.json", MINE, strlen(MINE));
        bool stays = file != NULL && (opening[_i].begun || !strcmp(file, "foreign"));
        if (file != NULL) ck_assert_int_eq(there(name), stays);
        ck_assert_int_eq(there("d/part"), opening[_i].kind->parts != NULL);
    }
    qd_folder_clear(f);
    ck_assert(!there("d/part"));
}
END_TEST

static void own_folder(void)
{
    static qd_folder_t f;
    qd_folder_init(f);
    qd_folder_open(f, &unasked, at("d"), MINE, QD_FOLDER_NEW, ctx);
}

/* Nobody else gets the folder, by whatever way, and nothing in it changes; the lock outlives its owner but does not hold. */
START_TEST(folder_has_one_owner)
{
    qd_folder_t f;
    struct stat before, after;
    pid_t child = other_process(own_folder);
    put("d/result", "r", 1);
    put("d/part/7.safetensors", "p", 1);
    ck_assert_int_eq(stat(at("d/.quadric-lock"), &before), 0);
    qd_folder_init(f);
    for (int way = QD_FOLDER_NEW; way <= QD_FOLDER_REPLACE; way++)
        for (int mine = 0; mine < 2; mine++) {
            failed(qd_folder_open(f, &unasked, at("d"), mine ? MINE : YOURS, (qd_folder_way) way, ctx), QD_EINPUT,
                   "/d: another process is working on the study there");
            qd_folder_clear(f);
        }
    holds("d/result", "r", 1);
    holds("d/part/7.safetensors", "p", 1);
    kill_process(child);
    ck_assert_int_eq(qd_folder_open(f, &unasked, at("d"), YOURS, QD_FOLDER_REPLACE, ctx), QD_OK);
    ck_assert(!there("d/result") && !there("d/part/7.safetensors"));
    ck_assert_int_eq(stat(at("d/.quadric-lock"), &after), 0);
    ck_assert(before.st_ino == after.st_ino);
    qd_folder_t second;
    qd_folder_init(second);
    failed(qd_folder_open(second, &unasked, at("d"), YOURS, QD_FOLDER_NEW, ctx), QD_EINPUT,
           "/d: another process is working on the study there");
    qd_folder_clear(second);
    qd_folder_clear(f);
    ck_assert_int_eq(qd_folder_open(f, &unasked, at("d"), YOURS, QD_FOLDER_NEW, ctx), QD_OK);
    ck_assert(f->begun);
    qd_folder_clear(f);
}
END_TEST

/* Refused before anything of the old run is removed. */
START_TEST(folder_that_cannot_be_written)
{
    qd_folder_t f;
    qd_folder_init(f);
    put("file", "x", 1);
    failed(qd_folder_open(f, &asked, at("file"), MINE, QD_FOLDER_REPLACE, ctx), QD_EINPUT,
           "/file is a file; expected a folder for the run, or none");
    failed(qd_folder_open(f, &asked, at("file/d"), MINE, QD_FOLDER_NEW, ctx), QD_EIO, "/file: it is a file");
    ck_assert_int_eq(mkdir(at("d"), 0777), 0);
    ck_assert_int_eq(mkdir(at("d/other"), 0777), 0);
    put("d/me.json", YOURS, strlen(YOURS));
    put("d/result", "r", 1);
    failed(qd_folder_open(f, &asked, at("d"), MINE, QD_FOLDER_REPLACE, ctx), QD_EIO, "/d/other: Is a directory");
    holds("d/me.json", YOURS, strlen(YOURS));
    holds("d/result", "r", 1);
    qd_folder_clear(f);
}
END_TEST

START_TEST(files_of_a_folder)
{
    qd_folder_t f;
    qd_folder_init(f);
    ck_assert_int_eq(qd_folder_open(f, &asked, at("a/b/c"), MINE, QD_FOLDER_NEW, ctx), QD_OK);
    qd_buf_puts(buf, "text");
    ck_assert(!qd_folder_has(f, "result"));
    ck_assert_int_eq(qd_folder_write(f, "result", buf, ctx), QD_OK);
    ck_assert(qd_folder_has(f, "result"));
    holds("a/b/c/result", "text", 4);
    ck_assert_str_eq(qd_folder_path(buf, f, "result"), at("a/b/c/result"));
    qd_folder_clear(f);
}
END_TEST

/* ---- outputs ------------------------------------------------------------------------------ */

START_TEST(outputs_are_tried)
{
    ck_assert_int_eq(qd_file_check("-", ctx), QD_OK);
    ck_assert_int_eq(qd_file_check("/dev/null", ctx), QD_OK);
    ck_assert_int_eq(qd_file_check(at("f"), ctx), QD_OK);
    ck_assert_int_eq(names(here), 0);
    put("f", "old", 3);
    ck_assert_int_eq(qd_file_check(at("f"), ctx), QD_OK);
    holds("f", "old", 3);
    ck_assert_int_eq(names(here), 1);
    failed(qd_file_check(at("f/g"), ctx), QD_EIO, "/f/g: Not a directory");
    failed(qd_file_check(at("none/g"), ctx), QD_EIO, "/none/g: No such file or directory");
    failed(qd_file_check(here, ctx), QD_EIO, ": Is a directory");
    ck_assert_int_eq(symlink("f", at("link")), 0);
    ck_assert_int_eq(qd_file_check(at("link"), ctx), QD_OK);
}
END_TEST

/* A process that is killed by its first long write to the file. */
static void killed_writer(const char *name)
{
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0, 0}, tiny = {10, 10};
        char data[100] = {0};
        signal(SIGXFSZ, SIG_DFL);
        setrlimit(RLIMIT_CORE, &none);
        setrlimit(RLIMIT_FSIZE, &tiny);
        qd_file_write(at(name), data, sizeof data, ctx);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
}

/* Only those of this output, and only when nobody writes. */
START_TEST(left_files_go)
{
    char other[600] = "";
    killed_writer("f");
    killed_writer("f");
    killed_writer("other");
    ck_assert_int_eq(names(here), 3);
    ck_assert_int_eq(qd_file_check(at("f"), ctx), QD_OK);
    ck_assert_int_eq(names(here), 1);
    DIR *dir = opendir(here);
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        if (strstr(e->d_name, ".tmp") != NULL) snprintf(other, sizeof other, "%s", e->d_name);
    closedir(dir);
    int writer = open(at(other), O_RDWR);
    ck_assert_int_eq(flock(writer, LOCK_EX), 0);
    ck_assert_int_eq(qd_file_check(at("other"), ctx), QD_OK);
    ck_assert(there(other));
    close(writer);
    ck_assert_int_eq(qd_file_check(at("other"), ctx), QD_OK);
    ck_assert_int_eq(names(here), 0);
}
END_TEST

START_TEST(left_files_of_a_folder_go)
{
    qd_folder_t f;
    ck_assert_int_eq(mkdir(at("d"), 0777), 0);
    ck_assert_int_eq(mkdir(at("d/part"), 0777), 0);
    killed_writer("d/result");
    killed_writer("d/part/1.safetensors");
    ck_assert_int_eq(names(at("d")), 2);
    qd_folder_init(f);
    ck_assert_int_eq(qd_folder_open(f, &unasked, at("d"), MINE, QD_FOLDER_NEW, ctx), QD_OK);
    ck_assert_int_eq(names(at("d/part")), 0);
    ck_assert_int_eq(names(at("d")), 3); /* part, me.json, the lock */
    qd_folder_clear(f);
}
END_TEST

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))

static TCase *new_case(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);
    tcase_add_checked_fixture(tc, setup, teardown);
    suite_add_tcase(suite, tc);
    return tc;
}

int main(void)
{
    char text[1000];
    size_t start[4];
    three_lines(text, start);
    Suite *suite = suite_create("folder");
    TCase *tc = new_case(suite, "ledger");
    tcase_add_test(tc, ledger_is_its_file);
    tcase_add_loop_test(tc, damaged_end_is_cut_off, 0, 2 * (int) start[3] + 2);
    tcase_add_loop_test(tc, damage_before_the_end_is_refused, 0, (int) (start[2] - start[1]) - 1);
    tcase_add_test(tc, other_files_are_refused);
    tcase_add_loop_test(tc, short_write_is_taken_back, 0, 29);
    tcase_add_test(tc, threads_write_whole_lines);
    tc = new_case(suite, "owner");
    tcase_add_test(tc, ledger_has_one_owner);
    tcase_add_test(tc, lock_without_a_file);
    tc = new_case(suite, "folder");
    tcase_add_loop_test(tc, whose_folder, 0, COUNT(opening));
    tcase_add_test(tc, folder_has_one_owner);
    tcase_add_test(tc, folder_that_cannot_be_written);
    tcase_add_test(tc, files_of_a_folder);
    tc = new_case(suite, "output");
    tcase_add_test(tc, outputs_are_tried);
    tcase_add_test(tc, left_files_go);
    tcase_add_test(tc, left_files_of_a_folder_go);
    return test_run(suite);
}
