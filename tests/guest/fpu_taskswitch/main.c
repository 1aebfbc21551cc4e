/* SPDX-License-Identifier: MIT */
/*
 * fpu_taskswitch(1) makes the next use of the FPU a #NM; fpu_taskswitch(0), or CLTS, ends that
 * (xen.h).
 */
#include "guest.h"

static void use_fpu(void *unused)
{
    (void)unused;
    __asm__ volatile("fninit");
}

static void use_clts(void *unused)
{
    (void)unused;
    __asm__ volatile("clts");
}

void test_main(void)
{
    struct try_result result;

    expect(!try(use_fpu, NULL).trapped, "at first it works");
    expect_eq(hypercall(fpu_taskswitch, 1), 0, "set");
    result = try(use_fpu, NULL);
    expect(result.trapped && result.vector == VECTOR_NM, "#NM");
    /* The delivery of #NM clears the flag (abi-facts 3). */
    expect(!try(use_fpu, NULL).trapped, "then it works");
    expect_eq(hypercall(fpu_taskswitch, 1), 0, "set again");
    expect_eq(hypercall(fpu_taskswitch, 0), 0, "clear");
    expect(!try(use_fpu, NULL).trapped, "it works");
    expect_eq(hypercall(fpu_taskswitch, 1), 0, "set again");
    expect(!try(use_clts, NULL).trapped, "CLTS is emulated");
    expect(!try(use_fpu, NULL).trapped, "it works");
}
