/* SPDX-License-Identifier: MIT */
/*
 * Each command of vcpu_op on a vCPU that the domain does not have is -ENOENT, whatever its argument is (abi-facts 10.1;
 * XSA-296).
 */
#include "guest.h"

static struct vcpu_guest_context argument;

void test_main(void)
{
    static const uint32_t ids[] = { 1, 31, 32, 63, 64, 8191, 8192, 0x80000000, ~0u };
    static const uint32_t commands[] = {
#define OP(number, name, argument, copy, summary) number,
#include "hypercall-abi/tables/vcpu_ops.def"
#undef OP
    };

    for (unsigned i = 0; i < ARRAY_COUNT(ids); i++) {
        for (unsigned j = 0; j < ARRAY_COUNT(commands); j++) {
            long result = hypercall(vcpu_op, commands[j], ids[i], &argument);

            if (result != -XEN_ENOENT)
                failure("command %u on vCPU %#x: %ld", commands[j], ids[i], result);
        }
    }
    expect_eq(hypercall(vcpu_op, VCPUOP_get_physid, 0, &argument), -XEN_ENOSYS, "get_physid");
    expect_eq(hypercall(vcpu_op, 14, 0, &argument), -XEN_ENOSYS, "the next number");
}
