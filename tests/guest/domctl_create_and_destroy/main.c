/* SPDX-License-Identifier: MIT */
/*
 * The life of a domain by the toolstack's calls (abi-facts 9.3): created, filled, started, it shuts
 * down, the control domain hears of it by VIRQ_DOM_EXC, destroys it, hears of that too, and has as many
 * free pages as before.
 *
 * Machine: options="dom0_mem=24M"
 */
#include "events.h"
#include "toolstack.h"

static uint32_t port;

/* Takes the event, and says whether there was one. */
static void wait_for_event(void)
{
    while (!event_is_pending(port))
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
    event_clear(port);
}

static void live_and_die(void)
{
    struct child child;
    volatile uint32_t *data;
    uint32_t reason;

    child_make(&child, 1, child_ends, (size_t)(child_ends_end - child_ends));
    data = child_map(&child, child.mfn[CHILD_DATA]);
    expect_eq(data[0], 0, "its memory is clear");
    expect_eq(child_flags(&child) & XEN_DOMINF_paused, XEN_DOMINF_paused, "it is paused");
    child_unpause(&child);
    wait_for_event();
    expect_eq(data[0], 0x51ab, "what it wrote");
    reason = child_flags(&child) >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
    expect_eq(reason, SHUTDOWN_reboot, "why it shut down");
    expect(child_flags(&child) & XEN_DOMINF_shutdown, "it is shut down");
    child_unmap((void *)(uint64_t)data);
    child_destroy(&child);
    wait_for_event();
    expect_eq(domctl_plain(XEN_DOMCTL_destroydomain, child.id), -XEN_ESRCH, "it is gone");
}

void test_main(void)
{
    uint64_t before;

    port = port_virq(VIRQ_DOM_EXC, 0);
    event_clear(port);
    live_and_die(); /* the heap takes its first pages, and the windows are made */
    before = free_pages();
    for (unsigned i = 0; i < 5; i++)
        live_and_die();
    expect_eq(free_pages(), before, "free pages");
}
