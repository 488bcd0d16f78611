/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of what src/io writes: JSON documents, records and CSV fields, read back by its readers. */
#include <check.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/io.h"
#include "shared/suite.h"

#define COUNT(a) ((int) (sizeof(a) / sizeof *(a)))

static qd_ctx_t ctx;
static qd_buf_t buf;
static qd_json_t w;

static void setup(void)
{
    qd_ctx_init(ctx);
    ctx->seed = test_seed();
    qd_buf_init(buf);
    qd_json_init(w, buf);
}

static void teardown(void)
{
    qd_buf_clear(buf);
}

/* ---- JSON --------------------------------------------------------------------------------- */

/* Bytes of every sort: quotes, backslashes, control characters, UTF-8 whole, cut and overlong. */
static void random_text(qd_buf_t s, qd_rng_t rng)
{
    static const char *const part[] = {"\"",
                                       "\\",
                                       "/",
                                       "\n",
                                       "\t",
                                       "\r",
                                       "\b",
                                       "\f",
                                       "\x01",
                                       "\x1F",
                                       "\x7F",
                                       "\xC3\xA9",
                                       "\xC3",
                                       "\xE2\x82\xAC",
                                       "\xFF",
                                       "\xC0\x80",
                                       "a",
                                       " ",
                                       "{",
                                       ", ",
                                       "\xED\xA0\x80",
                                       "\xF0\x9F\x98\x80",
                                       "\xF0\x9F"};
    qd_buf_reset(s);
    for (uint64_t n = qd_rng_below(rng, 12); n > 0; n--) qd_buf_puts(s, part[qd_rng_below(rng, COUNT(part))]);
}

/* Bytes 1 to 4 of a character of UTF-8, 0: none. Written from RFC 3629's table, apart from src/io/utf8.c. */
static size_t character(const unsigned char *s)
{
    static const struct {
        unsigned char lo, hi, second_lo, second_hi;
        size_t n;
    } row[] = {{0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3},
               {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
    if (*s < 0x80) return 1;
    for (int i = 0; i < COUNT(row); i++) {
        if (*s < row[i].lo || *s > row[i].hi || s[1] < row[i].second_lo || s[1] > row[i].second_hi) continue;
        for (size_t k = 2; k < row[i].n; k++)
            if (s[k] < 0x80 || s[k] > 0xBF) return 0;
        return row[i].n;
    }
    return 0;
}

/* What a reader must find of a text: each byte that is in no character is U+FFFD. */
static void readable(qd_buf_t out, const char *s)
{
    qd_buf_reset(out);
    while (*s != '\0') {
        size_t n = character((const unsigned char *) s);
        qd_buf_add(out, n == 0 ? "\xEF\xBF\xBD" : s, n == 0 ? 3 : n);
        s += n == 0 ? 1 : n;
    }
}

static void random_key(qd_buf_t s, qd_rng_t rng, int64_t i)
{
    random_text(s, rng);
    qd_buf_printf(s, "%" PRId64, i); /* so that keys differ */
}

static double random_double(qd_rng_t rng)
{
    double x;
    uint64_t bits = qd_rng_u64(rng);
    memcpy(&x, &bits, sizeof x);
    return qd_rng_below(rng, 8) == 0 ? INFINITY : x;
}

/* The document that a stream of random numbers stands for: the same walk writes it and checks what was read. node NULL: write. */
static void walk(const qd_node *node, const char *key, qd_rng_t rng, int depth)
{
    qd_buf_t s, t;
    const char *text;
    int64_t i;
    uint64_t n = qd_rng_below(rng, depth > 0 ? 9 : 7);
    qd_buf_init(s);
    qd_buf_init(t);
    if (node == NULL && qd_rng_below(rng, 8) == 0) qd_json_line(w, (int) qd_rng_below(rng, 5));
    else if (node != NULL) qd_rng_below(rng, 8) == 0 ? qd_rng_below(rng, 5) : 0;
    switch (n) {
    case 0:
        if (node == NULL) qd_json_null(w, key);
        else ck_assert_int_eq(qd_node_kind(node), QD_NODE_NULL);
        break;
    case 1: {
        qd_truth truth = (qd_truth) qd_rng_below(rng, 3);
        bool yes;
        if (node == NULL) qd_json_truth(w, key, truth);
        else if (truth == QD_UNKNOWN) ck_assert_int_eq(qd_node_kind(node), QD_NODE_NULL);
        else ck_assert(qd_node_get_bool(&yes, node, "", ctx) == QD_OK && yes == (truth == QD_TRUE));
        break;
    }
    case 2: {
        int64_t x = (int64_t) qd_rng_u64(rng) >> qd_rng_below(rng, 64), y;
        if (node == NULL) qd_json_int(w, key, x);
        else ck_assert(qd_node_get_int(&y, node, INT64_MIN, INT64_MAX, "", ctx) == QD_OK && x == y);
        break;
    }
    case 3: {
        double x = random_double(rng), y;
        if (node == NULL) qd_json_double(w, key, x);
        else if (!isfinite(x)) ck_assert_int_eq(qd_node_kind(node), QD_NODE_NULL);
        else ck_assert(qd_node_get_double(&y, node, -INFINITY, INFINITY, "", ctx) == QD_OK && x == y);
        break;
    }
    case 4: {
        bool yes = qd_rng_below(rng, 2), found;
        if (node == NULL) qd_json_bool(w, key, yes);
        else ck_assert(qd_node_get_bool(&found, node, "", ctx) == QD_OK && yes == found);
        break;
    }
    case 5: {
        uint64_t x = qd_rng_u64(rng);
        qd_buf_printf(s, "%" PRIu64, x);
        if (node == NULL && x % 2) qd_json_uint(w, key, x);
        else if (node == NULL) qd_json_raw(w, key, qd_buf_str(s));
        else ck_assert_str_eq(qd_node_text(node, NULL), qd_buf_str(s));
        break;
    }
    case 6:
        random_text(s, rng);
        readable(t, qd_buf_str(s));
        if (node == NULL) qd_json_string(w, key, qd_buf_str(s));
        else ck_assert(qd_node_get_string(&text, node, "", ctx) == QD_OK && strcmp(text, qd_buf_str(t)) == 0);
        break;
    default: {
        bool tight = qd_rng_below(rng, 2);
        int64_t count = (int64_t) qd_rng_below(rng, 6);
        if (node == NULL) qd_json_tight(w, tight);
        if (node == NULL) n == 7 ? qd_json_array(w, key) : qd_json_object(w, key);
        else ck_assert(qd_node_kind(node) == (n == 7 ? QD_NODE_ARRAY : QD_NODE_OBJECT) && qd_node_count(node) == count);
        for (i = 0; i < count; i++) {
            if (n == 8) random_key(s, rng, i);
            if (n == 8 && node != NULL) {
                readable(t, qd_buf_str(s));
                ck_assert_str_eq(qd_node_key_at(node, i), qd_buf_str(t));
            }
            walk(node == NULL ? NULL
                 : n == 7     ? qd_node_item(node, i)
                              : qd_node_value_at(node, i),
                 n == 7 ? NULL : qd_buf_str(s), rng, depth - 1);
        }
        if (node == NULL) qd_json_end(w);
    }
    }
    qd_buf_clear(s);
    qd_buf_clear(t);
}

START_TEST(documents_read_back)
{
    qd_rng_t rng;
    qd_doc_t doc;
    qd_doc_init(doc);
    qd_rng_init(rng, ctx->seed, (uint64_t) _i);
    walk(NULL, NULL, rng, 6);
    qd_json_finish(w);
    qd_status st = qd_doc_parse(doc, qd_buf_str(buf), buf->len, QD_JSON, ctx);
    ck_assert_msg(st == QD_OK, "case %d, QD_SEED=%" PRIu64 ": %s in %s", _i, ctx->seed, qd_ctx_message(ctx), qd_buf_str(buf));
    qd_rng_init(rng, ctx->seed, (uint64_t) _i);
    walk(qd_doc_root(doc), NULL, rng, 6);
    qd_doc_clear(doc);
}
END_TEST

/* The layout is what other programs have seen so far. */
START_TEST(layout)
{
    qd_json_object(w, NULL);
    qd_json_string(w, "name", "a\"b\x02");
    qd_json_line(w, 1);
    qd_json_array(w, "layers");
    qd_json_line(w, 4);
    qd_json_object(w, NULL);
    qd_json_end(w);
    qd_json_line(w, 1);
    qd_json_end(w);
    qd_json_int(w, "n", -3);
    qd_json_tight(w, true);
    qd_json_array(w, "v");
    qd_json_double(w, NULL, 0.5);
    qd_json_null(w, NULL);
    qd_json_end(w);
    qd_json_tight(w, false);
    qd_json_bool(w, "yes", true);
    qd_json_end(w);
    qd_json_finish(w);
    qd_json_raw(w, NULL, "123456789012345678901234567890");
    qd_json_finish(w);
    ck_assert_str_eq(qd_buf_str(buf),
                     "{\"name\": \"a\\\"b\\u0002\",\n \"layers\": [\n    {}\n ], \"n\": -3,\"v\":[0.5,null], \"yes\": true}\n"
                     "123456789012345678901234567890\n");
}
END_TEST

/* Each of these is a mistake of the caller and ends the program. */
START_TEST(misuse)
{
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr)); /* what assert says is expected */
    switch (_i) {
    case 0: /* no key in an object */
        qd_json_object(w, NULL);
        qd_json_int(w, NULL, 1);
        break;
    case 1: /* a key in an array */
        qd_json_array(w, NULL);
        qd_json_int(w, "a", 1);
        break;
    case 2: /* a key on the outside */
        qd_json_int(w, "a", 1);
        break;
    case 3: /* two values on the outside */
        qd_json_int(w, NULL, 1);
        qd_json_int(w, NULL, 1);
        break;
    case 4: /* an end too many */
        qd_json_array(w, NULL);
        qd_json_end(w);
        qd_json_end(w);
        break;
    case 5: /* something is open */
        qd_json_array(w, NULL);
        qd_json_finish(w);
        break;
    case 6: /* nothing there */
        qd_json_finish(w);
        break;
    case 7: /* too deep */
        for (int i = 0; i <= QD_JSON_DEPTH; i++) qd_json_array(w, NULL);
        break;
    }
}
END_TEST

/* ---- records ------------------------------------------------------------------------------- */

typedef struct {
    char *word;
    int64_t large;
    double x, y;
    qd_truth truth;
} sample;

static const qd_field fields[] = {{"large", QD_FIELD_INT, offsetof(sample, large), INT64_MIN, INT64_MAX},
                                  {"truth", QD_FIELD_ENUM, offsetof(sample, truth), 0, QD_UNKNOWN},
                                  {"x", QD_FIELD_DOUBLE, offsetof(sample, x), 0, 0},
                                  {"word", QD_FIELD_TEXT, offsetof(sample, word), 0, 0},
                                  {"y", QD_FIELD_DOUBLE, offsetof(sample, y), 0, 0},
                                  {NULL, QD_FIELD_INT, 0, 0, 0}};

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

START_TEST(structs_read_back)
{
    static const int64_t large[] = {0, -1, INT64_MIN, INT64_MAX, 12345678901234};
    static const double special[] = {0, -0.0, INFINITY, -INFINITY, NAN, 5e-324, DBL_MAX, 0.1};
    char empty[] = "", widths[] = "2,3,1", equals[] = "a=b=";
    char *words[] = {empty, widths, equals};
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, (uint64_t) _i);
    for (int k = 0; k < 40; k++) {
        sample a = {words[k % 3], large[k % 5], special[k % 8], random_double(rng), (qd_truth) (k % 3)}, b;
        qd_buf_reset(buf);
        qd_record_print(buf, fields, &a);
        ck_assert_msg(qd_record_read(&b, fields, qd_buf_str(buf), ctx) == QD_OK, "%s: %s", qd_buf_str(buf), qd_ctx_message(ctx));
        ck_assert(a.large == b.large && same(a.x, b.x) && same(a.y, b.y) && a.truth == b.truth);
        ck_assert_str_eq(a.word, b.word);
        qd_record_clear(&b, fields);
        ck_assert_ptr_null(b.word);
    }
}
END_TEST

static const struct {
    const char *text, *message;
} damaged[] = {
    {"", "it ends before 'large'"},
    {"large=1", "it ends before 'truth'"},
    {"large=1 truth=0 x=0x1p+0 word=w", "it ends before 'y'"},
    {"large= truth=0 x=0 word=w y=0", "'large' is '', expected an integer"},
    {"large=1x truth=0 x=0 word=w y=0", "'large' is '1x', expected an integer"},
    {"large=9223372036854775808 truth=0 x=0 word=w y=0",
     "'large' is 9223372036854775808, expected -9223372036854775808 to 9223372036854775807"},
    {"large=1 truth=3 x=0 word=w y=0", "'truth' is 3, expected 0 to 2"},
    {"large=1 truth=-1 x=0 word=w y=0", "'truth' is -1, expected 0 to 2"},
    {"large=1 truth=1.0 x=0 word=w y=0", "'truth' is '1.0', expected an integer"},
    {"large=1 truth=1 x=zero word=w y=0", "'x' is 'zero', expected a number"},
    {"truth=1 large=1 x=0 word=w y=0", "found 'truth=1', expected 'large=...'"},
    {"large=1 truth=1 xy=0 word=w y=0", "found 'xy=0', expected 'x=...'"},
    {"large=1 truth=1 x=0 word=w y=0 z=1", "found 'z=1' behind the last field"},
    {"large=1 truth=1 x=0 word=two words y=0", "found 'words', expected 'y=...'"},
    {"exact 12 3 4 5", "found 'exact', expected 'large=...'"},
};

START_TEST(damaged_records)
{
    sample a;
    ck_assert_int_eq(qd_record_read(&a, fields, damaged[_i].text, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), damaged[_i].message);
    qd_record_clear(&a, fields);
}
END_TEST

/* ---- CSV ---------------------------------------------------------------------------------- */

START_TEST(csv_fields)
{
    static const char *const written[][3] = {{"plain", "plain", "\"plain\""},
                                             {"", "", "\"\""},
                                             {"a,b", "\"a,b\"", "\"a,b\""},
                                             {"a\"b\"", "\"a\"\"b\"\"\"", "\"a\"\"b\"\"\""},
                                             {"two\nlines", "\"two\nlines\"", "\"two\nlines\""},
                                             {"\r", "\"\r\"", "\"\r\""}};
    for (int i = 0; i < COUNT(written); i++)
        for (int quotes = 0; quotes < 2; quotes++) {
            qd_buf_reset(buf);
            qd_csv_print(buf, written[i][0], quotes);
            ck_assert_str_eq(qd_buf_str(buf), written[i][1 + quotes]);
        }
}
END_TEST

START_TEST(records_read_back)
{
    enum { ROWS = 20, FIELDS = 4 };
    qd_rng_t rng;
    qd_buf_t s;
    qd_csv csv;
    qd_buf_init(s);
    qd_rng_init(rng, ctx->seed, (uint64_t) _i);
    for (int i = 0; i < ROWS * FIELDS; i++) {
        random_text(s, rng);
        qd_csv_print(buf, qd_buf_str(s), i % FIELDS == 0);
        qd_buf_puts(buf, i % FIELDS == FIELDS - 1 ? "\r\n" : ",");
    }
    qd_rng_init(rng, ctx->seed, (uint64_t) _i);
    qd_csv_init(&csv, qd_buf_str(buf), buf->len);
    for (int i = 0; i < ROWS * FIELDS; i++) {
        if (i % FIELDS == 0) ck_assert_msg(qd_csv_next(&csv, ctx) == QD_OK && csv.nfields == FIELDS, "%s", qd_ctx_message(ctx));
        random_text(s, rng);
        ck_assert_str_eq(qd_csv_field(&csv, i % FIELDS), qd_buf_str(s));
    }
    ck_assert(qd_csv_next(&csv, ctx) == QD_OK && csv.nfields == 0);
    qd_csv_clear(&csv);
    qd_buf_clear(s);
}
END_TEST

int main(void)
{
    int multiplier = test_multiplier();
    Suite *s = suite_create("write");
    TCase *tc = tcase_create("write");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, documents_read_back, 0, 300 * multiplier);
    tcase_add_test(tc, layout);
    tcase_add_loop_test(tc, structs_read_back, 0, 10 * multiplier);
    tcase_add_loop_test(tc, damaged_records, 0, COUNT(damaged));
    tcase_add_test(tc, csv_fields);
    tcase_add_loop_test(tc, records_read_back, 0, 20 * multiplier);
    suite_add_tcase(s, tc);
    tc = tcase_create("misuse");
    tcase_add_checked_fixture(tc, setup, teardown);
    if (getenv("CK_FORK") == NULL || strcmp(getenv("CK_FORK"), "no") != 0) tcase_add_loop_test_raise_signal(tc, misuse, 6, 0, 8);
    suite_add_tcase(s, tc);
    return test_run(s);
}
