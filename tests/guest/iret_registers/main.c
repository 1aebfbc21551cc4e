/* SPDX-License-Identifier: MIT */
/*
 * iret to guest-kernel mode loads RAX, R11, RCX, RIP, flags, RSP and SS from the frame and leaves the other registers; with
 * VGCF_in_syscall RCX and R11 are what SYSRET leaves there (abi-facts 3.8).
 */
#include "guest.h"

void test_main(void)
{
    struct iret_context context = { .rax = 0x1111111111111111,
                                    .r11 = 0x2222222222222222,
                                    .rcx = 0x3333333333333333,
                                    .rip = (uint64_t)undefined_instruction,
                                    .cs = FLAT_KERNEL_CS & ~3u,
                                    .rflags = RFLAGS_IF | RFLAGS_CF | RFLAGS_OF,
                                    .rsp = (uint64_t)spare_stack + SPARE_STACK_BYTES - 8,
                                    .ss = FLAT_KERNEL_SS & ~3u };
    struct try_result result = try_iret(&context);

    expect_eq(result.vector, VECTOR_UD, "the target");
    expect_eq(result.rip, context.rip, "RIP");
    expect_eq(result.frame.rax, context.rax, "RAX");
    expect_eq(result.frame.rcx, context.rcx, "RCX");
    expect_eq(result.frame.r11, context.r11, "R11");
    expect_eq(result.frame.rsp, context.rsp, "RSP");
    expect_eq(result.frame.ss, FLAT_KERNEL_SS, "SS has RPL 3");
    expect_eq(result.frame.cs & 0xffff, FLAT_KERNEL_CS & ~3u, "CS: it is still the kernel");
    expect_eq(result.frame.rflags & (RFLAGS_CF | RFLAGS_OF | RFLAGS_ZF), RFLAGS_CF | RFLAGS_OF,
              "the flags");

    context.flags = VGCF_in_syscall;
    result = try_iret(&context);
    expect_eq(result.frame.rax, context.rax, "RAX with VGCF_in_syscall");
    expect_eq(result.rip, context.rip, "RIP with VGCF_in_syscall");
    expect(result.frame.rcx != context.rcx && result.frame.r11 != context.r11,
           "RCX and R11 with VGCF_in_syscall");
    expect_eq(result.frame.rsp, context.rsp, "RSP with VGCF_in_syscall");
}
