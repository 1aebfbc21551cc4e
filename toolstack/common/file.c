/* SPDX-License-Identifier: MIT */
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, uint8_t *data, size_t bytes)
{
    size_t done = 0;

    while (done < bytes) {
        ssize_t got = read(fd, data + done, bytes - done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got ? errno : EIO;
            return -1;
        }
        done += (size_t)got;
    }
    return 0;
}

static int read_open_file(int fd, const char *path, size_t limit, struct buffer *out,
                          struct error *error)
{
    struct stat status;

    if (fstat(fd, &status) || !S_ISREG(status.st_mode))
        return error_set(error, ERROR_INPUT, "PV-E0301", "%s is not a regular file", path);
    out->bytes = (size_t)status.st_size;
    if (out->bytes > limit)
        return error_set(error, ERROR_INPUT, "PV-E0302",
                         "%s has %zu bytes, more than the %zu allowed", path, out->bytes, limit);
    out->data = malloc(out->bytes + 1);
    if (!out->data)
        return error_set(error, ERROR_RESOURCES, "PV-E0701", "no memory for the %zu bytes of %s",
                         out->bytes, path);
    if (read_all(fd, out->data, out->bytes)) {
        free(out->data);
        return error_set(error, ERROR_INPUT, "PV-E0303", "%s cannot be read: %s", path,
                         strerror(errno));
    }
    return 0;
}

int file_read(const char *path, size_t limit, struct buffer *out, struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result;

    if (fd < 0)
        return error_set(error, errno == EACCES ? ERROR_PERMISSION : ERROR_INPUT, "PV-E0300",
                         "%s cannot be opened: %s", path, strerror(errno));
    result = read_open_file(fd, path, limit, out, error);
    close(fd);
    return result;
}

int file_write_all(int fd, const void *data, size_t bytes)
{
    const uint8_t *left = data;

    while (bytes) {
        ssize_t put = write(fd, left, bytes);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -1;
        left += put;
        bytes -= (size_t)put;
    }
    return 0;
}

int file_write(const char *path, const void *data, size_t bytes, struct error *error)
{
    char *temporary;
    int fd, result = 0;

    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        return error_set(error, ERROR_RESOURCES, "PV-E0702", "no memory to write %s", path);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0 || file_write_all(fd, data, bytes) || fchmod(fd, 0644) || close(fd) ||
        rename(temporary, path)) {
        result = error_set(error, ERROR_FAILED, "PV-E0101", "%s cannot be written: %s", path,
                           strerror(errno));
        if (fd >= 0)
            unlink(temporary);
    }
    free(temporary);
    return result;
}
