/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text -> tree, by the events of libfyaml.

   A finished node waits on a stack until the container around it ends; then the container takes its
   children off the stack as one block. So an array is an array, nothing recurses, and the depth of
   the text costs no C stack. Nodes and texts live in an arena that the document owns.

   libfyaml's JSON mode is strict about the grammar (tests/t_io.c holds the list of what was tried).
   Checked here: UTF-8 and control characters, a byte order mark, duplicate keys, depth, number of
   documents, and again that each plain scalar is a JSON value. */
#define _GNU_SOURCE /* memmem */
#include "io/impl.h"

#include <libfyaml.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 500
#define BLANKS_MAX 10000
#define SNIPPET_MAX 32 /* bytes of the text that a message quotes */

/* ---- arena ------------------------------------------------------------------------------- */

typedef struct block {
    struct block *next;
    max_align_t data[];
} block;

typedef struct {
    block *blocks;
    char *free; /* next unused byte of the newest block, and how many follow */
    size_t left, size;
    qd_node root;
} tree;

static void *take(tree *t, size_t bytes)
{
    bytes = (bytes + sizeof(void *) - 1) / sizeof(void *) * sizeof(void *);
    if (bytes > t->left) {
        t->size = t->size < 4096 ? 4096 : t->size < 1 << 20 ? 2 * t->size : t->size;
        t->left = bytes > t->size ? bytes : t->size;
        block *b = qd_malloc(sizeof *b + t->left);
        b->next = t->blocks;
        t->blocks = b;
        t->free = (char *) b->data;
    }
    void *p = t->free;
    t->free += bytes;
    t->left -= bytes;
    return p;
}

static void tree_free(tree *t)
{
    if (t == NULL) return;
    for (block *b = t->blocks, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    free(t);
}

/* ---- reader ------------------------------------------------------------------------------ */

typedef struct {
    qd_node_type kind;
    int line, column;
    size_t base; /* its children are done[base..ndone) */
} frame;

typedef struct {
    tree *tree;       /* owned until the end */
    const char *text; /* borrowed */
    size_t len;
    qd_doc_format format;
    qd_node *done; /* owned; finished nodes whose container is still open */
    size_t ndone, room;
    frame open[DEPTH_MAX];
    int depth, documents;
    int line, column; /* of the newest event that has a place */
    qd_ctx_struct *ctx;
} reader;

static qd_status fail(const reader *r, int line, int column, const char *format, ...) __attribute__((format(printf, 4, 5)));

static qd_status fail(const reader *r, int line, int column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    qd_io__fail_at(line, column, r->ctx, format, args);
    va_end(args);
    return QD_EINPUT;
}

static qd_status fail_here(const reader *r, const char *sentence)
{
    return fail(r, r->line, r->column, "%s", sentence);
}

/* ---- places in the text ------------------------------------------------------------------ */

/* Steps over one character and keeps the count of lines and columns; a lone \r ends a line, as it
   does in YAML. */
static size_t step(const reader *r, size_t at, int *line, int *column)
{
    char c = r->text[at];
    size_t n = qd_io__utf8(r->text + at, r->len - at);
    if (c == '\n' || (c == '\r' && (at + 1 == r->len || r->text[at + 1] != '\n'))) {
        ++*line;
        *column = 1;
    } else if (c != '\r') {
        ++*column;
    }
    return at + (n == 0 ? 1 : n);
}

static void place_of(const reader *r, size_t offset, int *line, int *column)
{
    *line = *column = 1;
    for (size_t at = 0; at < offset;) at = step(r, at, line, column);
}

/* The offset of a place; a place behind the text becomes the end of the text. */
static size_t offset_of(const reader *r, int *line, int *column)
{
    int l = 1, c = 1;
    size_t at = 0;
    while (at < r->len && (l < *line || (l == *line && c < *column))) at = step(r, at, &l, &c);
    *line = l;
    *column = c;
    return at;
}

/* What stands at the offset, in quotes and cut short, for a message. */
static void snippet(const reader *r, size_t at, char out[SNIPPET_MAX + 8])
{
    size_t n = 0, width = 0;
    if (at >= r->len) {
        strcpy(out, "the end of the text");
        return;
    }
    do {
        n += width;
        if (at + n >= r->len || strchr(n == 0 ? "\r\n" : "\r\n,]}", r->text[at + n]) != NULL) break;
        width = qd_io__utf8(r->text + at + n, r->len - at - n);
    } while (n + width <= SNIPPET_MAX);
    snprintf(out, SNIPPET_MAX + 8, "'%.*s'", (int) n, r->text + at);
}

/* ---- nodes ------------------------------------------------------------------------------- */

static qd_status push(reader *r, qd_node node)
{
    if (r->ndone == r->room) {
        r->room = r->room == 0 ? 256 : 2 * r->room;
        r->done = qd_realloc(r->done, r->room * sizeof *r->done);
    }
    r->done[r->ndone++] = node;
    return QD_OK;
}

static const frame *innermost(const reader *r)
{
    return r->depth > 0 ? &r->open[r->depth - 1] : NULL;
}

static bool key_expected(const reader *r)
{
    const frame *f = innermost(r);
    return f != NULL && f->kind == QD_NODE_OBJECT && (r->ndone - f->base) % 2 == 0;
}

static qd_status begin(reader *r, qd_node_type kind)
{
    if (key_expected(r)) return fail_here(r, "a key must be a text");
    if (r->depth == DEPTH_MAX) return fail(r, r->line, r->column, "more than %d arrays and objects inside one another", DEPTH_MAX);
    r->open[r->depth++] = (frame){kind, r->line, r->column, r->ndone};
    return QD_OK;
}

static int compare_keys(const void *p, const void *q)
{
    const qd_node *a = *(const qd_node *const *) p, *b = *(const qd_node *const *) q;
    size_t n = (size_t) (a->count < b->count ? a->count : b->count);
    int order = memcmp(a->text, b->text, n);
    if (order != 0) return order;
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    return a < b ? -1 : a > b; /* equal keys stay in the order of the text */
}

static qd_status check_duplicates(const reader *r, const qd_node *pair, size_t members)
{
    qd_status st = QD_OK;
    const qd_node *few[16], **key = members <= 16 ? few : qd_malloc(members * sizeof *key);
    for (size_t i = 0; i < members; i++) key[i] = pair + 2 * i;
    qsort(key, members, sizeof *key, compare_keys);
    for (size_t i = 1; i < members && st == QD_OK; i++) {
        const qd_node *a = key[i - 1], *b = key[i];
        if (a->count == b->count && memcmp(a->text, b->text, (size_t) a->count) == 0)
            st = fail(r, b->line, b->column, "key '%.60s' is there twice, first in line %d, column %d", b->text, a->line, a->column);
    }
    if (key != few) free(key);
    return st;
}

static qd_status end(reader *r)
{
    const frame *f = &r->open[--r->depth];
    size_t n = r->ndone - f->base;
    qd_node node = {.kind = f->kind, .line = f->line, .column = f->column};
    node.count = (int64_t) (f->kind == QD_NODE_OBJECT ? n / 2 : n);
    if (n > 0) {
        qd_node *child = take(r->tree, n * sizeof *child);
        memcpy(child, r->done + f->base, n * sizeof *child);
        node.child = child;
    }
    r->ndone = f->base;
    if (f->kind == QD_NODE_OBJECT && n > 2) {
        qd_status st = check_duplicates(r, node.child, n / 2);
        if (st != QD_OK) return st;
    }
    return push(r, node);
}

static bool is_one_of(const char *s, const char *a, const char *b)
{
    return strcmp(s, a) == 0 || strcmp(s, b) == 0;
}

static qd_node_type plain_kind(const char *s)
{
    if (qd_json_is_number(s)) return QD_NODE_NUMBER;
    if (is_one_of(s, "true", "false")) return QD_NODE_BOOL;
    if (is_one_of(s, "null", "~") || *s == '\0') return QD_NODE_NULL;
    return QD_NODE_STRING;
}

static qd_status scalar(reader *r, struct fy_token *token)
{
    size_t len = 0;
    const char *text = token == NULL ? "" : fy_token_get_text(token, &len);
    bool plain = token == NULL || fy_scalar_token_get_style(token) == FYSS_PLAIN;
    if (text == NULL) return qd_fail(r->ctx, QD_ENOMEM, "no memory for a text of line %d", r->line);

    char *copy = take(r->tree, len + 1);
    memcpy(copy, text, len);
    copy[len] = '\0';
    qd_node node = {.kind = QD_NODE_STRING, .line = r->line, .column = r->column, .count = (int64_t) len, .text = copy};
    if (key_expected(r)) {
        if (plain && len == 0) return fail_here(r, "a key is missing before ':'");
    } else if (plain) {
        node.kind = plain_kind(copy);
    }
    if (r->format == QD_JSON && plain && (node.kind == QD_NODE_STRING || is_one_of(copy, "", "~")))
        return fail(r, r->line, r->column, "found '%.32s', expected a JSON value", copy);
    return push(r, node);
}

/* ---- events ------------------------------------------------------------------------------ */

/* The place of a token; `before` is the length of what stands in front of libfyaml's mark, which is
   behind the quote of a text and behind the & or * of a name. An empty YAML value has no mark: it
   stays where the event before it was. */
static void note_place(reader *r, const struct fy_mark *mark, int before)
{
    if (mark == NULL) return;
    r->line = mark->line + 1;
    r->column = mark->column + 1 - before;
}

static bool is_quoted(struct fy_token *token)
{
    enum fy_scalar_style style = fy_scalar_token_get_style(token);
    return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static qd_status take_event(reader *r, struct fy_event *e)
{
    struct fy_token *anchor = fy_event_get_anchor_token(e), *tag = fy_event_get_tag_token(e);
    bool quoted = e->type == FYET_SCALAR && e->scalar.value != NULL && is_quoted(e->scalar.value);
    note_place(r, fy_event_start_mark(e), quoted || e->type == FYET_ALIAS);
    if (anchor != NULL) {
        note_place(r, fy_token_start_mark(anchor), 1);
        return fail_here(r, "anchors (&) are not supported");
    }
    if (tag != NULL) {
        note_place(r, fy_token_start_mark(tag), 0);
        return fail_here(r, "tags (!) are not supported");
    }
    switch ((int) e->type) { /* some of them; libfyaml may have more */
    case FYET_DOCUMENT_START:
        return r->documents++ == 0 ? QD_OK : fail_here(r, "found a second document, expected the end of the text");
    case FYET_MAPPING_START:
        return begin(r, QD_NODE_OBJECT);
    case FYET_SEQUENCE_START:
        return begin(r, QD_NODE_ARRAY);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        return end(r);
    case FYET_SCALAR:
        return scalar(r, e->scalar.value);
    case FYET_ALIAS:
        return fail_here(r, "aliases (*) are not supported");
    default:
        return QD_OK;
    }
}

/* ---- messages of libfyaml ---------------------------------------------------------------- */

/* What libfyaml says of JSON -> what we say; %s is what stands at the place. The first match counts;
   what matches nothing, and what it says of YAML, is passed on as it is. */
static const char *own_words(const char *theirs)
{
    static const char value[] = "found %s, expected a string in double quotes, a number, true, false, null, [...] or {...}";
    static const struct {
        const char *part, *sentence;
    } word[] = {
        {"Multi line double quoted", "line break inside a string (\\n is written for it)"},
        {"without closing quote", "this string has no closing quote"},
        {"Invalid JSON unescaped", "control character inside a string (\\t, \\u0007 and so on are written for them)"},
        {"invalid UTF8 escape", "this string has a \\u escape that is no character"},
        {"Invalid low surrogate", "this string has a \\u escape that is no character"},
        {"hex escape", "this string has a \\u escape without four hexadecimal digits"},
        {"empty root", "the text is empty"},
        {"empty keys", "found %s, expected a key in double quotes"},
        {"empty values in a mapping", "found %s, expected \"key\": value"},
        {"trailing comma", "found %s, expected another item after the comma"},
        {"invalid comma", "found %s, expected an item"},
        {"extra comma", "found %s, expected an item"},
        {"missing document start", "found %s, expected the end of the text"},
        {"trailing content", "found %s behind a string"},
        {"comment", "found %s, but JSON has no comments"},
        {"missing comma", "found %s, expected a comma or the closing bracket"},
        {"without a closing bracket", "found %s, expected a comma or ']'"},
        {"without a closing brace", "found %s, expected a comma or '}'"},
        {"extra closing", "found %s, but nothing is open"},
        {"mismatched flow sequence", "found %s, expected '}'"},
        {"mismatched flow mapping", "found %s, expected ']'"},
        {"JSON considers keys", "found %s, expected a comma or the end (\"key\": value belongs in {...})"},
        {"node content", value},
        {"plain scalar", value},
        {"in JSON mode", value},
    };
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strstr(theirs, word[i].part) != NULL) return word[i].sentence;
    return NULL;
}

static qd_status parser_failed(const reader *r, struct fy_diag *diag)
{
    void *iterator = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &iterator);
    if (error == NULL) return fail_here(r, "the text cannot be read");
    int line = error->line, column = error->column;
    size_t at = offset_of(r, &line, &column);
    const char *sentence = r->format == QD_JSON ? own_words(error->msg) : NULL;
    if (sentence == NULL) return fail(r, line, column, "%s", error->msg);
    char found[SNIPPET_MAX + 8];
    snippet(r, at, found);
    return fail(r, line, column, sentence, found);
}

/* ---- reading ----------------------------------------------------------------------------- */

/* libfyaml stops at the first bad byte it looks at, but not inside comments, and it takes a NUL for
   the end of some texts. */
static qd_status check_bytes(const reader *r)
{
    int line, column;
    size_t at = 0, n = 1;
    bool control = false;
    for (; at < r->len; at += n) {
        unsigned char c = (unsigned char) r->text[at];
        n = c < 0x80 ? 1 : qd_io__utf8(r->text + at, r->len - at);
        control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
        if (n == 0 || control) break;
    }
    if (at == r->len) return QD_OK;
    place_of(r, at, &line, &column);
    return fail(r, line, column, control ? "control character U+%04X" : "byte 0x%02X, which is not UTF-8", (unsigned char) r->text[at]);
}

/* What takes libfyaml time or memory out of all proportion: long runs of blanks, quadratic time, and open brackets, 300
   bytes each. Not inside JSON strings, where blanks are data; in YAML a run that long is refused anywhere. */
static qd_status check_shape(const reader *r)
{
    int line, column;
    size_t blanks = 0, depth = 0, at;
    bool json = r->format == QD_JSON, quoted = false;
    for (at = 0; at < r->len && blanks <= BLANKS_MAX && depth <= DEPTH_MAX; at++) {
        char c = r->text[at];
        if (quoted && c == '\\') at++;
        else if (json && c == '"') quoted = !quoted;
        if (quoted) continue;
        blanks = c == ' ' || c == '\t' ? blanks + 1 : 0;
        if (json && (c == '[' || c == '{')) depth++;
        if (json && (c == ']' || c == '}') && depth > 0) depth--;
    }
    if (blanks <= BLANKS_MAX && depth <= DEPTH_MAX) return QD_OK;
    place_of(r, at - 1, &line, &column);
    if (blanks > BLANKS_MAX) return fail(r, line, column, "more than %d blanks in a row", BLANKS_MAX);
    return fail(r, line, column, "more than %d arrays and objects inside one another", DEPTH_MAX);
}

static qd_status check_text(const reader *r)
{
    if (r->len > INT_MAX - 1) return qd_fail(r->ctx, QD_EINPUT, "the text has %zu bytes, expected at most %d", r->len, INT_MAX - 1);
    if (r->format == QD_JSON && r->len >= 3 && memcmp(r->text, "\xEF\xBB\xBF", 3) == 0)
        return fail(r, 1, 1, "found a byte order mark, which JSON does not have");
    qd_status st = check_bytes(r);
    return st == QD_OK ? check_shape(r) : st;
}

/* Two things that libfyaml 0.7 does in JSON mode: it refuses a tab behind a string that is the whole
   text, and counts \r\n as two lines in some places. So white space at the end is left out, and where
   there is a \r\n the reader gets a copy (returned, to be freed) with a space for this \r. */
static char *prepare_json(reader *r)
{
    while (r->len > 0 && memchr(" \t\r\n", r->text[r->len - 1], 4) != NULL) r->len--;
    if (memmem(r->text, r->len, "\r\n", 2) == NULL) return NULL;
    char *copy = qd_malloc(r->len);
    memcpy(copy, r->text, r->len);
    for (size_t i = 0; i + 1 < r->len; i++)
        if (copy[i] == '\r' && copy[i + 1] == '\n') copy[i] = ' ';
    r->text = copy;
    return copy;
}

static qd_status run_parser(reader *r, struct fy_parser *parser, struct fy_diag *diag)
{
    qd_status st = QD_OK;
    struct fy_event *e;
    if (fy_parser_set_string(parser, r->text, r->len) != 0) return qd_fail(r->ctx, QD_ENOMEM, "no memory to read the text");
    while (st == QD_OK && (e = fy_parser_parse(parser)) != NULL) {
        st = take_event(r, e);
        fy_parser_event_free(parser, e);
    }
    if (st != QD_OK) return st;
    if (fy_parser_get_stream_error(parser)) return parser_failed(r, diag);
    if (r->ndone != 1) return fail(r, 1, 1, "the text is empty");
    r->tree->root = r->done[0];
    return QD_OK;
}

static qd_status read_events(reader *r)
{
    qd_status st;
    struct fy_diag_cfg quiet;
    struct fy_parser *parser = NULL;
    fy_diag_cfg_default(&quiet);
    quiet.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&quiet);
    if (diag != NULL) {
        fy_diag_set_collect_errors(diag, true);
        parser = fy_parser_create(&(struct fy_parse_cfg){
            .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | (r->format == QD_JSON ? FYPCF_JSON_FORCE : FYPCF_JSON_NONE), .diag = diag});
    }
    st = parser == NULL ? qd_fail(r->ctx, QD_ENOMEM, "no memory to read the text") : run_parser(r, parser, diag);
    if (parser != NULL) fy_parser_destroy(parser);
    if (diag != NULL) fy_diag_destroy(diag);
    return st;
}

void qd_doc_init(qd_doc_t doc)
{
    doc->impl = NULL;
}

void qd_doc_clear(qd_doc_t doc)
{
    tree_free(doc->impl);
    doc->impl = NULL;
}

qd_status qd_doc_parse(qd_doc_t doc, const char *text, size_t len, qd_doc_format format, qd_ctx_t ctx)
{
    reader r = {.text = text, .len = len, .format = format, .line = 1, .column = 1, .ctx = ctx};
    qd_status st = check_text(&r);
    if (st != QD_OK) return st;
    char *copy = format == QD_JSON ? prepare_json(&r) : NULL;
    r.tree = qd_calloc(1, sizeof *r.tree);
    if ((st = read_events(&r)) == QD_OK) {
        tree *old = doc->impl;
        doc->impl = r.tree;
        r.tree = old;
    }
    tree_free(r.tree);
    free(r.done);
    free(copy);
    return st;
}

qd_status qd_doc_read(qd_doc_t doc, const char *path, qd_doc_format format, qd_ctx_t ctx)
{
    qd_buf_t text;
    qd_buf_init(text);
    qd_status st = qd_file_read(text, path, ctx);
    if (st == QD_OK) st = qd_doc_parse(doc, qd_buf_str(text), text->len, format, ctx);
    qd_buf_clear(text);
    return st;
}

const qd_node *qd_doc_root(const qd_doc_t doc)
{
    return doc->impl == NULL ? NULL : &((const tree *) doc->impl)->root;
}
