/* SPDX-License-Identifier: MIT */
/*
 * Debug registers belong to the vCPU: breakpoints of one do not stop another on the same processor, and are back when their
 * vCPU is (abi-facts 10.3).
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "guest.h"

static volatile uint64_t watched;
static volatile bool is_over;

static void other_vcpu(uint32_t id)
{
    (void)id;
    expect_eq(hypercall(get_debugreg, 0), 0, "vCPU 1 has no breakpoint");
    expect_eq(hypercall(get_debugreg, 7), 0x400, "its DR7");
    require_eq(hypercall(set_debugreg, 1, 0x1234), 0, "a breakpoint of its own");
    while (!is_over) {
        watched++;
        (void)hypercall(sched_op, SCHEDOP_yield);
    }
}

static volatile uint64_t hits, by_other;

static void hit(struct guest_frame *frame)
{
    (void)frame;
    if (this_vcpu() == 0)
        hits++;
    else
        by_other++;
}

void test_main(void)
{
    on_entry(VECTOR_DB, hit);
    require_eq(hypercall(set_debugreg, 0, &watched), 0, "an address");
    require_eq(hypercall(set_debugreg, 7, 0x400 | 1 | 9UL << 16), 0, "its writes");
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    for (unsigned i = 1; i <= 20; i++) {
        (void)hypercall(sched_op, SCHEDOP_yield);
        watched = 0;
        expect_eq(hits, i, "a write by vCPU 0");
        expect_eq(hypercall(get_debugreg, 1), 0, "DR1 of vCPU 0");
    }
    expect_eq(by_other, 0, "writes by vCPU 1");
    is_over = true;
    vcpu_wait(1);
}
