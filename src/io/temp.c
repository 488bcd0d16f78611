/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Temporary files: .quadric-<hash of the output's name>-<process>-<attempt>.tmp, beside the output.

   A writer holds the lock of its file as long as it writes, so that a file whose lock is free is one that a killed process left.
   Between the writer's open and its lock the file looks so too: the writer sees afterwards that it has been removed, and makes
   another one. Where files have no locks nothing is removed. */
#include "io/impl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".quadric-"
#define SUFFIX ".tmp"

/* The folder of path, "" or with its slash. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t) (slash - path) + 1;
}

static void add_prefix(qd_buf_t out, const char *path)
{
    const char *name = path + folder_length(path);
    qd_buf_printf(out, PREFIX "%016" PRIx64 "-", qd_hash(name, strlen(name)));
}

/* Has somebody removed the file? */
static bool gone(int fd)
{
    struct stat s;
    return fstat(fd, &s) == 0 && s.st_nlink == 0;
}

/* The mode is what the umask leaves of 0666, as for any new file (mkstemp would make it private). */
int qd_io__temp_open(qd_buf_t temp, const char *path)
{
    for (int attempt = 0; attempt < 1000; attempt++) {
        qd_buf_reset(temp);
        qd_buf_add(temp, path, folder_length(path));
        add_prefix(temp, path);
        qd_buf_printf(temp, "%ld-%d" SUFFIX, (long) getpid(), attempt);
        int fd = open(qd_buf_str(temp), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST) return -1;
        if (fd < 0) continue;
        while (flock(fd, LOCK_EX) != 0 && errno == EINTR) {
        }
        if (!gone(fd)) return fd;
        close(fd);
    }
    errno = EEXIST;
    return -1;
}

static bool is_temp(const char *name, const char *prefix)
{
    size_t len = strlen(name), head = strlen(prefix), tail = strlen(SUFFIX);
    return len > head + tail && strncmp(name, prefix, head) == 0 && strcmp(name + len - tail, SUFFIX) == 0;
}

static void remove_left(const char *path)
{
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) unlink(path);
    close(fd);
}

/* Of the files in folder ("": here, else with its slash) those whose names begin with prefix. */
static void sweep(const char *folder, const char *prefix)
{
    qd_buf_t path;
    qd_buf_init(path);
    DIR *dir = opendir(*folder == '\0' ? "." : folder);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        if (!is_temp(e->d_name, prefix)) continue;
        qd_buf_reset(path);
        qd_buf_printf(path, "%s%s", folder, e->d_name);
        remove_left(qd_buf_str(path));
    }
    if (dir != NULL) closedir(dir);
    qd_buf_clear(path);
}

int qd_io__temp_try(const char *path)
{
    qd_buf_t name;
    qd_buf_init(name);
    int fd = qd_io__temp_open(name, path), failed = fd < 0 ? errno : 0;
    if (fd >= 0) unlink(qd_buf_str(name));
    if (fd >= 0) close(fd);
    qd_buf_reset(name);
    qd_buf_add(name, path, folder_length(path));
    char *folder = qd_strdup(qd_buf_str(name));
    qd_buf_reset(name);
    add_prefix(name, path);
    if (failed == 0) sweep(folder, qd_buf_str(name));
    free(folder);
    qd_buf_clear(name);
    return failed;
}

void qd_io__temp_sweep(const char *folder)
{
    qd_buf_t path;
    qd_buf_init(path);
    qd_buf_printf(path, "%s/", folder);
    sweep(qd_buf_str(path), PREFIX);
    qd_buf_clear(path);
}
