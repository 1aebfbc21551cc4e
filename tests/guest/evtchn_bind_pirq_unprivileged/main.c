/* SPDX-License-Identifier: MIT */
/*
 * A domain that was given no physical interrupt can bind none (abi-facts 7.1).
 *
 * Machine: domains=1
 */
#include "events.h"

void neighbour_main(uint32_t id)
{
    (void)id;
    for (uint32_t pirq = 0; pirq < 32; pirq++) {
        struct evtchn_bind_pirq op = { .pirq = pirq };

        expect(evtchn(bind_pirq, &op) < 0, "a pirq of nobody");
    }
    expect_eq(port_unbound(), 2, "no port was taken");
}

void test_main(void)
{
    neighbour_wait(1);
}
