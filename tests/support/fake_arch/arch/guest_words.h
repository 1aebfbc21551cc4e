/* SPDX-License-Identifier: MIT */
/* Words of fake guest memory (fake_guest_map()). */
#ifndef PARAPET_TESTS_FAKE_ARCH_GUEST_WORDS_H
#define PARAPET_TESTS_FAKE_ARCH_GUEST_WORDS_H

#include <stdint.h>

#include "arch/cpu_features.h"
#include "arch/x86.h"
#include "mm/guest_copy.h"

#define GUEST_STORE_OR(fault, base, offset, value)                                                 \
    do {                                                                                           \
        uint64_t fake_word = (value);                                                              \
        if (guest_copy((void *)((uint64_t)(base) + (offset)), &fake_word, sizeof(fake_word)))      \
            goto fault;                                                                            \
    } while (0)

#define GUEST_LOAD_OR(fault, into, base, offset)                                                   \
    do {                                                                                           \
        if (guest_copy(&(into), (const void *)((uint64_t)(base) + (offset)), sizeof(into)))        \
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
