/* SPDX-License-Identifier: MIT */
/* How a CPU finds its own structure; host tests replace this file. */
#ifndef PARAPET_ARCH_THIS_CPU_H
#define PARAPET_ARCH_THIS_CPU_H

#include <stdint.h>

#include "arch/layout.h"

struct cpu;

/* At file scope: a local register variable may only be an asm operand, and clang takes that
 * literally and reads it as undefined. */
register uint64_t current_stack_pointer __asm__("rsp");

static inline struct cpu *this_cpu(void)
{
    return (struct cpu *)((current_stack_pointer & ~(CPU_REGION_SIZE - 1)) +
                          CPU_REGION_CPU_PAGE * PAGE_SIZE);
}

#endif
