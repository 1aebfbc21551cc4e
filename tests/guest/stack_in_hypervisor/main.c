/* SPDX-License-Identifier: MIT */
/*
 * An entry that would push its frame into the hypervisor's range crashes the domain and writes
 * nothing there (XSA-183, XSA-215).
 */
#include "guest.h"

extern uint8_t user_call[], user_call_end[];
__asm__(".pushsection .rodata\n"
        "user_call: mov $1, %eax\n"
        "syscall\n"
        "ud2\n"
        "user_call_end:\n"
        ".popsection\n");

static void spoil(struct guest_frame *frame)
{
    static bool is_done;

    if (is_done) {
        failure("an entry on the hypervisor's memory was made");
        return;
    }
    is_done = true;
    require_eq(hypercall(stack_switch, FLAT_KERNEL_SS, 0xffff840000200000UL), 0, "a stack");
    frame->rip = USER_CODE;
    expect_crash("");
}

void test_main(void)
{
    on_user_syscall(spoil);
    (void)user_run(user_call, (size_t)(user_call_end - user_call), 0);
}
