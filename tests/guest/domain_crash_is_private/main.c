/* SPDX-License-Identifier: MIT */
/*
 * A domain that breaks a rule beyond an errno is crashed; the control domain hears of it, and neither
 * it nor another neighbour notices anything else.
 *
 * Machine: domains=2 log="domain 1 crashed"
 */
#include "guest.h"

void neighbour_main(uint32_t id)
{
    meet(CONTROL_DOMAIN);
    if (id == 1) {
        print("about to crash");
        (void)hypercall(set_trap_table, NULL);
        __asm__ volatile("ud2");
    }
}

void test_main(void)
{
    struct evtchn_bind_virq bind = { .virq = VIRQ_DOM_EXC };

    require_eq(hypercall(event_channel_op, EVTCHNOP_bind_virq, &bind), 0, "a port");
    meet(1);
    while (!event_is_pending(bind.port))
        (void)hypercall(sched_op, SCHEDOP_yield);
    meet(2);
    neighbour_wait(2);
}
