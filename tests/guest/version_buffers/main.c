/* SPDX-License-Identifier: MIT */
/*
 * Each command of xen_version that answers by a structure refuses buffers that it cannot write, wherever they are, and the
 * build id, of which there is none, is -ENODATA (abi-facts 2.1, 11.5).
 */
#include "guest.h"

static uint8_t buffer[8192] PAGE_ALIGNED;

void test_main(void)
{
    static const uint32_t commands[] = { XENVER_extraversion,        XENVER_compile_info,
                                         XENVER_capabilities,        XENVER_changeset,
                                         XENVER_platform_parameters, XENVER_get_features,
                                         XENVER_guest_handle,        XENVER_commandline };
    static const uint64_t bad[] = { 0,
                                    0x1000,
                                    0x800000000000,
                                    HYPERVISOR_VIRT_START,
                                    0xffff840000000000,
                                    HYPERVISOR_VIRT_START - 4,
                                    ~0UL };

    for (unsigned i = 0; i < ARRAY_COUNT(commands); i++) {
        for (unsigned j = 0; j < ARRAY_COUNT(bad); j++)
            expect_eq(hypercall(xen_version, commands[i], bad[j]), -XEN_EFAULT, "a bad buffer");
        require_eq(map_page(buffer, entry_of(buffer, PTE_RO)), 0, "a read-only page");
        expect_eq(hypercall(xen_version, commands[i], buffer), -XEN_EFAULT, "a read-only buffer");
        require_eq(map_page(buffer, entry_of(buffer, PTE_RW)), 0, "a writable page");
        expect_eq(hypercall(xen_version, commands[i], buffer), 0, "a good buffer");
    }
    expect_eq(hypercall(xen_version, XENVER_build_id, NULL), -XEN_ENODATA, "the build id");
    expect_eq(hypercall(xen_version, XENVER_build_id, buffer), -XEN_ENODATA, "the build id");
}
