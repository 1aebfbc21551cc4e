/* SPDX-License-Identifier: MIT */
/*
 * Closing a port clears PENDING in its word, also while it is linked; the next owner of the port gets its
 * events (abi-facts 7.1).
 */
#include "events.h"

void test_main(void)
{
    uint32_t port = port_ipi(0), other = port_ipi(0);

    fifo_setup();
    require_eq(port_send(port), 0, "an event");
    require_eq(port_send(other), 0, "another behind it");
    require_eq(port_close(port), 0, "the first is closed");
    expect_eq(*fifo_word(port) & FIFO_PENDING, 0, "it is not pending");
    expect_eq(fifo_take(fifo_control, 7), port, "it may still be in the queue");
    expect_eq(fifo_take(fifo_control, 7), other, "and does not cut it");

    expect_eq(port_ipi(0), port, "the port is used again");
    require_eq(port_send(port), 0, "an event");
    expect_eq(fifo_take(fifo_control, 7), port, "is queued");
}
