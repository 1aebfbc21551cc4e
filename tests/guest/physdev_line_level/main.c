/* SPDX-License-Identifier: MIT */
/*
 * A level-triggered line: it comes once, and again only when the guest has said that it has dealt
 * with it, if the device still asserts it (abi-facts 6.2, steps 1 to 9).
 *
 * Machine: devices=edu
 * Machine: nobochs="the device is QEMU's"
 */
#include "devices.h"

#define FIRST_GSI 16u
#define END_GSI   24u

static uint32_t ports[END_GSI];

static void bind_lines(void)
{
    for (uint32_t gsi = FIRST_GSI; gsi < END_GSI; gsi++) {
        struct physdev_irq vector = { .irq = gsi };
        struct physdev_irq_status_query status = { .irq = gsi };
        long port;

        require_eq(pirq_map_line(gsi), 0, "a line is mapped");
        expect_eq(pirq_map_line(gsi), 0, "and once more");
        expect_eq(physdev(alloc_irq_vector, &vector), 0, "a vector");
        expect_eq(vector.vector, gsi, "is only a number");
        expect_eq(pirq_set_line(gsi, true, true), 0, "as PCI has it");
        port = pirq_bind(gsi);
        require(port > 0, "a port");
        expect_eq(pirq_bind(gsi), -XEN_EEXIST, "one port only");
        expect_eq(physdev(irq_status_query, &status), 0, "its status");
        expect_eq(status.flags & XENIRQSTAT_needs_eoi, XENIRQSTAT_needs_eoi, "an end is wanted");
        ports[gsi] = (uint32_t)port;
    }
}

/* The machine's wires are in its ACPI tables; here the line that comes is the one. */
static uint32_t find_line(void)
{
    edu_raise();
    for (uint32_t i = 0; i < 10000000; i++) {
        for (uint32_t gsi = FIRST_GSI; gsi < END_GSI; gsi++) {
            if (event_is_pending(ports[gsi])) {
                event_clear(ports[gsi]);
                return gsi;
            }
        }
        cpu_relax();
    }
    failure("no line was raised");
    finish();
}

static void check_line(uint32_t gsi)
{
    uint32_t port = ports[gsi];

    expect(interrupt_comes_not(port), "asserted, but the guest is not ready");
    expect_eq(pirq_end(gsi), 0, "it is ready");
    expect(interrupt_comes(port), "the line is still asserted");
    edu_acknowledge();
    expect_eq(pirq_end(gsi), 0, "it has dealt with it");
    expect(interrupt_comes_not(port), "nothing more");
    expect_eq(pirq_end(gsi), 0, "an end of nothing is harmless");
    edu_raise();
    expect(interrupt_comes(port), "the next one");
    expect_eq(pirq_set_line(gsi, false, false), -XEN_EBUSY, "no other trigger while it is in use");
}

static void check_close(uint32_t gsi)
{
    struct evtchn_close close = { .port = ports[gsi] };
    long port;

    /* Asserted, and its end was not told. */
    expect_eq(hypercall(event_channel_op, EVTCHNOP_close, &close), 0, "the port is closed");
    expect_eq(pirq_end(gsi), -XEN_EINVAL, "no end for who is not bound");
    port = pirq_bind(gsi);
    require(port > 0, "bound once more");
    expect(interrupt_comes((uint32_t)port), "still asserted");
    edu_acknowledge();
    expect_eq(pirq_end(gsi), 0, "the end");
    expect_eq(pirq_unmap(gsi), 0, "taken back while it is bound");
    edu_raise();
    expect(interrupt_comes_not((uint32_t)port), "nothing comes");
    edu_acknowledge();
    expect_eq(pirq_unmap(gsi), -XEN_EINVAL, "it is gone");
}

void test_main(void)
{
    uint32_t gsi;

    devices_setup();
    edu_find();
    bind_lines();
    gsi = find_line();
    check_line(gsi);
    check_close(gsi);
}
