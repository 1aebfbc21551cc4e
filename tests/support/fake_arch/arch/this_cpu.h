/* SPDX-License-Identifier: MIT */
/* Each thread of a host test is a CPU: CPU 0, unless it called fake_cpu_become(). */
#ifndef PARAPET_TESTS_FAKE_ARCH_THIS_CPU_H
#define PARAPET_TESTS_FAKE_ARCH_THIS_CPU_H

#include <stdint.h>

#include "arch/layout.h"

struct cpu;

extern _Thread_local uint32_t fake_cpu_id;

static inline struct cpu *this_cpu(void)
{
    return (struct cpu *)(CPU_REGIONS_VIRT + fake_cpu_id * CPU_REGION_SIZE +
                          CPU_REGION_CPU_PAGE * PAGE_SIZE);
}

#endif
