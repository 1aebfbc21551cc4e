/* SPDX-License-Identifier: MIT */
/*
 * exchange changes nothing when it cannot be done: frames that are still used, sizes that differ, memory
 * that is not there, lists in the hypervisor's range (XSA-29, XSA-212; abi-facts 7.5).
 *
 * Machine: domains=1
 */
#include "guest.h"

static uint64_t in[4], out[4];
static uint8_t *pages[4];

static struct xen_memory_exchange make(void)
{
    struct xen_memory_exchange op = {
        .in = { .extent_start = (uint64_t)in, .nr_extents = 4, .domid = DOMID_SELF },
        .out = { .extent_start = (uint64_t)out,
                 .nr_extents = 1,
                 .extent_order = 2,
                 .domid = DOMID_SELF },
    };

    for (unsigned i = 0; i < 4; i++) {
        in[i] = mfn_of(pages[i]);
        out[i] = pfn_of(pages[i]);
    }
    return op;
}

static void expect_refused(struct xen_memory_exchange *op, long wanted, const char *what)
{
    long result = hypercall(memory_op, XENMEM_exchange, op);

    if (result != wanted)
        failure("%s: %ld, not %ld", what, result, wanted);
    expect_eq(op->nr_exchanged, 0, what);
    for (unsigned i = 0; i < 4; i++) {
        expect_eq(map_page(pages[i], entry_of(pages[i], PTE_RW)), 0, "the frames are the domain's");
        expect_eq(m2p(mfn_of(pages[i])), (long)pfn_of(pages[i]), "with their pfns");
        require_eq(map_page(pages[i], 0), 0, "unmapped");
    }
}

static void check(domid_t foreign)
{
    struct xen_memory_exchange op;

    for (unsigned i = 0; i < 4; i++) {
        pages[i] = page_new();
        require_eq(map_page(pages[i], 0), 0, "unmapped");
    }
    op = make();
    require_eq(map_page(pages[2], entry_of(pages[2], PTE_RO)), 0, "one is mapped");
    expect_refused(&op, -XEN_EINVAL, "a frame that is mapped");
    op = make();
    in[3] = mfn_of((void *)start_info->pt_base);
    expect_refused(&op, -XEN_EINVAL, "a page table");
    op = make();
    in[3] = start_info->shared_info >> 12;
    expect_refused(&op, -XEN_EINVAL, "shared_info");
    op = make();
    in[1] = 0xfffffffffUL;
    expect_refused(&op, -XEN_EINVAL, "a frame that does not exist");
    op = make();
    in[1] = in[0];
    expect_refused(&op, -XEN_EINVAL, "the same frame twice");
    op = make();
    op.out.nr_extents = 2;
    expect_refused(&op, -XEN_EINVAL, "sizes that differ");
    op = make();
    op.out.mem_flags = 13;
    expect_refused(&op, -XEN_ENOMEM, "below 8 KiB");
    op = make();
    op.out.extent_order = 60;
    expect_refused(&op, -XEN_EPERM, "an absurd order");
    op = make();
    out[0] = ~0UL;
    expect_refused(&op, -XEN_EINVAL, "an absurd pfn");
    op = make();
    op.in.domid = op.out.domid = foreign;
    expect_refused(&op, -XEN_ESRCH, "another domain");
    op = make();
    op.in.extent_start = HYPERVISOR_VIRT_START;
    expect_refused(&op, -XEN_EFAULT, "a list in the hypervisor's range");
    op = make();
    op.out.extent_start = HYPERVISOR_VIRT_END - 8;
    expect_refused(&op, -XEN_EFAULT, "the other list there");
    op = make();
    op.in.extent_start = 0xffffffffffffff00UL;
    expect_refused(&op, -XEN_EFAULT, "a list at the end of the address space");
    expect_eq(hypercall(memory_op, XENMEM_exchange, NULL), -XEN_EFAULT, "null");
}

void neighbour_main(uint32_t id)
{
    (void)id;
    check(0);
}

void test_main(void)
{
    check(77);
    neighbour_wait(1);
}
