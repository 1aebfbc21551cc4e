/* SPDX-License-Identifier: MIT */
/*
 * A stack in the hypervisor's part of the address space crashes the domain before anything is written
 * there, though the hypervisor itself could write to it (XSA-183, XSA-215).
 */
#include "guest.h"

void test_main(void)
{
    expect_crash("no stack at 0xffff840000000fc8");
    __asm__ volatile("mov $0xffff840000001000, %rsp\nud2");
}
