/* SPDX-License-Identifier: MIT */
/*
 * Flushing caches is for domains with devices, -EACCES for others; a vCPU bitmap must be readable, and its words beyond the
 * domain's vCPUs are not looked at (abi-facts 5.7).
 *
 * Machine: domains=1
 */
#include "guest.h"

static uint64_t words[1024] PAGE_ALIGNED;

static long flush(uint32_t command, const void *vcpus)
{
    struct mmuext_op op = { .cmd = command, .arg1.linear_addr = VIRT_BASE };

    op.arg2.vcpumask = (uint64_t)vcpus;
    return hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF);
}

void neighbour_main(uint32_t id)
{
    (void)id;
    expect_eq(flush(MMUEXT_FLUSH_CACHE, NULL), -XEN_EACCES, "caches, without devices");
    expect_eq(flush(MMUEXT_FLUSH_CACHE_GLOBAL, NULL), -XEN_EACCES, "all caches, without devices");
    expect_eq(flush(MMUEXT_TLB_FLUSH_LOCAL, NULL), 0, "its TLB");
}

void test_main(void)
{
    static const uint64_t bad[] = { 0x1000, 0x800000000000, HYPERVISOR_VIRT_START,
                                    0xffff840000000000 };

    expect_eq(flush(MMUEXT_FLUSH_CACHE_GLOBAL, NULL), 0, "all caches, by the control domain");
    for (unsigned i = 0; i < ARRAY_COUNT(bad); i++) {
        expect_eq(flush(MMUEXT_TLB_FLUSH_MULTI, (void *)bad[i]), -XEN_EFAULT, "a bad bitmap");
        expect_eq(flush(MMUEXT_INVLPG_MULTI, (void *)bad[i]), -XEN_EFAULT, "a bad bitmap");
    }
    words[511] = 1;
    require_eq(map_page(&words[512], 0), 0, "the page behind is missing");
    expect_eq(flush(MMUEXT_TLB_FLUSH_MULTI, &words[511]), 0, "a bitmap of one word");
    neighbour_wait(1);
}
