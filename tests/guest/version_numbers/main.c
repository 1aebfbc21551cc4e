/* SPDX-License-Identifier: MIT */
/*
 * xen_version says which release's ABI this is, and the fixed numbers of the machine interface
 * (version.h; abi-facts 9.2: 4.17, capabilities with "xen-3.0-x86_64 ", pages of 4096 bytes).
 */
#include "guest.h"

void test_main(void)
{
    static struct xen_capabilities_info capabilities;
    struct xen_platform_parameters parameters = { 0 };

    expect_eq(hypercall(xen_version, XENVER_version), 4 << 16 | 17, "major and minor version");
    expect_eq(hypercall(xen_version, XENVER_pagesize), 4096, "page size");
    expect_eq(hypercall(xen_version, XENVER_capabilities, &capabilities), 0, "capabilities");
    expect(strncmp(capabilities.text, "xen-3.0-x86_64 ", 15) == 0, "the PV64 ABI comes first");
    expect_eq(hypercall(xen_version, XENVER_platform_parameters, &parameters), 0, "parameters");
    expect(parameters.virt_start == HYPERVISOR_VIRT_START, "the hypervisor's first address");
}
