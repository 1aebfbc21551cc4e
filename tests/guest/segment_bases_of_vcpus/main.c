/* SPDX-License-Identifier: MIT */
/*
 * FS, and GS of both modes, belong to the vCPU: selectors and bases are kept while other vCPUs run on the same processor, also
 * bases that no descriptor has (abi-facts 3.12, 10.3).
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "privileged.h"

#define ROUNDS 20u

static void check(uint32_t id)
{
    uint64_t fs = 0x10000 + id, gs = 0xffff900000000000 + id, user_gs = 0x20000 + id;
    uint16_t selector = id ? FLAT_KERNEL_SS : 0, es;

    __asm__ volatile("mov %0, %%es" : : "r"(selector));
    require_eq(hypercall(set_segment_base, SEGBASE_FS, fs), 0, "FS base");
    require_eq(hypercall(set_segment_base, SEGBASE_GS_KERNEL, gs), 0, "GS base");
    require_eq(hypercall(set_segment_base, SEGBASE_GS_USER, user_gs), 0, "the user's GS base");
    for (unsigned i = 0; i < ROUNDS; i++) {
        (void)hypercall(sched_op, SCHEDOP_yield);
        expect_eq(msr_get(MSR_FS_BASE), fs, "FS base");
        expect_eq(msr_get(MSR_GS_BASE), gs, "GS base");
        expect_eq(msr_get(MSR_KERNEL_GS_BASE), user_gs, "the user's GS base");
        __asm__ volatile("mov %%es, %0" : "=r"(es));
        expect_eq(es, selector, "ES");
    }
}

void test_main(void)
{
    require_eq(vcpu_start(1, check), 0, "vCPU 1");
    check(0);
    vcpu_wait(1);
}
