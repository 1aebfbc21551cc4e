/* SPDX-License-Identifier: MIT */
/*
 * Another vCPU may change the word of a queue's last port all the time; the hypervisor tries a bounded number of
 * times to link behind it, and goes on (abi-facts 7.3).
 *
 * Machine: cpus=2
 */
#include "events.h"

static uint32_t port[2];
static volatile bool is_over, is_ready;

static void scribble(uint32_t id)
{
    volatile event_word_t *word = fifo_word(port[0]);

    (void)id;
    for (uint32_t i = 0; !is_over; i++) {
        *word = FIFO_LINKED | (i & 0xfff);
        is_ready = true;
    }
}

void test_main(void)
{
    port[0] = port_ipi(0);
    port[1] = port_ipi(0);
    fifo_setup();
    require_eq(port_send(port[0]), 0, "the last of the queue");
    require_eq(vcpu_start(1, scribble), 0, "vCPU 1");
    while (!is_ready)
        cpu_relax();
    for (unsigned i = 0; i < 3000; i++) {
        expect_eq(port_send(port[1]), 0, "an event");
        *fifo_word(port[1]) = 0;
        /* As if the first one had been queued last again. */
        expect_eq(port_send(port[0]), 0, "the tail");
    }
    is_over = true;
    vcpu_wait(1);
    memset(fifo_control, 0, 4096);
    *fifo_word(port[0]) = *fifo_word(port[1]) = 0;
    require_eq(port_send(port[1]), 0, "an event afterwards");
    expect_eq(fifo_take(fifo_control, 7), port[1], "is queued");
}
