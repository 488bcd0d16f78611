/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders of runs. Whose folder it is, is asked before anything is made, so that a folder of somebody else gets not even a lock, and once
   more behind the lock, since two processes may have asked at once. */
#include "io/impl.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK ".quadric-lock"

void qd_folder_init(qd_folder_t f)
{
    *f = (qd_folder_struct){.lock = -1};
    qd_buf_init(f->path);
}

const char *qd_folder_path(qd_buf_t path, const qd_folder_t f, const char *name)
{
    qd_buf_reset(path);
    qd_buf_printf(path, "%s/%s", qd_buf_str(f->path), name);
    return qd_buf_str(path);
}

void qd_folder_clear(qd_folder_t f)
{
    qd_buf_t path;
    qd_buf_init(path);
    if (f->lock >= 0 && f->kind->parts != NULL) rmdir(qd_folder_path(path, f, f->kind->parts));
    if (f->lock >= 0) close(f->lock);
    qd_buf_clear(path);
    qd_buf_clear(f->path);
    qd_folder_init(f);
}

bool qd_folder_has(const qd_folder_t f, const char *name)
{
    qd_buf_t path;
    qd_buf_init(path);
    bool yes = access(qd_folder_path(path, f, name), F_OK) == 0;
    qd_buf_clear(path);
    return yes;
}

qd_status qd_folder_write(const qd_folder_t f, const char *name, const qd_buf_t text, qd_ctx_t ctx)
{
    qd_buf_t path;
    qd_buf_init(path);
    qd_status st = qd_file_write(qd_folder_path(path, f, name), qd_buf_str(text), text->len, ctx);
    qd_buf_clear(path);
    return st;
}

/* ---- whose it is -------------------------------------------------------------------------- */

/* Where two texts begin to differ, from the key before on; lengths to the end of the value in each. */
static const char *difference(int *found, int *expected, const char *a, const char *b)
{
    size_t at = 0, key;
    while (a[at] != '\0' && a[at] == b[at]) at++;
    for (key = at; key > 0 && !(a[key - 1] == ' ' && a[key] == '"' && key + 1 < at) && a[key - 1] != '\n'; key--) {
    }
    *found = (int) (at - key + strcspn(a + at, ",\n}")), *expected = (int) (at - key + strcspn(b + at, ",\n}"));
    return a + key;
}

static qd_status other(const qd_folder_t f, const char *path, const char *there, const char *text, qd_ctx_t ctx)
{
    if (f->kind->go_on == NULL)
        return qd_fail(ctx, QD_EINPUT, "%s holds another %s, seed or version; %s", qd_buf_str(f->path), f->kind->what, f->kind->replace);
    int found, expected;
    const char *a = difference(&found, &expected, there, text);
    return qd_fail(ctx, QD_EINPUT, "%s belongs to another configuration, seed or version: it says %.*s, the command means %.*s", path,
                   found, a, expected, text + (a - there));
}

/* Files that belong to no run. */
static qd_status check_free(const qd_folder_t f, qd_ctx_t ctx)
{
    for (const char *const *name = f->kind->files; *name != NULL; name++)
        if (qd_folder_has(f, *name))
            return qd_fail(ctx, QD_EINPUT, "%s/%s is there, and no %s that it belongs to; %s", qd_buf_str(f->path), *name, f->kind->what,
                           f->kind->replace);
    return QD_OK;
}

/* Sets f->begun. */
static qd_status look(qd_folder_t f, const char *text, qd_folder_way way, qd_ctx_t ctx)
{
    const qd_folder_kind *kind = f->kind;
    bool there = qd_folder_has(f, kind->identity), replace = way == QD_FOLDER_REPLACE, same = false;
    f->begun = false;
    if (!there && way == QD_FOLDER_GO_ON)
        return qd_fail(ctx, QD_EINPUT, "%s holds no %s; expected one to go on with (%s)", qd_buf_str(f->path), kind->what, kind->begin);
    if (!there) return replace ? QD_OK : check_free(f, ctx);
    if (kind->go_on != NULL && way == QD_FOLDER_NEW)
        return qd_fail(ctx, QD_EINPUT, "%s holds a %s already; %s, %s", qd_buf_str(f->path), kind->what, kind->go_on, kind->replace);
    if (kind->go_on != NULL && replace) return QD_OK;
    qd_buf_t path, old;
    qd_ctx_t own;
    qd_buf_init(path);
    qd_buf_init(old);
    qd_ctx_own(own, ctx);
    qd_status st = qd_file_read(old, qd_folder_path(path, f, kind->identity), own);
    if (st != QD_OK) qd_ctx_prefix(ctx, st, own, "%s ", qd_buf_str(path));
    else same = strcmp(qd_buf_str(old), text) == 0;
    if (st == QD_OK && !same && !replace) st = other(f, qd_buf_str(path), qd_buf_str(old), text, ctx);
    f->begun = st == QD_OK && same;
    qd_buf_clear(path);
    qd_buf_clear(old);
    return st;
}

/* ---- taking it ---------------------------------------------------------------------------- */

/* Locks the folder; where there is no lock yet it is made only when create says so. */
static qd_status take(qd_folder_t f, bool create, qd_ctx_t ctx)
{
    qd_buf_t path;
    qd_ctx_t own;
    qd_buf_init(path);
    qd_ctx_own(own, ctx);
    qd_status st = qd_file_lock(&f->lock, qd_folder_path(path, f, LOCK), create, f->kind->what, own);
    if (st == QD_EINPUT) qd_fail(ctx, st, "%s: another process is working on the %s there", qd_buf_str(f->path), f->kind->what);
    else qd_ctx_pass(ctx, st, own);
    qd_buf_clear(path);
    return st;
}

static qd_status remove_file(const char *path, qd_ctx_t ctx)
{
    if (unlink(path) == 0 || errno == ENOENT) return QD_OK;
    return qd_fail(ctx, QD_EIO, "cannot replace %s: %s", path, strerror(errno));
}

/* The folder for parts, without those of another run. */
static qd_status empty_parts(const qd_folder_t f, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_buf_t parts, path;
    qd_buf_init(parts);
    qd_buf_init(path);
    DIR *dir = opendir(qd_folder_path(parts, f, f->kind->parts));
    for (struct dirent *e; st == QD_OK && dir != NULL && (e = readdir(dir)) != NULL;) {
        qd_buf_reset(path);
        qd_buf_printf(path, "%s/%s", qd_buf_str(parts), e->d_name);
        if (strstr(e->d_name, ".safetensors") != NULL) st = remove_file(qd_buf_str(path), ctx);
    }
    if (dir != NULL) closedir(dir);
    qd_buf_clear(parts);
    qd_buf_clear(path);
    return st;
}

/* A new run: the files of another one go first, since its identity belongs to them, and the new identity comes last. */
static qd_status begin(const qd_folder_t f, const char *text, qd_ctx_t ctx)
{
    qd_status st = f->kind->parts != NULL ? empty_parts(f, ctx) : QD_OK;
    qd_buf_t path;
    qd_buf_init(path);
    for (const char *const *name = f->kind->files; *name != NULL && st == QD_OK; name++)
        st = remove_file(qd_folder_path(path, f, *name), ctx);
    if (st == QD_OK) st = qd_file_write(qd_folder_path(path, f, f->kind->identity), text, strlen(text), ctx);
    qd_buf_clear(path);
    return st;
}

/* Can all files be written that the run will write? Removes what a killed process left half-written. */
static qd_status check_files(const qd_folder_t f, qd_ctx_t ctx)
{
    qd_buf_t path;
    qd_status st = QD_OK;
    qd_buf_init(path);
    qd_io__temp_sweep(qd_buf_str(f->path));
    if (f->kind->parts != NULL) {
        qd_folder_path(path, f, f->kind->parts);
        if ((st = qd_folder_make(qd_buf_str(path), ctx)) == QD_OK) qd_io__temp_sweep(qd_buf_str(path));
    }
    for (const char *const *name = f->kind->files; *name != NULL && st == QD_OK; name++)
        st = qd_file_check(qd_folder_path(path, f, *name), ctx);
    qd_buf_clear(path);
    return st;
}

qd_status qd_folder_open(qd_folder_t f, const qd_folder_kind *kind, const char *path, const char *text, qd_folder_way way, qd_ctx_t ctx)
{
    struct stat info;
    f->kind = kind;
    qd_buf_reset(f->path);
    qd_buf_puts(f->path, path);
    if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode))
        return qd_fail(ctx, QD_EINPUT, "%s is a file; expected a folder for the %s, or none", path, kind->what);
    qd_status st = take(f, false, ctx);
    if (st == QD_OK) st = look(f, text, way, ctx);
    if (st == QD_OK && f->lock < 0) {
        st = qd_folder_make(path, ctx);
        if (st == QD_OK) st = take(f, true, ctx);
        if (st == QD_OK) st = look(f, text, way, ctx);
    }
    if (st == QD_OK) st = check_files(f, ctx);
    return st == QD_OK && !f->begun ? begin(f, text, ctx) : st;
}
