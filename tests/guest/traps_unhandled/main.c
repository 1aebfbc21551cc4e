/* SPDX-License-Identifier: MIT */
/*
 * An exception of the guest's kernel without a handler crashes the domain, with a crash card that
 * says what happened (abi-facts 1.4).
 *
 * Machine: log="last hypercall"
 */
#include "guest.h"

void test_main(void)
{
    print("these lines");
    print("are on the card");
    require_eq(hypercall(set_trap_table, NULL), 0, "no handlers");
    expect_crash("");
    (void)*(volatile uint64_t *)0x1000;
}
