/* SPDX-License-Identifier: MIT */
/* Whole files, in and out. */
#ifndef PARAPET_TOOLSTACK_COMMON_FILE_H
#define PARAPET_TOOLSTACK_COMMON_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

/* Bytes on the heap; free(data) ends it. */
struct buffer {
    uint8_t *data;
    size_t bytes;
};

/* file_read - the content of a regular file of at most @limit bytes. */
MUST_CHECK int file_read(const char *path, size_t limit, struct buffer *out, struct error *error);

/* file_write - all or nothing: a new file appears under @path when it is complete. */
MUST_CHECK int file_write(const char *path, const void *data, size_t bytes, struct error *error);

/* file_write_all - all of @data to an open file: 0, or -1 with errno. */
MUST_CHECK int file_write_all(int fd, const void *data, size_t bytes);

#endif
