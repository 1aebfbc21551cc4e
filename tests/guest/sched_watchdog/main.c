/* SPDX-License-Identifier: MIT */
/*
 * A watchdog that is not patted in time ends the domain; there are two, and 0 asks for a new one
 * (sched.h).
 *
 * Machine: expect="the control domain reboots"
 */
#include "guest.h"

static long watchdog(uint32_t id, uint32_t timeout)
{
    struct sched_watchdog watchdog = { .id = id, .timeout = timeout };

    return hypercall(sched_op, SCHEDOP_watchdog, &watchdog);
}

void test_main(void)
{
    long first = watchdog(0, 100), second = watchdog(0, 100);

    require(first > 0 && second > 0 && first != second, "two watchdogs");
    require(watchdog(0, 100) < 0, "not a third");
    require_eq(watchdog((uint32_t)second, 0), 0, "one is stopped");
    require(watchdog(77, 5) < 0, "one that does not exist");
    require_eq(watchdog((uint32_t)first, 1), 0, "the other in 1 s");
    for (;;)
        (void)hypercall(sched_op, SCHEDOP_yield);
}
