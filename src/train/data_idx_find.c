/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the IDX files of a folder are, by the names that data sets are published with. */
#include "train/data_impl.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FASHION_MNIST "/usr/share/datasets/fashion-mnist"

qd_status qd_idx_folder(const char **folder, qd_ctx_t ctx)
{
    if (strcmp(*folder, "fashion-mnist") != 0) return QD_OK;
    if (access(FASHION_MNIST, F_OK) != 0)
        return qd_fail(ctx, QD_EIO, "%s is not there; expected Debian's package dataset-fashion-mnist", FASHION_MNIST);
    *folder = FASHION_MNIST;
    return QD_OK;
}

void qd_idx_files_init(qd_idx_files *files)
{
    for (int k = 0; k < 2; k++) {
        qd_buf_init(files->images[k]);
        qd_buf_init(files->labels[k]);
    }
}

void qd_idx_files_clear(qd_idx_files *files)
{
    for (int k = 0; k < 2; k++) {
        qd_buf_clear(files->images[k]);
        qd_buf_clear(files->labels[k]);
    }
}

/* Is there folder/PREFIXset-images-idx3-ubyte, with a dot before idx, or with .gz behind? */
static bool find_file(qd_buf_t path, const char *folder, const char *prefix, const char *set, const char *what)
{
    for (int way = 0; way < 4; way++) {
        qd_buf_reset(path);
        qd_buf_printf(path, "%s/%s%s-%.6s%c%s%s", folder, prefix, set, what, way & 1 ? '.' : '-', what + 7, way & 2 ? ".gz" : "");
        if (access(qd_buf_str(path), F_OK) == 0) return true;
    }
    return false;
}

static qd_status find_set(qd_buf_t images, qd_buf_t labels, const char *folder, const char *prefix, const char *const *sets, qd_ctx_t ctx)
{
    static const char *const what[] = {"images-idx3-ubyte", "labels-idx1-ubyte"};
    for (int k = 0; k < 2; k++) {
        bool found = false;
        for (int i = 0; sets[i] != NULL && !found; i++) found = find_file(k == 0 ? images : labels, folder, prefix, sets[i], what[k]);
        if (!found)
            return qd_fail(ctx, QD_EIO, "%s/%s%s-%s is not there, nor with .gz behind or a dot before idx", folder, prefix, sets[0],
                           what[k]);
    }
    return QD_OK;
}

/* Has the name the form PREFIXtrain-images-idx3-ubyte? *len: of the prefix. */
static bool has_form(size_t *len, const char *name)
{
    static const char *const ends[] = {"train-images-idx3-ubyte", "train-images.idx3-ubyte"};
    size_t n = strlen(name);
    if (n > 3 && strcmp(name + n - 3, ".gz") == 0) n -= 3;
    for (int k = 0; k < 2; k++) {
        size_t m = strlen(ends[k]);
        *len = n - m;
        if (n >= m && strncmp(name + n - m, ends[k], m) == 0) return true;
    }
    return false;
}

/* The only prefix of the folder; several are an error, none is the empty one. */
static qd_status find_prefix(qd_buf_t prefix, const char *folder, qd_ctx_t ctx)
{
    struct dirent **entry;
    qd_status st = QD_OK;
    bool found = false;
    int n = scandir(folder, &entry, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        size_t len;
        const char *name = entry[i]->d_name;
        if (has_form(&len, name) && st == QD_OK) {
            bool same = prefix->len == len && strncmp(qd_buf_str(prefix), name, len) == 0;
            if (found && !same)
                st = qd_fail(ctx, QD_EINPUT, "%s has several data sets, '%.40s' and '%.*s' among them; expected 'prefix' to name one",
                             folder, qd_buf_str(prefix), (int) (len < 40 ? len : 40), name);
            qd_buf_reset(prefix);
            qd_buf_add(prefix, name, len);
            found = true;
        }
        free(entry[i]);
    }
    if (n >= 0) free(entry);
    return st;
}

qd_status qd_idx_find(qd_idx_files *files, const char *folder, const char *prefix, qd_ctx_t ctx)
{
    static const char *const train[] = {"train", NULL}, *const test[] = {"t10k", "test", NULL};
    qd_status st = QD_OK;
    qd_buf_t only;
    qd_buf_init(only);
    if (prefix == NULL && !find_file(files->images[0], folder, "", train[0], "images-idx3-ubyte")) st = find_prefix(only, folder, ctx);
    if (prefix == NULL) prefix = qd_buf_str(only);
    if (st == QD_OK) st = find_set(files->images[0], files->labels[0], folder, prefix, train, ctx);
    if (st == QD_OK) st = find_set(files->images[1], files->labels[1], folder, prefix, test, ctx);
    qd_buf_clear(only);
    return st;
}
