/* SPDX-License-Identifier: MIT */
/* domctl: where a domain's vCPUs may run, and how much they get. */
#include "arch/arch.h"
#include "control/toolstack.h"
#include "control/toolstack_bitmap.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "sched/runstate.h"
#include "sched/scheduler.h"

static struct vcpu *find_vcpu(const struct domctl_call *call, uint32_t id)
{
    struct vcpu *v = domain_vcpu(call->domain, id);

    if (!v)
        refuse(-EINVAL, "domain %u has no vCPU %u", call->domain->id, id);
    return v;
}

long domctl_op_getvcpuinfo(struct domctl_call *call, struct xen_domctl_getvcpuinfo *op)
{
    struct vcpu *v = find_vcpu(call, op->vcpu);
    uint32_t blocked_by;

    if (!v)
        return -EINVAL;
    blocked_by = atomic_load(&v->blocked_by);
    op->online = !(blocked_by & VCPU_DOWN);
    op->blocked = (blocked_by & (VCPU_BLOCKED | VCPU_POLLING)) != 0;
    op->running = atomic_load(&v->is_running);
    op->cpu_time = vcpu_cpu_time_ns(v);
    op->cpu = atomic_load(&v->processor);
    return 0;
}

/* ---- affinity ---- */

#define AFFINITY_KINDS (XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT)

/* The sets as they have effect: those CPUs of them that are up. */
static long report_affinity(const struct vcpu *v, const struct xen_domctl_vcpuaffinity *op)
{
    uint64_t hard = v->affinity & cpu_mask_online();
    int error = 0;

    if (op->flags & XEN_VCPUAFFINITY_HARD)
        error = bitmap_to_guest(&op->cpumap_hard, hard);
    if (!error && op->flags & XEN_VCPUAFFINITY_SOFT)
        error = bitmap_to_guest(&op->cpumap_soft, hard & v->soft_affinity);
    return error;
}

static struct vcpu *check_affinity(const struct domctl_call *call,
                                   const struct xen_domctl_vcpuaffinity *op)
{
    if (!(op->flags & AFFINITY_KINDS) || op->flags & ~AFFINITY_KINDS) {
        refuse(-EINVAL, "affinity of kinds %#x", op->flags);
        return NULL;
    }
    return find_vcpu(call, op->vcpu);
}

/* What a vCPU prefers is remembered, and the scheduler does not look at it. */
long domctl_op_setvcpuaffinity(struct domctl_call *call, struct xen_domctl_vcpuaffinity *op)
{
    struct vcpu *v = check_affinity(call, op);
    uint64_t hard = 0, soft = 0;

    if (!v)
        return -EINVAL;
    if (op->flags & XEN_VCPUAFFINITY_HARD && bitmap_from_guest(&op->cpumap_hard, &hard))
        return -EFAULT;
    if (op->flags & XEN_VCPUAFFINITY_SOFT && bitmap_from_guest(&op->cpumap_soft, &soft))
        return -EFAULT;
    if (op->flags & XEN_VCPUAFFINITY_SOFT && !soft)
        return refuse(-EINVAL, "a vCPU that prefers no CPU");
    if (op->flags & XEN_VCPUAFFINITY_HARD) {
        int error = vcpu_set_affinity(v, hard);

        if (error)
            return error;
    }
    if (op->flags & XEN_VCPUAFFINITY_SOFT)
        v->soft_affinity = soft;
    return report_affinity(v, op);
}

long domctl_op_getvcpuaffinity(struct domctl_call *call, struct xen_domctl_vcpuaffinity *op)
{
    const struct vcpu *v = check_affinity(call, op);

    return v ? report_affinity(v, op) : -EINVAL;
}

/* There is one memory node. */
#define ONLY_NODE 1u

long domctl_op_setnodeaffinity(UNUSED struct domctl_call *call, struct xen_domctl_nodeaffinity *op)
{
    uint64_t nodes;

    if (bitmap_from_guest(&op->nodemap, &nodes))
        return -EFAULT;
    return nodes & ONLY_NODE ? 0 : refuse(-EINVAL, "there are no memory nodes %#lx", nodes);
}

long domctl_op_getnodeaffinity(UNUSED struct domctl_call *call, struct xen_domctl_nodeaffinity *op)
{
    return bitmap_to_guest(&op->nodemap, ONLY_NODE);
}

/* ---- weight and cap ---- */

/* A weight of 0 stays what it is; a cap of 0 is none. */
static long set_weight(struct domain *d, const struct xen_domctl_sched_credit2 *wanted)
{
    return domain_set_weight(d, wanted->weight ? wanted->weight : d->weight, wanted->cap);
}

long domctl_op_scheduler_op(struct domctl_call *call, struct xen_domctl_scheduler_op *op)
{
    struct domain *d = call->domain;

    if (op->sched_id != XEN_SCHEDULER_CREDIT2)
        return refuse(-EINVAL, "scheduler %u is not in use", op->sched_id);
    switch (op->cmd) {
    case XEN_DOMCTL_SCHEDOP_putinfo:
        return set_weight(d, &op->u.credit2);
    case XEN_DOMCTL_SCHEDOP_getinfo:
        op->u.credit2.weight = (uint16_t)d->weight;
        op->u.credit2.cap = (uint16_t)d->cap;
        return 0;
    default:
        return refuse(-EINVAL, "this scheduler has no parameters for each vCPU");
    }
}
