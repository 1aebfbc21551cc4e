/* SPDX-License-Identifier: MIT */
/*
 * A spinlock's waiter polls on a masked port with its events masked; the kick is an IPI to that port by whoever releases
 * the lock, and must wake it (abi-facts 6.8, 10.4).
 *
 * Machine: cpus=2
 */
#include "events.h"

#define ROUNDS 200u

static uint32_t port;
static volatile unsigned polled, kicked;

static void waiter(uint32_t id)
{
    struct sched_poll poll = { .ports = (uint64_t)&port, .nr_ports = 1 };

    (void)id;
    for (unsigned i = 1; i <= ROUNDS; i++) {
        polled = i;
        expect_eq(hypercall(sched_op, SCHEDOP_poll, &poll), 0, "poll");
        if (!event_is_pending(port))
            failure("round %u: poll ended without an event", i);
        event_clear(port);
        while (kicked < i)
            cpu_relax();
    }
}

void test_main(void)
{
    port = port_ipi(1);
    event_mask(port, true);
    require_eq(vcpu_start(1, waiter), 0, "vCPU 1");
    for (unsigned i = 1; i <= ROUNDS; i++) {
        while (polled < i)
            cpu_relax();
        require_eq(port_send(port), 0, "a kick");
        kicked = i;
    }
    vcpu_wait(1);
}
