/* SPDX-License-Identifier: MIT */
#include "unit/sched/fake_tsc.h"

#include "arch/clock.h"
#include "arch/percpu.h"

bool fake_tsc_is_stable = true;
uint64_t fake_tsc_offset[64];

struct clock_scale clock_tsc_scale(void)
{
    return (struct clock_scale){ .mul = 0x80000000u, .shift = 0 };
}

bool clock_is_stable(void)
{
    return fake_tsc_is_stable;
}

uint64_t clock_tsc_at(uint64_t time_ns)
{
    return time_ns * 2 + FAKE_TSC_ORIGIN + fake_tsc_offset[this_cpu()->id];
}

uint64_t clock_time_at(uint64_t tsc)
{
    return (tsc - FAKE_TSC_ORIGIN - fake_tsc_offset[this_cpu()->id]) / 2;
}
