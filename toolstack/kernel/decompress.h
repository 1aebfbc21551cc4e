/* SPDX-License-Identifier: MIT */
#ifndef PARAPET_TOOLSTACK_KERNEL_DECOMPRESS_H
#define PARAPET_TOOLSTACK_KERNEL_DECOMPRESS_H

#include "common/file.h"

/* A way of compressing, recognised by its first bytes. */
struct compression {
    const char *name;
    uint8_t magic[6];
    size_t magic_bytes;
    /* Unpack all of @packed into @out, of at most @limit bytes. 0, or -1: damaged or too large. */
    int (*unpack)(const struct buffer *packed, size_t limit, struct buffer *out);
};

/* compression_of - the one whose magic @data begins with, or NULL. */
const struct compression *compression_of(const uint8_t *data, size_t bytes);

#endif
