/* SPDX-License-Identifier: MIT */
/* domctl and sysctl: what there is to say about domains and their vCPUs. */
#include "arch/x86.h"
#include "control/toolstack.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "mm/guest_access.h"
#include "sched/runstate.h"

/* ---- one domain ---- */

/* Dying or shut down, paused; a domain that was destroyed while it ran never shut down. */
static uint32_t life_flags(const struct domain *d)
{
    uint32_t flags = 0;

    if (atomic_load(&d->life) != DOMAIN_ALIVE)
        flags |= XEN_DOMINF_dying;
    if (atomic_load(&d->is_shut_down) && !d->destroy.was_running)
        flags |= XEN_DOMINF_shutdown | (uint32_t)d->shutdown_code << XEN_DOMINF_shutdownshift;
    if (d->toolstack_pauses)
        flags |= XEN_DOMINF_paused;
    if (d->is_xs_domain)
        flags |= XEN_DOMINF_xs_domain;
    return flags;
}

/* Blocked if all vCPUs that are up are, running if one runs. */
static void describe_vcpus(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
    bool all_blocked = true, any_runs = false;

    for (uint32_t id = 0; id < d->vcpu_count; id++) {
        struct vcpu *v = d->vcpus[id];
        uint32_t blocked_by = atomic_load(&v->blocked_by);

        info->cpu_time += vcpu_cpu_time_ns(v);
        info->max_vcpu_id = id;
        if (blocked_by & VCPU_DOWN)
            continue;
        info->nr_online_vcpus++;
        any_runs |= atomic_load(&v->is_running);
        all_blocked &= (blocked_by & (VCPU_BLOCKED | VCPU_POLLING)) != 0;
    }
    if (info->nr_online_vcpus == 0)
        return;
    if (all_blocked)
        info->flags |= XEN_DOMINF_blocked;
    if (any_runs)
        info->flags |= XEN_DOMINF_running;
}

void domain_describe(struct domain *d, struct xen_domctl_getdomaininfo *info)
{
    memset(info, 0, sizeof(*info));
    info->domain = d->id;
    info->flags = life_flags(d);
    info->tot_pages = d->total_pages;
    info->max_pages = d->max_pages;
    info->shared_info_frame = d->shared_frame.number;
    info->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
    info->ssidref = d->ssid;
    memcpy(info->handle, d->handle, sizeof(info->handle));
    info->arch_config.misc_flags = d->options;
    describe_vcpus(d, info);
}

/* The first domain from the id on whose structure stays; with a reference. */
static struct domain *get_next(uint16_t id)
{
    struct domain *d;

    while ((d = domain_next(id)) != NULL && !domain_get(d))
        id = (uint16_t)(d->id + 1);
    return d;
}

long domctl_op_getdomaininfo(struct domctl_call *call, struct xen_domctl_getdomaininfo *op)
{
    struct domain *d = get_next(call->id);

    if (!d)
        return refuse(-ESRCH, "no domain from %u on", call->id);
    domain_describe(d, op);
    call->id = d->id;
    domain_put(d);
    return 0;
}

/* ---- all domains ---- */

long sysctl_op_getdomaininfolist(UNUSED struct vcpu *caller,
                                 struct xen_sysctl_getdomaininfolist *op)
{
    uint32_t count = 0;
    struct domain *d;

    for (uint16_t id = op->first_domain; count < op->max_domains; id = (uint16_t)(id + 1)) {
        struct xen_domctl_getdomaininfo info;
        int error;

        d = get_next(id);
        if (!d)
            break;
        domain_describe(d, &info);
        id = d->id;
        domain_put(d);
        error = copy_to_guest(op->buffer + count * sizeof(info), &info, sizeof(info));
        if (error)
            return error;
        count++;
    }
    op->num_domains = count;
    return 0;
}

/* Another CPU may be adding to them; each is read as it is just then. */
long domctl_op_parapet_counters(struct domctl_call *call, struct xen_domctl_parapet_counters *op)
{
    const struct vcpu *v;

    if (op->vcpu >= call->domain->vcpu_count)
        return refuse(-ENOENT, "domain %u has no vCPU %u", call->domain->id, op->vcpu);
    v = call->domain->vcpus[index_clamp(op->vcpu, call->domain->vcpu_count)];
    *op = (struct xen_domctl_parapet_counters){
        .vcpu = op->vcpu,
        .hypercalls = v->counters.hypercalls,
        .traps = v->counters.traps,
        .system_calls = v->counters.system_calls,
        .emulated = v->counters.emulated,
        .page_table_updates = v->counters.page_table_updates,
        .events_sent = v->counters.events_sent,
        .upcalls = v->counters.upcalls,
        .switches = v->counters.switches,
        .grant_maps = v->counters.grant_maps,
        .grant_copies = v->counters.grant_copies,
    };
    return 0;
}
