/* SPDX-License-Identifier: MIT */
/* Words used by every file of the kernel. */
#ifndef PVGUEST_KERNEL_TYPES_H
#define PVGUEST_KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096UL
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define NORETURN            __attribute__((noreturn))
#define MUST_CHECK          __attribute__((warn_unused_result))
#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* The kernel's own map of all its memory, one page per page: pfn n at DIRECT_MAP + n * 4096. */
#define DIRECT_MAP 0xffff888000000000UL
/* The kernel image: physical address p at KERNEL_BASE + p. */
#define KERNEL_BASE 0xffffffff80000000UL
/* User space: everything below; the first page is never mapped. */
#define USER_END 0x0000800000000000UL

static inline void *pfn_to_virt(uint64_t pfn)
{
    return (void *)(DIRECT_MAP + (pfn << PAGE_SHIFT));
}

static inline uint64_t virt_to_pfn(const void *pointer)
{
    uint64_t address = (uint64_t)pointer;

    if (address >= KERNEL_BASE)
        return (address - KERNEL_BASE) >> PAGE_SHIFT;
    return (address - DIRECT_MAP) >> PAGE_SHIFT;
}

#endif
