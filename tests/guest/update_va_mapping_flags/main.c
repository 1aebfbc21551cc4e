/* SPDX-License-Identifier: MIT */
/*
 * update_va_mapping writes the L1 entry that maps an address in the current tables and flushes as
 * its third argument says (xen.h UVMF_*; abi-facts 5.7).
 */
#include "guest.h"

static volatile uint64_t page[512] PAGE_ALIGNED;

static void expect_seen(uint64_t flags, uint64_t *other, uint64_t value, const char *what)
{
    expect_eq(page[0], 1, "the first page is in the TLB");
    expect_eq(hypercall(update_va_mapping, page, entry_of(other, PTE_RW), flags), 0, what);
    expect_eq(page[0], (long)value, what);
    require_eq(map_page(page, entry_of(page, PTE_RW)), 0, "back");
}

void test_main(void)
{
    uint64_t *other = page_new();
    uint64_t vcpus = 1;
    uint64_t mfn = mfn_of(page);

    page[0] = 1;
    other[0] = 2;
    (void)mfn;
    expect_seen(UVMF_INVLPG | UVMF_LOCAL, other, 2, "flush of the address, here");
    expect_seen(UVMF_TLB_FLUSH | UVMF_LOCAL, other, 2, "flush of all, here");
    expect_seen(UVMF_INVLPG | UVMF_ALL, other, 2, "flush of the address, everywhere");
    expect_seen(UVMF_TLB_FLUSH | UVMF_ALL, other, 2, "flush of all, everywhere");
    expect_seen(UVMF_INVLPG | (uint64_t)&vcpus, other, 2, "of the address, on some vCPUs");
    expect_seen(UVMF_TLB_FLUSH | (uint64_t)&vcpus, other, 2, "of all, on some vCPUs");
    expect(hypercall(update_va_mapping, page, entry_of(page, PTE_RW), 3) <= 0,
           "flush type 3 is no crash");
}
