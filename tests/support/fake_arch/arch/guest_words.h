/* SPDX-License-Identifier: MIT */
/* Words of fake guest memory (fake_guest_map()). */
#ifndef PARAPET_TESTS_FAKE_ARCH_GUEST_WORDS_H
#define PARAPET_TESTS_FAKE_ARCH_GUEST_WORDS_H

#include <stdint.h>

#include "arch/cpu_features.h"
#include "arch/x86.h"

/* 0, or 1 for a fault. The whole hypervisor's tests have their own, which walk page tables. */
int fake_guest_load(uint64_t *into, uint64_t address);
int fake_guest_store(uint64_t address, uint64_t value);

#define GUEST_STORE_OR(fault, base, offset, value)                                                 \
    do {                                                                                           \
        if (fake_guest_store((uint64_t)(base) + (offset), value))                                  \
            goto fault;                                                                            \
    } while (0)

#define GUEST_LOAD_OR(fault, into, base, offset)                                                   \
    do {                                                                                           \
        if (fake_guest_load(&(into), (uint64_t)(base) + (offset)))                                 \
            goto fault;                                                                            \
    } while (0)

static inline void guest_access_begin(void)
{
    if (smap_active)
        stac();
}

static inline void guest_access_end(void)
{
    if (smap_active)
        clac();
}

#endif
