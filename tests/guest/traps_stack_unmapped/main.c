/* SPDX-License-Identifier: MIT */
/*
 * A frame that cannot be written crashes the domain; it is not a fault of its own, which could not be
 * delivered either (abi-facts 3.2).
 */
#include "guest.h"

void test_main(void)
{
    expect_crash("no stack at 0x123456788fc8");
    __asm__ volatile("mov $0x123456789000, %rsp\nud2");
}
