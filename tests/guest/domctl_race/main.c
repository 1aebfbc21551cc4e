/* SPDX-License-Identifier: MIT */
/*
 * Two vCPUs of the control domain create, run, look at and destroy domains at the same time, also each
 * other's; nothing stops, and no memory is lost.
 *
 * Machine: cpus=2 memory=96 options="dom0_mem=24M dom0_max_vcpus=2"
 */
#include "toolstack.h"

#define ROUNDS  12u
#define SETTLED 20000u /* questions with the same answer */

static struct child children[2];
static volatile bool is_over;

/* The other vCPU: whatever there is, it pauses, looks at, and destroys it. */
static void disturb(uint32_t id)
{
    static struct vcpu_guest_context context;
    struct xen_domctl op;

    (void)id;
    while (!is_over) {
        memset(&op, 0, sizeof(op));
        if (domctl(XEN_DOMCTL_getdomaininfo, 1, &op) == 0) {
            uint16_t other = op.domain;

            (void)domctl_plain(XEN_DOMCTL_pausedomain, other);
            op.u.vcpucontext = (struct xen_domctl_vcpucontext){ 0, (uint64_t)&context };
            (void)domctl(XEN_DOMCTL_getvcpucontext, other, &op);
            (void)domctl_plain(XEN_DOMCTL_unpausedomain, other);
            if (op.domain % 2 == 0)
                (void)domctl_plain(XEN_DOMCTL_destroydomain, other);
        }
        /* The other vCPU of the control domain, as well. */
        op.u.vcpucontext = (struct xen_domctl_vcpucontext){ 0, (uint64_t)&context };
        (void)domctl(XEN_DOMCTL_getvcpucontext, 0, &op);
    }
}

static bool is_there(uint16_t id)
{
    struct xen_domctl op = { .cmd = 0 };

    return domctl(XEN_DOMCTL_getdomaininfo, id, &op) == 0 && op.domain == id;
}

/* Creation only: any later step may find the domain dying. */
static void live(struct child *child)
{
    struct xen_memory_reservation memory = { .extent_start = (uint64_t)child->mfn,
                                             .nr_extents = CHILD_PAGES };
    struct xen_domctl op;

    child_request(&op, 1);
    require_eq(domctl(XEN_DOMCTL_createdomain, DOMID_INVALID, &op), 0, "createdomain");
    child->id = memory.domid = op.domain;
    op.u.max_vcpus.max = 1;
    (void)domctl(XEN_DOMCTL_max_vcpus, child->id, &op);
    op.u.max_mem.max_memkb = CHILD_PAGES * 4;
    (void)domctl(XEN_DOMCTL_max_mem, child->id, &op);
    for (unsigned pfn = 0; pfn < CHILD_PAGES; pfn++)
        child->mfn[pfn] = pfn;
    (void)hypercall(memory_op, XENMEM_populate_physmap, &memory);
    (void)domctl_plain(XEN_DOMCTL_destroydomain, child->id);
    while (is_there(child->id))
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
}

/* A domain that is listed no longer is freed when every CPU has been elsewhere, which may take a while. */
static uint64_t settled_free_pages(void)
{
    uint64_t pages = free_pages();

    for (unsigned same = 0; same < SETTLED; same++) {
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
        if (free_pages() == pages)
            continue;
        pages = free_pages();
        same = 0;
    }
    return pages;
}

void test_main(void)
{
    uint64_t before;

    live(&children[0]);
    before = settled_free_pages();
    require_eq(vcpu_start(1, disturb), 0, "the second vCPU");
    for (unsigned i = 0; i < ROUNDS; i++)
        live(&children[i % 2]);
    is_over = true;
    vcpu_wait(1);
    expect_eq(settled_free_pages(), before, "free pages");
}
