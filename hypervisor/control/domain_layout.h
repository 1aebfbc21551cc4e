/* SPDX-License-Identifier: MIT */
/*
 * Where the pieces of a new domain go, in its own page-frame numbers and virtual addresses.
 *
 * The pieces lie behind each other from pfn 0, which is seen at virt_base:
 *
 *     gap, kernel image, [module], [p2m list], start_info, [store page, console page],
 *     page tables, boot stack, at least 512 KiB to spare     - all mapped
 *     [module], [p2m list, its page tables], free memory      - not mapped, or elsewhere
 *
 * Module and p2m list are in the second line if the kernel's notes allow it. The order is
 * contract (abi-facts 1.3): Linux relies on the page tables being above everything it keeps.
 */
#ifndef PARAPET_CONTROL_DOMAIN_LAYOUT_H
#define PARAPET_CONTROL_DOMAIN_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "control/elf_image.h"
#include "lib/compiler.h"

struct layout_request {
    const struct elf_image *image;
    uint64_t nr_pages;
    uint64_t module_bytes; /* 0: none */
    bool has_ring_pages;   /* store and console page, of domains other than the control domain */
};

/* A piece: page-frame numbers [pfn, pfn + pages). */
struct layout_piece {
    uint64_t pfn;
    uint64_t pages;
};

struct domain_layout {
    uint64_t virt_base;
    uint64_t nr_pages;
    struct layout_piece module;
    bool module_is_mapped;
    struct layout_piece p2m;
    bool p2m_is_apart; /* at p2m_virt and with tables of its own */
    uint64_t p2m_virt;
    struct layout_piece p2m_tables; /* behind p2m, without a gap */
    struct layout_piece start_info;
    struct layout_piece store;
    struct layout_piece console;
    struct layout_piece tables; /* the first is the L4 */
    struct layout_piece stack;
    uint64_t mapped_pages; /* from pfn 0 */
};

/* 0, or -EINVAL with *@why one line that says what does not fit. */
MUST_CHECK int domain_layout_make(const struct layout_request *request,
                                  struct domain_layout *layout, const char **why);

static inline uint64_t layout_virt(const struct domain_layout *layout, struct layout_piece piece)
{
    return layout->virt_base + (piece.pfn << 12);
}

#endif
