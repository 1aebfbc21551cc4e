/* SPDX-License-Identifier: MIT */
/*
 * The frame of an exception in guest user mode starts on the stack that stack_switch named, rounded
 * down to 16 bytes, not on the user's; CS and SS in it have RPL 3. The handler runs with the flat
 * kernel segments. (abi-facts 3.2)
 */
#include "guest.h"

USER_CODE_BLOCK(fault, "mov $0x1111, %ecx\n"
                       "mov $0x2222, %r11d\n"
                       "sub $0x18, %rsp\n"
                       "ud2");
#define FAULT_OFFSET 15u

static void run(void *unused)
{
    (void)unused;
    (void)user_run(CODE(fault), 0);
}

static void check_with_stack(uint64_t kernel_sp)
{
    struct try_result result;

    /* The second call sets the usual stack again, so it is switched by the user's system call. */
    expect_eq(hypercall(stack_switch, FLAT_KERNEL_SS, kernel_sp), 0, "stack_switch");
    result = try(run, NULL);
    expect_eq(result.vector, VECTOR_UD, "the exception");
    expect_eq(result.frame.rip, USER_CODE + FAULT_OFFSET, "RIP");
    expect_eq(result.frame.cs & 0xffffffff, FLAT_USER_CS, "CS has RPL 3");
    expect_eq(result.frame.ss, FLAT_USER_SS, "SS has RPL 3");
    expect_eq(result.frame.rsp, USER_STACK + 4096 - 0x18, "RSP is the user's");
    expect_eq(result.frame.rcx, 0x1111, "RCX");
    expect_eq(result.frame.r11, 0x2222, "R11");
}

USER_CODE_BLOCK(fault_later, "mov $1, %eax\nsyscall\nud2");

static uint64_t next_stack;

static void switch_stack(struct guest_frame *frame)
{
    (void)frame;
    expect_eq(hypercall(stack_switch, FLAT_KERNEL_SS, next_stack), 0, "stack_switch");
}

void test_main(void)
{
    uint64_t usual = (uint64_t)user_kernel_stack + USER_KERNEL_STACK_BYTES;
    uint64_t top = (uint64_t)spare_stack + SPARE_STACK_BYTES;
    struct try_result result;

    check_with_stack(usual);
    expect_eq(try(run, NULL).rsp, usual - 56, "the frame is on the kernel's stack");
    on_user_syscall(switch_stack);
    for (unsigned below = 0; below < 20; below++) {
        next_stack = top - below;
        result = try_user(CODE(fault_later), 0);
        expect_eq(result.vector, VECTOR_UD, "the exception");
        expect_eq(result.rsp, (next_stack & ~15UL) - 56, "where the frame is");
    }
}
