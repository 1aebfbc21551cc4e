/* SPDX-License-Identifier: MIT */
/* How a CPU finds its own structure; host tests replace this file. */
#ifndef PARAPET_ARCH_THIS_CPU_H
#define PARAPET_ARCH_THIS_CPU_H

#include <stdint.h>

#include "arch/layout.h"

struct cpu;

static inline struct cpu *this_cpu(void)
{
    register uint64_t rsp __asm__("rsp");

    return (struct cpu *)((rsp & ~(CPU_REGION_SIZE - 1)) + CPU_REGION_CPU_PAGE * PAGE_SIZE);
}

#endif
