/* SPDX-License-Identifier: MIT */
/*
 * claim_pages and machphys_mfn_list are for the control domain. A claim succeeds if so much is free,
 * and 0 cancels it (abi-facts 7.5).
 *
 * Machine: domains=1
 */
#include "guest.h"

static uint64_t frames[64];

static long claim(uint64_t pages)
{
    struct xen_memory_reservation op = { .nr_extents = pages, .domid = 1 };

    return hypercall(memory_op, XENMEM_claim_pages, &op);
}

static struct xen_machphys_mfn_list list = { .max_extents = 64 };

void neighbour_main(uint32_t id)
{
    (void)id;
    list.extent_start = (uint64_t)frames;
    expect_eq(claim(0), -XEN_EPERM, "claim");
    expect_eq(hypercall(memory_op, XENMEM_machphys_mfn_list, &list), -XEN_EPERM, "mfn list");
}

void test_main(void)
{
    list.extent_start = (uint64_t)frames;
    expect_eq(claim(0), 0, "nothing");
    expect_eq(claim(10), 0, "a little");
    expect_eq(claim(1UL << 40), -XEN_ENOMEM, "too much");
    expect_eq(hypercall(memory_op, XENMEM_machphys_mfn_list, &list), 0, "mfn list");
    expect(list.nr_extents >= 1 && frames[0], "has an entry");
    neighbour_wait(1);
}
