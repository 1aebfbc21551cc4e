/* SPDX-License-Identifier: MIT */
/*
 * An edge-triggered line of the ISA bus, mapped without setup_gsi, as Linux does it: each edge makes
 * the port pending, no end is needed, and an end does no harm (abi-facts 6.2). The clock's periodic
 * interrupt is the source: it comes again only when its cause was read.
 *
 * Machine: cpus=2
 */
#include "devices.h"

#define RTC_GSI      8u
#define RTC_INDEX    0x70u
#define RTC_DATA     0x71u
#define RTC_A        0x0au
#define RTC_B        0x0bu
#define RTC_C        0x0cu
#define RTC_PERIODIC 0x40u

#define TIMES 20u

static uint32_t rtc_in(uint32_t index)
{
    port_out(RTC_INDEX, 1, index);
    return port_in(RTC_DATA, 1);
}

static void rtc_out(uint32_t index, uint32_t value)
{
    port_out(RTC_INDEX, 1, index);
    port_out(RTC_DATA, 1, value);
}

static void move_to_other_vcpu(uint32_t port)
{
    struct evtchn_bind_vcpu move = { .port = port, .vcpu = 1 };

    expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_vcpu, &move), 0, "it is moved");
}

void test_main(void)
{
    long port;

    devices_setup();
    require_eq(pirq_map_line(RTC_GSI), 0, "the clock's line");
    port = pirq_bind(RTC_GSI);
    require(port > 0, "a port");
    rtc_out(RTC_A, (rtc_in(RTC_A) & 0xf0u) | 6); /* 1024 a second */
    rtc_out(RTC_B, rtc_in(RTC_B) | RTC_PERIODIC);
    /* QEMU's clock may make a second edge before the cause of the first is read. */
    for (unsigned events = 0, causes = 0; causes < TIMES; events++) {
        require(events < 3 * TIMES, "most edges have a cause");
        expect(interrupt_comes((uint32_t)port), "an edge");
        if (rtc_in(RTC_C) & RTC_PERIODIC)
            causes++;
        if (events % 2)
            expect_eq(pirq_end(RTC_GSI), 0, "an end that is not needed");
        if (events == TIMES / 2)
            move_to_other_vcpu((uint32_t)port);
    }
    rtc_out(RTC_B, rtc_in(RTC_B) & ~RTC_PERIODIC);
}
