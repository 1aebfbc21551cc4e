/* SPDX-License-Identifier: MIT */
/*
 * The guest can write event words and control blocks at any time: whatever is there, the hypervisor
 * does not follow it out of bounds and does not loop (abi-facts 7.3; XSA-188).
 */
#include "guest.h"

static uint32_t control_page[1024] PAGE_ALIGNED;
static volatile uint32_t words[1024] PAGE_ALIGNED;

static uint32_t random_state = 12345;

static uint32_t random(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state ^ random_state >> 15;
}

void test_main(void)
{
    struct evtchn_init_control init = { .control_gfn = mfn_of(control_page), .offset = 0 };
    uint64_t array = mfn_of(words);
    uint32_t ports[40];

    require_eq(hypercall(event_channel_op, EVTCHNOP_init_control, &init), 0, "FIFO");
    require_eq(hypercall(event_channel_op, EVTCHNOP_expand_array, &array), 0, "words");
    for (unsigned i = 0; i < ARRAY_COUNT(ports); i++) {
        struct evtchn_bind_ipi bind = { 0 };

        require_eq(hypercall(event_channel_op, EVTCHNOP_bind_ipi, &bind), 0, "a port");
        ports[i] = bind.port;
    }
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t port = ports[random() % ARRAY_COUNT(ports)];
        struct evtchn_set_priority priority = { port, random() % 16 };

        words[random() % 64] = random();
        control_page[random() % 20] = random();
        switch (random() % 4) {
        case 0:
            (void)hypercall(event_channel_op, EVTCHNOP_set_priority, &priority);
            break;
        case 1:
            (void)hypercall(event_channel_op, EVTCHNOP_unmask, &port);
            break;
        default:
            expect_eq(hypercall(event_channel_op, EVTCHNOP_send, &port), 0, "send");
            break;
        }
    }
}
