/* SPDX-License-Identifier: MIT */
/*
 * VCPUOP_is_up answers 1 or 0 for vCPUs that exist and -ENOENT for all others; Linux asks for 8192 of
 * them (abi-facts 2.1, row 27).
 *
 * Machine: cpus=2
 */
#include "guest.h"

void test_main(void)
{
    expect_eq(hypercall(vcpu_op, VCPUOP_is_up, 0), 1, "this one");
    expect_eq(hypercall(vcpu_op, VCPUOP_is_up, 1), 0, "the other one");
    for (uint32_t id = 2; id < 8192; id++) {
        long result = hypercall(vcpu_op, VCPUOP_is_up, id);

        if (result != -XEN_ENOENT) {
            failure("vCPU %u: %ld", id, result);
            break;
        }
    }
    expect_eq(hypercall(vcpu_op, VCPUOP_is_up, ~0u), -XEN_ENOENT, "the largest number");
    expect_eq(hypercall(vcpu_op, 14, 0), -XEN_ENOSYS, "a command that does not exist");
    expect_eq(hypercall(vcpu_op, ~0u, 0), -XEN_ENOSYS, "the largest command");
    expect_eq(hypercall(vcpu_op, VCPUOP_up, 2), -XEN_ENOENT, "up, of one that does not exist");
    expect_eq(hypercall(vcpu_op, VCPUOP_down, 2), -XEN_ENOENT, "down");
    expect_eq(hypercall(vcpu_op, VCPUOP_send_nmi, 2), -XEN_ENOENT, "send_nmi");
}
