/* SPDX-License-Identifier: MIT */
/*
 * sched_op yield lets another vCPU of the same processor run (sched.h): with one CPU and two vCPUs the
 * other one makes progress while this one yields.
 *
 * Machine: cpus=1 options="dom0_max_vcpus=2"
 */
#include "guest.h"

static volatile uint32_t counter;

static void other(uint32_t id)
{
    (void)id;
    for (unsigned i = 0; i < 100; i++) {
        counter++;
        (void)hypercall(sched_op, SCHEDOP_yield);
    }
}

void test_main(void)
{
    expect_eq(hypercall(sched_op, SCHEDOP_yield), 0, "alone");
    require_eq(vcpu_start(1, other), 0, "another vCPU");
    vcpu_wait(1);
    expect_eq(counter, 100, "it ran to its end");
}
