/* SPDX-License-Identifier: MIT */
/* Bits, alignment, and bitmaps of 64-bit words. */
#ifndef PARAPET_LIB_BITS_H
#define PARAPET_LIB_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BIT(number) (1UL << (number))

/* Alignment is a power of two. align_up() of a number within one alignment of 2^64 wraps. */
static inline uint64_t align_down(uint64_t number, uint64_t alignment)
{
    return number & ~(alignment - 1);
}

static inline uint64_t align_up(uint64_t number, uint64_t alignment)
{
    return (number + alignment - 1) & ~(alignment - 1);
}

static inline bool is_aligned(uint64_t number, uint64_t alignment)
{
    return (number & (alignment - 1)) == 0;
}

static inline bool is_power_of_two(uint64_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

/* Number of the lowest or highest bit set; @word is not zero. */
static inline unsigned bit_lowest(uint64_t word)
{
    return (unsigned)__builtin_ctzl(word);
}

static inline unsigned bit_highest(uint64_t word)
{
    return 63u - (unsigned)__builtin_clzl(word);
}

static inline unsigned bit_count(uint64_t word)
{
    unsigned count = 0;

    for (; word; word &= word - 1)
        count++;
    return count;
}

/* The smallest order with (1 << order) >= @count; 0 for 0. */
static inline unsigned order_of_count(uint64_t count)
{
    return count <= 1 ? 0 : bit_highest(count - 1) + 1;
}

/* Bitmaps: bit n is bit n%64 of word n/64. Not atomic. */
#define BITMAP_WORDS(bits) (((bits) + 63u) / 64u)

static inline bool bitmap_test(const uint64_t *map, size_t bit)
{
    return (map[bit / 64] >> (bit % 64)) & 1;
}

static inline void bitmap_set(uint64_t *map, size_t bit)
{
    map[bit / 64] |= BIT(bit % 64);
}

static inline void bitmap_clear(uint64_t *map, size_t bit)
{
    map[bit / 64] &= ~BIT(bit % 64);
}

/* The first bit at or above @from that is set, or @bits if there is none. */
size_t bitmap_next_set(const uint64_t *map, size_t bits, size_t from);
size_t bitmap_next_clear(const uint64_t *map, size_t bits, size_t from);

#endif
