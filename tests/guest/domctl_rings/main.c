/* SPDX-License-Identifier: MIT */
/*
 * What a daemon needs of a domain: the toolstack writes grants into its table through acquire_resource
 * and a mapping of the frame, allocates event channels for it, and then maps the granted page and
 * talks to it like any other domain (abi-facts 9.3 steps 4, 12).
 *
 * Machine: options="dom0_mem=24M"
 */
#include "events.h"
#include "grants.h"
#include "toolstack.h"

#define RING_REF 1u

/* Sends on port 1 when its data says so. */
USER_CODE_BLOCK(sends, "1: mov $29, %eax\n"
                       "xor %edi, %edi\n"
                       "syscall\n"
                       "cmpl $7, (%rbx)\n"
                       "jne 1b\n"
                       "movl $1, (%rsp)\n"
                       "mov $32, %eax\n"
                       "mov $4, %edi\n"
                       "mov %rsp, %rsi\n"
                       "syscall\n"
                       "mov %eax, 4(%rbx)\n" CHILD_SHUTDOWN(0));

static void seed_grant(const struct child *child)
{
    static uint64_t frame;
    struct xen_mem_acquire_resource op = { .domid = child->id,
                                           .type = XENMEM_resource_grant_table,
                                           .nr_frames = 1,
                                           .frame_list = (uint64_t)&frame };
    struct grant_entry_v1 *entries;

    require_eq(hypercall(memory_op, XENMEM_acquire_resource, &op), 0, "its grant table");
    entries = child_map(child, frame);
    entries[RING_REF] = (struct grant_entry_v1){ .flags = GTF_permit_access,
                                                 .domid = 0,
                                                 .frame = (uint32_t)child->mfn[CHILD_DATA] };
    child_unmap(entries);
}

static uint32_t bind(const struct child *child, uint32_t port)
{
    struct evtchn_bind_interdomain op = { .remote_dom = child->id, .remote_port = port };

    require_eq(evtchn(bind_interdomain, &op), 0, "a channel to it");
    event_clear(op.local_port);
    return op.local_port;
}

static void talk(void)
{
    struct evtchn_alloc_unbound op = { .remote_dom = DOMID_SELF };
    struct child child;
    volatile uint32_t *ring = page_hole();
    grant_handle_t handle;
    uint32_t port;

    child_make(&child, 1, CODE(sends));
    seed_grant(&child);
    op.dom = child.id;
    require_eq(evtchn(alloc_unbound, &op), 0, "a port for it");
    expect_eq(op.port, 1, "the first");
    child_unpause(&child);
    port = bind(&child, 1);
    handle = grant_map_of(child.id, ring, RING_REF, GNTMAP_host_map);
    ring[0] = 7;
    while (!event_is_pending(port))
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
    event_clear(port);
    child_wait(&child, XEN_DOMINF_shutdown);
    expect_eq(ring[1], 0, "its call worked");

    expect_eq(domctl_plain(XEN_DOMCTL_destroydomain, child.id), 0, "destroy, with the ring mapped");
    expect(child_flags(&child) & XEN_DOMINF_dying, "it is dying");
    expect_eq(grant_unmap_at(ring, handle), 0, "unmap");
    expect_eq(port_close(port), 0, "close");
    while (child_flags(&child))
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
}

void test_main(void)
{
    uint64_t before;

    talk();
    before = free_pages();
    talk();
    expect_eq(free_pages(), before, "free pages");
}
