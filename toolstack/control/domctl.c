/* SPDX-License-Identifier: MIT */
#include "control/domctl.h"

#include <errno.h>
#include <string.h>

#include "hypercall-abi/hypercall_numbers.h"
#include "hypercall-abi/xen.h"

#define CPUS_MAX 64u

static int domctl(struct control *control, uint32_t command, domid_t domid, struct xen_domctl *op)
{
    const uint64_t arguments[5] = { (uint64_t)(uintptr_t)control->area };
    long result;

    op->cmd = command;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = domid;
    memcpy(control->area, op, sizeof(*op));
    result = control->ops->call(control, __HYPERVISOR_domctl, arguments);
    memcpy(op, control->area, sizeof(*op));
    return result < 0 ? (int)result : 0;
}

int domctl_create(struct control *control, const struct xen_domctl_createdomain *wanted,
                  domid_t *domid)
{
    struct xen_domctl op = { .u.createdomain = *wanted };
    int result = domctl(control, XEN_DOMCTL_createdomain, *domid, &op);

    if (!result)
        *domid = op.domain;
    return result;
}

int domctl_destroy(struct control *control, domid_t domid)
{
    struct xen_domctl op = { 0 };
    int result;

    do {
        result = domctl(control, XEN_DOMCTL_destroydomain, domid, &op);
    } while (result == -EAGAIN || result == -EINTR || result == -XEN_ERESTART);
    return result;
}

int domctl_pause(struct control *control, domid_t domid)
{
    struct xen_domctl op = { 0 };

    return domctl(control, XEN_DOMCTL_pausedomain, domid, &op);
}

int domctl_unpause(struct control *control, domid_t domid)
{
    struct xen_domctl op = { 0 };

    return domctl(control, XEN_DOMCTL_unpausedomain, domid, &op);
}

int domctl_info(struct control *control, domid_t domid, struct xen_domctl_getdomaininfo *info)
{
    struct xen_domctl op = { 0 };
    int result = domctl(control, XEN_DOMCTL_getdomaininfo, domid, &op);

    if (result)
        return result;
    if (op.u.getdomaininfo.domain != domid)
        return -ESRCH;
    *info = op.u.getdomaininfo;
    return 0;
}

int domctl_vcpu_info(struct control *control, domid_t domid, uint32_t vcpu,
                     struct xen_domctl_getvcpuinfo *info)
{
    struct xen_domctl op = { .u.getvcpuinfo.vcpu = vcpu };
    int result = domctl(control, XEN_DOMCTL_getvcpuinfo, domid, &op);

    *info = op.u.getvcpuinfo;
    return result;
}

int domctl_counters(struct control *control, domid_t domid,
                    struct xen_domctl_parapet_counters *counters)
{
    struct xen_domctl op = { .u.parapet_counters = { .vcpu = counters->vcpu } };
    int result = domctl(control, XEN_DOMCTL_parapet_counters, domid, &op);

    *counters = op.u.parapet_counters;
    return result;
}

int domctl_set_vcpus_max(struct control *control, domid_t domid, uint32_t count)
{
    struct xen_domctl op = { .u.max_vcpus.max = count };

    return domctl(control, XEN_DOMCTL_max_vcpus, domid, &op);
}

int domctl_set_memory_max(struct control *control, domid_t domid, uint64_t bytes)
{
    struct xen_domctl op = { .u.max_mem.max_memkb = bytes >> 10 };

    return domctl(control, XEN_DOMCTL_max_mem, domid, &op);
}

int domctl_set_address_size(struct control *control, domid_t domid, uint32_t bits)
{
    struct xen_domctl op = { .u.address_size.size = bits };

    return domctl(control, XEN_DOMCTL_set_address_size, domid, &op);
}

int domctl_set_tsc_mode(struct control *control, domid_t domid, uint32_t mode)
{
    struct xen_domctl op = { .u.tsc_info.tsc_mode = mode };

    return domctl(control, XEN_DOMCTL_settscinfo, domid, &op);
}

int domctl_set_time_offset(struct control *control, domid_t domid, int64_t seconds)
{
    struct xen_domctl op = { .u.settimeoffset.time_offset_seconds = seconds };

    return domctl(control, XEN_DOMCTL_settimeoffset, domid, &op);
}

int domctl_hypercall_page(struct control *control, domid_t domid, uint64_t mfn)
{
    struct xen_domctl op = { .u.hypercall_init.gmfn = mfn };

    return domctl(control, XEN_DOMCTL_hypercall_init, domid, &op);
}

int domctl_set_context(struct control *control, domid_t domid, uint32_t vcpu,
                       const struct vcpu_guest_context *context)
{
    struct xen_domctl op = {
        .u.vcpucontext = { .vcpu = vcpu, .ctxt = control_room_address(control) },
    };

    memcpy(control_room(control), context, sizeof(*context));
    return domctl(control, XEN_DOMCTL_setvcpucontext, domid, &op);
}

/* The hard set is what is asked for or told; the soft one stays with "all". */
static int affinity(struct control *control, uint32_t command, domid_t domid, uint32_t vcpu,
                    uint64_t *cpus)
{
    struct xen_domctl op = {
        .u.vcpuaffinity = {
            .vcpu = vcpu,
            .flags = XEN_VCPUAFFINITY_HARD,
            .cpumap_hard = { .bitmap = control_room_address(control), .nr_bits = CPUS_MAX },
        },
    };
    int result;

    memcpy(control_room(control), cpus, sizeof(*cpus));
    result = domctl(control, command, domid, &op);
    memcpy(cpus, control_room(control), sizeof(*cpus));
    return result;
}

int domctl_set_affinity(struct control *control, domid_t domid, uint32_t vcpu, uint64_t *cpus)
{
    return affinity(control, XEN_DOMCTL_setvcpuaffinity, domid, vcpu, cpus);
}

int domctl_get_affinity(struct control *control, domid_t domid, uint32_t vcpu, uint64_t *cpus)
{
    *cpus = 0;
    return affinity(control, XEN_DOMCTL_getvcpuaffinity, domid, vcpu, cpus);
}

int domctl_set_scheduling(struct control *control, domid_t domid, uint16_t weight, uint16_t cap)
{
    struct xen_domctl op = {
        .u.scheduler_op = {
            .sched_id = XEN_SCHEDULER_CREDIT2,
            .cmd = XEN_DOMCTL_SCHEDOP_putinfo,
            .u.credit2 = { .weight = weight, .cap = cap },
        },
    };

    return domctl(control, XEN_DOMCTL_scheduler_op, domid, &op);
}

int domctl_get_scheduling(struct control *control, domid_t domid, uint16_t *weight, uint16_t *cap)
{
    struct xen_domctl op = {
        .u.scheduler_op = {
            .sched_id = XEN_SCHEDULER_CREDIT2,
            .cmd = XEN_DOMCTL_SCHEDOP_getinfo,
        },
    };
    int result = domctl(control, XEN_DOMCTL_scheduler_op, domid, &op);

    *weight = op.u.scheduler_op.u.credit2.weight;
    *cap = op.u.scheduler_op.u.credit2.cap;
    return result;
}
