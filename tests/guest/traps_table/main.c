/* SPDX-License-Identifier: MIT */
/*
 * set_trap_table takes entries up to one with address 0, or with a null pointer forgets them all. An
 * address must be canonical (xen.h; abi-facts 2.2).
 */
#include "guest.h"

static unsigned calls;

static void count(struct guest_frame *frame)
{
    (void)frame;
    calls++;
}

void test_main(void)
{
    struct trap_info list[3] = { 0 };

    on_entry(0x30, count);
    __asm__ volatile("int $0x30");
    expect_eq(calls, 1, "the library's table");

    list[0] =
        (struct trap_info){ .vector = 0x31, .cs = FLAT_KERNEL_CS, .address = 0x800000000000UL };
    expect_eq(hypercall(set_trap_table, list), -XEN_EINVAL, "a non-canonical handler");
    expect_eq(hypercall(set_trap_table, HYPERVISOR_VIRT_START), -XEN_EFAULT,
              "a list in the hypervisor's range");
    list[0] = (struct trap_info){ 0 };
    expect_eq(hypercall(set_trap_table, list), 0, "an empty list");
    __asm__ volatile("int $0x30");
    expect_eq(calls, 2, "changes nothing");
    expect_eq(hypercall(set_trap_table, NULL), 0, "a null list");
    expect_crash("");
    __asm__ volatile("ud2");
}
