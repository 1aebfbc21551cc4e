/* SPDX-License-Identifier: MIT */
/*
 * VCPUOP_down stops a vCPU that is running elsewhere, soon, and VCPUOP_up lets it go on exactly where it was
 * (abi-facts 10.1).
 *
 * Machine: cpus=2
 */
#include "guest.h"

static volatile uint64_t counter;
static volatile bool is_over;

static void count(uint32_t id)
{
    (void)id;
    while (!is_over)
        counter++;
}

static void wait_until_offline(void)
{
    struct vcpu_runstate_info info;

    do {
        require_eq(hypercall(vcpu_op, VCPUOP_get_runstate_info, 1, &info), 0, "runstate");
    } while (info.state != RUNSTATE_offline);
}

void test_main(void)
{
    uint64_t before;

    require_eq(vcpu_start(1, count), 0, "vCPU 1");
    for (unsigned round = 0; round < 20; round++) {
        before = counter;
        while (counter == before)
            cpu_relax();
        expect_eq(hypercall(vcpu_op, VCPUOP_down, 1, NULL), 0, "down");
        expect_eq(hypercall(vcpu_op, VCPUOP_is_up, 1, NULL), 0, "it is down");
        wait_until_offline();
        before = counter;
        for (unsigned i = 0; i < 20000; i++)
            cpu_relax();
        expect_eq(counter, before, "and does not run");
        expect_eq(hypercall(vcpu_op, VCPUOP_up, 1, NULL), 0, "up");
        expect_eq(hypercall(vcpu_op, VCPUOP_is_up, 1, NULL), 1, "it is up");
    }
    is_over = true;
    vcpu_wait(1);
}
