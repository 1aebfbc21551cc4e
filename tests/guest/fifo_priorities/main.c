/* SPDX-License-Identifier: MIT */
/*
 * Each priority from 0 to 15 has its own queue and ready bit; new ports have 7. A change holds from the next
 * time that the port is queued. (abi-facts 7.1, 7.3)
 */
#include "events.h"

static long prioritise(uint32_t port, uint32_t priority)
{
    struct evtchn_set_priority op = { .port = port, .priority = priority };

    return evtchn(set_priority, &op);
}

void test_main(void)
{
    uint32_t port[16], closed;

    for (unsigned i = 0; i < 16; i++)
        port[i] = port_ipi(0);
    closed = port_unbound();
    require_eq(port_close(closed), 0, "a port is closed");
    fifo_setup();
    for (uint32_t i = 0; i < 16; i++) {
        expect_eq(prioritise(port[i], i), 0, "a priority");
        require_eq(port_send(port[i]), 0, "an event");
        expect_eq(fifo_control->ready, BIT(i + 1) - 1, "the queues that are ready");
        expect_eq(fifo_control->head[i], port[i], "the head of its queue");
    }

    expect_eq(prioritise(port[3], 9), 0, "a change while it is queued");
    expect_eq(fifo_control->head[3], port[3], "does not move it");
    expect_eq(fifo_take(fifo_control, 3), port[3], "it is taken from its old queue");
    require_eq(port_send(port[3]), 0, "and becomes pending again");
    expect_eq(fifo_control->head[3], 0, "now not in the old queue");
    expect_eq(fifo_take(fifo_control, 9), port[9], "but in the new one, behind");
    expect_eq(fifo_take(fifo_control, 9), port[3], "who was there");

    expect_eq(prioritise(port[0], 16), -XEN_EINVAL, "a priority that does not exist");
    expect_eq(prioritise(port[0], ~0u), -XEN_EINVAL, "the largest number");
    expect_eq(prioritise(closed, 1), -XEN_EINVAL, "a free port");
    expect_eq(prioritise(0, 1), -XEN_EINVAL, "port 0");
    expect_eq(prioritise(~0u, 1), -XEN_EINVAL, "the largest port");
}
