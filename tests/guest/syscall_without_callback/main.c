/* SPDX-License-Identifier: MIT */
/*
 * A kernel without a system-call callback gets #UD at the SYSCALL instruction from user mode (abi-facts 3.4; XSA-44).
 */
#include "guest.h"

USER_CODE_BLOCK(call, "mov $1, %eax\n"
                      "syscall\n"
                      "mov $1, %eax\n"
                      "mov $0x77, %ecx\n"
                      "syscall\n"
                      "nop\n");
#define SECOND_CALL 17u

static void remove_callback(struct guest_frame *frame)
{
    (void)frame;
    require_eq(hypercall(set_callbacks, entry_point(ENTRY_EVENT), entry_point(ENTRY_FAILSAFE), 0),
               0, "no callback for SYSCALL");
}

void test_main(void)
{
    struct try_result result;

    on_user_syscall(remove_callback);
    result = try_user(CODE(call), 0);
    expect_eq(result.vector, VECTOR_UD, "the exception");
    expect_eq(result.rip, USER_CODE + SECOND_CALL, "RIP is at SYSCALL");
    expect_eq(result.frame.cs & 0xffff, FLAT_USER_CS, "in user mode");
    expect_eq(hypercall(xen_version, XENVER_version), 0x40011, "the kernel's hypercalls go on");
}
