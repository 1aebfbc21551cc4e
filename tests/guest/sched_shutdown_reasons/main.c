/* SPDX-License-Identifier: MIT */
/*
 * sched_op shutdown refuses reasons that do not exist; shutdown_code notes the reason that the next
 * shutdown will have, whatever that one says (sched.h).
 *
 * Machine: expect="the control domain crashed"
 */
#include "guest.h"

void test_main(void)
{
    struct sched_shutdown shutdown = { .reason = SHUTDOWN_MAX + 1 };

    require_eq(hypercall(sched_op, SCHEDOP_shutdown, &shutdown), -XEN_EINVAL, "reason 6");
    shutdown.reason = ~0u;
    require_eq(hypercall(sched_op, SCHEDOP_shutdown, &shutdown), -XEN_EINVAL, "the largest");
    require_eq(hypercall(sched_op, SCHEDOP_shutdown, NULL), -XEN_EFAULT, "a null argument");
    require_eq(hypercall(sched_op, 8), -XEN_ENOSYS, "a command that does not exist");
    shutdown.reason = SHUTDOWN_crash;
    require_eq(hypercall(sched_op, SCHEDOP_shutdown_code, &shutdown), 0, "only a note");
    shutdown.reason = SHUTDOWN_poweroff;
    (void)hypercall(sched_op, SCHEDOP_shutdown, &shutdown);
}
