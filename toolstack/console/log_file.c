/* SPDX-License-Identifier: MIT */
#include "console/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MODE 0640

static void open_path(struct log_file *log, int flags)
{
    struct stat status;

    log->fd =
        open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | flags, LOG_MODE);
    log->bytes = log->fd >= 0 && !fstat(log->fd, &status) ? (uint64_t)status.st_size : 0;
}

void log_file_open(struct log_file *log, const char *path, uint64_t bytes_max)
{
    *log = (struct log_file){ .path = strdup(path), .fd = -1, .bytes_max = bytes_max };
    if (log->path)
        open_path(log, 0);
}

void log_file_close(struct log_file *log)
{
    if (log->fd >= 0)
        close(log->fd);
    log->fd = -1;
    free(log->path);
    log->path = NULL;
}

static void rotate(struct log_file *log)
{
    char *old;

    if (asprintf(&old, "%s.1", log->path) < 0)
        return;
    close(log->fd);
    rename(log->path, old);
    free(old);
    open_path(log, O_TRUNC);
}

void log_file_write(struct log_file *log, const char *bytes, size_t count)
{
    if (log->fd >= 0 && log->bytes && log->bytes + count > log->bytes_max)
        rotate(log);
    while (log->fd >= 0 && count) {
        ssize_t put = write(log->fd, bytes, count);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return;
        bytes += put;
        count -= (size_t)put;
        log->bytes += (uint64_t)put;
    }
}
