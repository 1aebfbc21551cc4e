/* SPDX-License-Identifier: MIT */
/*
 * The flag of fpu_taskswitch belongs to the vCPU: CR0 shows it, #NM comes in the modes of that vCPU only, and is
 * delivered with the flag clear (abi-facts 3.3, 3.13).
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "privileged.h"

static volatile bool is_set;

static void use(void *unused)
{
    (void)unused;
    __asm__ volatile("fninit");
}

static void other_vcpu(uint32_t id)
{
    (void)id;
    for (unsigned i = 0; i < 10; i++) {
        if (try(use, NULL).trapped)
            failure("#NM on vCPU 1");
        (void)hypercall(sched_op, SCHEDOP_yield);
    }
}

USER_CODE_BLOCK(user_fpu, "fninit\nud2");

void test_main(void)
{
    uint64_t cr0 = 0;
    struct try_result result;

    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    for (unsigned i = 0; i < 10; i++) {
        expect_eq(hypercall(fpu_taskswitch, 1), 0, "set");
        (void)hypercall(sched_op, SCHEDOP_yield);
        expect(!try_read_cr(0, &cr0).trapped && (cr0 & CR0_TS), "CR0.TS");
        result = try(use, NULL);
        expect_eq(result.vector, VECTOR_NM, "#NM on vCPU 0");
        expect(!try_read_cr(0, &cr0).trapped && !(cr0 & CR0_TS), "CR0.TS in its handler");
    }
    vcpu_wait(1);
    expect_eq(hypercall(fpu_taskswitch, 1), 0, "set");
    result = try_user(CODE(user_fpu), 0);
    expect_eq(result.vector, VECTOR_NM, "#NM in user mode");
    expect_eq(result.rip, USER_CODE, "at the instruction");
    result = try_user(CODE(user_fpu), 0);
    expect_eq(result.vector, VECTOR_UD, "the second time it works");
}
