/* SPDX-License-Identifier: MIT */
/*
 * What is typed on the console is the control domain's to read, which VIRQ_CONSOLE tells it (abi-facts
 * 2.2 and 6.7), until Ctrl-a is typed three times: then it is keys for the hypervisor. Others read
 * nothing.
 *
 * Machine: domains=1 types="ab\x01c\x01\x01\x01hm\x01\x01\x01d\r"
 * Machine: log="'m': memory"
 * Machine: nobochs="nobody types there"
 */
#include "events.h"

static const char wanted[] = "ab\001cd\r";

void neighbour_main(uint32_t id)
{
    char byte;

    (void)id;
    expect_eq(hypercall(console_io, CONSOLEIO_read, 1, &byte), -XEN_EPERM, "of another domain");
}

void test_main(void)
{
    uint32_t port = port_virq(VIRQ_CONSOLE, 0);
    char text[64] = "";
    long length = 0;

    neighbour_wait(1);
    expect_eq(hypercall(console_io, CONSOLEIO_read, sizeof(text), text), 0, "nothing was typed");
    expect_eq(hypercall(console_io, CONSOLEIO_read, 8, HYPERVISOR_VIRT_START), 0,
              "nothing to nowhere");
    print("type now");
    while (length < (long)strlen(wanted)) {
        long read;

        while (!event_is_pending(port))
            (void)hypercall(sched_op, SCHEDOP_yield, NULL);
        event_clear(port);
        read = hypercall(console_io, CONSOLEIO_read, sizeof(text) - (size_t)length, text + length);
        require(read >= 0, "the console can be read");
        length += read;
    }
    expect_eq(length, strlen(wanted), "so many bytes");
    expect_eq(memcmp(text, wanted, strlen(wanted)), 0, "the bytes that were typed");

    /* The hypervisor's own keys are done by a timer: give its CPU the time to come to it. */
    for (uint64_t end = system_time() + 300000000; system_time() < end;)
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
}
