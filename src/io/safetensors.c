/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Safetensors: 8 bytes with the length of the header, the header (a JSON object, padded with blanks), the data.
       {"__metadata__": {"key": "text"}, "name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}
   Nothing of the header is believed before it is checked against the number of bytes that are there: lengths, shapes and offsets are
   multiplied and added with overflow tests, and the tensors must tile the data from its first byte to its last. */
#include "io/impl.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "data is copied as it lies in memory");

/* The public readers refuse longer headers too. */
#define HEADER_MAX 100000000
#define MAX_DIM ((int) (sizeof((qd_st_tensor *) 0)->shape / sizeof(int64_t)))

static const struct {
    const char *name;
    qd_st_type type;
    int64_t bits;
} dtypes[] = {
    {"F32", QD_ST_F32, 32},      {"F64", QD_ST_F64, 64},      {"F16", QD_ST_F16, 16},      {"BF16", QD_ST_BF16, 16},
    {"I8", QD_ST_OTHER, 8},      {"I16", QD_ST_OTHER, 16},    {"I32", QD_ST_OTHER, 32},    {"I64", QD_ST_OTHER, 64},
    {"U8", QD_ST_OTHER, 8},      {"U16", QD_ST_OTHER, 16},    {"U32", QD_ST_OTHER, 32},    {"U64", QD_ST_OTHER, 64},
    {"BOOL", QD_ST_OTHER, 8},    {"F8_E4M3", QD_ST_OTHER, 8}, {"F8_E5M2", QD_ST_OTHER, 8}, {"F8_E8M0", QD_ST_OTHER, 8},
    {"F6_E2M3", QD_ST_OTHER, 6}, {"F6_E3M2", QD_ST_OTHER, 6}, {"F4", QD_ST_OTHER, 4},      {"C64", QD_ST_OTHER, 64},
};
#define NDTYPES ((int) (sizeof dtypes / sizeof *dtypes))

/* The memory behind the tensors: of a file that was read, or block by block of what was added. */
typedef struct {
    qd_buf_t file;
    void **block;
    int64_t nblocks;
} memory;

/* ---- the type ------------------------------------------------------------------------------- */

static memory *memory_of(qd_st_t st)
{
    if (st->impl == NULL) {
        memory *m = st->impl = qd_calloc(1, sizeof *m);
        qd_buf_init(m->file);
    }
    return st->impl;
}

void qd_st_init(qd_st_t st)
{
    memset(st, 0, sizeof *st);
}

void qd_st_clear(qd_st_t st)
{
    memory *m = st->impl;
    for (int64_t i = 0; i < st->n; i++) free(st->tensor[i].name);
    for (int64_t i = 0; i < st->nmeta; i++) {
        free(st->key[i]);
        free(st->text[i]);
    }
    free(st->tensor);
    free(st->key);
    free(st->text);
    if (m != NULL) {
        for (int64_t i = 0; i < m->nblocks; i++) free(m->block[i]);
        free(m->block);
        qd_buf_clear(m->file);
        free(m);
    }
    qd_st_init(st);
}

const qd_st_tensor *qd_st_find(const qd_st_t st, const char *name)
{
    for (int64_t i = 0; i < st->n; i++)
        if (strcmp(st->tensor[i].name, name) == 0) return st->tensor + i;
    return NULL;
}

const char *qd_st_meta(const qd_st_t st, const char *key)
{
    for (int64_t i = 0; i < st->nmeta; i++)
        if (strcmp(st->key[i], key) == 0) return st->text[i];
    return NULL;
}

double qd_half_get(uint16_t bits)
{
    int exponent = bits >> 10 & 31, mantissa = bits & 1023;
    double x = ldexp(exponent == 0 ? mantissa : 1024 + mantissa, exponent == 0 ? -24 : exponent - 25);
    if (exponent == 31) x = mantissa != 0 ? NAN : INFINITY;
    return bits >> 15 ? -x : x;
}

double qd_bfloat_get(uint16_t bits)
{
    uint32_t wide = (uint32_t) bits << 16;
    float f;
    memcpy(&f, &wide, sizeof f);
    return f;
}

double qd_st_get(const qd_st_tensor *tensor, int64_t i)
{
    const char *data = tensor->data;
    float f;
    double d;
    uint16_t half;
    assert(tensor->type != QD_ST_OTHER && 0 <= i && i < tensor->count);
    if (tensor->type == QD_ST_F32) {
        memcpy(&f, data + 4 * i, sizeof f);
        return f;
    }
    if (tensor->type == QD_ST_F16 || tensor->type == QD_ST_BF16) {
        memcpy(&half, data + 2 * i, sizeof half);
        return tensor->type == QD_ST_F16 ? qd_half_get(half) : qd_bfloat_get(half);
    }
    memcpy(&d, data + 8 * i, sizeof d);
    return d;
}

static void print_shape(qd_buf_t out, int ndim, const int64_t *shape)
{
    qd_buf_puts(out, "(");
    for (int k = 0; k < ndim; k++) qd_buf_printf(out, k > 0 ? ", %lld" : "%lld", (long long) shape[k]);
    qd_buf_puts(out, ")");
}

static qd_status wrong_shape(const qd_st_tensor *t, int ndim, const int64_t *shape, qd_ctx_t ctx)
{
    bool transposed = ndim == 2 && t->ndim == 2 && t->shape[0] == shape[1] && t->shape[1] == shape[0];
    qd_buf_t expected, found;
    qd_buf_init(expected);
    qd_buf_init(found);
    print_shape(expected, ndim, shape);
    print_shape(found, t->ndim, t->shape);
    qd_fail(ctx, QD_EINPUT, "the tensor '%.60s': %s expected, found %s%s", t->name, qd_buf_str(expected), qd_buf_str(found),
            transposed ? ": transposed?" : "");
    qd_buf_clear(expected);
    qd_buf_clear(found);
    return QD_EINPUT;
}

qd_status qd_st_check(const qd_st_tensor *tensor, int ndim, const int64_t *shape, qd_ctx_t ctx)
{
    if (tensor->type == QD_ST_OTHER) return qd_fail(ctx, QD_EINPUT, "the tensor '%.60s' has no float entries", tensor->name);
    bool same = tensor->ndim == ndim;
    for (int k = 0; same && k < ndim; k++) same = tensor->shape[k] == shape[k];
    return same ? QD_OK : wrong_shape(tensor, ndim, shape, ctx);
}

/* A new tensor without data; the name is copied. */
static qd_st_tensor *append(qd_st_t st, const char *name)
{
    st->tensor = qd_realloc(st->tensor, sizeof *st->tensor * (size_t) (st->n + 1));
    qd_st_tensor *t = st->tensor + st->n++;
    memset(t, 0, sizeof *t);
    t->name = qd_strdup(name);
    t->count = 1;
    return t;
}

void qd_st_add(qd_st_t st, const char *name, qd_st_type type, int ndim, const int64_t *shape, const void *data)
{
    memory *m = memory_of(st);
    assert(type != QD_ST_OTHER && 0 <= ndim && ndim <= MAX_DIM && qd_st_find(st, name) == NULL);
    qd_st_tensor *t = append(st, name);
    t->type = type;
    t->ndim = ndim;
    for (int k = 0; k < ndim; k++) t->count *= t->shape[k] = shape[k];
    size_t bytes = (size_t) t->count * (type == QD_ST_F32 ? 4 : 8);
    void *copy = qd_malloc(bytes > 0 ? bytes : 1);
    if (bytes > 0) memcpy(copy, data, bytes);
    m->block = qd_realloc(m->block, sizeof *m->block * (size_t) (m->nblocks + 1));
    m->block[m->nblocks++] = copy;
    t->data = copy;
}

void qd_st_set_meta(qd_st_t st, const char *key, const char *text)
{
    int64_t i = 0;
    while (i < st->nmeta && strcmp(st->key[i], key) != 0) i++;
    char *copy = qd_strdup(text);
    if (i < st->nmeta) {
        free(st->text[i]);
        st->text[i] = copy;
        return;
    }
    st->key = qd_realloc(st->key, sizeof *st->key * (size_t) (i + 1));
    st->text = qd_realloc(st->text, sizeof *st->text * (size_t) (i + 1));
    st->key[i] = qd_strdup(key);
    st->text[i] = copy;
    st->nmeta = i + 1;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* What the header says of a tensor, beside the tensor: its place in the data. */
typedef struct {
    qd_st_tensor tensor; /* name borrowed from the document */
    int64_t begin, end;
    const qd_node *node;
} entry;

/* By place in the data; empty tensors before the one that begins at the same byte, then by place in the header. */
static int compare_entries(const void *a, const void *b)
{
    const entry *s = a, *t = b;
    if (s->begin != t->begin) return s->begin < t->begin ? -1 : 1;
    if (s->end != t->end) return s->end < t->end ? -1 : 1;
    return s->node < t->node ? -1 : s->node > t->node;
}

/* Names are compared up to their first '\0'. */
static qd_status check_key(const qd_node *node, qd_ctx_t ctx)
{
    size_t len;
    const char *text = qd_node_text(node, &len);
    return strlen(text) == len ? QD_OK : qd_node_fail(node, ctx, "the key '%.60s' contains the character U+0000", text);
}

static qd_status read_metadata(qd_st_t st, const qd_node *node, qd_ctx_t ctx)
{
    const char *text;
    qd_status status = qd_node_get_object(node, "'__metadata__'", ctx);
    for (int64_t i = 0; i < qd_node_count(node) && status == QD_OK; i++) {
        char what[80];
        snprintf(what, sizeof what, "the metadata '%.60s'", qd_node_key_at(node, i));
        status = qd_node_get_string(&text, qd_node_value_at(node, i), what, ctx);
        if (status == QD_OK) status = check_key(node->child + 2 * i, ctx);
        if (status == QD_OK) qd_st_set_meta(st, qd_node_key_at(node, i), text);
    }
    return status;
}

/* Sets the shape and the number of entries. */
static qd_status read_shape(qd_st_tensor *t, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(node, what, ctx);
    if (st != QD_OK) return st;
    if (qd_node_count(node) > MAX_DIM)
        return qd_node_fail(node, ctx, "%s has %lld dimensions, expected at most %d", what, (long long) qd_node_count(node), MAX_DIM);
    t->ndim = (int) qd_node_count(node);
    t->count = 1;
    for (int k = 0; k < t->ndim; k++) {
        if ((st = qd_node_get_int(t->shape + k, qd_node_item(node, k), 0, INT64_MAX, what, ctx)) != QD_OK) return st;
        if (__builtin_mul_overflow(t->count, t->shape[k], &t->count)) return qd_node_fail(node, ctx, "%s has more than 2^63 entries", what);
    }
    return QD_OK;
}

static qd_status read_offsets(entry *e, const qd_node *node, int64_t available, const char *what, qd_ctx_t ctx)
{
    qd_status st = qd_node_get_array(node, what, ctx);
    if (st != QD_OK) return st;
    if (qd_node_count(node) != 2)
        return qd_node_fail(node, ctx, "%s has %lld numbers, expected a begin and an end", what, (long long) qd_node_count(node));
    if ((st = qd_node_get_int(&e->begin, qd_node_item(node, 0), 0, INT64_MAX, what, ctx)) != QD_OK) return st;
    if ((st = qd_node_get_int(&e->end, qd_node_item(node, 1), 0, INT64_MAX, what, ctx)) != QD_OK) return st;
    if (e->begin > e->end)
        return qd_node_fail(node, ctx, "%s begins at byte %lld, behind its end %lld", what, (long long) e->begin, (long long) e->end);
    if (e->end > available)
        return qd_node_fail(node, ctx, "%s ends at byte %lld, but the file has %lld bytes of data", what, (long long) e->end,
                            (long long) available);
    return QD_OK;
}

/* NDTYPES: a type that is not known here, as formats grow. Its tensor is left alone. */
static qd_status read_dtype(int *k, const qd_node *node, const char *what, qd_ctx_t ctx)
{
    const char *text;
    qd_status st = qd_node_get_string(&text, node, what, ctx);
    for (*k = 0; st == QD_OK && *k < NDTYPES; (*k)++)
        if (strcmp(text, dtypes[*k].name) == 0) break;
    return st;
}

static qd_status read_entry(entry *e, int64_t available, qd_ctx_t ctx)
{
    static const char *const keys[] = {"dtype", "shape", "data_offsets", NULL};
    const qd_node *m;
    char what[100], part[128];
    int64_t bits;
    int k;
    qd_status st;
    snprintf(what, sizeof what, "the tensor '%.60s'", e->tensor.name);
    if ((st = qd_node_get_object(e->node, what, ctx)) != QD_OK) return st;
    if ((st = qd_node_only_keys(e->node, keys, what, ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&m, e->node, "dtype", what, ctx)) != QD_OK) return st;
    if ((st = read_dtype(&k, m, what, ctx)) != QD_OK) return st;
    e->tensor.type = k < NDTYPES ? dtypes[k].type : QD_ST_OTHER;
    if ((st = qd_node_need(&m, e->node, "shape", what, ctx)) != QD_OK) return st;
    snprintf(part, sizeof part, "the shape of %s", what);
    if ((st = read_shape(&e->tensor, m, part, ctx)) != QD_OK) return st;
    if ((st = qd_node_need(&m, e->node, "data_offsets", what, ctx)) != QD_OK) return st;
    snprintf(part, sizeof part, "the data of %s", what);
    if ((st = read_offsets(e, m, available, part, ctx)) != QD_OK) return st;
    if (k == NDTYPES) return QD_OK;
    if (__builtin_mul_overflow(e->tensor.count, dtypes[k].bits, &bits) || bits % 8 != 0 || e->end - e->begin != bits / 8)
        return qd_node_fail(m, ctx, "%s has %lld bytes, expected %lld entries of %lld bits", part, (long long) (e->end - e->begin),
                            (long long) e->tensor.count, (long long) dtypes[k].bits);
    return QD_OK;
}

/* Sorted entries must tile 0..available. */
static qd_status check_tiling(const entry *e, int64_t n, int64_t available, qd_ctx_t ctx)
{
    int64_t at = 0;
    for (int64_t i = 0; i < n; at = e[i++].end)
        if (e[i].begin != at)
            return qd_node_fail(e[i].node, ctx, "the data of the tensor '%.60s' begins at byte %lld, expected %lld: %s", e[i].tensor.name,
                                (long long) e[i].begin, (long long) at,
                                e[i].begin < at ? "it overlaps the tensor before it" : "there is a gap before it");
    if (at == available) return QD_OK;
    return qd_fail(ctx, QD_EINPUT, "the tensors end at byte %lld of the data, but the file has %lld", (long long) at,
                   (long long) available);
}

static qd_status read_header(qd_st_t st, const qd_node *root, const char *data, int64_t available, qd_ctx_t ctx)
{
    qd_status status = qd_node_get_object(root, "the header", ctx);
    int64_t n = 0;
    entry *e = qd_calloc((size_t) qd_node_count(root) + 1, sizeof *e);
    for (int64_t i = 0; i < qd_node_count(root) && status == QD_OK; i++) {
        const char *name = qd_node_key_at(root, i);
        const qd_node *value = qd_node_value_at(root, i);
        if ((status = check_key(root->child + 2 * i, ctx)) != QD_OK) break;
        if (strcmp(name, "__metadata__") == 0) {
            status = read_metadata(st, value, ctx);
            continue;
        }
        e[n].tensor.name = (char *) name;
        e[n].node = value;
        status = read_entry(e + n++, available, ctx);
    }
    if (status == QD_OK) {
        qsort(e, (size_t) n, sizeof *e, compare_entries);
        status = check_tiling(e, n, available, ctx);
    }
    for (int64_t i = 0; i < n && status == QD_OK; i++) {
        qd_st_tensor *t = append(st, e[i].tensor.name);
        char *name = t->name;
        *t = e[i].tensor;
        t->name = name;
        t->data = data + e[i].begin;
    }
    free(e);
    return status;
}

/* The bytes of the header, without the blanks that pad it. */
static qd_status find_header(size_t *len, size_t *padded, const qd_buf_t file, qd_ctx_t ctx)
{
    uint64_t size;
    if (file->len < 8)
        return qd_fail(ctx, QD_EINPUT,
                       "the file has %zu bytes, expected a safetensors file: the length of its header in 8 bytes, "
                       "the header, the data",
                       file->len);
    memcpy(&size, file->s, sizeof size);
    if (size > HEADER_MAX)
        return qd_fail(ctx, QD_EINPUT, "the first 8 bytes say that the header has %llu bytes, expected at most %d",
                       (unsigned long long) size, HEADER_MAX);
    if (size > file->len - 8)
        return qd_fail(ctx, QD_EINPUT, "the header has %llu bytes, but the file ends after %zu of them", (unsigned long long) size,
                       file->len - 8);
    *padded = *len = (size_t) size;
    while (*len > 0 && file->s[8 + *len - 1] == ' ') (*len)--;
    return QD_OK;
}

qd_status qd_st_read(qd_st_t st, const char *path, qd_ctx_t ctx)
{
    size_t len = 0, padded = 0;
    qd_st_t t;
    qd_doc_t doc;
    qd_ctx_t own;
    qd_st_init(t);
    qd_doc_init(doc);
    qd_ctx_own(own, ctx);
    memory *m = memory_of(t);
    qd_status status = qd_file_read(m->file, path, ctx);
    if (status == QD_OK) status = find_header(&len, &padded, m->file, ctx);
    if (status != QD_OK) goto done;
    const char *header = m->file->s + 8;
    status = qd_doc_parse(doc, header, len, QD_JSON, own);
    if (status == QD_OK) status = read_header(t, qd_doc_root(doc), header + padded, (int64_t) (m->file->len - 8 - padded), own);
    if (qd_ctx_prefix(ctx, status, own, "header: ") != QD_OK) goto done;
    qd_st_struct old = *st;
    *st = *t;
    *t = old;
done:
    qd_doc_clear(doc);
    qd_st_clear(t);
    return status;
}

/* ---- writing -------------------------------------------------------------------------------- */

static void print_tensor(qd_json_t w, const qd_st_tensor *t, size_t begin, size_t bytes)
{
    qd_json_object(w, t->name);
    qd_json_string(w, "dtype", t->type == QD_ST_F32 ? "F32" : "F64");
    qd_json_ints(w, "shape", t->shape, t->ndim);
    qd_json_array(w, "data_offsets");
    qd_json_uint(w, NULL, begin);
    qd_json_uint(w, NULL, begin + bytes);
    qd_json_end(w);
    qd_json_end(w);
}

/* Header and data of all tensors of one type, in the order in which they were added. */
static void print_type(qd_json_t header, qd_buf_t data, const qd_st_t st, qd_st_type type)
{
    for (int64_t i = 0; i < st->n; i++) {
        const qd_st_tensor *t = st->tensor + i;
        if (t->type != type) continue;
        size_t bytes = (size_t) t->count * (type == QD_ST_F32 ? 4 : 8);
        print_tensor(header, t, data->len, bytes);
        if (bytes > 0) qd_buf_add(data, t->data, bytes);
    }
}

qd_status qd_st_write(const char *path, const qd_st_t st, qd_ctx_t ctx)
{
    qd_buf_t header, data, file;
    qd_json_t w;
    for (int64_t i = 0; i < st->n; i++)
        if (st->tensor[i].type != QD_ST_F32 && st->tensor[i].type != QD_ST_F64)
            return qd_fail(ctx, QD_EINPUT, "the tensor '%.60s' has neither float32 nor float64 entries", st->tensor[i].name);
    qd_buf_init(header);
    qd_buf_init(data);
    qd_buf_init(file);
    qd_json_init(w, header);
    qd_json_tight(w, true);
    qd_json_object(w, NULL);
    if (st->nmeta > 0) qd_json_object(w, "__metadata__");
    for (int64_t i = 0; i < st->nmeta; i++) qd_json_string(w, st->key[i], st->text[i]);
    if (st->nmeta > 0) qd_json_end(w);
    print_type(w, data, st, QD_ST_F64); /* the wider type first: every entry is aligned */
    print_type(w, data, st, QD_ST_F32);
    qd_json_end(w);
    while (header->len % 8 != 0) qd_buf_puts(header, " ");
    uint64_t size = header->len;
    qd_buf_add(file, (const char *) &size, sizeof size);
    qd_buf_add(file, header->s, header->len);
    if (data->len > 0) qd_buf_add(file, data->s, data->len);
    qd_status status = qd_file_write(path, qd_buf_str(file), file->len, ctx);
    qd_buf_clear(header);
    qd_buf_clear(data);
    qd_buf_clear(file);
    return status;
}
