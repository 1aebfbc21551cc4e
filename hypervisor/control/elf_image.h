/* SPDX-License-Identifier: MIT */
/*
 * A paravirtual kernel's ELF file: where its pieces go and what its "Xen" notes ask for.
 *
 * The file is foreign input. The reader copies what it needs out of it once, checks every
 * offset against the file's size, and afterwards nobody looks at a header again: only the
 * contents of the segments are read through `file`, and those may be anything.
 *
 * "Physical" addresses here count from the guest's pfn 0. The guest sees physical address p
 * at virtual address virt_base + p.
 */
#ifndef PARAPET_CONTROL_ELF_IMAGE_H
#define PARAPET_CONTROL_ELF_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"

#define ELF_IMAGE_MAX_SEGMENTS 32u
#define ELF_IMAGE_MAX_HEADERS  256u        /* program or section headers looked at */
#define ELF_IMAGE_MAX_NOTES    1024u       /* notes looked at */
#define ELF_IMAGE_MAX_PHYSICAL (1UL << 40) /* no kernel lies above */

struct elf_segment {
    uint64_t file_offset;
    uint64_t file_bytes;
    uint64_t physical;
    uint64_t memory_bytes; /* the rest is zero */
};

struct elf_image {
    const uint8_t *file;
    uint64_t file_bytes;

    uint32_t segment_count;
    struct elf_segment segments[ELF_IMAGE_MAX_SEGMENTS];
    uint64_t physical_start; /* lowest and highest byte + 1 of all segments */
    uint64_t physical_end;

    uint64_t virt_base;
    uint64_t entry; /* virtual */
    bool has_hypercall_page;
    uint64_t hypercall_page; /* virtual, in the image, page aligned */
    bool has_init_p2m;
    uint64_t init_p2m; /* virtual, page aligned */
    bool module_may_be_unmapped;
    bool has_supported_features;
    uint32_t supported_features; /* bits by XENFEAT_* */
    char guest_os[16];
};

/*
 * elf_image_read - understand @file. 0, or -EINVAL with *@why one line that says what is wrong
 * with it. @image->file keeps pointing into @file.
 */
MUST_CHECK int elf_image_read(const void *file, uint64_t bytes, struct elf_image *image,
                              const char **why);

#endif
