/* SPDX-License-Identifier: MIT */
/*
 * Single words of guest memory, for the frames of traps and iret, where a copy routine would
 * cost more than the work. Host tests replace this file.
 *
 * The caller has checked that the addresses are not the hypervisor's; a fault of the access goes
 * to the label. All accesses are between guest_access_begin() and guest_access_end().
 */
#ifndef PARAPET_ARCH_GUEST_WORDS_H
#define PARAPET_ARCH_GUEST_WORDS_H

#include <stdint.h>

#include "arch/cpu_features.h"
#include "arch/fixup.h"
#include "arch/x86.h"
#include "lib/compiler.h"

/* Store @value at guest address @base + @offset (a constant), or go to @fault. */
#define GUEST_STORE_OR(fault, base, offset, value)                                                 \
    __asm__ goto("1: movq %1, %c2(%0)\n" FIXUP_ASM("1b", "%l[" #fault "]")                         \
                 :                                                                                 \
                 : "r"((uint64_t)(base)), "er"((uint64_t)(value)), "i"((int32_t)(offset))          \
                 : "memory"                                                                        \
                 : fault)

/* Load the variable @into from guest address @base + @offset (a constant), or go to @fault. */
#define GUEST_LOAD_OR(fault, into, base, offset)                                                   \
    __asm__ goto("1: movq %c2(%1), %0\n" FIXUP_ASM("1b", "%l[" #fault "]")                         \
                 : "=r"(into)                                                                      \
                 : "r"((uint64_t)(base)), "i"((int32_t)(offset))                                   \
                 : "memory"                                                                        \
                 : fault)

/* With SMAP, pages that a guest can reach are out of our reach except between these two. */
static inline void guest_access_begin(void)
{
    if (unlikely(smap_active))
        stac();
}

static inline void guest_access_end(void)
{
    if (unlikely(smap_active))
        clac();
}

#endif
