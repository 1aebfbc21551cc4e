/* SPDX-License-Identifier: MIT */
/*
 * A paravirtual kernel's ELF file: where its pieces go, and what its "Xen" notes ask for.
 *
 * The file is foreign input. Headers are copied out and every offset is checked once, here; the
 * builder then reads nothing but the contents of segments.
 *
 * A physical address counts from the guest's pfn 0, and the guest sees it at virt_base + physical.
 */
#ifndef PARAPET_TOOLSTACK_BUILDER_KERNEL_ELF_H
#define PARAPET_TOOLSTACK_BUILDER_KERNEL_ELF_H

#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "common/file.h"

#define KERNEL_SEGMENTS_MAX 32u

struct kernel_segment {
    const uint8_t *content;
    uint64_t content_bytes;
    uint64_t physical;
    uint64_t memory_bytes; /* what is beyond the content is zero */
};

struct kernel_elf {
    struct kernel_segment segments[KERNEL_SEGMENTS_MAX];
    unsigned segment_count;
    uint64_t physical_end; /* the highest byte + 1 */

    uint64_t virt_base;
    uint64_t entry; /* virtual */
    bool has_hypercall_page;
    uint64_t hypercall_page; /* virtual, page aligned, in a segment */
    bool has_init_p2m;
    uint64_t init_p2m; /* virtual, page aligned */
    bool ramdisk_may_be_unmapped;
    char guest_os[16];
};

/* kernel_elf_read - understand @file (@name for messages), which must outlive @kernel. */
MUST_CHECK int kernel_elf_read(const struct buffer *file, const char *name,
                               struct kernel_elf *kernel, struct error *error);

#endif
