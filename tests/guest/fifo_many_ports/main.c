/* SPDX-License-Identifier: MIT */
/*
 * The FIFO ABI has more ports than the 2-level one's 4096 (abi-facts 7.1).
 */
#include "events.h"

void test_main(void)
{
    uint32_t port = 0;

    fifo_setup();
    for (unsigned page = 1; page < 5; page++)
        fifo_expand();
    while (port < 5000)
        port = port_unbound();
    port = port_ipi(0);
    expect(port > EVTCHN_2L_NR_CHANNELS, "a port behind the 2-level ABI's");
    require_eq(port_send(port), 0, "its event");
    expect_eq(fifo_take(fifo_control, 7), port, "is queued");
}
