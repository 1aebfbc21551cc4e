/* SPDX-License-Identifier: MIT */
/*
 * Pages of memory. Each has a count of users, so that copy-on-write can share it; a page
 * goes back to the free list with its last user.
 */
#ifndef PVGUEST_KERNEL_PAGE_H
#define PVGUEST_KERNEL_PAGE_H

#include "kernel/types.h"

void page_init(void);

/* page_alloc - a zeroed page with one user; its pfn, or 0 when memory is out. */
MUST_CHECK uint64_t page_alloc(void);
/* pages_alloc - so many pages one after another, each to be put by itself; 0: there are none. */
MUST_CHECK uint64_t pages_alloc(uint32_t count);
void page_get(uint64_t pfn);
void page_put(uint64_t pfn);
uint32_t page_users(uint64_t pfn);
uint64_t page_free_count(void);

/* kmalloc - zeroed small objects, up to a page; NULL when memory is out. */
MUST_CHECK void *kmalloc(size_t bytes);
void kfree(void *object, size_t bytes);

#endif
