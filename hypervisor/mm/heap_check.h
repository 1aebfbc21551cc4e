/* SPDX-License-Identifier: MIT */
/*
 * What debug builds check of the heap's slots; in other builds nothing, at no cost.
 *
 * The last HEAP_GUARD_BYTES of a slot are a guard. Between the bytes in use and the guard lies a
 * pattern, as in a free slot between its first 8 bytes and the guard; a change of either is a
 * write beyond an object, or after its end of life.
 */
#ifndef PARAPET_MM_HEAP_CHECK_H
#define PARAPET_MM_HEAP_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "lib/assert.h"
#include "lib/string.h"

#define HEAP_GUARD_BYTES  (DEBUG_BUILD ? sizeof(struct heap_guard) : 0)
#define HEAP_LINK_BYTES   8u
#define HEAP_PATTERN      0x5a
#define HEAP_MAGIC_IN_USE 0x75736564u
#define HEAP_MAGIC_FREE   0x66726565u

struct heap_guard {
    uint32_t magic;
    uint32_t bytes; /* in use */
};

static inline struct heap_guard *heap_guard_of(void *slot, size_t slot_bytes)
{
    return (struct heap_guard *)(void *)((uint8_t *)slot + slot_bytes - sizeof(struct heap_guard));
}

/* Sets the guard, and the pattern from @used on. */
static inline void heap_guard_set(void *slot, size_t slot_bytes, size_t used, uint32_t magic)
{
    struct heap_guard *guard = heap_guard_of(slot, slot_bytes);

    memset((uint8_t *)slot + used, HEAP_PATTERN, slot_bytes - sizeof(*guard) - used);
    guard->magic = magic;
    guard->bytes = (uint32_t)used;
}

static inline void heap_guard_check(void *slot, size_t slot_bytes, uint32_t magic)
{
    const struct heap_guard *guard = heap_guard_of(slot, slot_bytes);
    const uint8_t *bytes = slot;

    MUST(guard->magic == magic);
    MUST(guard->bytes <= slot_bytes - sizeof(*guard));
    for (size_t i = guard->bytes; i < slot_bytes - sizeof(*guard); i++)
        MUST(bytes[i] == HEAP_PATTERN);
}

static inline void heap_check_taken(void *slot, size_t slot_bytes, size_t used)
{
    if (DEBUG_BUILD)
        heap_guard_set(slot, slot_bytes, used, HEAP_MAGIC_IN_USE);
}

static inline void heap_check_freed(void *slot, size_t slot_bytes)
{
    if (DEBUG_BUILD)
        heap_guard_set(slot, slot_bytes, HEAP_LINK_BYTES, HEAP_MAGIC_FREE);
}

static inline void heap_check_intact(void *slot, size_t slot_bytes)
{
    if (DEBUG_BUILD)
        heap_guard_check(slot, slot_bytes, HEAP_MAGIC_IN_USE);
}

static inline void heap_check_still_free(void *slot, size_t slot_bytes)
{
    if (DEBUG_BUILD)
        heap_guard_check(slot, slot_bytes, HEAP_MAGIC_FREE);
}

#endif
