/* SPDX-License-Identifier: MIT */
/*
 * What a context may not decide is not refused but made right: selectors get privilege 3, flags lose
 * what a guest cannot have (abi-facts 10.1).
 *
 * Machine: cpus=2
 */
#include "guest.h"

static volatile uint64_t flags, cs, ss;

static void other(uint32_t id)
{
    uint16_t selector;

    (void)id;
    __asm__ volatile("pushfq; popq %0" : "=r"(flags));
    __asm__ volatile("mov %%cs, %0" : "=r"(selector));
    cs = selector;
    __asm__ volatile("mov %%ss, %0" : "=r"(selector));
    ss = selector;
}

void test_main(void)
{
    static struct vcpu_guest_context context;

    vcpu_context(1, other, &context);
    context.user_regs.cs = FLAT_KERNEL_CS & ~3;
    context.user_regs.ss = FLAT_KERNEL_SS & ~3;
    context.user_regs.rflags = 0x37000; /* IF off, IOPL 3, NT, VM, RF */
    require_eq(hypercall(vcpu_op, VCPUOP_initialise, 1, &context), 0, "initialise");
    require_eq(hypercall(vcpu_op, VCPUOP_up, 1), 0, "up");
    vcpu_wait(1);
    expect_eq(cs, FLAT_KERNEL_CS, "cs");
    expect_eq(ss, FLAT_KERNEL_SS, "ss");
    expect_eq(flags & 0x200, 0x200, "interrupts are on");
    expect_eq(flags & 0x27000, 0, "IOPL, NT and VM are off");
}
