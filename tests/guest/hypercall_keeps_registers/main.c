/* SPDX-License-Identifier: MIT */
/*
 * A hypercall changes RAX, RCX and R11 only; guests' stubs declare no other register but the used
 * arguments as destroyed (abi-facts 1.5).
 */
#include "guest.h"

static USED uint64_t after[16], before_flags, after_flags;

/* All registers but RSP get values that can be told apart. */
static void call(uint64_t number)
{
    __asm__ volatile("push %%rbx; push %%rbp; push %%r12; push %%r13; push %%r14; push %%r15\n"
                     "mov %%rax, %%r11\n"
                     "mov $0x1b, %%rbx; mov $0x1d, %%rdx; mov $0x15, %%rsi; mov $0xffff, %%rdi\n"
                     "mov $0x1f, %%rbp; mov $0x18, %%r8; mov $0x19, %%r9; mov $0x1a, %%r10\n"
                     "mov $0x2c, %%r12; mov $0x2d, %%r13; mov $0x2e, %%r14; mov $0x2f, %%r15\n"
                     "mov %%r11, %%rax\n"
                     "stc; std\n"
                     "pushfq; popq before_flags(%%rip)\n"
                     "syscall\n"
                     "pushfq; popq after_flags(%%rip)\n"
                     "cld\n"
                     "mov %%rbx, after+8(%%rip); mov %%rdx, after+16(%%rip)\n"
                     "mov %%rsi, after+24(%%rip); mov %%rdi, after+32(%%rip)\n"
                     "mov %%rbp, after+40(%%rip); mov %%r8, after+48(%%rip)\n"
                     "mov %%r9, after+56(%%rip); mov %%r10, after+64(%%rip)\n"
                     "mov %%r12, after+72(%%rip); mov %%r13, after+80(%%rip)\n"
                     "mov %%r14, after+88(%%rip); mov %%r15, after+96(%%rip)\n"
                     "pop %%r15; pop %%r14; pop %%r13; pop %%r12; pop %%rbp; pop %%rbx\n"
                     : "+a"(number)
                     :
                     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory");
}

static void check(uint64_t number, const char *name)
{
    static const uint64_t wanted[] = { 0x1b, 0x1d, 0x15, 0xffff, 0x1f, 0x18,
                                       0x19, 0x1a, 0x2c, 0x2d,   0x2e, 0x2f };

    call(number);
    for (unsigned i = 0; i < ARRAY_COUNT(wanted); i++)
        expect_eq(after[i + 1], wanted[i], name);
    expect_eq(after_flags, before_flags, "flags");
}

void test_main(void)
{
    check(__HYPERVISOR_xen_version, "after an unknown command");
    check(__HYPERVISOR_sched_op, "after sched_op");
    check(63, "after an unknown hypercall");
    check(__HYPERVISOR_stack_switch, "after stack_switch");
}
