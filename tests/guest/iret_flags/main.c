/* SPDX-License-Identifier: MIT */
/*
 * iret takes from the frame only flags that a guest may have: IF stays on, IOPL, NT and VM off,
 * whatever the frame says (XSA-202). The virtual IOPL is kept.
 */
#include "guest.h"

extern uint8_t user_flags[], user_flags_end[];
__asm__(".pushsection .rodata\n"
        "user_flags: mov $1, %eax\n"
        "syscall\n"
        "pushfq\n"
        "pop %rdi\n"
        "xor %eax, %eax\n"
        "syscall\n"
        "user_flags_end:\n"
        ".popsection\n");

static uint64_t flags_to_load;

static void load(struct guest_frame *frame)
{
    frame->rflags = flags_to_load;
}

static uint64_t loaded(uint64_t flags)
{
    flags_to_load = flags;
    return user_run(user_flags, (size_t)(user_flags_end - user_flags), 0);
}

void test_main(void)
{
    on_user_syscall(load);
    expect_eq(loaded(0x202) & 0x27200, 0x200, "plain");
    expect_eq(loaded(0x2) & 0x200, 0x200, "IF cannot be cleared");
    expect_eq(loaded(0x3202) & 0x3000, 0, "no real IOPL");
    expect_eq(loaded(0x4202) & 0x4000, 0, "no NT");
    expect_eq(loaded(0x20202) & 0x20000, 0, "no VM");
    expect_eq(loaded(0x180202) & 0x180000, 0, "no VIF, VIP");
    expect_eq(loaded(0x8d7) & 0x8d5, 0x8d5, "arithmetic flags are kept");
    expect_eq(loaded(0x200202) & 0x200000, 0x200000, "ID is kept");
    expect_eq(loaded(0xffffffff00000202UL) & 0xffffffff00000000UL, 0, "nothing above");
}
