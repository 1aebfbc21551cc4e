/* SPDX-License-Identifier: MIT */
/*
 * The system call's handler starts with events masked if its callback was registered with CALLBACKF_mask_events, and with the
 * mask as it was otherwise; the older set_callbacks registers it without (abi-facts 3.4).
 */
#include "guest.h"

USER_CODE_BLOCK(call, "mov $1, %eax\n"
                      "syscall\n"
                      "mov $1, %eax\n"
                      "syscall\n"
                      "mov $1, %eax\n"
                      "syscall\n" USER_RETURN);

static unsigned calls;

static void look(struct guest_frame *frame)
{
    struct callback_register callback = { .type = CALLBACKTYPE_syscall,
                                          .flags = CALLBACKF_mask_events,
                                          .address = entry_point(ENTRY_SYSCALL) };

    expect_eq(frame->cs >> 32 & 0xff, 0, "the mask before");
    expect(frame->rflags & RFLAGS_IF, "IF in the frame");
    expect_eq(this_vcpu_info()->evtchn_upcall_mask, calls == 1, "the mask in the handler");
    if (calls == 0)
        require_eq(hypercall(callback_op, CALLBACKOP_register, &callback), 0, "with the flag");
    else
        require_eq(hypercall(set_callbacks, entry_point(ENTRY_EVENT), entry_point(ENTRY_FAILSAFE),
                             entry_point(ENTRY_SYSCALL)),
                   0, "without the flag");
    calls++;
}

void test_main(void)
{
    on_user_syscall(look);
    (void)user_run(CODE(call), 0);
    expect_eq(calls, 3, "calls");
}
