/* SPDX-License-Identifier: MIT */
/*
 * A multicall within a multicall is refused in its entry (xen.h: not nestable), and a list that
 * cannot be read or written ends the call.
 */
#include "guest.h"

static uint8_t read_only[4096] PAGE_ALIGNED;

void test_main(void)
{
    struct multicall_entry inner = { .op = __HYPERVISOR_xen_version };
    struct multicall_entry calls[2] = {
        { .op = __HYPERVISOR_multicall, .args = { (uint64_t)&inner, 1 } },
        { .op = __HYPERVISOR_xen_version, .args = { XENVER_version } },
    };
    struct multicall_entry *locked = (struct multicall_entry *)(void *)read_only;

    expect_eq(hypercall(multicall, calls, 2), 0, "a list with a multicall in it");
    expect_eq(calls[0].result, -XEN_EINVAL, "the inner one is refused");
    expect_eq(inner.result, 0, "and has done nothing");
    expect_eq(calls[1].result, 0x40011, "the list goes on");

    expect_eq(hypercall(multicall, NULL, 1), -XEN_EFAULT, "a null list");
    expect_eq(hypercall(multicall, HYPERVISOR_VIRT_START, 1), -XEN_EFAULT,
              "a list in the hypervisor's range");
    expect_eq(hypercall(multicall, HYPERVISOR_VIRT_END - 64, 2), -XEN_EFAULT,
              "a list that begins there");
    locked->op = __HYPERVISOR_xen_version;
    require_eq(map_page(read_only, entry_of(read_only, PTE_RO)), 0, "a page becomes read-only");
    expect_eq(hypercall(multicall, locked, 1), -XEN_EFAULT, "a result that cannot be written");
}
