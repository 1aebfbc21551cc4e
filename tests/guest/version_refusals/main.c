/* SPDX-License-Identifier: MIT */
/*
 * xen_version refuses commands that do not exist and buffers that cannot be written, and tells the
 * hypervisor's command line to the control domain only.
 *
 * Machine: domains=1
 */
#include "guest.h"

void neighbour_main(uint32_t id)
{
    static struct xen_commandline line;

    (void)id;
    expect_eq(hypercall(xen_version, XENVER_commandline, &line), -XEN_EPERM, "command line");
    expect(line.text[0] == 0, "nothing was written");
}

void test_main(void)
{
    static struct xen_commandline line;

    expect_eq(hypercall(xen_version, XENVER_commandline, &line), 0, "command line");
    expect(strncmp(line.text, "console=com1", 12) == 0 || strlen(line.text) > 12,
           "it is the hypervisor's");
    expect_eq(hypercall(xen_version, 11), -XEN_ENOSYS, "a command beyond the last");
    expect_eq(hypercall(xen_version, 0xffffffff), -XEN_ENOSYS, "the largest command");
    expect_eq(hypercall(xen_version, XENVER_extraversion, NULL), -XEN_EFAULT, "a null buffer");
    expect_eq(hypercall(xen_version, XENVER_extraversion, HYPERVISOR_VIRT_START), -XEN_EFAULT,
              "a buffer in the hypervisor's range");
    expect_eq(hypercall(xen_version, XENVER_extraversion, 0x800000000000UL), -XEN_EFAULT,
              "a non-canonical buffer");
    expect_eq(hypercall(xen_version, XENVER_capabilities, ~0UL - 15), -XEN_EFAULT,
              "a buffer that wraps around");
    neighbour_wait(1);
}
