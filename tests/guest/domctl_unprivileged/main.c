/* SPDX-License-Identifier: MIT */
/*
 * sysctl and domctl are the control domain's: another domain gets -EPERM whatever it asks, for any
 * command and domain, there or not (abi-facts 9).
 *
 * Machine: domains=1
 */
#include "toolstack.h"

static struct xen_domctl domain_op;
static struct xen_sysctl system_op;

static void try_all_commands(uint16_t domain)
{
    for (uint32_t command = 0; command < 90; command++) {
        expect_eq(domctl(command, domain, &domain_op), -XEN_EPERM, "domctl");
        expect_eq(sysctl(command, &system_op), -XEN_EPERM, "sysctl");
    }
}

void neighbour_main(uint32_t id)
{
    try_all_commands((uint16_t)id);
    try_all_commands(0);
    try_all_commands(77);
}

void test_main(void)
{
    domain_op.interface_version = XEN_DOMCTL_INTERFACE_VERSION + 1;
    expect_eq(hypercall(domctl, &domain_op), -XEN_EACCES, "a newer version");
    system_op.interface_version = XEN_SYSCTL_INTERFACE_VERSION - 1;
    expect_eq(hypercall(sysctl, &system_op), -XEN_EACCES, "an older version");
    expect_eq(domctl_plain(0, 0), -XEN_ENOSYS, "no command");
    expect_eq(domctl_plain(UINT32_MAX, 0), -XEN_ENOSYS, "no command");
    expect_eq(sysctl(0, &system_op), -XEN_ENOSYS, "no command");
    expect_eq(hypercall(domctl, 0), -XEN_EFAULT, "no structure");
    expect_eq(hypercall(sysctl, MACH2PHYS_VIRT_START), -XEN_EFAULT, "one that cannot be written");
    neighbour_wait(1);
}
