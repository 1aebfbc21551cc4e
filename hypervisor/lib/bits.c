/* SPDX-License-Identifier: MIT */
/* Searches in bitmaps, a word at a time. */
#include "lib/bits.h"

/* The first set bit at or above @from of the map whose words are inverted by @invert. */
static size_t next_bit(const uint64_t *map, size_t bits, size_t from, uint64_t invert)
{
    for (size_t base = from & ~63UL; base < bits; base += 64) {
        uint64_t word = map[base / 64] ^ invert;

        if (base < from)
            word &= ~0UL << (from - base);
        if (word) {
            size_t found = base + bit_lowest(word);
            return found < bits ? found : bits;
        }
    }
    return bits;
}

size_t bitmap_next_set(const uint64_t *map, size_t bits, size_t from)
{
    return next_bit(map, bits, from, 0);
}

size_t bitmap_next_clear(const uint64_t *map, size_t bits, size_t from)
{
    return next_bit(map, bits, from, ~0UL);
}
