/* SPDX-License-Identifier: MIT */
#include "mm/chunk_blocks.h"

#include <stdbool.h>

#include "lib/assert.h"
#include "lib/bits.h"

/* Bit 1 would be the chunk itself. */
#define FIRST_BIT(order) (1u << (CHUNK_ORDER - (order)))

static unsigned bit_of(unsigned offset, unsigned order)
{
    return FIRST_BIT(order) + (offset >> order);
}

static bool is_free(const struct chunk *chunk, unsigned offset, unsigned order)
{
    unsigned bit = bit_of(offset, order);

    return chunk->blocks[bit / 64] >> bit % 64 & 1;
}

static void set_free(struct chunk *chunk, unsigned offset, unsigned order)
{
    unsigned bit = bit_of(offset, order);

    chunk->blocks[bit / 64] |= BIT(bit % 64);
    chunk->orders |= (uint16_t)(1u << order);
}

/* The first bit of a block of @order, or 0. */
static unsigned find(const struct chunk *chunk, unsigned order)
{
    unsigned first = FIRST_BIT(order), count = first;

    if (count < 64) {
        uint64_t word = chunk->blocks[0] >> first & (BIT(count) - 1);
        return word ? first + bit_lowest(word) : 0;
    }
    for (unsigned i = first / 64; i < (first + count) / 64; i++) {
        if (chunk->blocks[i])
            return i * 64 + bit_lowest(chunk->blocks[i]);
    }
    return 0;
}

static void set_taken(struct chunk *chunk, unsigned offset, unsigned order)
{
    unsigned bit = bit_of(offset, order);

    chunk->blocks[bit / 64] &= ~BIT(bit % 64);
    if (!find(chunk, order))
        chunk->orders &= (uint16_t) ~(1u << order);
}

unsigned chunk_blocks_insert(struct chunk *chunk, unsigned offset, unsigned order)
{
    while (order < CHUNK_ORDER) {
        unsigned buddy = offset ^ (1u << order);

        if (!is_free(chunk, buddy, order))
            break;
        set_taken(chunk, buddy, order);
        offset &= ~(1u << order);
        order++;
    }
    if (order < CHUNK_ORDER)
        set_free(chunk, offset, order);
    return order;
}

void chunk_blocks_insert_rest(struct chunk *chunk, unsigned order)
{
    for (unsigned i = order; i < CHUNK_ORDER; i++)
        set_free(chunk, 1u << i, i);
}

unsigned chunk_blocks_take(struct chunk *chunk, unsigned order)
{
    unsigned at = order + bit_lowest((uint32_t)chunk->orders >> order);
    unsigned offset = (find(chunk, at) - FIRST_BIT(at)) << at;

    set_taken(chunk, offset, at);
    while (at > order) {
        at--;
        set_free(chunk, offset + (1u << at), at);
    }
    return offset;
}

int chunk_blocks_check(const struct chunk *chunk, unsigned offset)
{
    int found = -1;

    for (unsigned order = 0; order < CHUNK_ORDER; order++) {
        MUST(!find(chunk, order) == !(chunk->orders & 1u << order));
        if (offset % (1u << order) || !is_free(chunk, offset, order))
            continue;
        MUST(found < 0);
        MUST(!is_free(chunk, offset ^ (1u << order), order));
        found = (int)order;
    }
    return found;
}
