/* SPDX-License-Identifier: MIT */
/*
 * iret in the middle of a multicall leaves for the context on the stack; the rest of the list is
 * not made, above all not in the other mode (XSA-213).
 */
#include "guest.h"

static USED struct multicall_entry calls[3];
static USED uint64_t marker;

static void run(void)
{
    static struct iret_context frame;

    frame =
        (struct iret_context){ .cs = FLAT_KERNEL_CS & ~3, .ss = FLAT_KERNEL_SS, .rflags = 0x202 };
    __asm__ volatile("mov %%rsp, %[rsp]\n"
                     "lea 1f(%%rip), %%rcx\n"
                     "mov %%rcx, %[rip]\n"
                     "lea %[frame], %%rsp\n"
                     "lea calls(%%rip), %%rdi\n"
                     "mov $3, %%esi\n"
                     "mov %[multicall], %%eax\n"
                     "syscall\n"
                     "movq $1, marker(%%rip)\n"
                     "mov %[rsp], %%rsp\n"
                     "1:\n"
                     : [rsp] "+m"(frame.rsp), [rip] "+m"(frame.rip), [frame] "+m"(frame)
                     : [multicall] "i"(__HYPERVISOR_multicall)
                     : "rax", "rcx", "rdi", "rsi", "rdx", "r8", "r10", "r11", "memory");
}

void test_main(void)
{
    calls[0] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version, .result = 5 };
    calls[1] = (struct multicall_entry){ .op = __HYPERVISOR_iret };
    calls[2] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version, .result = 5 };
    run();
    expect_eq(calls[0].result, 0x40011, "the call before the iret is made");
    expect_eq(calls[2].result, 5, "the call behind it is not");
    expect_eq(marker, 0, "the multicall does not return");
}
