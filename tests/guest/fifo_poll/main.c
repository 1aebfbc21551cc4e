/* SPDX-License-Identifier: MIT */
/*
 * sched_op poll sees ports that are pending by the FIFO ABI, masked or not, with and without a word
 * (abi-facts 2.2, 7.3).
 */
#include "events.h"

static long poll(uint32_t port, uint64_t timeout)
{
    struct sched_poll op = { .ports = (uint64_t)&port, .nr_ports = 1, .timeout = timeout };

    return hypercall(sched_op, SCHEDOP_poll, &op);
}

void test_main(void)
{
    uint32_t masked = port_ipi(0), timer = port_virq(VIRQ_TIMER, 0), early;
    uint64_t deadline;

    fifo_setup();
    *fifo_word(masked) = FIFO_MASKED;
    *fifo_word(timer) = FIFO_MASKED;
    require_eq(port_send(masked), 0, "an event");
    expect_eq(poll(masked, 0), 0, "poll of a masked pending port");

    require_eq(hypercall(set_timer_op, system_time() + 1000000), 0, "a timer");
    expect_eq(poll(timer, 0), 0, "poll of the timer's port");
    expect(*fifo_word(timer) & FIFO_PENDING, "ends when it is pending");

    deadline = system_time() + 1000000;
    expect_eq(poll(port_ipi(0), deadline), 0, "poll of a quiet port");
    expect(system_time() >= deadline, "ends at its timeout");

    do {
        early = port_ipi(0);
    } while (early < 1024);
    require_eq(port_send(early), 0, "an event without a word");
    expect_eq(poll(early, 0), 0, "poll of it");
}
