/* SPDX-License-Identifier: MIT */
/*
 * The frame of iret is read with the guest's rights: in the hypervisor's memory it is none, and the domain is crashed
 * (abi-facts 3.8).
 */
#include "guest.h"

void test_main(void)
{
    expect_crash("iret: no context at rsp 0xffff840000000000");
    __asm__ volatile("mov $0xffff840000000000, %rsp\n"
                     "mov $23, %eax\n"
                     "syscall");
}
