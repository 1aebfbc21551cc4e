/* SPDX-License-Identifier: MIT */
/*
 * Guest user mode and guest kernel mode have the same FPU registers, which no entry changes: the guest's kernel
 * switches them itself (abi-facts 3.13).
 */
#include "guest.h"

USER_CODE_BLOCK(user_sse, "movq %xmm3, %rbx\n"
                          "mov $0x5555, %eax\n"
                          "movq %rax, %xmm3\n"
                          "mov $1, %eax\n"
                          "syscall\n"
                          "movq %xmm3, %rax\n"
                          "cmp $0x7777, %rax\n"
                          "jne 1f\n"
                          "mov %rbx, %rax\n"
                          "1:\n" USER_RETURN);

static void look(struct guest_frame *frame)
{
    uint64_t value;

    (void)frame;
    __asm__ volatile("movq %%xmm3, %0" : "=r"(value));
    expect_eq(value, 0x5555, "what user mode left");
    __asm__ volatile("movq %0, %%xmm3" : : "r"(0x7777UL));
}

void test_main(void)
{
    uint64_t value;

    on_user_syscall(look);
    __asm__ volatile("movq %0, %%xmm3" : : "r"(0x4444UL));
    expect_eq(user_run(CODE(user_sse), 0), 0x4444, "user mode finds what the kernel left");
    __asm__ volatile("movq %%xmm3, %0" : "=r"(value));
    expect_eq(value, 0x7777, "and the other way");
}
