/* SPDX-License-Identifier: MIT */
/*
 * A domain that shuts itself down for whatever reason stays as it is until the control domain deals with it; the control
 * domain hears of each by VIRQ_DOM_EXC and runs on (abi-facts 2.2, 6.7).
 *
 * Machine: domains=4
 */
#include "events.h"

void neighbour_main(uint32_t id)
{
    static const uint32_t reasons[] = { SHUTDOWN_poweroff, SHUTDOWN_reboot, SHUTDOWN_crash,
                                        SHUTDOWN_suspend };
    struct sched_shutdown shutdown = { .reason = reasons[id - 1] };

    meet(CONTROL_DOMAIN);
    (void)hypercall(sched_op, SCHEDOP_shutdown, &shutdown);
    failure("domain %u runs after its shutdown", id);
}

void test_main(void)
{
    uint32_t port = port_virq(VIRQ_DOM_EXC, 0);

    for (uint32_t id = 1; id <= 4; id++) {
        event_clear(port);
        meet(id);
        while (!event_is_pending(port))
            (void)hypercall(sched_op, SCHEDOP_yield);
    }
}
