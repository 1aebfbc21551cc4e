/* SPDX-License-Identifier: MIT */
/*
 * Vectors are taken in turn: one that was given back is used again as late as can be, since an
 * interrupt of its last owner may still be on its way.
 */
#include "arch/device_vectors.h"

#include "arch/vectors.h"
#include "lib/assert.h"
#include "lib/bits.h"

static uint64_t in_use[BITMAP_WORDS(VECTOR_COUNT)];
static uint32_t next_vector = VECTOR_FIRST_DEVICE;

static bool is_free(uint32_t vector)
{
    return vector >= VECTOR_FIRST_DEVICE && vector <= VECTOR_LAST_DEVICE &&
           vector != VECTOR_GUEST_INT80 && vector != VECTOR_GUEST_INT82 &&
           !bitmap_test(in_use, vector);
}

static bool row_is_free(uint32_t first, uint32_t count)
{
    for (uint32_t vector = first; vector < first + count; vector++) {
        if (!is_free(vector))
            return false;
    }
    return true;
}

uint32_t device_vectors_take(uint32_t count)
{
    ASSERT(count && count <= DEVICE_VECTORS_IN_A_ROW_MAX && is_power_of_two(count));
    for (uint32_t tries = 0; tries < VECTOR_COUNT; tries += count) {
        uint32_t first = ((next_vector + tries) & ~(count - 1)) % VECTOR_COUNT;

        if (!row_is_free(first, count))
            continue;
        for (uint32_t vector = first; vector < first + count; vector++)
            bitmap_set(in_use, vector);
        next_vector = first + count;
        return first;
    }
    return 0;
}

void device_vectors_give(uint32_t first, uint32_t count)
{
    for (uint32_t vector = first; vector < first + count; vector++) {
        ASSERT(bitmap_test(in_use, vector));
        bitmap_clear(in_use, vector);
    }
}
