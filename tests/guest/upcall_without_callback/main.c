/* SPDX-License-Identifier: MIT */
/*
 * An event without an event callback crashes the domain; there is nowhere to go (abi-facts 3.2).
 */
#include "events.h"

void test_main(void)
{
    uint32_t ipi = port_ipi(0);

    expect_crash("no event callback");
    this_vcpu_info()->evtchn_upcall_mask = 0;
    (void)port_send(ipi);
}
