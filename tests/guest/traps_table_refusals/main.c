/* SPDX-License-Identifier: MIT */
/*
 * set_trap_table refuses handlers at addresses that are not canonical, and lists that cannot be read or
 * that lie in the hypervisor's memory (abi-facts 2.2, 11.5).
 */
#include "guest.h"

static long set(uint64_t address)
{
    struct trap_info list[2] = { { .vector = 0x55, .address = address } };

    return hypercall(set_trap_table, list);
}

void test_main(void)
{
    expect_eq(set(0x0000800000000000), -XEN_EINVAL, "just above the lower half");
    expect_eq(set(0xffff7fffffffffff), -XEN_EINVAL, "just below the upper half");
    expect_eq(set(0x8000000000000000), -XEN_EINVAL, "only the top bit");
    expect_eq(set(0x00007fffffffffff), 0, "the last canonical one below");
    expect_eq(hypercall(set_trap_table, 0x1000), -XEN_EFAULT, "no memory");
    expect_eq(hypercall(set_trap_table, HYPERVISOR_VIRT_START), -XEN_EFAULT, "the M2P");
    expect_eq(hypercall(set_trap_table, 0xffff840000000000), -XEN_EFAULT,
              "the hypervisor's memory");
    expect_eq(hypercall(set_trap_table, 0x8000000000000000), -XEN_EFAULT, "no address");
}
