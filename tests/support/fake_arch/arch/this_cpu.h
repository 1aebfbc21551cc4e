/* SPDX-License-Identifier: MIT */
/* Each thread of a host test is a CPU: CPU 0, unless it called fake_cpu_become(). */
#ifndef PARAPET_TESTS_FAKE_ARCH_THIS_CPU_H
#define PARAPET_TESTS_FAKE_ARCH_THIS_CPU_H

#include <stdint.h>

struct cpu;

extern _Thread_local uint32_t fake_cpu_id;

static inline struct cpu *this_cpu(void)
{
    return cpu_by_id(fake_cpu_id);
}

#endif
