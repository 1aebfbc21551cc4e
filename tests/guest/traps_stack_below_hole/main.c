/* SPDX-License-Identifier: MIT */
/*
 * A frame starts below the interrupted stack pointer: one just above the hypervisor's part would reach
 * into it and crashes the domain, one that ends where the part begins is not canonical.
 */
#include "guest.h"

void test_main(void)
{
    expect_crash("no stack at 0xffff87ffffffffd8");
    __asm__ volatile("mov $0xffff880000000010, %rsp\nud2");
}
