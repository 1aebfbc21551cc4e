/* SPDX-License-Identifier: MIT */
/*
 * A second vCPU is initialised once, goes up, runs with the registers of its context, goes down and
 * comes up again (vcpu.h; abi-facts 10.1).
 *
 * Machine: cpus=2
 */
#include "guest.h"

static volatile uint32_t runs, seen_id;
static volatile uint64_t seen_stack;

static void other(uint32_t id)
{
    seen_id = id;
    seen_stack = (uint64_t)__builtin_frame_address(0);
    runs++;
}

void test_main(void)
{
    static struct vcpu_guest_context context;

    expect_eq(hypercall(vcpu_op, VCPUOP_up, 1), -XEN_EINVAL, "up before it is initialised");
    vcpu_context(1, other, &context);
    expect_eq(hypercall(vcpu_op, VCPUOP_initialise, 1, &context), 0, "initialise");
    expect_eq(hypercall(vcpu_op, VCPUOP_initialise, 1, &context), -XEN_EEXIST, "once");
    expect_eq(hypercall(vcpu_op, VCPUOP_initialise, 0, &context), -XEN_EEXIST, "not the caller");
    expect_eq(hypercall(vcpu_op, VCPUOP_initialise, 2, &context), -XEN_ENOENT, "no such vCPU");
    expect_eq(hypercall(vcpu_op, VCPUOP_is_up, 1), 0, "it is not up by that");
    expect_eq(runs, 0, "and does not run");
    expect_eq(hypercall(vcpu_op, VCPUOP_up, 1), 0, "up");
    vcpu_wait(1);
    expect_eq(runs, 1, "it ran");
    expect_eq(seen_id, 1, "with its argument");
    expect(seen_stack, "and its stack");
    expect_eq(hypercall(vcpu_op, VCPUOP_down, 1), 0, "down is idempotent");
    expect_eq(hypercall(vcpu_op, VCPUOP_up, 0), 0, "so is up");
}
