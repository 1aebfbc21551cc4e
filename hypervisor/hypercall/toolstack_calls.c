/* SPDX-License-Identifier: MIT */
/*
 * sysctl and domctl: the calls of the toolstack in the control domain.
 *
 * Tools find the interface's version by trying, so a wrong version is answered before anything
 * else is looked at. The commands themselves do not exist yet.
 */
#include "domain/domain.h"
#include "hypercall-abi/domctl.h"
#include "hypercall-abi/sysctl.h"
#include "hypercall/dispatch.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"

/* Both structures begin with it. */
struct operation_header {
    uint32_t command;
    uint32_t interface_version;
};

static long check_header(struct vcpu *caller, uint64_t address, uint32_t version, const char *name)
{
    struct operation_header header;

    if (copy_from_guest(&header, address, sizeof(header)))
        return -EFAULT;
    if (header.interface_version != version)
        return refuse(-EACCES, "%s of version %#x", name, header.interface_version);
    if (!caller->domain->is_control)
        return refuse(-EPERM, "%s is for the control domain", name);
    return refuse(-ENOSYS, "%s has no command %u", name, header.command);
}

long hypercall_sysctl(struct vcpu *caller, uint64_t address, UNUSED uint64_t a2, UNUSED uint64_t a3,
                      UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    return check_header(caller, address, XEN_SYSCTL_INTERFACE_VERSION, "sysctl");
}

long hypercall_domctl(struct vcpu *caller, uint64_t address, UNUSED uint64_t a2, UNUSED uint64_t a3,
                      UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    return check_header(caller, address, XEN_DOMCTL_INTERFACE_VERSION, "domctl");
}
