/* SPDX-License-Identifier: MIT */
/*
 * Calls on reservations do not fail but do less: nothing for frames that are not the domain's to give,
 * for extents that are too large, for a list that is not there (abi-facts 2.2, 7.5; XSA-31,
 * XSA-212).
 *
 * Machine: domains=1
 */
#include "guest.h"

static long reserve(uint32_t command, uint64_t extents, uint64_t count, uint32_t order,
                    domid_t domain)
{
    struct xen_memory_reservation op = {
        .extent_start = extents, .nr_extents = count, .extent_order = order, .domid = domain
    };

    return hypercall(memory_op, command, &op);
}

static void check(domid_t foreign)
{
    struct xen_memory_reservation three = { .nr_extents = 3, .domid = DOMID_SELF };
    uint64_t mfn = start_info->shared_info >> 12;
    uint64_t list = (uint64_t)&mfn;

    expect_eq(reserve(XENMEM_decrease_reservation, list, 1, 0, DOMID_SELF), 0, "shared_info");
    mfn = 0x100;
    expect_eq(reserve(XENMEM_decrease_reservation, list, 1, 0, DOMID_SELF), 0, "the image");
    mfn = 0xfffffffffUL;
    expect_eq(reserve(XENMEM_decrease_reservation, list, 1, 0, DOMID_SELF), 0, "no such frame");
    mfn = 0xfee00;
    expect_eq(reserve(XENMEM_decrease_reservation, list, 1, 0, DOMID_SELF), 0, "the local APIC");
    expect_eq(reserve(XENMEM_decrease_reservation, 0, 1, 0, DOMID_SELF), 0, "a null list");
    expect_eq(reserve(XENMEM_decrease_reservation, HYPERVISOR_VIRT_START, 1, 0, DOMID_SELF), 0,
              "a list in the hypervisor's range");
    expect_eq(reserve(XENMEM_populate_physmap, HYPERVISOR_VIRT_START, 1, 0, DOMID_SELF), 0,
              "the same for new frames");
    mfn = 1;
    expect_eq(reserve(XENMEM_populate_physmap, list, 1, 40, DOMID_SELF), 0, "extents of 4 PiB");
    expect_eq(reserve(XENMEM_populate_physmap, list, 1, ~0u, DOMID_SELF), 0, "absurd extents");
    mfn = ~0UL;
    expect_eq(reserve(XENMEM_populate_physmap, list, 1, 0, DOMID_SELF), 0, "an absurd pfn");
    mfn = mfn_of(start_info);
    expect_eq(reserve(XENMEM_decrease_reservation, list, 1, 0, foreign), 0, "as another's");
    /* The done-count in the command is the guest's word: it skips, and counts, no more. */
    expect_eq(hypercall(memory_op, XENMEM_decrease_reservation | 5 << 6, &three), 5,
              "more done than there is");
    expect_eq(hypercall(memory_op, XENMEM_decrease_reservation, NULL), -XEN_EFAULT, "null");
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
