/* SPDX-License-Identifier: MIT */
/*
 * Runstate areas are in the kernel's memory. A vCPU that is switched while it is in user mode, whose tables do not have them, finds
 * its area up to date when it is back; until then it may be as it was (abi-facts 6.8).
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "guest.h"

USER_CODE_BLOCK(wait_for_kernel, "mov $0x30000, %ebx\n"
                                 "movq $1, 8(%rbx)\n"
                                 "1: cmpq $0, (%rbx)\n"
                                 "je 1b\n"
                                 "mov $0x55, %eax\n" USER_RETURN);
USER_CODE_BLOCK(nothing, USER_RETURN);

static volatile struct vcpu_runstate_info area;

/* Runs when vCPU 0's time is over, which is in user mode. */
static void other_vcpu(uint32_t id)
{
    volatile uint64_t *words = (volatile uint64_t *)(void *)user_data;

    (void)id;
    while (!words[1])
        (void)hypercall(sched_op, SCHEDOP_yield);
    words[0] = 1;
}

void test_main(void)
{
    struct vcpu_register_runstate_memory_area op = { .addr.v = (uint64_t)&area };

    (void)user_run(CODE(nothing), 0);
    require_eq(hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &op), 0, "an area");
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    expect_eq(user_run(CODE(wait_for_kernel), 0), 0x55, "user mode goes on");
    expect_eq(area.state, RUNSTATE_running, "the state when it is back");
    expect(area.time[RUNSTATE_runnable] > 0, "the time it waited");
    vcpu_wait(1);
}
