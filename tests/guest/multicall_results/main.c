/* SPDX-License-Identifier: MIT */
/*
 * multicall makes its calls in order, writes each one's result into its entry, goes on after one
 * that fails, and answers 0 (xen.h).
 */
#include "guest.h"

void test_main(void)
{
    struct multicall_entry calls[4] = {
        { .op = __HYPERVISOR_xen_version, .args = { XENVER_version } },
        { .op = 63, .result = 7 },
        { .op = __HYPERVISOR_xen_version, .args = { XENVER_get_features, 0 } },
        { .op = __HYPERVISOR_xen_version, .args = { XENVER_pagesize } },
    };

    expect_eq(hypercall(multicall, calls, 4), 0, "a list of four");
    expect_eq(calls[0].result, 0x40011, "the first");
    expect_eq(calls[1].result, -XEN_ENOSYS, "a call that does not exist");
    expect_eq(calls[2].result, -XEN_EFAULT, "a call with a bad argument");
    expect_eq(calls[3].result, 4096, "the one behind them");
    expect_eq(calls[0].op, __HYPERVISOR_xen_version, "the entry itself is left alone");
    expect_eq(calls[0].args[0], XENVER_version, "so are its arguments");
    expect_eq(hypercall(multicall, NULL, 0), 0, "an empty list");
}
