/* SPDX-License-Identifier: MIT */
/*
 * Kernels out of the files they come in, so that nothing in ring 0 parses a compressed format.
 *
 * A file is an ELF image, an ELF image compressed with gzip, or a bzImage of boot protocol 2.08 or
 * later, whose payload is the ELF compressed with gzip, xz, zstd or lz4. All of it is foreign
 * input: every length is checked.
 */
#ifndef PARAPET_TOOLSTACK_KERNEL_KERNEL_IMAGE_H
#define PARAPET_TOOLSTACK_KERNEL_KERNEL_IMAGE_H

#include "common/error.h"
#include "common/file.h"

#define KERNEL_FILE_BYTES_MAX  (256UL << 20)
#define KERNEL_IMAGE_BYTES_MAX (1UL << 30)
#define KERNEL_SYMBOLS_BYTES   (64UL << 20) /* in the file, and not loaded */

/* More than this a kernel of a domain with @memory_bytes cannot unpack to. */
static inline size_t kernel_limit(uint64_t memory_bytes)
{
    return memory_bytes < KERNEL_IMAGE_BYTES_MAX - KERNEL_SYMBOLS_BYTES
               ? (size_t)memory_bytes + KERNEL_SYMBOLS_BYTES
               : KERNEL_IMAGE_BYTES_MAX;
}

/*
 * kernel_image_extract - the ELF image in @file (@name for messages), in a buffer of its own. What
 * unpacks to more than @limit is refused before it has taken more memory than that.
 */
MUST_CHECK int kernel_image_extract(const struct buffer *file, const char *name, size_t limit,
                                    struct buffer *elf, struct error *error);

#endif
