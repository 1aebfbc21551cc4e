/* SPDX-License-Identifier: MIT */
/*
 * A shutdown for a reason that does not exist is refused, and so is such an announcement; nothing has happened then
 * (abi-facts 2.2).
 */
#include "guest.h"

void test_main(void)
{
    struct sched_shutdown op;

    for (op.reason = SHUTDOWN_MAX + 1; op.reason < SHUTDOWN_MAX + 10; op.reason++) {
        expect_eq(hypercall(sched_op, SCHEDOP_shutdown, &op), -XEN_EINVAL, "shutdown");
        expect_eq(hypercall(sched_op, SCHEDOP_shutdown_code, &op), -XEN_EINVAL, "shutdown_code");
    }
    op.reason = ~0u;
    expect_eq(hypercall(sched_op, SCHEDOP_shutdown, &op), -XEN_EINVAL, "the largest number");
    expect_eq(hypercall(sched_op, SCHEDOP_shutdown, NULL), -XEN_EFAULT, "a null argument");
    expect_eq(hypercall(sched_op, SCHEDOP_shutdown_code, NULL), -XEN_EFAULT, "a null argument");
    op.reason = SHUTDOWN_poweroff;
    expect_eq(hypercall(sched_op, SCHEDOP_shutdown_code, &op), 0, "an announcement");
    expect_eq(hypercall(sched_op, SCHEDOP_pin_override, &op), -XEN_ENOSYS, "pin_override");
    expect_eq(hypercall(sched_op, ~0u, &op), -XEN_ENOSYS, "the largest command");
}
