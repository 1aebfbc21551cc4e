/* SPDX-License-Identifier: MIT */
/*
 * A watchdog that is set again in time does nothing; one that is stopped neither. 0 for both id and timeout is
 * refused (abi-facts 2.2).
 */
#include "guest.h"

static long watchdog(uint32_t id, uint32_t seconds)
{
    struct sched_watchdog op = { .id = id, .timeout = seconds };

    return hypercall(sched_op, SCHEDOP_watchdog, &op);
}

void test_main(void)
{
    uint64_t end = system_time() + 2300000000;

    expect_eq(watchdog(0, 2), 1, "the first");
    expect_eq(watchdog(0, 2), 2, "the second");
    expect_eq(watchdog(0, 2), -XEN_ENOSPC, "there is no third");
    expect_eq(watchdog(1, 1000), 0, "the first gets more time");
    expect_eq(watchdog(2, 0), 0, "the second is stopped");
    expect_eq(watchdog(2, 5), -XEN_EINVAL, "one that is not in use");
    expect_eq(watchdog(3, 5), -XEN_EINVAL, "one that does not exist");
    expect_eq(watchdog(~0u, 5), -XEN_EINVAL, "the largest number");
    expect_eq(watchdog(0, 0), -XEN_EINVAL, "nothing");
    while (system_time() < end)
        (void)hypercall(sched_op, SCHEDOP_yield);
    expect_eq(watchdog(1, 0), 0, "the first is stopped");
    expect_eq(watchdog(0, 1000), 1, "and can be had again");
}
