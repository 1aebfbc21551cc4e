/* SPDX-License-Identifier: MIT */
/* pvguest/kernel/types.h on the host: memory is an array. */
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

#define WORLD_PAGES 4096u
extern char world_memory[WORLD_PAGES][PAGE_SIZE];

static inline void *pfn_to_virt(uint64_t pfn)
{
    return world_memory[pfn];
}

static inline uint64_t virt_to_pfn(const void *pointer)
{
    return (uint64_t)((const char *)pointer - world_memory[0]) >> PAGE_SHIFT;
}

#endif
