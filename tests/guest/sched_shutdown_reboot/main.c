/* SPDX-License-Identifier: MIT */
/*
 * When the control domain shuts down to reboot, the machine does (abi-facts 2.2).
 *
 * Machine: expect="the control domain reboots"
 */
#include "guest.h"

void test_main(void)
{
    struct sched_shutdown shutdown = { .reason = SHUTDOWN_reboot };

    (void)hypercall(sched_op, SCHEDOP_shutdown, &shutdown);
}
