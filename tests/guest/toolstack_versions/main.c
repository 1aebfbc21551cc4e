/* SPDX-License-Identifier: MIT */
/*
 * sysctl and domctl answer -EACCES to any other version than theirs, before anything else; that is how
 * tools find it (abi-facts 2.3, 9). With the right one an ordinary domain gets -EPERM.
 *
 * Machine: domains=1
 */
#include "guest.h"
#include "hypercall-abi/domctl.h"
#include "hypercall-abi/sysctl.h"

static uint32_t operation[40];

static long call(uint64_t number, uint32_t command, uint32_t version)
{
    memset(operation, 0, sizeof(operation));
    operation[0] = command;
    operation[1] = version;
    return hypercall_number(number, (uint64_t)operation, 0, 0, 0, 0);
}

static void check_versions(uint64_t number, uint32_t right)
{
    for (uint32_t version = 0; version < 128; version++) {
        long result = call(number, 5, version);

        if (version != right && result != -XEN_EACCES)
            failure("hypercall %lu, version %#x: %ld", number, version, result);
        if (version == right && result == -XEN_EACCES)
            failure("hypercall %lu refuses its own version %#x", number, version);
    }
}

void neighbour_main(uint32_t id)
{
    (void)id;
    check_versions(__HYPERVISOR_sysctl, XEN_SYSCTL_INTERFACE_VERSION);
    check_versions(__HYPERVISOR_domctl, XEN_DOMCTL_INTERFACE_VERSION);
    expect_eq(call(__HYPERVISOR_sysctl, XEN_SYSCTL_physinfo, XEN_SYSCTL_INTERFACE_VERSION),
              -XEN_EPERM, "sysctl");
    expect_eq(call(__HYPERVISOR_domctl, XEN_DOMCTL_getdomaininfo, XEN_DOMCTL_INTERFACE_VERSION),
              -XEN_EPERM, "domctl");
}

void test_main(void)
{
    check_versions(__HYPERVISOR_sysctl, XEN_SYSCTL_INTERFACE_VERSION);
    check_versions(__HYPERVISOR_domctl, XEN_DOMCTL_INTERFACE_VERSION);
    expect_eq(hypercall(sysctl, NULL), -XEN_EFAULT, "null");
    expect_eq(hypercall(domctl, NULL), -XEN_EFAULT, "null");
    expect_eq(call(__HYPERVISOR_sysctl, 999, XEN_SYSCTL_INTERFACE_VERSION), -XEN_ENOSYS,
              "a command that does not exist");
    expect_eq(call(__HYPERVISOR_domctl, 999, XEN_DOMCTL_INTERFACE_VERSION), -XEN_ENOSYS,
              "a command that does not exist");
    neighbour_wait(1);
}
