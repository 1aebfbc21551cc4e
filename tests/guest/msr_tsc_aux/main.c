/* SPDX-License-Identifier: MIT */
/*
 * TSC_AUX belongs to the vCPU: RDTSCP gives its value, also after other vCPUs ran on the same processor; more than
 * 32 bits are #GP (abi-facts 4.2).
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "privileged.h"

static uint32_t rdtscp(void)
{
    uint32_t low, high, aux;

    __asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(aux));
    return aux;
}

static void other_vcpu(uint32_t id)
{
    expect_eq(rdtscp(), 0, "vCPU 1 begins with 0");
    expect(!try_wrmsr(MSR_TSC_AUX, 100 + id).trapped, "TSC_AUX of vCPU 1");
    for (unsigned i = 0; i < 20; i++) {
        expect_eq(rdtscp(), 101, "TSC_AUX of vCPU 1");
        (void)hypercall(sched_op, SCHEDOP_yield);
    }
}

void test_main(void)
{
    if (!(cpuid_forced(0x80000001, 0).edx & BIT(27))) {
        expect(try_rdmsr(MSR_TSC_AUX, NULL).trapped, "TSC_AUX without RDTSCP");
        expect(try_wrmsr(MSR_TSC_AUX, 1).trapped, "TSC_AUX without RDTSCP");
        return;
    }
    expect(!try_wrmsr(MSR_TSC_AUX, 0xfedcba98).trapped, "TSC_AUX");
    expect_eq(rdtscp(), 0xfedcba98, "is what RDTSCP gives");
    expect_eq(msr_get(MSR_TSC_AUX), 0xfedcba98, "and RDMSR");
    expect_eq(try_wrmsr(MSR_TSC_AUX, BIT(32)).vector, VECTOR_GP, "more than 32 bits");
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    for (unsigned i = 0; i < 20; i++) {
        expect_eq(rdtscp(), 0xfedcba98, "TSC_AUX of vCPU 0");
        (void)hypercall(sched_op, SCHEDOP_yield);
    }
    vcpu_wait(1);
}
