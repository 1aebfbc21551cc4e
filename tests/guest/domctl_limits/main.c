/* SPDX-License-Identifier: MIT */
/*
 * What createdomain and max_mem allow is what a domain gets: pages, event ports, grant frames
 * (abi-facts 7.5, 9.2).
 *
 * Machine: options="dom0_mem=24M"
 */
#include "events.h"
#include "toolstack.h"

static struct child child;

static long populate(uint64_t pfn)
{
    static uint64_t extent;
    struct xen_memory_reservation op = { .extent_start = (uint64_t)&extent,
                                         .nr_extents = 1,
                                         .domid = child.id };

    extent = pfn;
    return hypercall(memory_op, XENMEM_populate_physmap, &op);
}

static void count_pages(void)
{
    struct xen_memory_domain op = { .domid = child.id };
    struct xen_domctl call = { .u.max_mem.max_memkb = (CHILD_PAGES + 1) * 4 + 3 };

    expect_eq(populate(100), 0, "a page above the limit");
    expect_eq(domctl(XEN_DOMCTL_max_mem, child.id, &call), 0, "one page more");
    expect_eq(child_info(&child).max_pages, CHILD_PAGES + 1, "is the new limit");
    expect_eq(populate(100), 1, "that page");
    expect_eq(populate(101), 0, "no further one");
    expect_eq(hypercall(memory_op, XENMEM_current_reservation, &op), CHILD_PAGES + 1, "pages");
    expect_eq(hypercall(memory_op, XENMEM_maximum_reservation, &op), CHILD_PAGES + 1, "limit");
    call.u.max_mem.max_memkb = 0;
    expect_eq(domctl(XEN_DOMCTL_max_mem, child.id, &call), 0, "less than it has");
    expect_eq(child_info(&child).tot_pages, CHILD_PAGES + 1, "it keeps what it has");
    expect_eq(domctl(XEN_DOMCTL_max_mem, 99, &call), -XEN_ESRCH, "of no domain");
}

static void count_ports(void)
{
    struct evtchn_alloc_unbound op = { .dom = child.id };
    unsigned count = 0;

    while (evtchn(alloc_unbound, &op) == 0)
        count++;
    expect_eq(count, 10, "ports from 1 to 10");
    expect_eq(evtchn(alloc_unbound, &op), -XEN_ENOSPC, "no further one");
}

static void count_grant_frames(void)
{
    struct xen_mem_acquire_resource op = { .domid = child.id, .type = XENMEM_resource_grant_table };
    static uint64_t frames[3];

    expect_eq(hypercall(memory_op, XENMEM_acquire_resource, &op), 0, "how many there may be");
    expect_eq(op.nr_frames, 2, "grant frames");
    op.frame_list = (uint64_t)frames;
    expect_eq(hypercall(memory_op, XENMEM_acquire_resource, &op), 0, "all of them");
    expect(frames[0] && frames[1], "their numbers");
    op.nr_frames = 3;
    expect_eq(hypercall(memory_op, XENMEM_acquire_resource, &op), -XEN_EINVAL, "one more");
    op.nr_frames = 1;
    op.id = XENMEM_resource_grant_table_id_status;
    expect_eq(hypercall(memory_op, XENMEM_acquire_resource, &op), -XEN_EINVAL, "status frames");
}

void test_main(void)
{
    struct xen_domctl op;

    child_request(&op, 1);
    op.u.createdomain.max_evtchn_port = 10;
    op.u.createdomain.max_grant_frames = 2;
    require_eq(domctl(XEN_DOMCTL_createdomain, DOMID_INVALID, &op), 0, "createdomain");
    child.id = op.domain;
    expect_eq(populate(0), 0, "no memory before max_mem");
    op.u.max_mem.max_memkb = CHILD_PAGES * 4;
    require_eq(domctl(XEN_DOMCTL_max_mem, child.id, &op), 0, "max_mem");
    for (unsigned pfn = 0; pfn < CHILD_PAGES; pfn++)
        require_eq(populate(pfn), 1, "memory");
    count_pages();
    count_ports();
    count_grant_frames();
    child_destroy(&child);
}
