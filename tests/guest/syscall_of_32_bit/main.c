/* SPDX-License-Identifier: MIT */
/*
 * SYSCALL in 32-bit code (AMD only) goes to the callback syscall32, with CS 0xe023 in the frame, and DF cleared like
 * the other; the way back is to 32-bit code. Without the callback it is #UD at the instruction. (abi-facts 3.4)
 */
#include "guest.h"

USER_CODE_BLOCK(call32, ".code32\n"
                        "std\n"
                        "mov $0x1234, %eax\n"
                        "syscall\n"
                        "ud2\n"
                        ".code64");
#define SYSCALL_OFFSET 6u

static struct guest_frame seen;
static uint64_t flags_in_handler;
static uint8_t mask_in_handler;

static void note(struct guest_frame *frame)
{
    seen = *frame;
    flags_in_handler = entry_rflags;
    mask_in_handler = this_vcpu_info()->evtchn_upcall_mask;
}

void test_main(void)
{
    struct callback_register callback = { .type = CALLBACKTYPE_syscall32,
                                          .flags = CALLBACKF_mask_events,
                                          .address = entry_point(ENTRY_SYSCALL32) };
    struct try_result result = try_user_in(CODE(call32), FLAT_USER_CS32, RFLAGS_IF);

    expect_eq(result.vector, VECTOR_UD, "without a callback");
    expect_eq(result.rip, USER_CODE + SYSCALL_OFFSET, "RIP is at SYSCALL");
    expect_eq(result.frame.cs & 0xffff, FLAT_USER_CS32, "its CS");

    require_eq(hypercall(callback_op, CALLBACKOP_register, &callback), 0, "a callback");
    on_entry(ENTRY_SYSCALL32, note);
    result = try_user_in(CODE(call32), FLAT_USER_CS32, RFLAGS_IF);
    if (!entries_seen(ENTRY_SYSCALL32) && result.rip == USER_CODE + SYSCALL_OFFSET)
        skip("no SYSCALL in 32-bit code on this processor");
    expect_eq(entries_seen(ENTRY_SYSCALL32), 1, "the callback");
    expect_eq(seen.rax, 0x1234, "RAX");
    expect_eq(seen.rip, USER_CODE + SYSCALL_OFFSET + 2, "RIP is behind SYSCALL");
    expect_eq(seen.cs & 0xffff, FLAT_USER_CS32, "CS");
    expect_eq(seen.ss, FLAT_USER_SS32, "SS");
    expect_eq(seen.rsp, USER_STACK + 4096, "RSP");
    expect(seen.rflags & RFLAGS_DF, "DF in the frame");
    expect_eq(flags_in_handler & RFLAGS_DF, 0, "DF in the handler");
    expect_eq(mask_in_handler, 1, "the mask in the handler");
    expect_eq(result.vector, VECTOR_UD, "the code goes on");
    expect_eq(result.rip, USER_CODE + SYSCALL_OFFSET + 2, "behind SYSCALL");
    expect_eq(result.frame.cs & 0xffff, FLAT_USER_CS32, "in 32-bit code");
}
