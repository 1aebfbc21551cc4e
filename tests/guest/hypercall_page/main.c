/* SPDX-License-Identifier: MIT */
/*
 * A kernel that has the note HYPERCALL_PAGE finds its page filled with 128 slots of 32 bytes, of
 * which slot n makes hypercall n; the slot of iret is jumped to (abi-facts 1.5).
 */
#include "guest.h"

extern uint8_t hypercall_page[4096];

static long call_slot(uint64_t number, uint64_t a1, uint64_t a2)
{
    register uint64_t rcx __asm__("rcx") = 0x1111;
    register uint64_t r11 __asm__("r11") = 0x2222;
    long result;

    __asm__ volatile("call *%[slot]"
                     : "=a"(result), "+D"(a1), "+S"(a2), "+r"(rcx), "+r"(r11)
                     : [slot] "r"(hypercall_page + number * 32)
                     : "rdx", "r10", "r8", "memory");
    expect(rcx == 0x1111 && r11 == 0x2222, "a slot keeps rcx and r11");
    return result;
}

/* The slot of iret pushes rcx, r11 and rax; below them are flags and the frame of IRETQ. */
static bool iret_returns(void)
{
    uint64_t came_back = 0;

    __asm__ volatile("mov %%rsp, %%rdx\n"
                     "push %[ss]\n"
                     "push %%rdx\n"
                     "pushfq\n"
                     "push %[cs]\n"
                     "lea 1f(%%rip), %%rdx\n"
                     "push %%rdx\n"
                     "push $0\n"
                     "jmp *%[slot]\n"
                     "1: mov $1, %[back]\n"
                     : [back] "+b"(came_back)
                     : [slot] "a"(hypercall_page + 23 * 32), [ss] "i"(FLAT_KERNEL_SS),
                       [cs] "i"(FLAT_KERNEL_CS & ~3)
                     : "rdx", "rcx", "r11", "memory", "cc");
    return came_back == 1;
}

void test_main(void)
{
    struct xen_feature_info info = { .submap_idx = 0 };

    expect(hypercall_page[0] == 0x51, "a slot begins with push rcx");
    expect_eq(call_slot(__HYPERVISOR_xen_version, XENVER_version, 0), 0x40011, "slot 17");
    expect_eq(call_slot(__HYPERVISOR_xen_version, XENVER_get_features, (uint64_t)&info), 0,
              "slot 17 with two arguments");
    expect_eq(call_slot(127, 0, 0), -XEN_ENOSYS, "the last slot");
    expect(iret_returns(), "slot 23 returns to the frame on the stack");
}
