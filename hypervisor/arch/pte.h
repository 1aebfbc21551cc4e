/* SPDX-License-Identifier: MIT */
/* Bits and indices of page-table entries (SDM volume 3A, section 4.5), all four levels. */
#ifndef PARAPET_ARCH_PTE_H
#define PARAPET_ARCH_PTE_H

#include <stdint.h>

#include "arch/layout.h"

#define PTE_PRESENT        (1UL << 0)
#define PTE_WRITE          (1UL << 1)
#define PTE_USER           (1UL << 2)
#define PTE_PWT            (1UL << 3)
#define PTE_PCD            (1UL << 4)
#define PTE_ACCESSED       (1UL << 5)
#define PTE_DIRTY          (1UL << 6)
#define PTE_PAT            (1UL << 7) /* L1 */
#define PTE_LARGE          (1UL << 7) /* L2 and L3 */
#define PTE_GLOBAL         (1UL << 8)
#define PTE_AVAILABLE_LOW  (7UL << 9)  /* free for software */
#define PTE_PAT_LARGE      (1UL << 12) /* L2 and L3 with PTE_LARGE */
#define PTE_AVAILABLE_HIGH (0x7ffUL << 52)
#define PTE_NO_EXECUTE     (1UL << 63)

/* Bits 12 to 51: the address; bits above the CPU's physical width must be zero. */
#define PTE_ADDRESS_MASK 0x000ffffffffff000UL

/* Cache types as PAT_VALUE (arch/msr.h) lays them out: selector bits of an L1 entry. */
#define PTE_CACHE_WRITE_BACK      0UL
#define PTE_CACHE_WRITE_THROUGH   PTE_PWT
#define PTE_CACHE_UNCACHED_MINUS  PTE_PCD
#define PTE_CACHE_UNCACHED        (PTE_PCD | PTE_PWT)
#define PTE_CACHE_WRITE_COMBINING PTE_PAT
#define PTE_CACHE_WRITE_PROTECTED (PTE_PAT | PTE_PWT)

/* What the hypervisor's own tables hold. */
#define PTE_HYPERVISOR_TABLE     (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED)
#define PTE_HYPERVISOR_DATA      (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY | PTE_NO_EXECUTE)
#define PTE_HYPERVISOR_READ_ONLY (PTE_PRESENT | PTE_ACCESSED | PTE_NO_EXECUTE)
#define PTE_HYPERVISOR_TEXT      (PTE_PRESENT | PTE_ACCESSED)

#define L1_SHIFT     12
#define L2_SHIFT     21
#define L3_SHIFT     30
#define L4_SHIFT     39
#define L2_PAGE_SIZE (1UL << L2_SHIFT)
#define L3_PAGE_SIZE (1UL << L3_SHIFT)

/* Error code of a page fault. */
#define PF_PRESENT  (1u << 0)
#define PF_WRITE    (1u << 1)
#define PF_USER     (1u << 2)
#define PF_RESERVED (1u << 3)
#define PF_FETCH    (1u << 4)

/* Index into the table of @level (1 to 4) that maps @address. */
static inline unsigned pte_index(unsigned level, uint64_t address)
{
    return (unsigned)(address >> (L1_SHIFT + 9 * (level - 1))) & (PTES_PER_TABLE - 1);
}

/* Bytes that one entry at @level maps. */
static inline uint64_t pte_span(unsigned level)
{
    return 1UL << (L1_SHIFT + 9 * (level - 1));
}

#endif
