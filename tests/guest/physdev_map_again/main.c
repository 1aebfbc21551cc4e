/* SPDX-License-Identifier: MIT */
/*
 * Interrupts that are mapped, bound, closed and unmapped again and again use up nothing (XSA-360).
 */
#include "devices.h"
#include "events.h"

#define GSI 20u

void test_main(void)
{
    for (unsigned i = 0; i < 1000; i++) {
        long port;

        if (pirq_map_line(GSI)) {
            failure("round %u: the line cannot be mapped", i);
            return;
        }
        port = pirq_bind(GSI);
        if (port <= 0) {
            failure("round %u: the line cannot be bound: %ld", i, port);
            return;
        }
        require_eq(port_close((uint32_t)port), 0, "closing");
        require_eq(pirq_unmap(GSI), 0, "unmapping");
    }
}
