/* SPDX-License-Identifier: MIT */
/*
 * Each listed port must be one that is bound; the list is read within the guest's memory only; the 128 ports of the
 * limit may be anywhere, even across pages (XSA-221; abi-facts 2.2).
 */
#include "events.h"

static uint32_t pages[2][1024] PAGE_ALIGNED;

static long poll(const void *list, uint32_t count)
{
    struct sched_poll op = { .ports = (uint64_t)list, .nr_ports = count, .timeout = 1 };

    return hypercall(sched_op, SCHEDOP_poll, &op);
}

void test_main(void)
{
    uint32_t good = port_ipi(0), closed = port_unbound();
    static const uint32_t bad[] = { 0, 4000, 4096, 0x1ffff, 0x20000, 0x80000000, ~0u };

    require_eq(port_close(closed), 0, "a port is closed");
    for (unsigned i = 0; i < 1024; i++)
        pages[0][i] = pages[1][i] = good;
    expect_eq(poll(&pages[0][1024 - 64], 128), 0, "across two pages");
    for (unsigned i = 0; i < ARRAY_COUNT(bad); i++) {
        pages[0][127] = bad[i];
        expect_eq(poll(pages, 128), -XEN_EINVAL, "a bad port at the end");
        expect_eq(poll(pages, 127), 0, "which is not looked at in a shorter list");
    }
    pages[0][0] = closed;
    expect_eq(poll(pages, 1), -XEN_EINVAL, "a free port");
    pages[0][0] = good;
    expect_eq(poll(pages, 129), -XEN_EINVAL, "too many");
    expect_eq(poll(pages, ~0u), -XEN_EINVAL, "the largest number");
    require_eq(map_page(pages[1], 0), 0, "the second page is missing");
    expect_eq(poll(&pages[0][1024 - 64], 128), -XEN_EFAULT, "a list that ends there");
    expect_eq(poll(&pages[0][1024 - 64], 64), 0, "one that ends before");
    expect_eq(poll((void *)(HYPERVISOR_VIRT_START - 256), 128), -XEN_EFAULT, "into the hypervisor");
    expect_eq(poll((void *)0xffff840000000000, 1), -XEN_EFAULT, "in the hypervisor");
    expect_eq(poll((void *)0x800000000000, 1), -XEN_EFAULT, "not canonical");
}
