/* SPDX-License-Identifier: MIT */
/*
 * An I/O breakpoint needs CR4.DE, and then it does not fire for the accesses that the hypervisor makes itself
 * (abi-facts 11.1).
 */
#include "privileged.h"

#define IO_80 (0x400UL | 1 | 2UL << 16)

void test_main(void)
{
    uint64_t cr4 = 0;

    require_eq(iopl_set(1), 0, "level 1");
    require_eq(hypercall(set_debugreg, 0, 0x80), 0, "port 0x80");
    expect_eq(hypercall(set_debugreg, 7, IO_80), -XEN_EPERM, "without CR4.DE");
    (void)try_read_cr(4, &cr4);
    require(!try_write_cr(4, cr4 | CR4_DE).trapped, "CR4.DE");
    expect_eq(hypercall(set_debugreg, 7, IO_80), 0, "with CR4.DE");
    expect_eq(hypercall(set_debugreg, 5, 0), -XEN_ENODEV, "DR5 is not DR7 with CR4.DE");
    expect_eq(hypercall(get_debugreg, 4), -XEN_ENODEV, "nor DR4 DR6");
    (void)port_get(0x80, 1);
    (void)port_get(0x3f8, 1);
    print("output by the hypervisor's port");
    expect_eq(hypercall(get_debugreg, 7), IO_80, "DR7");
}
