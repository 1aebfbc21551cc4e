/* SPDX-License-Identifier: MIT */
/*
 * A kernel that has no trap table yet gets 0 from an MSR that does not exist: #GP would be its end, for nothing
 * (abi-facts 4.2). Writing GS base, the first thing that Linux does, works.
 */
#include "privileged.h"

static uint64_t read_raw(uint32_t msr)
{
    uint64_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr), "0"(~0UL), "1"(~0UL));
    return high << 32 | low;
}

void test_main(void)
{
    require_eq(hypercall(set_trap_table, NULL), 0, "no trap table");
    expect_eq(read_raw(0x12345), 0, "an MSR that does not exist");
    expect_eq(read_raw(0x606), 0, "one that is hidden");
    expect_eq(read_raw(MSR_PAT), PAT_VALUE, "one that exists");
    __asm__ volatile("wrmsr" : : "a"(0x1000), "d"(0), "c"(MSR_GS_BASE));
    expect_eq(read_raw(MSR_GS_BASE), 0x1000, "GS base");
}
