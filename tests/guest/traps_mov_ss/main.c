/* SPDX-License-Identifier: MIT */
/*
 * MOV SS delays a breakpoint's #DB past the next instruction. If that is SYSCALL or INT3 it hits the
 * hypervisor's first instruction in ring 0, which must not mind (XSA-260).
 *
 * Machine: log="is here"
 */
#include "guest.h"

static uint16_t selector = FLAT_KERNEL_SS;

static void ignore(struct guest_frame *frame)
{
    (void)frame;
}

void test_main(void)
{
    on_entry(VECTOR_DB, ignore);
    on_entry(VECTOR_BP, ignore);
    on_entry(0x21, ignore);
    require_eq(hypercall(set_debugreg, 0, &selector), 0, "an address to watch");
    require_eq(hypercall(set_debugreg, 7, 0x000f0003UL | 0x400), 0, "its reads and writes");

    __asm__ volatile("mov $17, %%eax; xor %%edi, %%edi\n"
                     "movw selector_of_test(%%rip), %%ss\n"
                     "syscall\n"
                     :
                     :
                     : "rax", "rcx", "r11", "rdi", "memory");
    __asm__ volatile("movw selector_of_test(%%rip), %%ss\n"
                     "int3\n"
                     :
                     :
                     : "memory");
    __asm__ volatile("movw selector_of_test(%%rip), %%ss\n"
                     "int $0x21\n"
                     :
                     :
                     : "memory");
    require_eq(hypercall(set_debugreg, 7, 0x400), 0, "off");
    print("the guest is here");
    expect(entries_seen(VECTOR_BP) == 1, "INT3 is delivered");
    expect(entries_seen(0x21) == 1, "INT n is delivered");
}

__asm__(".set selector_of_test, selector\n");
