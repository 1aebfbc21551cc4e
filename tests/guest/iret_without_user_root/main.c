/* SPDX-License-Identifier: MIT */
/*
 * iret to user mode needs a user root; a domain that has none is crashed (abi-facts 3.8).
 */
#include "guest.h"

void test_main(void)
{
    struct iret_context context = { .rip = 0x1000, .cs = FLAT_USER_CS, .ss = FLAT_USER_SS };

    expect_crash("iret to user mode without user page tables");
    (void)try_iret(&context);
}
