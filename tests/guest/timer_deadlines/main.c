/* SPDX-License-Identifier: MIT */
/*
 * Deadlines in the past, also those that are so by being "negative", fire at once; very far ones never do and do not
 * wrap (XSA-20; abi-facts 6.8).
 */
#include "events.h"

static uint32_t port;

/* The timer fires before a second timer that is set now could. */
static bool fires_at_once(uint64_t deadline)
{
    uint64_t end = system_time() + 1000000;

    event_clear(port);
    require_eq(hypercall(set_timer_op, deadline), 0, "a timer");
    while (system_time() < end) {
        if (event_is_pending(port))
            return true;
    }
    return false;
}

void test_main(void)
{
    port = port_virq(VIRQ_TIMER, 0);
    event_mask(port, true);
    expect(fires_at_once(1), "long ago");
    expect(fires_at_once(system_time()), "now");
    expect(fires_at_once(BIT(63)), "the largest negative time");
    expect(fires_at_once(~0UL), "minus one");
    expect(!fires_at_once(BIT(63) - 1), "the largest time");
    expect(!fires_at_once(BIT(62)), "a century");
    expect(!fires_at_once(system_time() + 1000000000000), "a quarter of an hour");
    expect(fires_at_once(system_time() + 1000), "and soon");
    expect(!fires_at_once(0), "0 is none");
}
