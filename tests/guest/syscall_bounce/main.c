/* SPDX-License-Identifier: MIT */
/*
 * SYSCALL in guest user mode goes to the kernel's syscall callback with a frame on the kernel's stack
 * that says where it came from (abi-facts 3.4). It is never a hypercall.
 */
#include "guest.h"

extern uint8_t user_calls[], user_calls_end[], user_after[];
__asm__(".pushsection .rodata\n"
        "user_calls: mov $18, %eax\n" /* console_io, if it were a hypercall */
        "mov $0x1234, %edi\n"
        "mov $0x5678, %esi\n"
        "stc\n"
        "syscall\n"
        "user_after: mov %rax, %rdi\n"
        "xor %eax, %eax\n"
        "syscall\n"
        "user_calls_end:\n"
        ".popsection\n");

static struct guest_frame seen;

static void answer(struct guest_frame *frame)
{
    seen = *frame;
    frame->rax = 0x99;
}

void test_main(void)
{
    uint64_t offset = (uint64_t)(user_after - user_calls);

    on_user_syscall(answer);
    expect_eq(user_run(user_calls, (size_t)(user_calls_end - user_calls), 0), 0x99,
              "the handler's answer comes back");
    expect_eq(seen.rax, 18, "rax");
    expect_eq(seen.rdi, 0x1234, "rdi");
    expect_eq(seen.rsi, 0x5678, "rsi");
    expect_eq(seen.rip, (long)(USER_CODE + offset), "rip");
    expect_eq(seen.rsp, (long)(USER_STACK + 4096), "rsp");
    expect_eq(seen.cs & 0xffff, FLAT_USER_CS, "cs");
    expect_eq(seen.ss & 0xffff, FLAT_USER_SS, "ss");
    expect_eq(seen.rcx, (long)seen.rip, "rcx is what SYSCALL leaves there");
    expect(seen.rflags & 1, "the carry flag is kept");
    expect(seen.rflags & 0x200, "interrupts seem on");
}
