/* SPDX-License-Identifier: MIT */
/*
 * set_debugreg and get_debugreg: no breakpoint on the hypervisor's addresses, no general detect, no
 * I/O breakpoint without CR4.DE, no register that does not exist (XSA-444; abi-facts 2.2).
 */
#include "guest.h"

void test_main(void)
{
    for (unsigned i = 0; i < 4; i++) {
        expect_eq(hypercall(set_debugreg, i, 0x1000 * i + 0x5000), 0, "an address");
        expect_eq(hypercall(get_debugreg, i), 0x1000 * i + 0x5000, "is kept");
        expect_eq(hypercall(set_debugreg, i, HYPERVISOR_VIRT_START), -XEN_EPERM, "hypervisor");
        expect_eq(hypercall(set_debugreg, i, HYPERVISOR_VIRT_END - 1), -XEN_EPERM, "its end");
        expect(hypercall(set_debugreg, i, 0x800000000000UL) < 0, "non-canonical");
        expect_eq(hypercall(get_debugreg, i), 0x1000 * i + 0x5000, "is still there");
        expect_eq(hypercall(set_debugreg, i, 0), 0, "zero");
    }
    expect_eq(hypercall(set_debugreg, 5, 0x408), 0, "register 5 is 7 while CR4.DE is clear");
    expect_eq(hypercall(get_debugreg, 7), 0x408, "as the processor has it");
    expect(hypercall(set_debugreg, 8, 0) < 0, "register 8");
    expect(hypercall(get_debugreg, 8) < 0, "register 8, read");
    expect_eq(hypercall(set_debugreg, 6, 0), 0, "status");
    expect_eq(hypercall(set_debugreg, 7, 0x402), 0, "control");
    expect_eq(hypercall(get_debugreg, 7), 0x402, "is kept");
    (void)hypercall(set_debugreg, 7, 0x2400);
    expect(!(hypercall(get_debugreg, 7) & 0x2000), "general detect cannot be set");
    expect(hypercall(set_debugreg, 7, 0x20401) < 0, "I/O breakpoint without CR4.DE");
    expect_eq(hypercall(set_debugreg, 7, 0), 0, "off");
}
