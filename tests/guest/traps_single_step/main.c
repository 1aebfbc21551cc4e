/* SPDX-License-Identifier: MIT */
/*
 * The trap flag gives #DB after one instruction of the guest, and not within the hypervisor when that
 * instruction is a hypercall (XSA-260, XSA-265).
 */
#include "guest.h"

static uint64_t rips[8];
static unsigned steps;

static void step(struct guest_frame *frame)
{
    if (steps < ARRAY_COUNT(rips))
        rips[steps] = frame->rip;
    if (++steps == 4)
        frame->rflags &= ~0x100UL;
}

extern uint8_t after_popf[], after_syscall[];

static NOINLINE void run(void)
{
    __asm__ volatile("mov $17, %%eax; xor %%edi, %%edi\n"
                     "pushfq\n"
                     "orq $0x100, (%%rsp)\n"
                     "popfq\n"
                     "after_popf: nop\n"
                     "syscall\n"
                     "after_syscall: nop\n"
                     "nop\n"
                     "nop\n"
                     :
                     :
                     : "rax", "rcx", "r11", "rdi", "cc", "memory");
}

void test_main(void)
{
    on_entry(VECTOR_DB, step);
    run();
    expect(steps >= 3, "it steps");
    expect_eq(rips[0], (long)(uint64_t)after_popf + 1, "after the first instruction");
    for (unsigned i = 0; i < steps && i < ARRAY_COUNT(rips); i++)
        expect(rips[i] >= (uint64_t)run && rips[i] < (uint64_t)run + 200, "only in the guest");
}
