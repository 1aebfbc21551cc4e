/* SPDX-License-Identifier: MIT */
/*
 * SYSCALL in user mode enters the kernel without DF, NT, AC and TF, whatever user mode had set, and the frame has them; so
 * has R11, as the processor left it. A kernel that ran with NT would fault at its next IRET, one with AC at its next unaligned
 * access (XSA-8, XSA-339; abi-facts 3.4).
 */
#include "guest.h"

/* Flags from the data page; RAX = 1 is the test's handler. */
USER_CODE_BLOCK(call_with_flags, "mov $0x30000, %ebx\n"
                                 "pushq (%rbx)\n"
                                 "popfq\n"
                                 "mov $1, %eax\n"
                                 "syscall\n"
                                 "pushfq\n"
                                 "popq %rax\n"
                                 "pushq $2\n"
                                 "popfq\n" USER_RETURN);

static uint64_t wanted;

static void look(struct guest_frame *frame)
{
    const uint64_t cleared = RFLAGS_DF | RFLAGS_NT | RFLAGS_AC | RFLAGS_TF | RFLAGS_RF;

    expect_eq(entry_rflags & cleared, 0, "the kernel's flags");
    expect_eq(frame->rflags & wanted, wanted, "the flags in the frame");
    expect_eq(frame->r11 & wanted, wanted, "the flags in R11");
    expect_eq(frame->rcx, frame->rip, "RIP in RCX");
}

static void check(uint64_t flags)
{
    uint64_t back;

    wanted = flags;
    *(uint64_t *)(void *)user_data = flags;
    back = user_run(CODE(call_with_flags), 0);
    expect_eq(back & flags & ~RFLAGS_NT, flags & ~RFLAGS_NT, "the flags after iret");
}

void test_main(void)
{
    USER_CODE_BLOCK(nothing, USER_RETURN);

    (void)user_run(CODE(nothing), 0);
    on_user_syscall(look);
    check(RFLAGS_DF);
    check(RFLAGS_NT);
    check(RFLAGS_AC);
    check(RFLAGS_ID);
    check(RFLAGS_CF | RFLAGS_ZF | RFLAGS_OF);
    check(RFLAGS_DF | RFLAGS_NT | RFLAGS_AC | RFLAGS_ID | RFLAGS_CF);
}
