/* SPDX-License-Identifier: MIT */
/*
 * Areas that cannot be written are refused with -EFAULT and forgotten; a page that goes away later harms nobody
 * (abi-facts 10.1, 11.5).
 */
#include "guest.h"

static const uint64_t bad[] = {
    0x1000, 0x800000000000, HYPERVISOR_VIRT_START, 0xffff840000000000, HYPERVISOR_VIRT_START - 8,
    ~0UL
};

void test_main(void)
{
    struct vcpu_register_runstate_memory_area runstate;
    struct vcpu_register_time_memory_area time;
    uint8_t *page = page_new();

    for (unsigned i = 0; i < ARRAY_COUNT(bad); i++) {
        runstate.addr.v = time.addr.v = bad[i];
        expect_eq(hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &runstate),
                  -XEN_EFAULT, "a runstate area");
        expect_eq(hypercall(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, &time), -XEN_EFAULT,
                  "a time area");
    }
    runstate.addr.v = (uint64_t)page + 4096 - 16;
    time.addr.v = (uint64_t)page;
    expect_eq(hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 2, &runstate), -XEN_ENOENT,
              "of no vCPU");
    expect_eq(hypercall(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 2, &time), -XEN_ENOENT,
              "of no vCPU");
    runstate.addr.v = (uint64_t)page + 256;
    require_eq(hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &runstate), 0, "one");
    require_eq(hypercall(vcpu_op, VCPUOP_register_vcpu_time_memory_area, 0, &time), 0, "and one");
    require_eq(map_page(page, 0), 0, "their page goes away");
    for (unsigned i = 0; i < 5; i++) {
        struct sched_poll poll = { .timeout = system_time() + 100000 };

        expect_eq(hypercall(sched_op, SCHEDOP_poll, &poll), 0, "a switch away and back");
    }
}
