/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole files. A file is written under a temporary name beside its place and then renamed, so that a
   reader, or a crash, finds the old file or the new one and never a part. */
#include "io/impl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static qd_status cannot_write(const char *path, qd_ctx_t ctx)
{
    return qd_fail(ctx, QD_EIO, "cannot write %s: %s", path, strerror(errno));
}

bool qd_io__write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        data += n;
        len -= (size_t) n;
    }
    return true;
}

static qd_status write_stdout(const char *data, size_t len, qd_ctx_t ctx)
{
    if (fwrite(data, 1, len, stdout) != len || fflush(stdout) != 0) return cannot_write("standard output", ctx);
    return QD_OK;
}

/* A device or a pipe is no file to be replaced: /dev/null stays what it is. */
static qd_status write_in_place(const char *path, const char *data, size_t len, qd_ctx_t ctx)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return cannot_write(path, ctx);
    bool ok = qd_io__write_all(fd, data, len);
    int saved = errno;
    if (close(fd) != 0 && ok) return cannot_write(path, ctx);
    errno = saved;
    return ok ? QD_OK : cannot_write(path, ctx);
}

static qd_status replace(const char *path, const char *data, size_t len, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    qd_buf_t temp;
    qd_buf_init(temp);
    int fd = qd_io__temp_open(temp, path);
    if (fd < 0) {
        st = cannot_write(path, ctx);
        goto done;
    }
    if (!qd_io__write_all(fd, data, len) || fsync(fd) != 0 || rename(qd_buf_str(temp), path) != 0) {
        st = cannot_write(path, ctx);
        unlink(qd_buf_str(temp));
    }
    close(fd); /* only now: until then the file is not a left one; fsync has seen all that close could complain of */
done:
    qd_buf_clear(temp);
    return st;
}

qd_status qd_file_check(const char *path, qd_ctx_t ctx)
{
    struct stat s;
    if (strcmp(path, "-") == 0) return QD_OK;
    if (stat(path, &s) == 0 && S_ISDIR(s.st_mode)) errno = EISDIR;
    else if (stat(path, &s) == 0 && !S_ISREG(s.st_mode)) errno = access(path, W_OK) == 0 ? 0 : errno;
    else {
        char *target = realpath(path, NULL);
        errno = qd_io__temp_try(target != NULL ? target : path);
        int failed = errno;
        free(target);
        errno = failed;
    }
    return errno == 0 ? QD_OK : cannot_write(path, ctx);
}

qd_status qd_file_write(const char *path, const char *data, size_t len, qd_ctx_t ctx)
{
    struct stat s;
    if (strcmp(path, "-") == 0) return write_stdout(data, len, ctx);
    if (stat(path, &s) == 0 && !S_ISREG(s.st_mode)) return write_in_place(path, data, len, ctx);
    char *target = realpath(path, NULL); /* the file behind a link is replaced, not the link */
    qd_status st = replace(target != NULL ? target : path, data, len, ctx);
    free(target);
    return st;
}

static bool read_all(qd_buf_t b, int fd)
{
    char part[65536];
    ssize_t n;
    while ((n = read(fd, part, sizeof part)) != 0) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        qd_buf_add(b, part, (size_t) n);
    }
    return true;
}

qd_status qd_file_read(qd_buf_t b, const char *path, qd_ctx_t ctx)
{
    int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return qd_fail(ctx, QD_EIO, "cannot be opened: %s", strerror(errno));
    qd_buf_reset(b);
    bool ok = read_all(b, fd);
    int saved = errno;
    if (fd != STDIN_FILENO) close(fd);
    return ok ? QD_OK : qd_fail(ctx, QD_EIO, "cannot be read: %s", strerror(saved));
}

static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

qd_status qd_folder_make(const char *path, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    char *p = qd_strdup(path);
    for (char *end = p; st == QD_OK && *end != '\0';) {
        end += strspn(end, "/");
        end += strcspn(end, "/");
        char next = *end;
        *end = '\0'; /* p is now one of the parents, or the whole path */
        int failed = mkdir(p, 0777) == 0 ? 0 : errno;
        if (failed != 0 && !is_folder(p))
            st = qd_fail(ctx, QD_EIO, "cannot make the folder %s: %s", p, failed == EEXIST ? "it is a file" : strerror(failed));
        *end = next;
    }
    free(p);
    return st;
}
