/* SPDX-License-Identifier: MIT */
/*
 * Deadlines in the past, also those that are so by being "negative", fire at once; very far ones never do and do not
 * wrap (XSA-20; abi-facts 6.8).
 */
#include "events.h"

static uint32_t port;

static void set(uint64_t deadline)
{
    event_clear(port);
    require_eq(hypercall(set_timer_op, deadline), 0, "a timer");
}

/* However slow the machine is; if it never comes, there is no answer in time. */
static void wait_for(uint64_t deadline)
{
    set(deadline);
    while (!event_is_pending(port))
        (void)hypercall(sched_op, SCHEDOP_yield);
}

static void wait_a_millisecond(void)
{
    uint64_t end = system_time() + 1000000;

    while (system_time() < end)
        (void)hypercall(sched_op, SCHEDOP_yield);
}

static bool fires_within_a_millisecond(uint64_t deadline)
{
    set(deadline);
    wait_a_millisecond();
    return event_is_pending(port);
}

void test_main(void)
{
    port = port_virq(VIRQ_TIMER, 0);
    event_mask(port, true);
    wait_for(1);
    event_clear(port);
    wait_a_millisecond();
    expect(!event_is_pending(port), "one that fired does not fire again");
    wait_for(system_time());
    wait_for(BIT(63));
    wait_for(~0UL);
    expect(!fires_within_a_millisecond(BIT(63) - 1), "the largest time");
    expect(!fires_within_a_millisecond(BIT(62)), "a century");
    expect(!fires_within_a_millisecond(system_time() + 1000000000000), "a quarter of an hour");
    wait_for(system_time() + 1000);
    expect(!fires_within_a_millisecond(0), "0 is none");
}
