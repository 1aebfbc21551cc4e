/* SPDX-License-Identifier: MIT */
/*
 * iret with a stack that cannot be read crashes the domain: there is no place for an exception's
 * frame either (abi-facts 3).
 */
#include "guest.h"

void test_main(void)
{
    expect_crash("");
    __asm__ volatile("mov %0, %%rsp; mov $23, %%eax; syscall" : : "r"(0x1000UL) : "memory");
}
