/* SPDX-License-Identifier: MIT */
/* Long division by hand: the quotient has 32 bits, of which the highest is set. */
#include "arch/clock_scale.h"

#define SHIFT_MAX 31

struct clock_scale clock_scale_ratio(uint64_t to, uint64_t from)
{
    uint32_t mul = 0;
    int shift = 0;

    /* Until from / 2 <= to < from. */
    while (to >= from && shift < SHIFT_MAX) {
        from <<= 1;
        shift++;
    }
    while (to < from - to && shift > -SHIFT_MAX) {
        to <<= 1;
        shift--;
    }
    for (int bit = 0; bit < 32; bit++) {
        to <<= 1;
        mul <<= 1;
        if (to >= from) {
            to -= from;
            mul |= 1;
        }
    }
    return (struct clock_scale){ mul, (int8_t)shift };
}
