/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of safetensors files: round trips, the bytes against a file written by hand, and what is said of corrupt files. */
#include <math.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/io.h"
#include "shared/suite.h"

#define COUNT(list) ((int) (sizeof(list) / sizeof *(list)))

static qd_ctx_t ctx;
static qd_st_t st, back;
static char path[512];

static void setup(void)
{
    const char *folder = getenv("TMPDIR");
    qd_ctx_init(ctx);
    ctx->seed = test_seed();
    snprintf(path, sizeof path, "%s/quadric-st-XXXXXX", folder != NULL ? folder : P_tmpdir);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    qd_st_init(st);
    qd_st_init(back);
}

static void teardown(void)
{
    qd_st_clear(st);
    qd_st_clear(back);
    unlink(path);
}

static void write_bytes(const char *bytes, size_t len)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
}

/* Writes length, header and n bytes of data: 0, 1, 2, ... */
static void write_file(const char *header, size_t len, size_t n)
{
    qd_buf_t b;
    uint64_t size = len;
    qd_buf_init(b);
    qd_buf_add(b, (const char *) &size, sizeof size);
    qd_buf_add(b, header, len);
    for (size_t i = 0; i < n; i++) {
        char c = (char) i;
        qd_buf_add(b, &c, 1);
    }
    write_bytes(qd_buf_str(b), b->len);
    qd_buf_clear(b);
}

/* ---- good files ------------------------------------------------------------------------------- */

/* Laid out by hand from the description of the format: little-endian 1.0f, -2.0f, 0.5. */
static const char by_hand[] = "\xA0\0\0\0\0\0\0\0"
                              "{\"__metadata__\":{\"architecture\":\"a\\\"b\"},"
                              "\"d\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
                              "\"layers.0.w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[8,16]}}   "
                              "\0\0\0\0\0\0\xE0\x3F"
                              "\0\0\x80\x3F"
                              "\0\0\0\xC0";

START_TEST(bytes_as_written_by_hand)
{
    const float w[] = {1, -2};
    const double d = 0.5;
    const int64_t shape[] = {1, 2};
    qd_buf_t b;
    qd_buf_init(b);
    qd_st_add(st, "layers.0.w", QD_ST_F32, 2, shape, w);
    qd_st_add(st, "d", QD_ST_F64, 0, NULL, &d);
    qd_st_set_meta(st, "architecture", "replaced");
    qd_st_set_meta(st, "architecture", "a\"b");
    ck_assert_int_eq(qd_st_write(path, st, ctx), QD_OK);
    ck_assert_int_eq(qd_file_read(b, path, ctx), QD_OK);
    ck_assert_uint_eq(b->len, sizeof by_hand - 1);
    ck_assert(memcmp(b->s, by_hand, b->len) == 0);
    qd_buf_clear(b);

    write_bytes(by_hand, sizeof by_hand - 1);
    ck_assert_int_eq(qd_st_read(back, path, ctx), QD_OK);
    ck_assert_int_eq(back->n, 2);
    ck_assert_str_eq(qd_st_meta(back, "architecture"), "a\"b");
    ck_assert_ptr_null(qd_st_meta(back, "b"));
    ck_assert_ptr_null(qd_st_find(back, "w"));
    const qd_st_tensor *t = qd_st_find(back, "layers.0.w");
    ck_assert(t->type == QD_ST_F32 && t->ndim == 2 && t->shape[0] == 1 && t->shape[1] == 2 && t->count == 2);
    ck_assert(qd_st_get(t, 0) == 1 && qd_st_get(t, 1) == -2);
    t = qd_st_find(back, "d");
    ck_assert(t->type == QD_ST_F64 && t->ndim == 0 && t->count == 1 && qd_st_get(t, 0) == 0.5);
}
END_TEST

/* Random shapes, types and names, NaN and infinities among the bits. */
START_TEST(write_then_read)
{
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, 100 + (uint64_t) _i);
    int n = (int) qd_rng_below(rng, 8);
    double *data[8];
    for (int i = 0; i < n; i++) {
        char name[40];
        int64_t shape[8], count = 1;
        int ndim = (int) qd_rng_below(rng, 9);
        for (int k = 0; k < ndim; k++) count *= shape[k] = qd_rng_range(rng, qd_rng_below(rng, 8) == 0 ? 0 : 1, 3);
        qd_st_type type = qd_rng_below(rng, 2) ? QD_ST_F32 : QD_ST_F64;
        data[i] = malloc((size_t) count * 8 + 8);
        for (int64_t j = 0; j < count; j++) {
            uint64_t bits = qd_rng_u64(rng);
            memcpy(data[i] + j, &bits, 8);
        }
        snprintf(name, sizeof name, "%s \"%d\"", i % 2 ? "layers.\xC3\xBC" : "\t", i);
        qd_st_add(st, name, type, ndim, shape, data[i]);
    }
    for (int i = n; i < 4; i++) qd_st_set_meta(st, i % 2 ? "" : "key", "text\n\\");
    ck_assert_int_eq(qd_st_write(path, st, ctx), QD_OK);
    ck_assert_msg(qd_st_read(back, path, ctx) == QD_OK, "case %d: %s", _i, qd_ctx_message(ctx));
    ck_assert_int_eq(back->n, n);
    ck_assert_int_eq(back->nmeta, st->nmeta);
    for (int i = 0; i < n; i++) {
        const qd_st_tensor *s = st->tensor + i, *t = qd_st_find(back, s->name);
        ck_assert(t != NULL && s->type == t->type && s->ndim == t->ndim && s->count == t->count);
        ck_assert(memcmp(s->shape, t->shape, sizeof(int64_t) * (size_t) s->ndim) == 0);
        ck_assert(memcmp(data[i], t->data, (size_t) s->count * (s->type == QD_ST_F32 ? 4 : 8)) == 0);
        free(data[i]);
    }
    for (int64_t i = 0; i < st->nmeta; i++) ck_assert_str_eq(qd_st_meta(back, st->key[i]), st->text[i]);
}
END_TEST

/* Tensors of other types, known and not, are named and skipped over; halves have values; none is written. */
START_TEST(other_types)
{
    const char unknown[] = "{\"u\": {\"dtype\": \"F31\", \"shape\": [1], \"data_offsets\": [0, 3]}}";
    write_file(unknown, sizeof unknown - 1, 3);
    ck_assert_msg(qd_st_read(st, path, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(st->tensor[0].type, QD_ST_OTHER);
    const char header[] = "{\"h\": {\"dtype\": \"BF16\", \"shape\": [3], \"data_offsets\": [4, 10]},\n"
                          " \"e\": {\"dtype\": \"I64\", \"shape\": [0, 7], \"data_offsets\": [4, 4]},\n"
                          " \"f\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}}";
    write_file(header, sizeof header - 1, 10);
    ck_assert_msg(qd_st_read(st, path, ctx) == QD_OK, "%s", qd_ctx_message(ctx));
    ck_assert_int_eq(st->n, 3);
    ck_assert_str_eq(st->tensor[0].name, "f");
    ck_assert_str_eq(st->tensor[1].name, "e");
    ck_assert_int_eq(st->tensor[1].type, QD_ST_OTHER);
    ck_assert_int_eq(st->tensor[2].type, QD_ST_BF16);
    ck_assert_int_eq(qd_st_write(path, st, ctx), QD_EINPUT);
    ck_assert_str_eq(qd_ctx_message(ctx), "the tensor 'e' has neither float32 nor float64 entries");
}
END_TEST

/* Every half, against its definition in the formats' terms: 2^e times a mantissa, with subnormals. */
START_TEST(halves)
{
    static const struct {
        uint16_t bits;
        double half, bfloat;
    } row[] = {{0x0000, 0, 0},
               {0x0001, 0x1p-24, 0x1p-133},
               {0x3c00, 1, 0x1p-7},
               {0x3555, 1365 * 0x1p-12, 213 * 0x1p-28},
               {0x7bff, 65504, 255 * 0x1p113},
               {0x3f80, 1.875, 1},
               {0xc049, -2.142578125, -201 * 0x1p-6},
               {0x8400, -0x1p-14, -0x1p-119}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        ck_assert_double_eq(qd_half_get(row[i].bits), row[i].half);
        ck_assert_double_eq(qd_bfloat_get(row[i].bits), row[i].bfloat);
    }
    ck_assert(isinf(qd_half_get(0x7c00)) && isnan(qd_half_get(0x7c01)) && qd_half_get(0xfc00) < 0 && isnan(qd_bfloat_get(0x7fc0)));
}
END_TEST

/* ---- bad files -------------------------------------------------------------------------------- */

#define T(dtype, shape, offsets) "{\"t\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"

static const struct {
    const char *header;
    size_t data;
    const char *message;
} bad[] = {
    {"", 0, "header: line 1, column 1"},
    {"[]", 0, "header: line 1, column 1: the header must be an object, not an array"},
    {"{}", 1, "header: the tensors end at byte 0 of the data, but the file has 1"},
    {"{\"t\": 1}", 0, "the tensor 't' must be an object, not 1"},
    {"{\"t\":{\"shape\":[],\"data_offsets\":[0,4]}}", 4, "key 'dtype' is missing in the tensor 't'"},
    {"{\"t\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "key 'shape' is missing in the tensor 't'"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[]}}", 4, "key 'data_offsets' is missing in the tensor 't'"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4],\"x\":1}}", 4, "unknown key 'x' in the tensor 't'"},
    {T("F32", "1", "[0,4]"), 4, "the shape of the tensor 't' must be an array, not 1"},
    {T("F32", "[-1]", "[0,4]"), 4, "the shape of the tensor 't' must be an integer of at least 0, not -1"},
    {T("F32", "[1.5]", "[0,4]"), 4, "the shape of the tensor 't' must be an integer"},
    {T("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "the shape of the tensor 't' has 9 dimensions, expected at most 8"},
    {T("F32", "[4294967296,4294967296]", "[0,4]"), 4, "the shape of the tensor 't' has more than 2^63 entries"},
    {T("F32", "[99999999999999999999]", "[0,4]"), 4, "the shape of the tensor 't' must be an integer"},
    {T("F32", "[4611686018427387904]", "[0,0]"), 0,
     "the data of the tensor 't' has 0 bytes, expected 4611686018427387904 entries of 32 bits"},
    {T("F32", "[2]", "[0,4]"), 4, "the data of the tensor 't' has 4 bytes, expected 2 entries of 32 bits"},
    {T("F4", "[1]", "[0,0]"), 0, "the data of the tensor 't' has 0 bytes, expected 1 entries of 4 bits"},
    {T("F32", "[1]", "[0]"), 4, "the data of the tensor 't' has 1 numbers, expected a begin and an end"},
    {T("F32", "[1]", "[-4,0]"), 4, "the data of the tensor 't' must be an integer of at least 0, not -4"},
    {T("F32", "[1]", "[4,0]"), 4, "the data of the tensor 't' begins at byte 4, behind its end 0"},
    {T("F32", "[1]", "[0,4]"), 3, "the data of the tensor 't' ends at byte 4, but the file has 3 bytes of data"},
    {T("F32", "[1]", "[0,4]"), 5, "the tensors end at byte 4 of the data, but the file has 5"},
    {T("F32", "[1]", "[1,5]"), 5, "the data of the tensor 't' begins at byte 1, expected 0: there is a gap before it"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"u\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[3,5]}}", 5,
     "the data of the tensor 'u' begins at byte 3, expected 4: it overlaps the tensor before it"},
    {"{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8,
     "'t'"},
    {"{\"a\\u0000b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "the key 'a' contains the character U+0000"},
    {"{\"__metadata__\": []}", 0, "'__metadata__' must be an object, not an array"},
    {"{\"__metadata__\": {\"a\": 1}}", 0, "the metadata 'a' must be a string, not 1"},
    {"{\"__metadata__\": {\"a\": \"x\\u0000\"}}", 0, "the metadata 'a' must be a string without the character U+0000"},
};

START_TEST(refuses)
{
    write_file(bad[_i].header, strlen(bad[_i].header), bad[_i].data);
    qd_st_set_meta(st, "kept", "yes");
    ck_assert_int_eq(qd_st_read(st, path, ctx), QD_EINPUT);
    ck_assert_msg(strstr(qd_ctx_message(ctx), bad[_i].message) != NULL, "%s: %s", bad[_i].header, qd_ctx_message(ctx));
    ck_assert_str_eq(qd_st_meta(st, "kept"), "yes");
}
END_TEST

START_TEST(refuses_lengths)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *message;
    } file[] = {
        {"", 0, "the file has 0 bytes, expected a safetensors file"},
        {"\2\0\0\0\0\0\0", 7, "the file has 7 bytes, expected a safetensors file"},
        {"\3\0\0\0\0\0\0\0{}", 10, "the header has 3 bytes, but the file ends after 2 of them"},
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF{}", 10,
         "the first 8 bytes say that the header has 18446744073709551615 bytes, expected at most"},
        {"{\"input_dim\": 1}", 16, "the first 8 bytes say that the header has"},
    };
    for (int k = 0; k < COUNT(file); k++) {
        qd_ctx_forget(ctx);
        write_bytes(file[k].bytes, file[k].len);
        ck_assert_int_eq(qd_st_read(st, path, ctx), QD_EINPUT);
        ck_assert_msg(strstr(qd_ctx_message(ctx), file[k].message) != NULL, "%s", qd_ctx_message(ctx));
    }
    unlink(path);
    qd_ctx_forget(ctx);
    ck_assert_int_eq(qd_st_read(st, path, ctx), QD_EIO);
    ck_assert_str_eq(qd_ctx_message(ctx), "cannot be opened: No such file or directory");
}
END_TEST

/* A file cut anywhere, or with one to three other bytes, is read or refused with one sentence; whatever is read can be asked for. */
START_TEST(truncated_and_mutated)
{
    char bytes[sizeof by_hand];
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, 500 + (uint64_t) _i);
    for (int k = 0; k < 250; k++) {
        size_t len = sizeof by_hand - 1;
        memcpy(bytes, by_hand, sizeof bytes);
        if (k % 4 == 0) len = qd_rng_below(rng, len);
        for (int64_t j = qd_rng_range(rng, 1, 3); k % 4 != 0 && j > 0; j--)
            bytes[qd_rng_below(rng, len)] =
                qd_rng_below(rng, 2) ? (char) qd_rng_below(rng, 256) : "0123456789{}[],:\""[qd_rng_below(rng, 17)];
        write_bytes(bytes, len);
        qd_ctx_forget(ctx);
        qd_status status = qd_st_read(st, path, ctx);
        ck_assert(status == QD_OK || status == QD_EINPUT);
        ck_assert(k % 4 != 0 || status == QD_EINPUT);
        ck_assert((status == QD_OK) == (qd_ctx_message(ctx)[0] == '\0'));
        ck_assert_ptr_null(strchr(qd_ctx_message(ctx), '\n'));
        for (int64_t i = 0; status == QD_OK && i < st->n; i++)
            for (int64_t j = 0; st->tensor[i].type != QD_ST_OTHER && j < st->tensor[i].count; j++) qd_st_get(st->tensor + i, j);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("safetensors");
    TCase *tc = tcase_create("files");
    tcase_add_checked_fixture(tc, setup, teardown);
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, bytes_as_written_by_hand);
    tcase_add_loop_test(tc, write_then_read, 0, 40);
    tcase_add_test(tc, other_types);
    tcase_add_test(tc, halves);
    tcase_add_loop_test(tc, refuses, 0, COUNT(bad));
    tcase_add_test(tc, refuses_lengths);
    tcase_add_loop_test(tc, truncated_and_mutated, 0, 8);
    return test_run(suite);
}
