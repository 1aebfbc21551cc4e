/* SPDX-License-Identifier: MIT */
/*
 * Multiplying a 64-bit count by a fixed ratio without a division, in the form that the ABI's
 * vcpu_time_info gives to guests: ((ticks << shift, or >> -shift) * mul) >> 32.
 */
#ifndef PARAPET_ARCH_CLOCK_SCALE_H
#define PARAPET_ARCH_CLOCK_SCALE_H

#include <stdint.h>

struct clock_scale {
    uint32_t mul;
    int8_t shift;
};

/* Never overflows before the result does. A negative shift is applied last, which keeps the
 * bits that a guest's own computation drops: the result is never below the guest's. */
static inline uint64_t clock_scale_apply(struct clock_scale scale, uint64_t ticks)
{
    unsigned __int128 product = (unsigned __int128)ticks * scale.mul;

    return (uint64_t)(product >> (32 - scale.shift));
}

/* The scale that multiplies by @to / @from, rounded down; both from 1 to 2^40. */
struct clock_scale clock_scale_ratio(uint64_t to, uint64_t from);

#endif
