/* SPDX-License-Identifier: MIT */
/*
 * Memory for the hypervisor's own structures, in the direct map.
 *
 * Small objects come from pages cut into objects of one size; larger ones are whole frames
 * (rounded up to a power of two). Debug builds poison what is freed, and check the poison and a
 * guard word behind each small object. Lock: LOCK_HEAP, outside the frame allocator's.
 */
#ifndef PARAPET_MM_HEAP_H
#define PARAPET_MM_HEAP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

#define HEAP_BYTES_MAX (1UL << 20)

/* Zeroed, aligned to 16 bytes (to a page from 2 KiB on); NULL if there is no memory. */
MUST_CHECK void *heap_alloc(size_t bytes);

/* NULL is allowed. */
void heap_free(void *object);

/* One zeroed page. */
MUST_CHECK void *page_alloc(void);
void page_free(void *page);

/* Objects and whole-page allocations now in use; for tests and statistics. */
uint64_t heap_objects_in_use(void);

#endif
