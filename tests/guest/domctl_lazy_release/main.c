/* SPDX-License-Identifier: MIT */
/*
 * Who maps a page of a domain that is destroyed keeps that page, and the domain listed as dying, until
 * the mapping goes; then the domain is gone and its memory free (abi-facts 9.2, 11.5 rule 8).
 *
 * Machine: options="dom0_mem=24M"
 */
#include "events.h"
#include "toolstack.h"

static uint32_t port;

static void wait_for_event(void)
{
    while (!event_is_pending(port))
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
    event_clear(port);
}

static bool is_gone(const struct child *child)
{
    return domctl_plain(XEN_DOMCTL_destroydomain, child->id) == -XEN_ESRCH;
}

static void keep_and_let_go(void)
{
    struct xen_memory_reservation more = { .nr_extents = 1 };
    struct xen_domctl_getdomaininfo info;
    volatile uint64_t *data;
    struct child child;

    child_make(&child, 1, child_counts, (size_t)(child_counts_end - child_counts));
    data = child_map(&child, child.mfn[CHILD_DATA]);
    data[1] = 0x5afe;
    child_unpause(&child);
    while (data[0] < 3)
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
    event_clear(port);

    expect_eq(domctl_plain(XEN_DOMCTL_destroydomain, child.id), 0, "destroy");
    wait_for_event();
    info = child_info(&child);
    expect_eq(info.flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown), XEN_DOMINF_dying, "it dies");
    expect_eq(info.tot_pages, 1, "what is left of it");
    expect_eq(data[1], 0x5afe, "the page is as it was");
    expect_eq(domctl_plain(XEN_DOMCTL_destroydomain, child.id), 0, "a second time");
    expect_eq(domctl_plain(XEN_DOMCTL_unpausedomain, child.id), -XEN_ESRCH, "no other operation");
    more.domid = child.id;
    expect_eq(hypercall(memory_op, XENMEM_populate_physmap, &more), 0, "it gets no memory");
    expect(!is_gone(&child), "it is still there");

    child_unmap((void *)(uint64_t)data);
    wait_for_event();
    expect(is_gone(&child), "it is gone");
}

void test_main(void)
{
    uint64_t before;

    port = port_virq(VIRQ_DOM_EXC, 0);
    keep_and_let_go();
    before = free_pages();
    keep_and_let_go();
    expect_eq(free_pages(), before, "free pages");
}
