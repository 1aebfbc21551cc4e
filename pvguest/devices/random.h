/* SPDX-License-Identifier: MIT */
/* Numbers that look random and are the same in every run with the same seed. */
#ifndef PVGUEST_DEVICES_RANDOM_H
#define PVGUEST_DEVICES_RANDOM_H

#include <stdint.h>

/* Marsaglia's xorshift; the state is never 0. */
static inline uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Below @limit; 0 for a limit of 0. */
static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
    return limit ? random_next(state) % limit : 0;
}

#endif
