/* SPDX-License-Identifier: MIT */
#include "control/toolstack_bitmap.h"

#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"

#define WORD_BITS 64u
#define BITS_MAX  8192u /* a bitmap for more processors than there can be */

static uint32_t bytes_of(uint32_t bits)
{
    return bits / 8 + (bits % 8 ? 1 : 0);
}

int bitmap_from_guest(const struct xenctl_bitmap *bitmap, uint64_t *bits)
{
    uint32_t count = bitmap->nr_bits < WORD_BITS ? bitmap->nr_bits : WORD_BITS;

    *bits = 0;
    if (copy_from_guest(bits, bitmap->bitmap, bytes_of(count)))
        return -EFAULT;
    if (count < WORD_BITS)
        *bits &= BIT(count) - 1;
    return 0;
}

int bitmap_to_guest(const struct xenctl_bitmap *bitmap, uint64_t bits)
{
    uint32_t bytes = bytes_of(bitmap->nr_bits);

    if (bitmap->nr_bits > BITS_MAX)
        return refuse(-E2BIG, "a bitmap of %u bits", bitmap->nr_bits);
    if (bytes <= sizeof(bits))
        return copy_to_guest(bitmap->bitmap, &bits, bytes);
    if (copy_to_guest(bitmap->bitmap, &bits, sizeof(bits)))
        return -EFAULT;
    return clear_guest(bitmap->bitmap + sizeof(bits), bytes - sizeof(bits));
}
