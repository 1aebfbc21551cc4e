/* SPDX-License-Identifier: MIT */
/*
 * Event words and control blocks are the guest's to write, so the hypervisor believes nothing in them:
 * links to anywhere, tails that are not linked, wrong heads and ready bits lose events at most
 * (abi-facts 7.3).
 *
 * Machine: log="is still here"
 */
#include "events.h"

static uint32_t port[8];

static void send_all(void)
{
    for (unsigned i = 0; i < ARRAY_COUNT(port); i++)
        expect_eq(port_send(port[i]), 0, "an event");
}

static void spoil(event_word_t value)
{
    for (uint32_t i = 0; i < 1024; i++)
        *fifo_word(i) = value;
    send_all();
    for (unsigned i = 0; i < ARRAY_COUNT(port); i++) {
        *fifo_word(port[i]) = value | FIFO_LINKED | FIFO_BUSY;
        expect_eq(port_send(port[i]), 0, "an event");
        expect_eq(port_unmask(port[i]), 0, "unmasking");
        *fifo_word(port[i]) = value;
        expect_eq(port_unmask(port[i]), 0, "unmasking");
    }
}

void test_main(void)
{
    for (unsigned i = 0; i < ARRAY_COUNT(port); i++)
        port[i] = port_ipi(0);
    fifo_setup();
    send_all();
    spoil(~0u);
    spoil(FIFO_LINKED);
    spoil(FIFO_LINKED | EVTCHN_FIFO_LINK_MASK);
    spoil(FIFO_LINKED | FIFO_BUSY | port[0]);
    spoil(EVTCHN_FIFO_LINK_MASK);
    memset(fifo_control, 0xff, 4096);
    spoil(0);
    spoil(FIFO_LINKED | 5);

    /* Cleaned up by the guest, it works again. */
    memset(fifo_control, 0, 4096);
    for (uint32_t i = 0; i < 1024; i++)
        *fifo_word(i) = 0;
    send_all();
    for (unsigned i = 0; i < ARRAY_COUNT(port); i++)
        expect_eq(fifo_take(fifo_control, 7), port[i], "the queue in order");
    expect_eq(fifo_take(fifo_control, 7), 0, "its end");
    print("the guest is still here");
}
