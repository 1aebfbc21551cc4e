/* SPDX-License-Identifier: MIT */
/*
 * cache_flush cleans a part of a frame of one's own from the caches, and nothing else: no frame of
 * the hypervisor, no device, no range beyond the frame. (XSA-232)
 */
#include "grants.h"

static uint8_t page[4096] PAGE_ALIGNED;

static long flush(uint64_t address, uint16_t offset, uint16_t length, uint32_t op)
{
    struct gnttab_cache_flush argument = { { address }, offset, length, op };

    return hypercall(grant_table_op, GNTTABOP_cache_flush, &argument, 1);
}

void test_main(void)
{
    uint64_t own = maddr_of(page);

    page[0] = 5;
    expect_eq(flush(own, 0, 4096, GNTTAB_CACHE_CLEAN), 0, "an own frame");
    expect_eq(flush(own, 4095, 1, GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL), 0, "its last byte");
    expect_eq(flush(own, 0, 0, GNTTAB_CACHE_CLEAN), 0, "nothing");
    expect_eq(page[0], 5, "what was written is there");
    expect_eq(flush(own, 1, 4096, GNTTAB_CACHE_CLEAN), -XEN_EINVAL, "beyond the frame");
    expect_eq(flush(own, 65535, 65535, GNTTAB_CACHE_CLEAN), -XEN_EINVAL, "far beyond it");
    expect_eq(flush(own, 0, 64, 4), -XEN_EINVAL, "an operation that does not exist");
    expect_eq(flush(own, 0, 64, GNTTAB_CACHE_INVAL), -XEN_EOPNOTSUPP, "without writing back");
    expect_eq(flush(8, 0, 64, GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_SOURCE_GREF), -XEN_EOPNOTSUPP,
              "by reference");
    expect_eq(flush(0xfee00000, 0, 64, GNTTAB_CACHE_CLEAN), -XEN_EINVAL, "a device");
    expect_eq(flush(1UL << 45, 0, 64, GNTTAB_CACHE_CLEAN), -XEN_EINVAL, "no memory");
    expect(flush(0x110000, 0, 64, GNTTAB_CACHE_CLEAN) < 0, "the hypervisor's image");
}
