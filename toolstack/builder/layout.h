/* SPDX-License-Identifier: MIT */
/*
 * Where everything lies in the memory of a new domain; abi-facts of the start of day in
 * docs/toolstack.md. Arithmetic only.
 *
 *   virt_base + 0          memory below the kernel
 *                          kernel
 *                          ramdisk          unless it may stay unmapped
 *                          p2m list         unless the kernel wants it at an address of its own
 *                          start_info, store ring, console ring
 *                          page tables      the first is the root
 *                          stack            one page
 *                          spare memory     512 KiB or more, up to a multiple of 4 MiB
 *   beyond what is mapped: ramdisk, p2m list and its page tables, free memory
 */
#ifndef PARAPET_TOOLSTACK_BUILDER_LAYOUT_H
#define PARAPET_TOOLSTACK_BUILDER_LAYOUT_H

#include "builder/kernel_elf.h"

/* Page-frame numbers [pfn, pfn + pages). */
struct layout_piece {
    uint64_t pfn;
    uint64_t pages;
};

struct layout {
    uint64_t virt_base;
    uint64_t pages; /* of the domain */
    struct layout_piece ramdisk;
    bool ramdisk_is_mapped;
    struct layout_piece p2m;
    bool p2m_is_apart; /* at p2m_virt, with tables of its own */
    uint64_t p2m_virt;
    struct layout_piece p2m_tables; /* right behind p2m */
    struct layout_piece start_info;
    struct layout_piece store;
    struct layout_piece console;
    struct layout_piece tables;
    struct layout_piece stack;
    uint64_t mapped_pages; /* from pfn 0 on */
};

struct layout_request {
    const struct kernel_elf *kernel;
    const char *kernel_name; /* for messages */
    uint64_t pages;
    uint64_t ramdisk_bytes; /* 0: none */
};

MUST_CHECK int layout_make(const struct layout_request *request, struct layout *layout,
                           struct error *error);

static inline uint64_t layout_virt(const struct layout *layout, struct layout_piece piece)
{
    return layout->virt_base + (piece.pfn << 12);
}

#endif
