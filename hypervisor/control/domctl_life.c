/* SPDX-License-Identifier: MIT */
/* domctl: how a domain comes, stops, goes on and goes. */
#include "control/domain_create.h"
#include "control/domain_destroy.h"
#include "control/toolstack.h"
#include "grant/grant_table.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"

/* ---- creation ---- */

#define FLAGS_KNOWN        (2 * XEN_DOMCTL_CDF_MAX - 1)
#define FLAGS_OF_PV        XEN_DOMCTL_CDF_xs_domain
#define GRANT_VERSIONS_MAX 2u

/* What a paravirtual domain without devices of its own can be. */
static int check_wishes(const struct xen_domctl_createdomain *op)
{
    uint32_t grant_version = op->grant_opts & XEN_DOMCTL_GRANT_version_mask;

    if (op->flags & ~(uint32_t)FLAGS_OF_PV)
        return refuse(-EINVAL, "a domain with flags %#x", op->flags);
    if (op->iommu_opts || op->vmtrace_size || op->cpupool_id)
        return refuse(-EINVAL, "IOMMU options %#x, %u bytes for traces, CPU pool %u",
                      op->iommu_opts, op->vmtrace_size, op->cpupool_id);
    if (op->arch.emulation_flags || op->arch.misc_flags & ~XEN_X86_MISC_FLAGS_MAX)
        return refuse(-EINVAL, "emulated devices %#x, options %#x", op->arch.emulation_flags,
                      op->arch.misc_flags);
    /* It is the highest that the guest may choose, and only version 1 can be chosen. */
    if (op->grant_opts & ~XEN_DOMCTL_GRANT_version_mask || grant_version < 1 ||
        grant_version > GRANT_VERSIONS_MAX)
        return refuse(-EINVAL, "grant options %#x", op->grant_opts);
    return 0;
}

static uint32_t limit_of(int32_t wanted, uint32_t otherwise)
{
    return wanted < 0 ? otherwise : (uint32_t)wanted;
}

/* Domain 0 is there already, so 0 is no wish. */
static uint16_t wanted_id(uint16_t id)
{
    return id == 0 || id >= DOMID_FIRST_RESERVED ? DOMID_INVALID : id;
}

long domctl_op_createdomain(struct domctl_call *call, struct xen_domctl_createdomain *op)
{
    const struct domain_config config = {
        .id = wanted_id(call->id),
        .vcpu_count = op->max_vcpus,
        .max_evtchn_port = op->max_evtchn_port,
        .max_grant_frames = limit_of(op->max_grant_frames, DEFAULT_MAX_GRANT_FRAMES),
        .max_maptrack_frames = limit_of(op->max_maptrack_frames, DEFAULT_MAX_MAPTRACK_FRAMES),
    };
    struct domain *d;
    int error = check_wishes(op);

    if (!error)
        error = domain_create(&config, &d);
    if (error)
        return error;
    memcpy(d->handle, op->handle, sizeof(d->handle));
    d->is_xs_domain = op->flags & XEN_DOMCTL_CDF_xs_domain;
    d->ssid = op->ssidref;
    d->options = op->arch.misc_flags;
    d->toolstack_pauses = 1;
    call->id = d->id;
    return 0;
}

long domctl_op_max_vcpus(struct domctl_call *call, struct xen_domctl_max_vcpus *op)
{
    struct domain *d = call->domain;

    if (op->max != d->vcpu_limit)
        return refuse(-EINVAL, "%u vCPUs for a domain made for %u", op->max, d->vcpu_limit);
    return d->vcpu_count == op->max ? 0 : domain_add_vcpus(d, op->max);
}

/* ---- stop and go ---- */

/* The toolstack's pauses are counted by themselves: it cannot undo others'. */
long domctl_op_pausedomain(struct domctl_call *call)
{
    struct domain *d = call->domain;

    if (d == call->caller->domain || d->toolstack_pauses == UINT16_MAX)
        return refuse(-EINVAL, "pause of domain %u", d->id);
    d->toolstack_pauses++;
    domain_pause(d);
    return 0;
}

long domctl_op_unpausedomain(struct domctl_call *call)
{
    struct domain *d = call->domain;

    if (d->toolstack_pauses == 0)
        return refuse(-EINVAL, "domain %u is not paused", d->id);
    d->toolstack_pauses--;
    d->has_run = true;
    domain_unpause(d);
    return 0;
}

long domctl_op_resumedomain(struct domctl_call *call)
{
    if (call->domain == call->caller->domain)
        return refuse(-EINVAL, "a domain resumes itself");
    domain_resume(call->domain);
    return 0;
}

long domctl_op_destroydomain(struct domctl_call *call)
{
    if (call->domain->is_control)
        return refuse(-EINVAL, "the control domain is not destroyed");
    return domain_destroy(call->domain);
}
