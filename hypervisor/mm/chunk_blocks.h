/* SPDX-License-Identifier: MIT */
/*
 * The free blocks inside of a chunk that are smaller than it: a buddy system of bits.
 *
 * Offsets are in frames from the start of the chunk. Nothing here looks at a struct frame. All
 * under the frame allocator's lock.
 */
#ifndef PARAPET_MM_CHUNK_BLOCKS_H
#define PARAPET_MM_CHUNK_BLOCKS_H

#include <stdint.h>

#define CHUNK_ORDER 9u

/* All bytes zero: nothing is free, not listed. */
struct chunk {
    uint32_t next; /* links and place in a zone's lists: the allocator's */
    uint32_t previous;
    uint64_t blocks[16]; /* bit (512 >> order) + (offset >> order): a free block of that order */
    uint16_t orders;     /* bit n: there is a block of order n */
    uint8_t listed;      /* 1 + the order of the list; 0: in none */
};

/*
 * A free block, joined with its buddies. The order of what came out of it: CHUNK_ORDER when all of
 * the chunk is free, and then no block is left here.
 */
unsigned chunk_blocks_insert(struct chunk *chunk, unsigned offset, unsigned order);

/* A whole chunk was taken, and all of it but its first block of @order is free. */
void chunk_blocks_insert_rest(struct chunk *chunk, unsigned order);

/* Takes a block of @order, of the smallest that will do; there is one. Its offset. */
unsigned chunk_blocks_take(struct chunk *chunk, unsigned order);

/* The order of the free block that begins at @offset, or -1. Stops on a broken invariant. */
int chunk_blocks_check(const struct chunk *chunk, unsigned offset);

#endif
