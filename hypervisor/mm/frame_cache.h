/* SPDX-License-Identifier: MIT */
/*
 * Inside the frame allocator: each CPU's few single frames, and what frame_alloc.c and
 * frame_cache.c want of each other. Others include mm/frame_alloc.h.
 *
 * A cache has a lock of its own (LOCK_FRAME_CACHE), nearly always taken by its own CPU; another
 * takes it to empty all caches when memory is short.
 */
#ifndef PARAPET_MM_FRAME_CACHE_H
#define PARAPET_MM_FRAME_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "mm/frame.h"

void frame_caches_init(void);

/* A frame of this CPU's cache, which is filled if it is empty; false if memory is short. */
MUST_CHECK bool frame_cache_take(uint64_t *number);

/* Keeps the frame in this CPU's cache; false if it is of a kind that is not cached. */
MUST_CHECK bool frame_cache_give(uint64_t number);

/* Gives all caches' frames back to the free lists; false if there were none. */
bool frame_caches_drain(void);
uint64_t frame_caches_count(void);

/* ---- frame_alloc.c, for the caches ---- */

unsigned frame_zone_of(uint64_t number);
unsigned frame_zone_highest(void);

/* A block from zones @zone_low to @zone_high, highest first; its frames are in @state. */
MUST_CHECK bool frame_take(unsigned order, unsigned zone_low, unsigned zone_high,
                           enum frame_state state, uint64_t *number);
void frame_give(uint64_t number, unsigned order);

#endif
