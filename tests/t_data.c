/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data files, samples, batches. Second road: files made here byte by byte, and a naive fill that looks up one number at a
   time. */
#include "shared/suite.h"
#include "train/train.h"

#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define COUNT(a) ((int) (sizeof(a) / sizeof *(a)))
#define FASHION "/usr/share/datasets/fashion-mnist/"

static uint64_t seed = 1;
static qd_ctx_t ctx;
static qd_data_t data;
static char folder[512], path[4][600];

static void setup(void)
{
    const char *tmp = getenv("TMPDIR");
    seed = test_seed();
    qd_ctx_init(ctx);
    qd_data_init(data);
    snprintf(folder, sizeof folder, "%s/quadric-XXXXXX", tmp != NULL ? tmp : P_tmpdir);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int i = 0; i < 4; i++) snprintf(path[i], sizeof path[i], "%s/%c", folder, 'a' + i);
}

static void teardown(void)
{
    char command[700];
    qd_data_clear(data);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void write_plain(const char *name, const void *bytes, size_t len)
{
    FILE *f = fopen(name, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
}

/* mode "wb" or "ab": another member behind what is there. */
static void write_gzip(const char *name, const char *mode, const void *bytes, size_t len)
{
    gzFile f = gzopen(name, mode);
    ck_assert_ptr_nonnull(f);
    if (len > 0) ck_assert_int_eq(gzwrite(f, bytes, (unsigned) len), (int) len);
    ck_assert_int_eq(gzclose(f), Z_OK);
}

/* The message is the path, then the text. */
static void ck_message(const char *name, const char *text)
{
    qd_buf_t b;
    qd_buf_init(b);
    qd_buf_printf(b, "%s: %s", name, text);
    ck_assert_str_eq(qd_ctx_message(ctx), qd_buf_str(b));
    qd_buf_clear(b);
    qd_ctx_forget(ctx);
}

/* ---- gzip -------------------------------------------------------------------------------- */

static size_t slurp(char *bytes, size_t room, const char *name)
{
    FILE *f = fopen(name, "rb");
    ck_assert_ptr_nonnull(f);
    size_t n = fread(bytes, 1, room, f);
    fclose(f);
    return n;
}

START_TEST(gzip_is_read)
{
    qd_buf_t b;
    char big[200000];
    qd_rng_t rng;
    qd_buf_init(b);
    qd_rng_init(rng, seed, 1);
    for (size_t i = 0; i < sizeof big; i++) big[i] = (char) qd_rng_below(rng, 5);
    write_plain(path[0], "\x1f", 1);
    ck_assert_int_eq(qd_file_read_gzip(b, path[0], ctx), QD_OK);
    ck_assert_uint_eq(b->len, 1);
    write_gzip(path[1], "wb", big, sizeof big);
    ck_assert_int_eq(qd_file_read_gzip(b, path[1], ctx), QD_OK);
    ck_assert(b->len == sizeof big && memcmp(b->s, big, sizeof big) == 0);
    write_gzip(path[1], "ab", "tail", 4);
    write_gzip(path[1], "ab", "", 0);
    ck_assert_int_eq(qd_file_read_gzip(b, path[1], ctx), QD_OK);
    ck_assert(b->len == sizeof big + 4 && memcmp(b->s + sizeof big, "tail", 4) == 0);
    write_gzip(path[2], "wb", "", 0);
    ck_assert_int_eq(qd_file_read_gzip(b, path[2], ctx), QD_OK);
    ck_assert_uint_eq(b->len, 0);
    ck_assert_int_eq(qd_file_read_gzip(b, path[3], ctx), QD_EIO);
    ck_assert_str_eq(qd_ctx_message(ctx), "cannot be opened: No such file or directory");
    qd_buf_clear(b);
}
END_TEST

/* Every truncation and every changed byte is refused with a sentence, or (a header field that says nothing) gives the same
   bytes. */
START_TEST(bad_gzip_is_refused)
{
    static const char text[] = "a text of some length, a text of some length, and then something else";
    char bytes[512];
    qd_buf_t b;
    int refused = 0;
    qd_buf_init(b);
    write_gzip(path[0], "wb", text, sizeof text);
    size_t len = slurp(bytes, sizeof bytes, path[0]);
    for (size_t cut = 2; cut < len; cut++) {
        char message[120];
        qd_ctx_forget(ctx);
        write_plain(path[1], bytes, cut);
        ck_assert_int_eq(qd_file_read_gzip(b, path[1], ctx), QD_EINPUT);
        snprintf(message, sizeof message, "gzip data end after %zu bytes in the middle of a member: the file is truncated", cut);
        ck_assert_str_eq(qd_ctx_message(ctx), message);
    }
    for (size_t at = 2; at < len; at++) {
        bytes[at] ^= 0x10;
        qd_ctx_forget(ctx);
        write_plain(path[1], bytes, len);
        if (qd_file_read_gzip(b, path[1], ctx) == QD_OK) ck_assert(b->len == sizeof text && memcmp(b->s, text, b->len) == 0);
        else {
            refused++;
            ck_assert(strncmp(qd_ctx_message(ctx), "gzip data", 9) == 0);
        }
        bytes[at] ^= 0x10;
    }
    ck_assert_int_gt(refused, (int) len - 14);
    bytes[len - 8] ^= 1;
    qd_ctx_forget(ctx);
    write_plain(path[1], bytes, len);
    ck_assert_int_eq(qd_file_read_gzip(b, path[1], ctx), QD_EINPUT);
    ck_assert(strstr(qd_ctx_message(ctx), "incorrect data check") != NULL);
    bytes[len - 8] ^= 1;
    bytes[len] = 'x';
    qd_ctx_forget(ctx);
    write_plain(path[1], bytes, len + 1);
    ck_assert_int_eq(qd_file_read_gzip(b, path[1], ctx), QD_EINPUT);
    qd_buf_clear(b);
}
END_TEST

/* ---- IDX --------------------------------------------------------------------------------- */

/* Three pictures of 2 x 3; pixel i is 10 i. */
#define IMAGES_HEAD "\0\0\x08\x03\0\0\0\x03\0\0\0\x02\0\0\0\x03"
static void images_of(unsigned char bytes[34])
{
    memcpy(bytes, IMAGES_HEAD, 16);
    for (int i = 0; i < 18; i++) bytes[16 + i] = (unsigned char) (10 * i);
}
static const unsigned char labels_file[] = {0, 0, 8, 1, 0, 0, 0, 3, 2, 0, 9};

START_TEST(idx_is_read)
{
    unsigned char images[34];
    images_of(images);
    for (int zip = 0; zip < 2; zip++)
        for (int limit = 0; limit < 5; limit++) {
            if (zip) {
                write_gzip(path[0], "wb", images, sizeof images);
                write_gzip(path[1], "wb", labels_file, sizeof labels_file);
            } else {
                write_plain(path[0], images, sizeof images);
                write_plain(path[1], labels_file, sizeof labels_file);
            }
            ck_assert_int_eq(qd_data_idx(data, path[0], path[1], &(qd_idx_plan){10, zip ? 0 : 4, zip ? 0 : 5, limit, false}, ctx), QD_OK);
            int64_t n = limit > 0 && limit < 3 ? limit : 3;
            ck_assert(data->n == n && data->channels == 1 && data->outputs == 10 && data->x == NULL && data->y == NULL);
            ck_assert(data->height0 == 2 && data->width0 == 3 && data->height == (zip ? 2 : 4) && data->width == (zip ? 3 : 5));
            ck_assert(data->mean[0] == 0 && data->std[0] == 1);
            for (int64_t i = 0; i < 6 * n; i++) ck_assert_int_eq(data->pixel[i], 10 * i);
            for (int64_t i = 0; i < n; i++) ck_assert_int_eq(data->label[i], labels_file[8 + i]);
        }
}
END_TEST

static const struct {
    int file;       /* 0: images, 1: labels */
    size_t cut, at; /* keep so many bytes (0: all, 99: one more), then change byte `at` to `to` */
    int to;
    const char *message;
} bad_idx[] = {
    {0, 5, 0, 0, "5 bytes, shorter than the header of an IDX file (16 bytes)"},
    {0, 0, 3, 1, "the file begins with 0x00000801, expected 0x00000803 (IDX, unsigned bytes in 3 dimensions)"},
    {0, 0, 2, 13, "the file begins with 0x00000d03, expected 0x00000803 (IDX, unsigned bytes in 3 dimensions)"},
    {0, 33, 0, 0, "17 bytes after the header, expected 18 as its dimensions say"},
    {0, 99, 0, 0, "19 bytes after the header, expected 18 as its dimensions say"},
    {0, 0, 11, 0, "dimension 2 is 0, expected at least 1"},
    {0, 0, 8, 0xff, "18 bytes after the header, expected 38503710738 as its dimensions say"},
    {1, 3, 0, 0, "3 bytes, shorter than the header of an IDX file (8 bytes)"},
    {1, 0, 3, 3, "the file begins with 0x00000803, expected 0x00000801 (IDX, unsigned bytes in 1 dimension)"},
    {1, 10, 0, 0, "2 bytes after the header, expected 3 as its dimensions say"},
    {1, 0, 10, 10, "label 10 of sample 2, expected 0 to 9"},
};

START_TEST(bad_idx_files)
{
    unsigned char bytes[2][40] = {{0}};
    size_t len[2] = {34, sizeof labels_file};
    images_of(bytes[0]);
    memcpy(bytes[1], labels_file, sizeof labels_file);
    if (bad_idx[_i].cut == 99) len[bad_idx[_i].file]++;
    else if (bad_idx[_i].cut > 0) len[bad_idx[_i].file] = bad_idx[_i].cut;
    else bytes[bad_idx[_i].file][bad_idx[_i].at] = (unsigned char) bad_idx[_i].to;
    for (int zip = 0; zip < 2; zip++) {
        for (int k = 0; k < 2; k++)
            if (zip) write_gzip(path[k], "wb", bytes[k], len[k]);
            else write_plain(path[k], bytes[k], len[k]);
        ck_assert_int_eq(qd_data_idx(data, path[0], path[1], &(qd_idx_plan){10, 0, 0, 1, false}, ctx), QD_EINPUT);
        ck_message(path[bad_idx[_i].file], bad_idx[_i].message);
        ck_assert(data->n == 0 && data->pixel == NULL);
    }
}
END_TEST

START_TEST(idx_files_that_do_not_fit)
{
    unsigned char images[34], more[] = {0, 0, 8, 1, 0, 0, 0, 4, 2, 0, 9, 1};
    char text[700];
    images_of(images);
    write_plain(path[0], images, sizeof images);
    write_plain(path[1], more, sizeof more);
    ck_assert_int_eq(qd_data_idx(data, path[0], path[1], &(qd_idx_plan){10, 0, 0, 0, false}, ctx), QD_EINPUT);
    snprintf(text, sizeof text, "4 labels, but %s has 3 images", path[0]);
    ck_message(path[1], text);
    write_plain(path[1], labels_file, sizeof labels_file);
    ck_assert_int_eq(qd_data_idx(data, path[0], path[1], &(qd_idx_plan){10, 2, 2, 0, false}, ctx), QD_EINPUT);
    ck_message(path[0], "pictures of 2 x 3 do not fit into 2 x 2");
    ck_assert_int_eq(qd_data_idx(data, path[2], path[1], &(qd_idx_plan){10, 0, 0, 0, false}, ctx), QD_EIO);
    ck_message(path[2], "cannot be opened: No such file or directory");
}
END_TEST

/* Stored pixel (i, j) of the transposed pictures is (j, i) of the others; sizes and padding are those of the result. */
START_TEST(idx_transposed)
{
    unsigned char images[34];
    images_of(images);
    write_plain(path[0], images, sizeof images);
    write_plain(path[1], labels_file, sizeof labels_file);
    ck_assert_int_eq(qd_data_idx(data, path[0], path[1], &(qd_idx_plan){10, 3, 4, 2, true}, ctx), QD_OK);
    ck_assert(data->n == 2 && data->height0 == 3 && data->width0 == 2 && data->height == 3 && data->width == 4);
    for (int s = 0; s < 2; s++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 2; j++) ck_assert_int_eq(data->pixel[6 * s + 2 * i + j], images[16 + 6 * s + 3 * j + i]);
    ck_assert_int_eq(qd_data_idx(data, path[0], path[1], &(qd_idx_plan){10, 2, 3, 0, true}, ctx), QD_EINPUT);
    ck_message(path[0], "pictures of 3 x 2 do not fit into 2 x 3");
}
END_TEST

static const struct {
    const char *files[7], *prefix;
    const char *found[4]; /* training and test images, training and test labels */
    const char *message;  /* or what is said, behind the folder */
} folders[] = {
    {{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
     NULL,
     {"train-images-idx3-ubyte", "t10k-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"},
     NULL},
    {{"train-images.idx3-ubyte", "train-labels.idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "test-labels.idx1-ubyte"},
     NULL,
     {"train-images.idx3-ubyte", "t10k-images-idx3-ubyte.gz", "train-labels.idx1-ubyte.gz", "test-labels.idx1-ubyte"},
     NULL},
    {{"a-train-images-idx3-ubyte.gz", "a-train-labels-idx1-ubyte", "a-test-images-idx3-ubyte", "a-test-labels-idx1-ubyte"},
     NULL,
     {"a-train-images-idx3-ubyte.gz", "a-test-images-idx3-ubyte", "a-train-labels-idx1-ubyte", "a-test-labels-idx1-ubyte"},
     NULL},
    {{"a-train-images-idx3-ubyte", "b-train-images-idx3-ubyte", "b-train-labels-idx1-ubyte", "b-t10k-images-idx3-ubyte",
      "b-t10k-labels-idx1-ubyte"},
     "b-",
     {"b-train-images-idx3-ubyte", "b-t10k-images-idx3-ubyte", "b-train-labels-idx1-ubyte", "b-t10k-labels-idx1-ubyte"},
     NULL},
    {{"a-train-images-idx3-ubyte", "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
      "t10k-labels-idx1-ubyte"},
     NULL,
     {"train-images-idx3-ubyte", "t10k-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"},
     NULL},
    {{"a-train-images-idx3-ubyte", "b-train-images-idx3-ubyte"},
     NULL,
     {NULL},
     " has several data sets, 'a-' and 'b-' among them; expected 'prefix' to name one"},
    {{"other"}, NULL, {NULL}, "/train-images-idx3-ubyte is not there, nor with .gz behind or a dot before idx"},
    {{"a-train-images-idx3-ubyte", "a-train-labels-idx1-ubyte"},
     NULL,
     {NULL},
     "/a-t10k-images-idx3-ubyte is not there, nor with .gz behind or a dot before idx"},
    {{"a-train-images-idx3-ubyte"}, "c-", {NULL}, "/c-train-images-idx3-ubyte is not there, nor with .gz behind or a dot before idx"},
};

START_TEST(idx_files_by_name)
{
    char name[700];
    qd_idx_files files;
    qd_idx_files_init(&files);
    for (int i = 0; i < COUNT(folders[_i].files) && folders[_i].files[i] != NULL; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, folders[_i].files[i]);
        write_plain(name, "", 0);
    }
    qd_status st = qd_idx_find(&files, folder, folders[_i].prefix, ctx);
    ck_assert_msg((st == QD_OK) == (folders[_i].message == NULL), "%s", qd_ctx_message(ctx));
    for (int k = 0; k < 4 && st == QD_OK; k++) {
        snprintf(name, sizeof name, "%s/%s", folder, folders[_i].found[k]);
        ck_assert_str_eq(qd_buf_str(k < 2 ? files.images[k] : files.labels[k - 2]), name);
    }
    if (st != QD_OK) {
        snprintf(name, sizeof name, "%s%s", folder, folders[_i].message);
        ck_assert_str_eq(qd_ctx_message(ctx), name);
    }
    qd_idx_files_clear(&files);
}
END_TEST

START_TEST(fashion_mnist)
{
    if (access(FASHION "train-images-idx3-ubyte.gz", R_OK) != 0) {
        printf("fashion-mnist is not installed: skipped\n");
        return;
    }
    const char *test[] = {FASHION "t10k-images-idx3-ubyte.gz", FASHION "t10k-labels-idx1-ubyte.gz"};
    const char *train[] = {FASHION "train-images-idx3-ubyte.gz", FASHION "train-labels-idx1-ubyte.gz"};
    ck_assert_int_eq(qd_data_idx(data, test[0], test[1], &(qd_idx_plan){10, 0, 0, 0, false}, ctx), QD_OK);
    ck_assert_int_eq(data->n, 10000);
    ck_assert(qd_data_constant_error(data) == 0.9);
    ck_assert_int_eq(qd_data_idx(data, train[0], train[1], &(qd_idx_plan){10, 32, 32, 0, false}, ctx), QD_OK);
    ck_assert(data->n == 60000 && data->height0 == 28 && data->width0 == 28 && data->height == 32 && data->width == 32);
    int count[10] = {0};
    for (int64_t i = 0; i < data->n; i++) count[data->label[i]]++;
    for (int k = 0; k < 10; k++) ck_assert_int_eq(count[k], 6000);
    qd_data_standardise(data, data); /* the published values */
    ck_assert(fabs(data->mean[0] - 0.2860) < 5e-5 && fabs(data->std[0] - 0.3530) < 5e-5);
}
END_TEST

/* ---- CIFAR-10 ---------------------------------------------------------------------------- */

#define RECORD 3073
#define CIFAR_BYTES (10000 * RECORD)

START_TEST(cifar10_is_read)
{
    unsigned char *bytes = qd_calloc(CIFAR_BYTES + 1, 1);
    char name[600], other[600];
    for (int r = 0; r < 10000; r++) {
        bytes[r * RECORD] = (unsigned char) (r % 10);
        for (int i = 0; i < 3072; i += 97) bytes[r * RECORD + 1 + i] = (unsigned char) (r + i);
    }
    snprintf(name, sizeof name, "%s/test_batch.bin", folder);
    write_plain(name, bytes, CIFAR_BYTES);
    for (int k = 1; k <= 5; k++) {
        snprintf(other, sizeof other, "%s/data_batch_%d.bin", folder, k);
        ck_assert_int_eq(symlink(name, other), 0);
    }
    ck_assert_int_eq(qd_data_cifar10(data, folder, true, 0, ctx), QD_OK);
    ck_assert(data->n == 50000 && data->channels == 3 && data->height == 32 && data->width0 == 32 && data->outputs == 10);
    for (int64_t s = 0; s < data->n; s += 7) {
        ck_assert_int_eq(data->label[s], s % 10);
        ck_assert(memcmp(data->pixel + s * 3072, bytes + s % 10000 * RECORD + 1, 3072) == 0);
    }
    ck_assert_int_eq(qd_data_cifar10(data, folder, false, 10, ctx), QD_OK);
    ck_assert_int_eq(data->n, 10);
    write_plain(name, bytes, CIFAR_BYTES - RECORD);
    ck_assert_int_eq(qd_data_cifar10(data, folder, false, 10, ctx), QD_EINPUT);
    ck_message(name, "30726927 bytes, expected 30730000 (10000 records of a label and 3 x 32 x 32 pixels)");
    write_plain(name, bytes, CIFAR_BYTES + 1);
    ck_assert_int_eq(qd_data_cifar10(data, folder, false, 10, ctx), QD_EINPUT);
    ck_message(name, "30730001 bytes, expected 30730000 (10000 records of a label and 3 x 32 x 32 pixels)");
    bytes[9999 * RECORD] = 10;
    write_plain(name, bytes, CIFAR_BYTES);
    ck_assert_int_eq(qd_data_cifar10(data, folder, false, 10, ctx), QD_EINPUT);
    ck_message(name, "label 10 of record 9999, expected 0 to 9");
    ck_assert_int_eq(unlink(other), 0);
    bytes[9999 * RECORD] = 0;
    write_plain(name, bytes, CIFAR_BYTES);
    ck_assert_int_eq(qd_data_cifar10(data, folder, true, 0, ctx), QD_EIO);
    ck_message(other, "cannot be opened: No such file or directory");
    ck_assert_int_eq(data->n, 10);
    free(bytes);
}
END_TEST

/* ---- CSV --------------------------------------------------------------------------------- */

static qd_status read_csv(const char *target, int64_t classes)
{
    return qd_data_csv(data, path[0], &(qd_csv_plan){target, classes, ',', '.', NULL, 0, false}, ctx);
}

START_TEST(csv_is_read)
{
    static const char *const texts[] = {
        "a,t,b\n1,2,3\n-.5,1,1e2\n",
        "a,t,b\r\n1,2,3\r\n\r\n-0.5,1,100",
        "\xef\xbb\xbf\"a\",t,b\n\n\"1\", 2 ,\"3\"\n-.5,\"1\",+1E2\n\n",
    };
    for (int i = 0; i < COUNT(texts); i++)
        for (int zip = 0; zip < 2; zip++) {
            if (zip) write_gzip(path[0], "wb", texts[i], strlen(texts[i]));
            else write_plain(path[0], texts[i], strlen(texts[i]));
            for (int classes = 0; classes <= 3; classes += 3) {
                ck_assert_msg(read_csv("t", classes) == QD_OK, "%s", qd_ctx_message(ctx));
                ck_assert(data->n == 2 && data->channels == 2 && data->height == 1 && data->width == 1);
                ck_assert_ptr_null(data->pixel);
                ck_assert(data->x[0] == 1 && data->x[1] == 3 && data->x[2] == -0.5 && data->x[3] == 100);
                if (classes > 0) ck_assert(data->y == NULL && data->outputs == 3 && data->label[0] == 2 && data->label[1] == 1);
                else ck_assert(data->label == NULL && data->outputs == 1 && data->y[0] == 2 && data->y[1] == 1);
            }
        }
    static const char quoted[] = "\"a,\"\"\nb\",t\n1,2\n"; /* a name with a comma, a quote and a line break */
    write_plain(path[0], quoted, strlen(quoted));
    ck_assert_int_eq(read_csv("a,\"\nb", 0), QD_OK);
    ck_assert(data->n == 1 && data->x[0] == 2 && data->y[0] == 1);
}
END_TEST

static const struct {
    const char *text, *message; /* target t */
    int classes;
} bad_csv[] = {
    {"", "the file is empty, expected a line with the names of the columns", 0},
    {"\n\n", "the file is empty, expected a line with the names of the columns", 0},
    {"a,b\n1,2\n", "no column is named 't'; there are 'a', 'b'", 0},
    {"t\n1\n", "'t' is the only column, expected features beside it", 0},
    {"a,t\n", "no rows after the header", 0},
    {"a,,t\n1,2,3\n", "line 1, column 2: the name is empty", 0},
    {"a,t,a\n1,2,3\n", "line 1: columns 1 and 3 are both named 'a'", 0},
    {"a,t\n1,2\n3\n", "line 3 has 1 field, expected 2 as in the header", 0},
    {"a,t\n1,2\n\n3,4,5\n", "line 4 has 3 fields, expected 2 as in the header", 0},
    {"a,t\n1,\n", "line 2, column 2 ('t'): found nothing, expected a finite decimal number", 0},
    {"a,t\n1,x\n", "line 2, column 2 ('t'): found 'x', expected a finite decimal number", 0},
    {"a,t\nnan,1\n", "line 2, column 1 ('a'): found 'nan', expected a finite decimal number", 0},
    {"a,t\n-inf,1\n", "line 2, column 1 ('a'): found '-inf', expected a finite decimal number", 0},
    {"a,t\n1e999,1\n", "line 2, column 1 ('a'): found '1e999', expected a finite decimal number", 0},
    {"a,t\n0x10,1\n", "line 2, column 1 ('a'): found '0x10', expected a finite decimal number", 0},
    {"a,t\n1 2,1\n", "line 2, column 1 ('a'): found '1 2', expected a finite decimal number", 0},
    {"a,t\n1.2.3,1\n", "line 2, column 1 ('a'): found '1.2.3', expected a finite decimal number", 0},
    {"a,t\n ,1\n", "line 2, column 1 ('a'): found ' ', expected a finite decimal number", 0},
    {"a,t\n1,2\n1,3\n", "line 3, column 2 ('t'): found '3', expected a label 0 to 2", 3},
    {"a,t\n1,-1\n", "line 2, column 2 ('t'): found '-1', expected a label 0 to 2", 3},
    {"a,t\n1,0.5\n", "line 2, column 2 ('t'): found '0.5', expected a label 0 to 2", 3},
    {"a,t\n1,\"2\n\n", "line 2, column 2: the quote is not closed before the end of the file", 0},
    {"a,t\n\"1\"2,2\n", "line 2, column 1: text behind the closing quote, expected a comma or the end of the line", 0},
    {"a,t\n1\",2\n", "line 2, column 1: a quote inside a field that does not begin with one", 0},
    {"\"a\nb\",t\n1,2\n1,z\n", "line 4, column 2 ('t'): found 'z', expected a finite decimal number", 0},
};

START_TEST(bad_csv_files)
{
    write_plain(path[0], bad_csv[_i].text, strlen(bad_csv[_i].text));
    ck_assert_int_eq(read_csv("t", bad_csv[_i].classes), QD_EINPUT);
    ck_message(path[0], bad_csv[_i].message);
    ck_assert(data->n == 0 && data->x == NULL);
}
END_TEST

START_TEST(csv_with_a_zero_byte)
{
    write_plain(path[0], "a,t\n1\0002,3\n", 11);
    ck_assert_int_eq(read_csv("t", 0), QD_EINPUT);
    ck_message(path[0], "line 2, column 1 ('a'): found '1', expected a finite decimal number");
}
END_TEST

/* a, b and the target t by name, whatever else there is and wherever it stands. */
static const struct {
    const char *text;
    char separator, decimal;
    bool others;
    const char *message; /* NULL: read */
} named[] = {
    {"a,b,t\n1,2,3\n", ',', '.', false, NULL},
    {"t,b,a\n3,2,1\n", ',', '.', false, NULL},
    {",b,a,t\n0,2,1,3\n", ',', '.', false, NULL},
    {"\"\",b,a,t\nfirst,2,1,3\n", ',', '.', false, NULL},
    {"b,note,a,t\n2,yes,1,3\n", ',', '.', true, NULL},
    {"b;a;t\n2;1;3\n", ';', '.', false, NULL},
    {"b;a;t\n2,0;\"1,0\";3\n", ';', ',', false, NULL},
    {"b\ta\tt\n20,0e-1\t+1\t3\n", '\t', ',', false, NULL},
    {"a,b,c,t\n1,2,5,3\n", ',', '.', false, "a column is named 'c', which is no feature of the training data"},
    {"a,t\n1,3\n", ',', '.', true, "no column is named 'b'; there are 'a', 't'"},
    {",c,d,t\n0,1,2,3\n", ',', '.', false, "no column is named 'a'; there are 'c', 'd', 't'"},
    {"a,b,t\n1,2,3\n", ';', '.', false, "no column is named 't'; there are 'a,b,t'"},
    {"a;b;t\n1.0;2;3\n", ';', ',', false, "line 2, column 1 ('a'): found '1.0', expected a finite decimal number"},
    {"a;b;t\n1,,0;2;3\n", ';', ',', false, "line 2, column 1 ('a'): found '1,,0', expected a finite decimal number"},
    {"a;b;t\n1,5;2;3\n", ';', '.', false, "line 2, column 1 ('a'): found '1,5', expected a finite decimal number"},
    {"a;b;t\n\"1\"2;2;3\n", ';', '.', false,
     "line 2, column 1: text behind the closing quote, expected the separator or the end of the line"},
    {"a,,b,t\n1,0,2,3\n", ',', '.', false, "line 1, column 2: the name is empty"},
};

START_TEST(csv_columns_by_name)
{
    static const char *const features[] = {"a", "b"};
    const qd_csv_plan plan = {"t", 0, named[_i].separator, named[_i].decimal, features, 2, named[_i].others};
    write_plain(path[0], named[_i].text, strlen(named[_i].text));
    qd_status st = qd_data_csv(data, path[0], &plan, ctx);
    if (named[_i].message == NULL) {
        ck_assert_msg(st == QD_OK, "%s", qd_ctx_message(ctx));
        ck_assert(data->n == 1 && data->channels == 2 && data->x[0] == 1 && data->x[1] == 2 && data->y[0] == 3);
        ck_assert_str_eq(data->name[0], "a");
        ck_assert_str_eq(data->name[1], "b");
    } else {
        ck_assert_int_eq(st, QD_EINPUT);
        ck_message(path[0], named[_i].message);
    }
}
END_TEST

START_TEST(csv_columns_that_cannot_be)
{
    static const char *const target[] = {"a", "t"}, *const twice[] = {"b", "a", "b"};
    static const char text[] = "a,b,t\n1,2,3\n";
    write_plain(path[0], text, strlen(text));
    ck_assert_int_eq(qd_data_csv(data, path[0], &(qd_csv_plan){"t", 0, ',', '.', target, 2, true}, ctx), QD_EINPUT);
    ck_message(path[0], "'t' is the target, expected another feature");
    ck_assert_int_eq(qd_data_csv(data, path[0], &(qd_csv_plan){"t", 0, ',', '.', twice, 3, true}, ctx), QD_EINPUT);
    ck_message(path[0], "the feature 'b' is named twice");
}
END_TEST

/* ---- test data and training data ----------------------------------------------------------- */

/* Each change of one property is found. */
START_TEST(data_that_do_not_match)
{
    static char *const ab[] = {"a", "b", NULL}, *const ac[] = {"a", "c", NULL};
    double y = 0;
    int32_t label = 0;
    const qd_data_struct table = {.n = 1, .channels = 2, .height = 1, .width = 1, .name = (char **) ab, .outputs = 1, .y = &y};
    const qd_data_struct pictures = {
        .n = 1, .channels = 1, .height = 8, .width = 8, .height0 = 6, .width0 = 5, .outputs = 4, .label = &label, .pixel = (uint8_t *) &y};
    qd_data_struct other[6] = {table, table, table, pictures, pictures, pictures};
    static const char *const said[] = {
        "samples of 3 features, expected samples of 2 features as in the training data",
        "feature 2 is 'c', expected 'b' as in the training data",
        "2 targets, expected 1 as in the training data",
        "pictures of 5 x 6, expected pictures of 6 x 5 as in the training data: transposed?",
        "pictures of 3 x 6 x 5, expected pictures of 6 x 5 as in the training data",
        "3 classes, expected 4 as in the training data",
    };
    other[0].channels = 3;
    other[1].name = (char **) ac;
    other[2].outputs = 2;
    other[3].height0 = 5, other[3].width0 = 6;
    other[4].channels = 3;
    other[5].outputs = 3;
    ck_assert_int_eq(qd_data_match(&table, &table, ctx), QD_OK);
    ck_assert_int_eq(qd_data_match(&pictures, &pictures, ctx), QD_OK);
    for (int i = 0; i < 6; i++) {
        ck_assert_int_eq(qd_data_match(other + i, i < 3 ? &table : &pictures, ctx), QD_EINPUT);
        ck_assert_str_eq(qd_ctx_message(ctx), said[i]);
        qd_ctx_forget(ctx);
    }
}
END_TEST

/* ---- functions --------------------------------------------------------------------------- */

static void sum_and_product(double *y, const double *x, const void *arg)
{
    double scale = *(const double *) arg;
    y[0] = scale * (x[0] + x[1]);
    y[1] = x[0] * x[1];
}

static void root(double *y, const double *x, const void *arg)
{
    (void) arg;
    y[0] = sqrt(x[0]);
}

START_TEST(grids_and_random_points)
{
    double scale = 2, lo[2] = {-1, 0}, hi[2] = {1, 3};
    qd_sample_fn f = {2, 2, sum_and_product, &scale};
    ck_assert_int_eq(qd_data_function(data, &f, QD_SAMPLE_GRID, 15, lo, hi, 0, 0, 5, ctx), QD_OK);
    ck_assert(data->n == 9 && data->channels == 2 && data->outputs == 2 && data->label == NULL);
    for (int i = 0; i < 9; i++) {
        double x0 = -1 + i / 3, x1 = 1.5 * (i % 3);
        ck_assert(data->x[2 * i] == x0 && data->x[2 * i + 1] == x1);
        ck_assert(data->y[2 * i] == 2 * (x0 + x1) && data->y[2 * i + 1] == x0 * x1);
    }
    ck_assert_int_eq(qd_data_function(data, &f, QD_SAMPLE_RANDOM, 4000, lo, hi, 0, 0, 5, ctx), QD_OK);
    double mean[2] = {0, 0};
    for (int i = 0; i < 4000; i++)
        for (int k = 0; k < 2; k++) {
            ck_assert(data->x[2 * i + k] >= lo[k] && data->x[2 * i + k] <= hi[k]);
            mean[k] += data->x[2 * i + k] / 4000;
        }
    ck_assert(fabs(mean[0]) < 0.05 && fabs(mean[1] - 1.5) < 0.08);
    qd_data_t noisy;
    double square = 0;
    qd_data_init(noisy);
    ck_assert_int_eq(qd_data_function(noisy, &f, QD_SAMPLE_RANDOM, 4000, lo, hi, 0.5, 0, 5, ctx), QD_OK);
    ck_assert(memcmp(noisy->x, data->x, sizeof(double) * 8000) == 0); /* noise does not move the points */
    for (int i = 0; i < 8000; i++) square += (noisy->y[i] - data->y[i]) * (noisy->y[i] - data->y[i]) / 8000;
    ck_assert(fabs(square - 0.25) < 0.02);
    ck_assert_int_eq(qd_data_function(data, &f, QD_SAMPLE_RANDOM, 4000, lo, hi, 0.5, 0, 6, ctx), QD_OK);
    ck_assert(data->x[0] != noisy->x[0]); /* another stream */
    qd_data_clear(noisy);
}
END_TEST

START_TEST(grid_sides)
{
    double lo = -1, hi = 1;
    qd_sample_fn f = {1, 1, root, NULL};
    lo = 0;
    for (int64_t n = 1; n < 40; n++) {
        ck_assert_int_eq(qd_data_function(data, &f, QD_SAMPLE_GRID, n, &lo, &hi, 0, 0, 0, ctx), QD_OK);
        ck_assert(data->n == n && data->x[n - 1] == (n == 1 ? 0.5 : 1) && (n == 1 || data->x[0] == 0));
    }
    double scale = 1, a[2] = {0, 0}, b[2] = {1, 1};
    qd_sample_fn g = {2, 2, sum_and_product, &scale};
    for (int64_t n = 1; n < 200; n++) {
        ck_assert_int_eq(qd_data_function(data, &g, QD_SAMPLE_GRID, n, a, b, 0, 0, 0, ctx), QD_OK);
        int64_t side = 1;
        while ((side + 1) * (side + 1) <= n) side++;
        ck_assert_int_eq(data->n, side * side);
    }
}
END_TEST

START_TEST(functions_that_cannot_be_learnt)
{
    double lo = -1, hi = 1, nothing = NAN, scale = 1, a[2] = {0, 0}, b[2] = {1, 1};
    qd_sample_fn f = {1, 1, root, NULL}, g = {2, 2, sum_and_product, &scale};
    const struct {
        const qd_sample_fn *f;
        int64_t n;
        const double *lo, *hi;
        double noise;
        int64_t classes;
        const char *message;
    } bad[] = {
        {&f, 5, &lo, &hi, 0, 0, "the function is nan at (-1), expected a finite number"},
        {&f, 5, &hi, &hi, 0, 1, "the function is 1 at (1), expected a label 0 to 0"},
        {&f, 0, &lo, &hi, 0, 0, "0 samples, expected at least 1"},
        {&f, 5, &lo, &hi, -1, 0, "noise -1, expected a number >= 0"},
        {&f, 5, &lo, &hi, 1, 2, "noise 1 cannot be added to labels"},
        {&g, 5, a, b, 0, 2, "a function with 2 outputs gives no labels, expected 1 output"},
        {&f, 5, &hi, &lo, 0, 0, "the interval of input 1 is 1 to -1, expected finite ends, the lower first"},
        {&f, 5, &lo, &nothing, 0, 0, "the interval of input 1 is -1 to nan, expected finite ends, the lower first"},
    };
    for (int i = 0; i < COUNT(bad); i++) {
        qd_ctx_forget(ctx);
        ck_assert_int_eq(
            qd_data_function(data, bad[i].f, QD_SAMPLE_GRID, bad[i].n, bad[i].lo, bad[i].hi, bad[i].noise, bad[i].classes, 0, ctx),
            QD_EINPUT);
        ck_assert_str_eq(qd_ctx_message(ctx), bad[i].message);
        ck_assert_ptr_null(data->x);
    }
    ck_assert_int_eq(qd_data_function(data, &f, QD_SAMPLE_GRID, 2, &hi, &hi, 0, 2, 0, ctx), QD_OK);
    ck_assert(data->label[0] == 1 && data->label[1] == 1 && data->y == NULL && data->outputs == 2);
}
END_TEST

/* ---- statistics -------------------------------------------------------------------------- */

static void random_pictures(int64_t n, int64_t channels, int64_t h0, int64_t w0, int64_t h, int64_t w, uint64_t stream)
{
    qd_rng_t rng;
    qd_rng_init(rng, seed, stream);
    qd_data_clear(data);
    *data = (qd_data_struct){
        .n = n, .channels = channels, .height = h, .width = w, .height0 = h0, .width0 = w0, .outputs = 10, .std = {1, 1, 1, 1}};
    data->pixel = qd_malloc((size_t) (n * channels * h0 * w0));
    data->label = qd_calloc((size_t) n, sizeof *data->label);
    for (int64_t i = 0; i < n * channels * h0 * w0; i++) data->pixel[i] = (uint8_t) qd_rng_below(rng, 256);
    for (int64_t i = 0; i < n; i++) data->label[i] = (int32_t) qd_rng_below(rng, 10);
}

START_TEST(standardise_and_constant_error)
{
    random_pictures(20, 3, 5, 7, 8, 8, 3);
    for (int64_t s = 0; s < 20; s++) memset(data->pixel + (s * 3 + 1) * 35, 77, 35); /* channel 1 does not vary */
    qd_data_standardise(data, data);
    for (int c = 0; c < 3; c++) {
        double mean = 0, square = 0;
        for (int64_t i = 0; i < 700; i++) mean += data->pixel[(i / 35 * 3 + c) * 35 + i % 35] / 255.0 / 700;
        for (int64_t i = 0; i < 700; i++) square += pow(data->pixel[(i / 35 * 3 + c) * 35 + i % 35] / 255.0 - mean, 2) / 700;
        ck_assert(fabs(data->mean[c] - mean) < 1e-12 && fabs(data->std[c] - (c == 1 ? 1 : sqrt(square))) < 1e-12);
    }
    int count[10] = {0}, largest = 0;
    for (int s = 0; s < 20; s++)
        if (++count[data->label[s]] > largest) largest = count[data->label[s]];
    ck_assert(fabs(qd_data_constant_error(data) - (1 - largest / 20.0)) < 1e-15);
    double y[] = {1, 10, 2, 10, 6, 10, 3, 14}; /* means 3 and 11 */
    qd_data_clear(data);
    data->n = 4;
    data->outputs = 2;
    data->y = qd_malloc(sizeof y);
    memcpy(data->y, y, sizeof y);
    ck_assert(qd_data_constant_error(data) == (4 + 1 + 9 + 0 + 1 + 1 + 1 + 9) / 8.0);
}
END_TEST

/* ---- order ------------------------------------------------------------------------------- */

START_TEST(shuffle_is_fisher_yates)
{
    int64_t order[1000], again[1000], by_hand[1000];
    for (int64_t n = 0; n <= 1000; n += n < 10 ? 1 : 99)
        for (uint64_t epoch = 0; epoch < 3; epoch++) {
            bool seen[1000] = {false};
            qd_rng_t rng;
            qd_data_shuffle(order, n, seed, epoch);
            qd_data_shuffle(again, n, seed, epoch);
            qd_rng_init(rng, seed, qd_rng_stream(0x64617461, epoch, 0)); /* "data" */
            for (int64_t i = 0; i < n; i++) by_hand[i] = i;
            for (int64_t i = n - 1; i > 0; i--) {
                uint64_t bound = (uint64_t) i + 1, x;
                do x = qd_rng_u64(rng);
                while (x >= UINT64_MAX - UINT64_MAX % bound && UINT64_MAX % bound != bound - 1);
                int64_t j = (int64_t) (x % bound), t = by_hand[i];
                by_hand[i] = by_hand[j];
                by_hand[j] = t;
            }
            for (int64_t i = 0; i < n; i++) {
                ck_assert(order[i] >= 0 && order[i] < n && !seen[order[i]] && order[i] == again[i] && order[i] == by_hand[i]);
                seen[order[i]] = true;
            }
        }
    qd_data_shuffle(order, 1000, seed, 0);
    qd_data_shuffle(again, 1000, seed, 1);
    ck_assert(memcmp(order, again, sizeof order) != 0);
    qd_data_shuffle(again, 1000, seed + 1, 0);
    ck_assert(memcmp(order, again, sizeof order) != 0);
}
END_TEST

/* Each of the 24 orders of four comes equally often. */
START_TEST(shuffle_is_uniform)
{
    int count[256] = {0}, seen = 0;
    int64_t o[4];
    for (uint64_t epoch = 0; epoch < 24000; epoch++) {
        qd_data_shuffle(o, 4, seed, epoch);
        count[o[0] | o[1] << 2 | o[2] << 4 | o[3] << 6]++;
    }
    for (int k = 0; k < 256; k++)
        if (count[k] > 0) {
            seen++;
            ck_assert(abs(count[k] - 1000) < 160); /* five standard deviations */
        }
    ck_assert_int_eq(seen, 24);
}
END_TEST

/* ---- batches ----------------------------------------------------------------------------- */

/* The pixel of sample s that output position (c, i, j) shows under shift and flip, 0 outside. */
static int naive_pixel(int64_t s, int64_t c, int64_t i, int64_t j, int64_t down, int64_t right, bool flip)
{
    if (flip) j = data->width - 1 - j;
    i -= (data->height - data->height0) / 2 + down;
    j -= (data->width - data->width0) / 2 + right;
    if (i < 0 || j < 0 || i >= data->height0 || j >= data->width0) return 0;
    return data->pixel[((s * data->channels + c) * data->height0 + i) * data->width0 + j];
}

static bool is_picture(const double *x, int64_t s, int64_t down, int64_t right, bool flip)
{
    for (int64_t c = 0; c < data->channels; c++)
        for (int64_t i = 0; i < data->height; i++)
            for (int64_t j = 0; j < data->width; j++) {
                double v = (naive_pixel(s, c, i, j, down, right, flip) / 255.0 - data->mean[c]) / data->std[c];
                if (*x++ != v) return false;
            }
    return true;
}

static const struct {
    int64_t channels, h0, w0, h, w, n;
} shapes[] = {{1, 28, 28, 28, 28, 128}, {1, 28, 28, 32, 32, 33}, {3, 32, 32, 32, 32, 5}, {2, 3, 5, 4, 8, 40},
              {4, 1, 1, 1, 1, 3},       {1, 1, 9, 1, 9, 70},     {3, 2, 2, 2, 2, 1},     {2, 3, 5, 3, 5, 40}};

/* Both types and layouts, all of a batch and parts of it, against one number at a time. */
START_TEST(fill_equals_naive)
{
    int64_t features = shapes[_i].channels * shapes[_i].h * shapes[_i].w, n = shapes[_i].n, ld = n + 3, index[200];
    random_pictures(50, shapes[_i].channels, shapes[_i].h0, shapes[_i].w0, shapes[_i].h, shapes[_i].w, 11);
    qd_data_standardise(data, data);
    for (int64_t s = 0; s < n; s++) index[s] = (s * 37 + 5) % 50;
    qd_batch batch = {data, index, n, NULL, seed, 0};
    int64_t all = (features + 1) * ld; /* one row more than is filled */
    float *f = qd_malloc(sizeof *f * (size_t) all);
    double *d = qd_malloc(sizeof *d * (size_t) all), *x = qd_malloc(sizeof *x * (size_t) features);
    for (int part = 0; part < 3; part++)
        for (int major = 0; major < 2; major++) {
            int64_t first = part == 0 ? 0 : part == 1 ? n / 3 : n - 1, m = part == 0 ? n : part == 1 ? n / 2 : 1;
            for (int64_t k = 0; k < all; k++) f[k] = 99, d[k] = 99;
            qd_batch_fill_f32(f, &batch, first, m, major, ld);
            qd_batch_fill_f64(d, &batch, first, m, major, ld);
            for (int64_t s = 0; s < m; s++) {
                for (int64_t k = 0; k < features; k++) {
                    int64_t at = major ? k * ld + s : s * features + k;
                    x[k] = d[at];
                    ck_assert(f[at] == (float) d[at]);
                    d[at] = f[at] = 99;
                }
                ck_assert(is_picture(x, index[first + s], 0, 0, false));
            }
            for (int64_t k = 0; k < all; k++) ck_assert(f[k] == 99 && d[k] == 99); /* nothing else was written */
        }
    free(f);
    free(d);
    free(x);
}
END_TEST

START_TEST(fill_of_numbers)
{
    int64_t index[70];
    float f[6 * 80];
    double d[6 * 80];
    for (int64_t features = 1; features <= 6; features += 5) {
        qd_data_clear(data);
        *data = (qd_data_struct){.n = 40, .channels = features, .height = 1, .width = 1};
        data->x = qd_malloc(sizeof(double) * 40 * (size_t) features);
        for (int64_t i = 0; i < 40 * features; i++) data->x[i] = 1.0 / (double) (i + 3);
        for (int64_t s = 0; s < 70; s++) index[s] = (s * 7 + 1) % 40;
        qd_batch batch = {data, index, 70, NULL, seed, 0};
        for (int major = 0; major < 2; major++) {
            qd_batch_fill_f32(f, &batch, 2, 67, major, 80);
            qd_batch_fill_f64(d, &batch, 2, 67, major, 80);
            for (int64_t s = 0; s < 67; s++)
                for (int64_t k = 0; k < features; k++) {
                    int64_t at = major ? k * 80 + s : s * features + k;
                    ck_assert(d[at] == data->x[index[s + 2] * features + k] && f[at] == (float) d[at]);
                }
        }
    }
}
END_TEST

/* Finds shift and flip of each filled picture by trying all; counts them. */
static void find_places(int count[2][9][9], const double *x, int64_t n, int64_t crop, const qd_augment *augment)
{
    int64_t features = data->channels * data->height * data->width;
    for (int64_t s = 0; s < n; s++) {
        int found = 0;
        for (int flip = 0; flip <= augment->flip; flip++)
            for (int64_t down = -crop; down <= crop; down++)
                for (int64_t right = -crop; right <= crop; right++)
                    if (is_picture(x + s * features, s % data->n, down, right, flip)) {
                        found++;
                        count[flip][down + crop][right + crop]++;
                    }
        ck_assert_int_eq(found, 1);
    }
}

START_TEST(augmentation_is_exact_and_uniform)
{
    const struct {
        bool flip;
        int64_t crop;
    } kinds[] = {{true, 0}, {false, 2}, {true, 1}, {true, 4}};
    int64_t h = _i == 3 ? 10 : 6;
    random_pictures(1000, 2, 5, 6, h, 8, 21);
    for (int64_t i = 0; i < 1000 * 2 * 30; i++) data->pixel[i] |= 1; /* no pixel looks like padding */
    qd_augment augment = {kinds[_i].flip, kinds[_i].crop};
    int64_t features = 2 * h * 8, index[1000], crop = augment.crop;
    double *x = qd_malloc(sizeof *x * (size_t) (1000 * features)), *again = qd_malloc(sizeof *x * (size_t) (1000 * features));
    int count[2][9][9] = {{{0}}}, places = (int) ((2 * crop + 1) * (2 * crop + 1) * (augment.flip ? 2 : 1)), epochs = 5;
    for (int64_t s = 0; s < 1000; s++) index[s] = s;
    for (int epoch = 0; epoch < epochs; epoch++) {
        qd_batch batch = {data, index, 1000, &augment, seed, (uint64_t) epoch};
        qd_batch_fill_f64(x, &batch, 0, 1000, false, 0);
        for (int64_t s = 0; s < 1000; s += 250) /* shares of the batch change nothing */
            qd_batch_fill_f64(again + s * features, &batch, s, 250, false, 0);
        ck_assert(memcmp(x, again, sizeof *x * (size_t) (1000 * features)) == 0);
        batch.epoch += 100;
        qd_batch_fill_f64(again, &batch, 0, 1000, false, 0);
        ck_assert(memcmp(x, again, sizeof *x * (size_t) (1000 * features)) != 0);
        find_places(count, x, 1000, crop, &augment);
    }
    double mean = 1000.0 * epochs / places;
    for (int flip = 0; flip <= augment.flip; flip++)
        for (int64_t i = 0; i < (2 * crop + 1) * (2 * crop + 1); i++) {
            int found = count[flip][i / (2 * crop + 1)][i % (2 * crop + 1)];
            ck_assert_msg(fabs(found - mean) < 5 * sqrt(mean), "%d, expected about %g", found, mean);
        }
    free(x);
    free(again);
}
END_TEST

/* The flip of a flipped picture is the picture. */
START_TEST(flip_twice_is_identity)
{
    random_pictures(64, 3, 4, 7, 4, 7, 31);
    qd_augment augment = {true, 0};
    int64_t index[64];
    double first[84], second[84];
    int flipped = 0;
    qd_data_t copy;
    qd_data_init(copy);
    for (int64_t s = 0; s < 64; s++) index[s] = s;
    for (int64_t s = 0; s < 64; s++) {
        qd_batch batch = {data, index, 64, &augment, seed, 3};
        qd_batch_fill_f64(first, &batch, s, 1, false, 0);
        *copy = *data;
        copy->pixel = qd_malloc(64 * 84);
        for (int k = 0; k < 84; k++) copy->pixel[s * 84 + k] = (uint8_t) (first[k] * 255 + 0.5);
        batch.data = copy; /* the same epoch and index: flipped again or not again */
        qd_batch_fill_f64(second, &batch, s, 1, false, 0);
        ck_assert(is_picture(second, s, 0, 0, false));
        flipped += !is_picture(first, s, 0, 0, false);
        free(copy->pixel);
    }
    ck_assert(flipped > 10 && flipped < 54);
}
END_TEST

typedef struct {
    const qd_batch *batch;
    int64_t first;
    float *dst;
} share;

static void *fill_share(void *arg)
{
    share *s = arg;
    for (int repeat = 0; repeat < 20; repeat++) qd_batch_fill_f32(s->dst + s->first, s->batch, s->first, 32, true, 128);
    return NULL;
}

START_TEST(threads_fill_the_same)
{
    random_pictures(128, 1, 28, 28, 32, 32, 41);
    qd_augment augment = {true, 4};
    int64_t index[128];
    for (int64_t s = 0; s < 128; s++) index[s] = 127 - s;
    qd_batch batch = {data, index, 128, &augment, seed, 7};
    float *a = qd_malloc(sizeof *a * 1024 * 128), *b = qd_malloc(sizeof *b * 1024 * 128);
    pthread_t thread[4];
    share part[4];
    for (int k = 0; k < 4; k++) {
        part[k] = (share){&batch, 32 * k, b};
        ck_assert_int_eq(pthread_create(&thread[k], NULL, fill_share, &part[k]), 0);
    }
    for (int k = 0; k < 4; k++) pthread_join(thread[k], NULL);
    qd_batch_fill_f32(a, &batch, 0, 128, true, 128);
    ck_assert(memcmp(a, b, sizeof *a * 1024 * 128) == 0);
    free(a);
    free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("data");
    TCase *tc = tcase_create("data");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, gzip_is_read);
    tcase_add_test(tc, bad_gzip_is_refused);
    tcase_add_test(tc, idx_is_read);
    tcase_add_loop_test(tc, bad_idx_files, 0, COUNT(bad_idx));
    tcase_add_test(tc, idx_files_that_do_not_fit);
    tcase_add_test(tc, idx_transposed);
    tcase_add_loop_test(tc, idx_files_by_name, 0, COUNT(folders));
    tcase_add_test(tc, fashion_mnist);
    tcase_add_test(tc, cifar10_is_read);
    tcase_add_test(tc, csv_is_read);
    tcase_add_loop_test(tc, bad_csv_files, 0, COUNT(bad_csv));
    tcase_add_test(tc, csv_with_a_zero_byte);
    tcase_add_loop_test(tc, csv_columns_by_name, 0, COUNT(named));
    tcase_add_test(tc, csv_columns_that_cannot_be);
    tcase_add_test(tc, data_that_do_not_match);
    tcase_add_test(tc, grids_and_random_points);
    tcase_add_test(tc, grid_sides);
    tcase_add_test(tc, functions_that_cannot_be_learnt);
    tcase_add_test(tc, standardise_and_constant_error);
    tcase_add_test(tc, shuffle_is_fisher_yates);
    tcase_add_test(tc, shuffle_is_uniform);
    tcase_add_loop_test(tc, fill_equals_naive, 0, COUNT(shapes));
    tcase_add_test(tc, fill_of_numbers);
    tcase_add_loop_test(tc, augmentation_is_exact_and_uniform, 0, 4);
    tcase_add_test(tc, flip_twice_is_identity);
    tcase_add_test(tc, threads_fill_the_same);
    suite_add_tcase(suite, tc);
    return test_run(suite);
}
