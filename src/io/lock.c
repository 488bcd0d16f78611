/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files with one owner. The lock belongs to the open file, so it ends with the process, however that ends. */
#include "io/impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Is the open file still the one of that name? Its owner may have removed it between our open and our lock. */
static bool current(int fd, const char *path)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

qd_status qd_file_lock(int *fd, const char *path, bool create, const char *what, qd_ctx_t ctx)
{
    for (;;) {
        int found = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0666);
        if (found < 0 && (errno == ENOENT || errno == ENOTDIR) && !create) return QD_OK;
        if (found < 0) return qd_fail(ctx, QD_EIO, "cannot write %s: %s", path, strerror(errno));
        int failed = flock(found, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
        if (failed == 0 && current(found, path)) {
            *fd = found;
            return QD_OK;
        }
        close(found);
        if (failed == EWOULDBLOCK) return qd_fail(ctx, QD_EINPUT, "%s: another process is working on this %s", path, what);
        if (failed != 0 && failed != EINTR) return qd_fail(ctx, QD_EIO, "cannot lock %s: %s", path, strerror(failed));
    }
}
