/* SPDX-License-Identifier: MIT */
/*
 * SYSENTER without a callback is #GP(0), by the same frame that says nothing about where it came from; also by the guest's kernel
 * itself. TF does not survive it as an exception of the hypervisor. (abi-facts 3.4; XSA-44)
 *
 * Machine: cpu="max,vendor=GenuineIntel" nobochs="its processor has no SYSENTER in long mode"
 */
#include "guest.h"

USER_CODE_BLOCK(enter, "sysenter\nud2\n");
USER_CODE_BLOCK(enter_stepping, "pushq $0x102\npopfq\nsysenter\nud2\n");

static void ignore(struct guest_frame *frame)
{
    (void)frame;
}

void test_main(void)
{
    struct try_result result = try_user(CODE(enter), 0);

    expect_eq(result.vector, VECTOR_GP, "the exception");
    expect_eq(result.error_code, 0, "its error code");
    expect_eq(result.rip, 0, "RIP");
    expect_eq(result.frame.cs & 0xffff, 3, "CS");
    on_entry(VECTOR_DB, ignore);
    result = try_user(CODE(enter_stepping), 0);
    expect_eq(result.vector, VECTOR_GP, "with TF");
    expect_eq(hypercall(xen_version, XENVER_version), 0x40011, "the kernel goes on");
}
