/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of src/io. What libfyaml was seen to accept or refuse is kept here as two lists of texts. */
#include <check.h>
#include <fcntl.h>
#include <float.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io.h"
#include "shared/suite.h"

static qd_ctx_t ctx;
static qd_doc_t doc;
static qd_buf_t buf;
static char folder[1000]; /* made empty for every test */

static void setup(void)
{
    const char *tmp = getenv("TMPDIR");
    qd_ctx_init(ctx);
    ctx->seed = test_seed();
    qd_doc_init(doc);
    qd_buf_init(buf);
    snprintf(folder, sizeof folder, "%s/quadric-XXXXXX", tmp != NULL ? tmp : P_tmpdir);
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    qd_doc_clear(doc);
    qd_buf_clear(buf);
    ck_assert_msg(rmdir(folder) == 0, "a test left something in %s", folder);
}

static const char *in_folder(const char *name)
{
    static char path[4][1100];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static const qd_node *parse(const char *text, qd_doc_format format)
{
    qd_status st = qd_doc_parse(doc, text, strlen(text), format, ctx);
    ck_assert_msg(st == QD_OK, "%s: %s", text, qd_ctx_message(ctx));
    return qd_doc_root(doc);
}

/* The call failed with this status and exactly this message, which is then forgotten. */
static void failed(qd_status got, qd_status st, const char *message)
{
    ck_assert_str_eq(qd_ctx_message(ctx), message);
    ck_assert_int_eq(got, st);
    qd_ctx_forget(ctx);
}

/* The tree as text, by the public functions only: strings as s"...", numbers as they are written. */
static void show(qd_buf_t out, const qd_node *node)
{
    int64_t n = qd_node_count(node);
    switch (qd_node_kind(node)) {
    case QD_NODE_ARRAY:
        qd_buf_puts(out, "[");
        for (int64_t i = 0; i < n; i++) {
            show(out, qd_node_item(node, i));
            qd_buf_puts(out, " ");
        }
        qd_buf_puts(out, "]");
        break;
    case QD_NODE_OBJECT:
        qd_buf_puts(out, "{");
        for (int64_t i = 0; i < n; i++) {
            qd_buf_printf(out, "%s=", qd_node_key_at(node, i));
            show(out, qd_node_value_at(node, i));
            qd_buf_puts(out, " ");
        }
        qd_buf_puts(out, "}");
        break;
    case QD_NODE_STRING:
        qd_buf_printf(out, "s\"%s\"", qd_node_text(node, NULL));
        break;
    case QD_NODE_NULL:
    case QD_NODE_BOOL:
    case QD_NODE_NUMBER:
        qd_buf_puts(out, qd_node_text(node, NULL));
    }
}

static const char *shown(const char *text, qd_doc_format format)
{
    const qd_node *root = parse(text, format);
    qd_buf_reset(buf);
    show(buf, root);
    return qd_buf_str(buf);
}

/* ---- JSON -------------------------------------------------------------------------------- */

#define VALUE "expected a string in double quotes, a number, true, false, null, [...] or {...}"

static const struct {
    const char *text, *message;
    size_t len;
} bad_json[] = {
    {"", "line 1, column 1: the text is empty", 0},
    {" \n ", "line 1, column 1: the text is empty", 0},
    {"[1,2,]", "line 1, column 5: found ',', expected another item after the comma", 0},
    {"{\"a\":1,}", "line 1, column 7: found ',', expected another item after the comma", 0},
    {"[,1]", "line 1, column 2: found ',1', expected an item", 0},
    {"[1,,2]", "line 1, column 4: found ',2', expected an item", 0},
    {"['a']", "line 1, column 2: found ''a'', " VALUE, 0},
    {"[1 // c\n]", "line 1, column 2: found '1 // c', " VALUE, 0},
    {"[\n# c\n1]", "line 2, column 1: found '# c', " VALUE, 0},
    {"[1,# c\n2]", "line 1, column 4: found '# c', but JSON has no comments", 0},
    {"# c\n[1]", "line 1, column 1: found '# c', " VALUE, 0},
    {"[01]", "line 1, column 2: found '01', " VALUE, 0},
    {"[+1]", "line 1, column 2: found '+1', " VALUE, 0},
    {"[1.]", "line 1, column 2: found '1.', " VALUE, 0},
    {"[.5]", "line 1, column 2: found '.5', " VALUE, 0},
    {"[1e]", "line 1, column 2: found '1e', " VALUE, 0},
    {"[-]", "line 1, column 2: found '-', " VALUE, 0},
    {"[0x1]", "line 1, column 2: found '0x1', " VALUE, 0},
    {"[NaN]", "line 1, column 2: found 'NaN', " VALUE, 0},
    {"[Infinity]", "line 1, column 2: found 'Infinity', " VALUE, 0},
    {"[1 2]", "line 1, column 2: found '1 2', " VALUE, 0},
    {"[1\n2]", "line 1, column 2: found '1', " VALUE, 0},
    {"abc", "line 1, column 1: found 'abc', " VALUE, 0},
    {"~", "line 1, column 1: found '~', " VALUE, 0},
    {"- 1", "line 1, column 1: found '- 1', " VALUE, 0},
    {"a: 1", "line 1, column 1: found 'a: 1', " VALUE, 0},
    {"\"a\": 1", "line 1, column 4: found ': 1', expected a comma or the end (\"key\": value belongs in {...})", 0},
    {"{a:1}", "line 1, column 2: found 'a:1', " VALUE, 0},
    {"{1:2}", "line 1, column 2: found '1:2', " VALUE, 0},
    {"{\"a\"}", "line 1, column 3: found 'a\"', expected \"key\": value", 0},
    {"{\"a\":}", "line 1, column 6: found '}', expected \"key\": value", 0},
    {"{\"a\":1,\"a\":2}", "line 1, column 8: key 'a' is there twice, first in line 1, column 2", 0},
    {"{\"a\":1,\"b\":2,\n \"\\u0061\":3}", "line 2, column 2: key 'a' is there twice, first in line 1, column 2", 0},
    {"[1][2]", "line 1, column 4: found '[2', expected the end of the text", 0},
    {"[1]\n{}", "line 2, column 1: found '{', expected the end of the text", 0},
    {"---\n[1]", "line 1, column 1: found '---', " VALUE, 0},
    {"[1]\n...", "line 2, column 1: found '...', " VALUE, 0},
    {"%YAML 1.2\n---\n1", "line 1, column 1: found '%YAML 1.2', " VALUE, 0},
    {"&a [1]", "line 1, column 1: found '&a [1', " VALUE, 0},
    {"[*a]", "line 1, column 2: found '*a', " VALUE, 0},
    {"!t [1]", "line 1, column 1: found '!t [1', " VALUE, 0},
    {"\xEF\xBB\xBF[1]", "line 1, column 1: found a byte order mark, which JSON does not have", 0},
    {"[\"\xC3\xA9\",\t\"\\ud800\"]", "line 1, column 8: this string has a \\u escape that is no character", 0},
    {"[\"\\ud83d\\u0041\"]", "line 1, column 9: this string has a \\u escape that is no character", 0},
    {"[\"\\x41\"]", "line 1, column 3: invalid escape 'x' in double-quoted string", 0},
    {"[\"\\u12\"]", "line 1, column 3: this string has a \\u escape without four hexadecimal digits", 0},
    {"[\"a\tb\"]", "line 1, column 4: control character inside a string (\\t, \\u0007 and so on are written for them)", 0},
    {"[\"a\nb\"]", "line 1, column 3: line break inside a string (\\n is written for it)", 0},
    {"[\"a\x01\"]", "line 1, column 4: control character U+0001", 0},
    {"[1\0]", "line 1, column 3: control character U+0000", 4},
    {"[1]\0", "line 1, column 4: control character U+0000", 4},
    {"[\"\xC3\xA9\xFF\"]", "line 1, column 4: byte 0xFF, which is not UTF-8", 0},
    {"[\n\"\xED\xA0\x80\"]", "line 2, column 2: byte 0xED, which is not UTF-8", 0},
    {"[\"\xC0\x80\"]", "line 1, column 3: byte 0xC0, which is not UTF-8", 0},
    {"[\"\xE2\x82", "line 1, column 3: byte 0xE2, which is not UTF-8", 0},
    {"[1,2", "line 1, column 5: found the end of the text, expected a comma or ']'", 0},
    {"[1,2\n", "line 1, column 5: found the end of the text, expected a comma or ']'", 0},
    {"[\"abc", "line 1, column 3: this string has no closing quote", 0},
    {"{\"a\":1", "line 1, column 7: found the end of the text, expected a comma or the closing bracket", 0},
    {"[1}", "line 1, column 3: found '}', expected ']'", 0},
    {"{\"a\":1]", "line 1, column 7: found ']', expected '}'", 0},
    {"[]]", "line 1, column 3: found ']', but nothing is open", 0},
    {"[\"a\" \"b\"]", "line 1, column 7: found 'b\"', expected a comma or the closing bracket", 0},
    {"[1,\r\n\r\n x]\r\n", "line 3, column 2: found 'x', " VALUE, 0},
    {"[\"a\r\nb\"]", "line 1, column 3: line break inside a string (\\n is written for it)", 0},
    {"[\xC2\xA0"
     "1]",
     "line 1, column 2: found '\xC2\xA0"
     "1', " VALUE,
     0},
};

START_TEST(json_refuses)
{
    const char *text = bad_json[_i].text;
    size_t len = bad_json[_i].len > 0 ? bad_json[_i].len : strlen(text);
    parse("[7]", QD_JSON);
    failed(qd_doc_parse(doc, text, len, QD_JSON, ctx), QD_EINPUT, bad_json[_i].message);
    ck_assert_int_eq(qd_node_count(qd_doc_root(doc)), 1); /* doc holds what it held */
}
END_TEST

static const struct {
    const char *text, *tree;
} good_json[] = {
    {"[]", "[]"},
    {"{}", "{}"},
    {"\"\"", "s\"\""},
    {"\"abc\"\t", "s\"abc\""},
    {" 12\r\n\t ", "12"},
    {"[true,false,null]", "[true false null ]"},
    {"[\t1,\r\n2 ,\n[ ] ]", "[1 2 [] ]"},
    {"{\"a\" : {\"b\":[{}]},\"\":0}", "{a={b=[{} ] } =0 }"},
    {"[\"\\\"\\\\\\/\\n\\t\\u00e9\\ud83d\\ude00\"]", "[s\"\"\\/\n\t\xC3\xA9\xF0\x9F\x98\x80\" ]"},
    {"[\"1\",\"null\",\"#\",\"- a: b\",\"~\x7F\xE2\x80\xA8\"]", "[s\"1\" s\"null\" s\"#\" s\"- a: b\" s\"~\x7F\xE2\x80\xA8\" ]"},
    /* numbers keep their digits */
    {"[1e-400,-0,-0.0,0E+0,1.50,123456789012345678901]", "[1e-400 -0 -0.0 0E+0 1.50 123456789012345678901 ]"},
};

START_TEST(json_accepts)
{
    ck_assert_str_eq(shown(good_json[_i].text, QD_JSON), good_json[_i].tree);
}
END_TEST

START_TEST(text_with_nul_has_its_length)
{
    size_t len;
    const char *s = qd_node_text(qd_node_item(parse("[\"a\\u0000b\"]", QD_JSON), 0), &len);
    ck_assert_uint_eq(len, 3);
    ck_assert_int_eq(memcmp(s, "a\0b", 4), 0);
    failed(qd_node_get_string(&s, qd_node_item(qd_doc_root(doc), 0), "'x'", ctx), QD_EINPUT,
           "line 1, column 2: 'x' must be a string without the character U+0000");
    parse("{\"a\\u0000b\": 1, \"a\": 2}", QD_JSON); /* two different keys */
    ck_assert_str_eq(qd_node_text(qd_node_member(qd_doc_root(doc), "a"), NULL), "2");
}
END_TEST

/* Does a message about the node name this place? */
static void at(const qd_node *node, int64_t line, int64_t column)
{
    char want[80];
    snprintf(want, sizeof want, "line %lld, column %lld: here", (long long) line, (long long) column);
    ck_assert_int_eq(qd_node_fail(node, ctx, "here"), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), want);
    qd_ctx_forget(ctx);
}

START_TEST(json_places)
{
    const qd_node *root = parse("\n{\"\xC3\xA9\": [\"x\",\r\n\t{ \"k\":1},\n[ ]],  \"b\": null}", QD_JSON);
    const qd_node *array = qd_node_member(root, "\xC3\xA9");
    at(root, 2, 1);
    at(array, 2, 7);
    at(qd_node_item(array, 0), 2, 8);
    at(qd_node_item(array, 1), 3, 2);
    at(qd_node_member(qd_node_item(array, 1), "k"), 3, 8);
    at(qd_node_item(array, 2), 4, 1);
    at(qd_node_member(root, "b"), 4, 13);
    ck_assert_ptr_null(qd_node_member(root, "c"));
}
END_TEST

static qd_status parse_nested(int64_t depth, const char *open, const char *inner, const char *close, qd_doc_format format)
{
    qd_buf_t text;
    qd_buf_init(text);
    for (int64_t i = 0; i < depth; i++) qd_buf_puts(text, open);
    qd_buf_puts(text, inner);
    for (int64_t i = 0; i < depth; i++) qd_buf_puts(text, close);
    qd_status st = qd_doc_parse(doc, qd_buf_str(text), text->len, format, ctx);
    qd_buf_clear(text);
    return st;
}

START_TEST(depth_is_limited)
{
    static const char tail[] = "more than 500 arrays and objects inside one another";
    char message[100];
    ck_assert_int_eq(parse_nested(500, "[", "1", "]", QD_JSON), QD_OK);
    ck_assert_int_eq(parse_nested(500, "{\"a\":", "1", "}", QD_JSON), QD_OK);
    ck_assert_int_eq(parse_nested(500, "- ", "1", "", QD_YAML), QD_OK);
    snprintf(message, sizeof message, "line 1, column 501: %s", tail);
    failed(parse_nested(501, "[", "1", "]", QD_JSON), QD_EINPUT, message);
    failed(parse_nested(100000, "[", "", "", QD_JSON), QD_EINPUT, message);
    failed(parse_nested(100000, "[", "", "]", QD_YAML), QD_EINPUT, message);
    snprintf(message, sizeof message, "line 1, column 2501: %s", tail);
    failed(parse_nested(100000, "{\"a\":", "", "", QD_JSON), QD_EINPUT, message);
    snprintf(message, sizeof message, "line 1, column 1001: %s", tail);
    failed(parse_nested(100000, "- ", "", "", QD_YAML), QD_EINPUT, message);
}
END_TEST

START_TEST(ten_megabytes_on_one_line)
{
    qd_buf_t text;
    size_t *column = qd_malloc(2000000 * sizeof *column);
    int64_t n = 0;
    qd_buf_init(text);
    qd_buf_puts(text, "{\"layers\": [");
    for (; text->len < 10000000; n++) {
        qd_buf_puts(text, n == 0 ? "" : ", ");
        column[n] = text->len + 1;
        qd_buf_printf(text, "[\"%lld/7\", 1]", (long long) n);
    }
    qd_buf_puts(text, "]}");
    ck_assert_int_eq(qd_doc_parse(doc, qd_buf_str(text), text->len, QD_JSON, ctx), QD_OK);
    const qd_node *array = qd_node_member(qd_doc_root(doc), "layers");
    ck_assert_int_eq(qd_node_count(array), n);
    for (int64_t i = 0; i < n; i++) {
        const qd_node *item = qd_node_item(array, i);
        ck_assert_int_eq(atoll(qd_node_text(qd_node_item(item, 0), NULL)), i);
        if (i % 100 == 0 || i == n - 1) at(item, 1, (int64_t) column[i]);
    }
    text->s[text->len - 2] = 'x';
    ck_assert_int_eq(qd_doc_parse(doc, qd_buf_str(text), text->len, QD_JSON, ctx), QD_EINPUT);
    qd_buf_reset(buf);
    qd_buf_printf(buf, "line 1, column %zu: ", text->len - 1);
    ck_assert_ptr_nonnull(strstr(qd_ctx_message(ctx), qd_buf_str(buf)));
    free(column);
    qd_buf_clear(text);
}
END_TEST

/* A hundred thousand keys: the search for duplicates is not quadratic. */
START_TEST(many_keys)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_buf_puts(text, "{\n");
    for (int i = 0; i < 100000; i++) qd_buf_printf(text, "\"%d\": 0,\n", i * 7919 % 100000);
    size_t len = text->len;
    qd_buf_puts(text, "\"x\": 0}");
    ck_assert_int_eq(qd_doc_parse(doc, qd_buf_str(text), text->len, QD_JSON, ctx), QD_OK);
    text->len = len;
    qd_buf_puts(text, "\"7919\": 0}");
    failed(qd_doc_parse(doc, qd_buf_str(text), text->len, QD_JSON, ctx), QD_EINPUT,
           "line 100002, column 1: key '7919' is there twice, first in line 3, column 1");
    qd_buf_clear(text);
}
END_TEST

/* ---- YAML -------------------------------------------------------------------------------- */

static const struct {
    const char *text, *tree;
} good_yaml[] = {
    {"a: 1\nb: x y # comment\nc:\n  - true\n  - ~\n  -\nd: \"q\"\n", "{a=1 b=s\"x y\" c=[true ~  ] d=s\"q\" }"},
    {"a: |\n  one\n  two\nb: >\n  one\n  two\nc: 'it''s'\n", "{a=s\"one\ntwo\n\" b=s\"one two\n\" c=s\"it's\" }"},
    {"[010, 0x1f, 1_000, .5, yes, Null, +1, .nan, 1., 1/2]",
     "[s\"010\" s\"0x1f\" s\"1_000\" s\".5\" s\"yes\" s\"Null\" s\"+1\" s\".nan\" s\"1.\" s\"1/2\" ]"},
    {"[1e5, -0, 1e-400, 123456789012345678901, \"1\", '1']", "[1e5 -0 1e-400 123456789012345678901 s\"1\" s\"1\" ]"},
    {"true: null\n1: false\n", "{true=null 1=false }"},
    {"--- # one document\na: {b: 1, \"c\": 2, d}\n...\n", "{a={b=1 c=2 d= } }"},
    {"%YAML 1.2\n---\n- 1\n", "[1 ]"},
    {"\xEF\xBB\xBF"
     "a: \"\\x41\\u00e9\"\r\n",
     "{a=s\"A\xC3\xA9\" }"},
    {"<<: 1", "{<<=1 }"},
    {"---\n", ""},
};

START_TEST(yaml_accepts)
{
    ck_assert_str_eq(shown(good_yaml[_i].text, QD_YAML), good_yaml[_i].tree);
}
END_TEST

static const struct {
    const char *text, *message;
} bad_yaml[] = {
    {"", "line 1, column 1: the text is empty"},
    {"# nothing\n", "line 1, column 1: the text is empty"},
    {"a: &x 1\nb: *x", "line 1, column 4: anchors (&) are not supported"},
    {"a:\n  - &x [1]", "line 2, column 5: anchors (&) are not supported"},
    {"a: 1\nb: *x", "line 2, column 4: aliases (*) are not supported"},
    {"*x : 1", "line 1, column 1: aliases (*) are not supported"},
    {"a: !!int 1", "line 1, column 4: tags (!) are not supported"},
    {"a: 1\n---\nb: 2", "line 2, column 1: found a second document, expected the end of the text"},
    {"a: 1\na: 2", "line 2, column 1: key 'a' is there twice, first in line 1, column 1"},
    {"{a: 1, \"a\": 2}", "line 1, column 8: key 'a' is there twice, first in line 1, column 2"},
    {"? [1]\n: 2", "line 1, column 3: a key must be a text"},
    {": 1", "line 1, column 1: a key is missing before ':'"},
    {"a:\n\t- 1", "line 2, column 1: tab character may not be used as indentation"},
    {"a: b: c", "line 1, column 5: invalid nested block mapping on the same line"},
    {"a: \x07", "line 1, column 4: control character U+0007"},
    {"a: 1 # \xC3\xA9 \xFF", "line 1, column 10: byte 0xFF, which is not UTF-8"},
};

START_TEST(yaml_refuses)
{
    const char *text = bad_yaml[_i].text;
    failed(qd_doc_parse(doc, text, strlen(text), QD_YAML, ctx), QD_EINPUT, bad_yaml[_i].message);
}
END_TEST

START_TEST(yaml_places)
{
    const qd_node *root = parse("a:\n  b: 'x'\n  c: [1,\n    \"y\"]\nd:\n  - z: plain\n  -\n", QD_YAML);
    const qd_node *a = qd_node_member(root, "a"), *d = qd_node_member(root, "d");
    at(qd_node_member(a, "b"), 2, 6);
    at(qd_node_member(a, "c"), 3, 6);
    at(qd_node_item(qd_node_member(a, "c"), 1), 4, 5);
    at(qd_node_member(qd_node_item(d, 0), "z"), 6, 8);
    ck_assert_int_eq(qd_node_kind(qd_node_item(d, 1)), QD_NODE_NULL);
}
END_TEST

/* ---- two roads: a random tree, printed as JSON, is read back from JSON and from YAML ------- */

static void random_string(qd_buf_t s, qd_rng_t rng)
{
    static const char *const part[] = {"a",
                                       "\"",
                                       "\\",
                                       "\n",
                                       "\t",
                                       "\x01",
                                       "\x1F",
                                       "\x7F",
                                       "/",
                                       "#",
                                       ": ",
                                       "- ",
                                       " ",
                                       "\xC3\xA9",
                                       "\xE2\x80\xA8",
                                       "\xEF\xBB\xBF",
                                       "\xF0\x9F\x98\x80",
                                       "{",
                                       "]",
                                       ",",
                                       "'"};
    qd_buf_reset(s);
    for (int64_t k = qd_rng_range(rng, 0, 8); k > 0; k--) qd_buf_puts(s, part[qd_rng_below(rng, sizeof part / sizeof *part)]);
}

static void random_space(qd_buf_t text, qd_rng_t rng)
{
    qd_buf_puts(text, qd_rng_below(rng, 4) == 0 ? "\n " : qd_rng_below(rng, 2) == 0 ? " " : "");
}

static void write_string(qd_buf_t text, const char *s)
{
    qd_json_t w;
    qd_json_init(w, text);
    qd_json_string(w, NULL, s);
}

static void write_double(qd_buf_t text, double x)
{
    qd_json_t w;
    qd_json_init(w, text);
    qd_json_double(w, NULL, x);
}

/* Appends a random value to text and what show() must say of it to tree. */
static void random_value(qd_buf_t text, qd_buf_t tree, qd_rng_t rng, int depth)
{
    static const char *const plain[] = {"null", "true", "false", "0", "-12", "1.5e-3", "123456789012345678901"};
    qd_buf_t s;
    bool array = qd_rng_below(rng, 2) == 0;
    qd_buf_init(s);
    if (depth == 0 || qd_rng_below(rng, 3) == 0) {
        const char *word = plain[qd_rng_below(rng, sizeof plain / sizeof *plain)];
        random_string(s, rng);
        if (array) qd_buf_puts(text, word);
        else write_string(text, qd_buf_str(s));
        qd_buf_printf(tree, array ? "%s" : "s\"%s\"", array ? word : qd_buf_str(s));
        qd_buf_clear(s);
        return;
    }
    qd_buf_puts(text, array ? "[" : "{");
    qd_buf_puts(tree, array ? "[" : "{");
    for (int64_t i = 0, n = qd_rng_range(rng, 0, 20); i < n; i++) {
        if (i > 0) qd_buf_puts(text, ",");
        random_space(text, rng);
        if (!array) {
            random_string(s, rng);
            qd_buf_printf(s, "%lld", (long long) i); /* so that keys differ */
            write_string(text, qd_buf_str(s));
            qd_buf_puts(text, ": ");
            qd_buf_printf(tree, "%s=", qd_buf_str(s));
        }
        random_value(text, tree, rng, depth - 1);
        random_space(text, rng);
        qd_buf_puts(tree, " ");
    }
    qd_buf_puts(text, array ? "]" : "}");
    qd_buf_puts(tree, array ? "]" : "}");
    qd_buf_clear(s);
}

START_TEST(print_then_parse)
{
    qd_rng_t rng;
    qd_buf_t text, tree;
    qd_buf_init(text);
    qd_buf_init(tree);
    qd_rng_init(rng, ctx->seed, (uint64_t) _i);
    random_value(text, tree, rng, _i % 5);
    ck_assert_str_eq(shown(qd_buf_str(text), QD_JSON), qd_buf_str(tree));
    if (strchr(qd_buf_str(text), '{') == NULL) /* a YAML key has one line and 1024 characters */
        ck_assert_str_eq(shown(qd_buf_str(text), QD_YAML), qd_buf_str(tree));
    qd_buf_clear(text);
    qd_buf_clear(tree);
}
END_TEST

/* ---- typed access ------------------------------------------------------------------------ */

static const qd_node *one(const char *text)
{
    return qd_node_item(parse(text, QD_JSON), 0);
}

START_TEST(integers)
{
    int64_t v = 5;
    ck_assert_int_eq(qd_node_get_int(&v, one("[-9223372036854775808]"), INT64_MIN, INT64_MAX, "n", ctx), QD_OK);
    ck_assert(v == INT64_MIN);
    ck_assert_int_eq(qd_node_get_int(&v, one("[8]"), 1, 8, "n", ctx), QD_OK);
    ck_assert_int_eq(v, 8);
    failed(qd_node_get_int(&v, one("[9]"), 1, 8, "'threads'", ctx), QD_EINPUT,
           "line 1, column 2: 'threads' must be an integer from 1 to 8, not 9");
    failed(qd_node_get_int(&v, one("[0]"), 1, INT64_MAX, "'n'", ctx), QD_EINPUT,
           "line 1, column 2: 'n' must be an integer of at least 1, not 0");
    failed(qd_node_get_int(&v, one("[9223372036854775808]"), INT64_MIN, INT64_MAX, "'n'", ctx), QD_EINPUT,
           "line 1, column 2: 'n' must be an integer of 64 bits, not 9223372036854775808");
    failed(qd_node_get_int(&v, one("[1.0]"), 0, 2, "'n'", ctx), QD_EINPUT, "line 1, column 2: 'n' must be an integer from 0 to 2, not 1.0");
    failed(qd_node_get_int(&v, one("[\"1\"]"), 0, 2, "'n'", ctx), QD_EINPUT,
           "line 1, column 2: 'n' must be an integer from 0 to 2, not a string");
    ck_assert_int_eq(v, 8);
}
END_TEST

START_TEST(doubles)
{
    double v = 5;
    ck_assert_int_eq(qd_node_get_double(&v, one("[\"0.1\"]"), 0, 1, "x", ctx), QD_OK);
    ck_assert(v == 0.1);
    ck_assert_int_eq(qd_node_get_double(&v, one("[1e-400]"), -INFINITY, INFINITY, "x", ctx), QD_OK);
    ck_assert(v == 0);
    failed(qd_node_get_double(&v, one("[1e400]"), -INFINITY, INFINITY, "'x'", ctx), QD_EINPUT,
           "line 1, column 2: 'x' must be a number that a double can hold, not 1e400");
    failed(qd_node_get_double(&v, one("[2]"), 0, 1, "'x'", ctx), QD_EINPUT, "line 1, column 2: 'x' must be a number from 0 to 1, not 2");
    failed(qd_node_get_double(&v, one("[-1]"), 0, INFINITY, "'x'", ctx), QD_EINPUT,
           "line 1, column 2: 'x' must be a number of at least 0, not -1");
    failed(qd_node_get_double(&v, one("[\"nan\"]"), -INFINITY, 0, "'x'", ctx), QD_EINPUT,
           "line 1, column 2: 'x' must be a number of at most 0, not a string");
    failed(qd_node_get_double(&v, one("[\"1\\u0000\"]"), 0, 1, "'x'", ctx), QD_EINPUT,
           "line 1, column 2: 'x' must be a number from 0 to 1, not a string");
    ck_assert(v == 0);
}
END_TEST

START_TEST(other_types)
{
    bool b = false;
    const char *s = NULL;
    ck_assert_int_eq(qd_node_get_bool(&b, one("[true]"), "b", ctx), QD_OK);
    ck_assert(b);
    failed(qd_node_get_bool(&b, one("[null]"), "'b'", ctx), QD_EINPUT, "line 1, column 2: 'b' must be true or false, not null");
    ck_assert_int_eq(qd_node_get_string(&s, one("[\"x\"]"), "s", ctx), QD_OK);
    ck_assert_str_eq(s, "x");
    failed(qd_node_get_string(&s, one("[[]]"), "'s'", ctx), QD_EINPUT, "line 1, column 2: 's' must be a string, not an array");
    ck_assert_int_eq(qd_node_get_array(one("[[]]"), "a", ctx), QD_OK);
    failed(qd_node_get_array(one("[{}]"), "'a'", ctx), QD_EINPUT, "line 1, column 2: 'a' must be an array, not an object");
    ck_assert_int_eq(qd_node_get_object(one("[{}]"), "o", ctx), QD_OK);
    failed(qd_node_get_object(one("[true]"), "'o'", ctx), QD_EINPUT, "line 1, column 2: 'o' must be an object, not true or false");
}
END_TEST

START_TEST(keys)
{
    static const char *const known[] = {"kind", "width", NULL};
    const qd_node *member = NULL, *object = parse("{\"kind\": 1,\n  \"widht\": 2}", QD_JSON);
    failed(qd_node_only_keys(object, known, "the layer", ctx), QD_EINPUT,
           "line 2, column 3: unknown key 'widht' in the layer; known keys are 'kind', 'width'");
    failed(qd_node_need(&member, object, "width", "the layer", ctx), QD_EINPUT, "line 1, column 1: key 'width' is missing in the layer");
    ck_assert_ptr_null(member);
    ck_assert_int_eq(qd_node_need(&member, object, "kind", "the layer", ctx), QD_OK);
    ck_assert_ptr_eq(member, qd_node_value_at(object, 0));
    failed(qd_node_need(&member, one("[1]"), "kind", "the layer", ctx), QD_EINPUT, "line 1, column 2: the layer must be an object, not 1");
    ck_assert_int_eq(qd_node_only_keys(parse("{\"width\": 2}", QD_JSON), known, "the layer", ctx), QD_OK);
    failed(qd_node_only_keys(parse("{\"a\\nb\": 2}", QD_JSON), known, "it", ctx), QD_EINPUT,
           "line 1, column 2: unknown key 'a?b' in it; known keys are 'kind', 'width'");
}
END_TEST

/* ---- writing ----------------------------------------------------------------------------- */

START_TEST(json_strings)
{
    write_string(buf, "a\"b\\c/\b\f\n\r\t\x01\x1F\x7F\xC3\xA9\xF0\x9F\x98\x80");
    ck_assert_str_eq(qd_buf_str(buf), "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\xC3\xA9\xF0\x9F\x98\x80\"");
    qd_buf_reset(buf);
    write_string(buf, "\xFFx\xC0\x80\xED\xA0\x80\xE2\x82");
    ck_assert_str_eq(qd_buf_str(buf), "\"\xEF\xBF\xBDx\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
                                      "\xEF\xBF\xBD\xEF\xBF\xBD\"");
}
END_TEST

static const struct {
    double x;
    const char *text;
} known_double[] = {
    {0, "0"},
    {-0.0, "-0"},
    {0.1, "0.1"},
    {1.0 / 3, "0.3333333333333333"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1e22, "1e+22"},
    {5e-324, "5e-324"},
    {DBL_MAX, "1.7976931348623157e+308"},
    {-1e-5, "-1e-05"},
    {NAN, "null"},
    {INFINITY, "null"},
    {-INFINITY, "null"},
};

START_TEST(json_doubles)
{
    write_double(buf, known_double[_i].x);
    ck_assert_str_eq(qd_buf_str(buf), known_double[_i].text);
}
END_TEST

START_TEST(json_doubles_read_back)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, 1);
    for (int k = 0; k < 2000; k++) {
        union {
            uint64_t bits;
            double x;
        } u = {.bits = qd_rng_u64(rng) >> (k % 3 == 0 ? 12 : 0)};
        if (!isfinite(u.x)) continue;
        qd_buf_reset(buf);
        write_double(buf, u.x);
        ck_assert_msg(strtod(qd_buf_str(buf), NULL) == u.x && qd_json_is_number(qd_buf_str(buf)), "%a as %s, QD_SEED=%llu", u.x,
                      qd_buf_str(buf), (unsigned long long) ctx->seed);
    }
}
END_TEST

START_TEST(number_grammar)
{
    static const char *const yes[] = {"0", "-0", "10", "0.0", "1e5", "1E+05", "-1.25e-3", "0e0"};
    static const char *const no[] = {"",   "-",  "01",   "-01", "1.", ".1",  "1e",    "1e+", "+1",
                                     "1 ", " 1", "1.e1", "0x1", "1-", "--1", "1e1.5", "inf"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) ck_assert_msg(qd_json_is_number(yes[i]), "%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) ck_assert_msg(!qd_json_is_number(no[i]), "%s", no[i]);
}
END_TEST

/* ---- files ------------------------------------------------------------------------------- */

static void holds(const char *path, const char *data)
{
    ck_assert_int_eq(qd_file_read(buf, path, ctx), QD_OK);
    ck_assert_str_eq(qd_buf_str(buf), data);
}

START_TEST(file_is_replaced)
{
    struct stat s;
    const char *path = in_folder("a file"), *link = in_folder("link");
    mode_t mask = umask(027);
    ck_assert_int_eq(qd_file_write(path, "one", 3, ctx), QD_OK);
    ck_assert_int_eq(stat(path, &s), 0);
    ck_assert_int_eq(s.st_mode & 0777, 0640);
    umask(mask);
    holds(path, "one");
    ck_assert_int_eq(symlink(path, link), 0);
    ck_assert_int_eq(qd_file_write(link, "second", 6, ctx), QD_OK);
    holds(path, "second");
    ck_assert_int_eq(lstat(link, &s), 0);
    ck_assert(S_ISLNK(s.st_mode));
    ck_assert_int_eq(qd_file_write(path, "", 0, ctx), QD_OK);
    holds(path, "");
    unlink(link);
    unlink(path);
}
END_TEST

/* The disk is full, as far as this process can tell. Check writes a file of its own at each
   assertion, so there is none while the limit holds. */
START_TEST(failed_write_leaves_nothing)
{
    struct rlimit old, tiny;
    const char *path = in_folder("f");
    char message[1200], data[1000] = {0};
    ck_assert_int_eq(qd_file_write(path, "old", 3, ctx), QD_OK);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
    tiny = old;
    tiny.rlim_cur = 100;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tiny);
    qd_status st = qd_file_write(path, data, sizeof data, ctx);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    snprintf(message, sizeof message, "cannot write %s: File too large", path);
    failed(st, QD_EIO, message);
    holds(path, "old");
    unlink(path); /* teardown finds the folder empty */
}
END_TEST

/* libfyaml would take minutes or gigabytes for these. */
START_TEST(out_of_proportion)
{
    size_t n = 5000000;
    char *text = malloc(n + 16);
    memset(text, ' ', n);
    memcpy(text, "{\"a\": [", 7);
    memcpy(text + n, "]}", 3);
    failed(qd_doc_parse(doc, text, n + 2, QD_JSON, ctx), QD_EINPUT, "line 1, column 10008: more than 10000 blanks in a row");
    memcpy(text, "a: [1,  ", 7);
    failed(qd_doc_parse(doc, text, n + 2, QD_YAML, ctx), QD_EINPUT, "line 1, column 10007: more than 10000 blanks in a row");
    memset(text, '[', n);
    failed(qd_doc_parse(doc, text, n, QD_JSON, ctx), QD_EINPUT, "line 1, column 501: more than 500 arrays and objects inside one another");
    memset(text, ' ', n);
    text[0] = text[n - 1] = '"';
    ck_assert_int_eq(qd_doc_parse(doc, text, n, QD_JSON, ctx), QD_OK);
    free(text);
}
END_TEST

START_TEST(file_errors)
{
    char message[1200];
    const char *path = in_folder("none/f");
    snprintf(message, sizeof message, "cannot write %s: No such file or directory", path);
    failed(qd_file_write(path, "x", 1, ctx), QD_EIO, message);
    snprintf(message, sizeof message, "cannot write %s: Is a directory", folder);
    failed(qd_file_write(folder, "x", 1, ctx), QD_EIO, message);
    failed(qd_file_read(buf, path, ctx), QD_EIO, "cannot be opened: No such file or directory");
    failed(qd_file_read(buf, folder, ctx), QD_EIO, "cannot be read: Is a directory");
    failed(qd_doc_read(doc, path, QD_JSON, ctx), QD_EIO, "cannot be opened: No such file or directory");
}
END_TEST

/* As would be a device, which a test must not put at risk. */
START_TEST(pipe_is_written_in_place)
{
    char data[8] = "";
    struct stat s;
    const char *path = in_folder("pipe");
    ck_assert_int_eq(mkfifo(path, 0666), 0);
    int fd = open(path, O_RDWR | O_NONBLOCK);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(qd_file_write(path, "text", 4, ctx), QD_OK);
    ck_assert(stat(path, &s) == 0 && S_ISFIFO(s.st_mode));
    ck_assert_int_eq(read(fd, data, sizeof data), 4);
    ck_assert_str_eq(data, "text");
    close(fd);
    unlink(path);
}
END_TEST

/* Sends descriptor fd to a file in the folder; returns what restores it. */
static int divert(int fd, const char *path)
{
    fflush(NULL);
    int saved = dup(fd), file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ck_assert(saved >= 0 && file >= 0 && dup2(file, fd) == fd);
    close(file);
    return saved;
}

static void restore(int fd, int saved)
{
    fflush(NULL);
    ck_assert_int_eq(dup2(saved, fd), fd);
    close(saved);
}

START_TEST(dash_is_stdout)
{
    const char *path = in_folder("out");
    int saved = divert(STDOUT_FILENO, path);
    qd_status st = qd_file_write("-", "text\n", 5, ctx);
    restore(STDOUT_FILENO, saved);
    ck_assert_int_eq(st, QD_OK);
    holds(path, "text\n");
    unlink(path);
}
END_TEST

START_TEST(nothing_on_stderr)
{
    const char *path = in_folder("err");
    int saved = divert(STDERR_FILENO, path);
    for (size_t i = 0; i < sizeof bad_yaml / sizeof *bad_yaml; i++)
        qd_doc_parse(doc, bad_yaml[i].text, strlen(bad_yaml[i].text), i % 2 == 0 ? QD_YAML : QD_JSON, ctx);
    restore(STDERR_FILENO, saved);
    holds(path, "");
    unlink(path);
}
END_TEST

START_TEST(file_to_tree)
{
    const char *path = in_folder("a.json");
    ck_assert_int_eq(qd_file_write(path, "{\"a\": [1]}\n", 11, ctx), QD_OK);
    ck_assert_int_eq(qd_doc_read(doc, path, QD_JSON, ctx), QD_OK);
    ck_assert_int_eq(qd_node_count(qd_node_member(qd_doc_root(doc), "a")), 1);
    unlink(path);
}
END_TEST

START_TEST(folders)
{
    char message[1200];
    struct stat s;
    ck_assert_int_eq(qd_folder_make(in_folder("a/b//c/"), ctx), QD_OK);
    ck_assert_int_eq(qd_folder_make(in_folder("a/b/c"), ctx), QD_OK);
    ck_assert(stat(in_folder("a/b/c"), &s) == 0 && S_ISDIR(s.st_mode));
    ck_assert_int_eq(qd_file_write(in_folder("a/f"), "", 0, ctx), QD_OK);
    snprintf(message, sizeof message, "cannot make the folder %s: it is a file", in_folder("a/f"));
    failed(qd_folder_make(in_folder("a/f"), ctx), QD_EIO, message);
    unlink(in_folder("a/f"));
    rmdir(in_folder("a/b/c"));
    rmdir(in_folder("a/b"));
    rmdir(in_folder("a"));
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
    int multiplier = test_multiplier();
    Suite *suite = suite_create("io");
    TCase *tc = new_case(suite, "json");
    tcase_add_loop_test(tc, json_refuses, 0, COUNT(bad_json));
    tcase_add_loop_test(tc, json_accepts, 0, COUNT(good_json));
    tcase_add_test(tc, text_with_nul_has_its_length);
    tcase_add_test(tc, json_places);
    tcase_add_loop_test(tc, print_then_parse, 0, 200 * multiplier);
    tc = new_case(suite, "large");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, depth_is_limited);
    tcase_add_test(tc, ten_megabytes_on_one_line);
    tcase_add_test(tc, many_keys);
    tc = new_case(suite, "yaml");
    tcase_add_loop_test(tc, yaml_accepts, 0, COUNT(good_yaml));
    tcase_add_loop_test(tc, yaml_refuses, 0, COUNT(bad_yaml));
    tcase_add_test(tc, yaml_places);
    tc = new_case(suite, "node");
    tcase_add_test(tc, integers);
    tcase_add_test(tc, doubles);
    tcase_add_test(tc, other_types);
    tcase_add_test(tc, keys);
    tc = new_case(suite, "write");
    tcase_add_test(tc, json_strings);
    tcase_add_loop_test(tc, json_doubles, 0, COUNT(known_double));
    tcase_add_test(tc, json_doubles_read_back);
    tcase_add_test(tc, number_grammar);
    tc = new_case(suite, "file");
    tcase_add_test(tc, file_is_replaced);
    tcase_add_test(tc, failed_write_leaves_nothing);
    tcase_add_test(tc, out_of_proportion);
    tcase_add_test(tc, file_errors);
    tcase_add_test(tc, pipe_is_written_in_place);
    tcase_add_test(tc, dash_is_stdout);
    tcase_add_test(tc, nothing_on_stderr);
    tcase_add_test(tc, file_to_tree);
    tcase_add_test(tc, folders);
    return test_run(suite);
}
