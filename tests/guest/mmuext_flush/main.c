/* SPDX-License-Identifier: MIT */
/*
 * All forms of flushing are accepted, an address that is not canonical does no harm (XSA-279), and
 * a vCPU bitmap that cannot be read is refused.
 *
 * Machine: cpus=2
 */
#include "guest.h"

static long flush(uint32_t command, uint64_t address, const uint64_t *vcpus)
{
    struct mmuext_op op = { .cmd = command, .arg1.linear_addr = address };

    op.arg2.vcpumask = (uint64_t)vcpus;
    return hypercall(mmuext_op, &op, 1, NULL, DOMID_SELF);
}

void test_main(void)
{
    uint64_t vcpus = 3;
    static const uint64_t addresses[] = {
        0, VIRT_BASE, 0x800000000000, 0xffff7fffffffffff, 0xffff800000000000, ~0UL
    };

    expect_eq(flush(MMUEXT_TLB_FLUSH_LOCAL, 0, NULL), 0, "all, here");
    expect_eq(flush(MMUEXT_TLB_FLUSH_ALL, 0, NULL), 0, "all, everywhere");
    expect_eq(flush(MMUEXT_TLB_FLUSH_MULTI, 0, &vcpus), 0, "all, on some vCPUs");
    for (unsigned i = 0; i < ARRAY_COUNT(addresses); i++) {
        (void)flush(MMUEXT_INVLPG_LOCAL, addresses[i], NULL);
        (void)flush(MMUEXT_INVLPG_ALL, addresses[i], NULL);
        (void)flush(MMUEXT_INVLPG_MULTI, addresses[i], &vcpus);
    }
    expect_eq(flush(MMUEXT_INVLPG_LOCAL, VIRT_BASE, NULL), 0, "one address, here");
    expect_eq(flush(MMUEXT_INVLPG_ALL, VIRT_BASE, NULL), 0, "one address, everywhere");
    expect_eq(flush(MMUEXT_INVLPG_MULTI, VIRT_BASE, &vcpus), 0, "one address, on some vCPUs");
    expect(flush(MMUEXT_TLB_FLUSH_MULTI, 0, (uint64_t *)HYPERVISOR_VIRT_START) < 0,
           "a bitmap in the hypervisor's range");
    expect(flush(MMUEXT_INVLPG_MULTI, VIRT_BASE, (uint64_t *)1) < 0, "one that is not there");
    vcpus = ~0UL;
    expect_eq(flush(MMUEXT_TLB_FLUSH_MULTI, 0, &vcpus), 0, "vCPUs that do not exist are ignored");
    expect_eq(flush(MMUEXT_FLUSH_CACHE, 0, NULL), 0, "caches, by the control domain");
}
