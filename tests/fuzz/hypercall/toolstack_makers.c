/* SPDX-License-Identifier: MIT */
/* domctl and sysctl: on the domains of the fuzzer, and on children that such calls made. */
#include <string.h>

#include "domain/domain.h"
#include "fuzz/hypercall/makers.h"
#include "fuzz/hypercall/values.h"
#include "hypercall-abi/domctl.h"
#include "hypercall-abi/sysctl.h"
#include "support/fuzz.h"
#include "support/whole/world.h"

static const uint8_t domctl_commands[] = {
#define OP(number, name, argument, copy, summary) number,
#include "hypercall-abi/tables/domctl_ops.def"
#undef OP
};

static const uint8_t sysctl_commands[] = {
#define OP(number, name, argument, copy, summary) number,
#include "hypercall-abi/tables/sysctl_ops.def"
#undef OP
};

/* One that is there, mostly; the control domain seldom. */
static domid_t any_managed_domain(void)
{
    struct domain *d = domain_next((uint16_t)(1 + below(12)));

    if (one_in(12))
        return (domid_t)any_edge();
    if (one_in(12))
        return 0;
    return d ? d->id : domains[1 + below(DOMAINS - 1)]->id;
}

static int32_t any_limit(void)
{
    return one_in(3) ? -1 : (int32_t)below(6);
}

static void fill_createdomain(struct xen_domctl *op)
{
    struct xen_domctl_createdomain *create = &op->u.createdomain;

    memset(create, 0, sizeof(*create));
    op->domain = one_in(3) ? (domid_t)(1 + below(40)) : DOMID_INVALID;
    create->max_vcpus = (uint32_t)below(4);
    create->max_evtchn_port = (uint32_t)below(200);
    create->max_grant_frames = any_limit();
    create->max_maptrack_frames = any_limit();
    create->grant_opts = 1;
    if (one_in(8))
        random_mutate(dice, (uint8_t *)create, sizeof(*create));
}

/* A set, and where the answer goes. */
static struct xenctl_bitmap any_bitmap(void)
{
    struct xenctl_bitmap bitmap = { any_va(), (uint32_t)(one_in(8) ? any_edge() : below(130)) };

    return bitmap;
}

static void fill_domctl(struct xen_domctl *op)
{
    uint64_t *words = (uint64_t *)(void *)&op->u;

    for (unsigned i = 0; i < 8; i++)
        words[i] = one_in(2) ? any_va() : any_edge();
    switch (op->cmd) {
    case XEN_DOMCTL_createdomain:
        fill_createdomain(op);
        break;
    case XEN_DOMCTL_max_vcpus:
        op->u.max_vcpus.max = (uint32_t)below(5);
        break;
    case XEN_DOMCTL_max_mem:
        op->u.max_mem.max_memkb = one_in(8) ? any_edge() : below(5000);
        break;
    case XEN_DOMCTL_setvcpucontext:
    case XEN_DOMCTL_getvcpucontext:
        op->u.vcpucontext.vcpu = any_vcpu();
        op->u.vcpucontext.ctxt = one_in(6) ? 0 : put_context_of(domains[below(DOMAINS)]);
        break;
    case XEN_DOMCTL_setvcpuaffinity:
    case XEN_DOMCTL_getvcpuaffinity:
        op->u.vcpuaffinity.vcpu = any_vcpu();
        op->u.vcpuaffinity.flags = (uint32_t)below(5);
        op->u.vcpuaffinity.cpumap_hard = any_bitmap();
        op->u.vcpuaffinity.cpumap_soft = any_bitmap();
        break;
    case XEN_DOMCTL_scheduler_op:
        op->u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
        op->u.scheduler_op.cmd = (uint32_t)below(3);
        break;
    case XEN_DOMCTL_hypercall_init:
        op->u.hypercall_init.gmfn = any_mfn();
        break;
    case XEN_DOMCTL_getpageframeinfo3:
        op->u.getpageframeinfo3.num = below(40);
        break;
    case XEN_DOMCTL_getvcpuinfo:
        op->u.getvcpuinfo.vcpu = any_vcpu();
        break;
    case XEN_DOMCTL_get_cpu_policy:
    case XEN_DOMCTL_set_cpu_policy:
        op->u.cpu_policy.nr_leaves = (uint32_t)below(70);
        op->u.cpu_policy.nr_msrs = 0;
        op->u.cpu_policy.leaves = any_va();
        break;
    default:
        break;
    }
}

void make_domctl(struct call *call)
{
    struct xen_domctl op;

    memset(&op, 0, sizeof(op));
    op.cmd = one_in(20) ? (uint32_t)any_edge() : domctl_commands[below(sizeof(domctl_commands))];
    /* Half of all would otherwise be refused for want of the domain. */
    if (op.cmd == XEN_DOMCTL_destroydomain && !one_in(4))
        op.cmd = XEN_DOMCTL_pausedomain;
    op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op.domain = any_managed_domain();
    fill_domctl(&op);
    call->args[0] = PUT(op);
}

void make_sysctl(struct call *call)
{
    struct xen_sysctl op;
    uint64_t *words = (uint64_t *)(void *)&op.u;

    memset(&op, 0, sizeof(op));
    op.cmd = one_in(20) ? (uint32_t)any_edge() : sysctl_commands[below(sizeof(sysctl_commands))];
    if (op.cmd == XEN_SYSCTL_debug_keys)
        op.cmd = XEN_SYSCTL_physinfo; /* one of the keys ends the machine */
    op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    for (unsigned i = 0; i < 5; i++) {
        uint64_t small = below(8) | below(8) << 32;

        words[i] = one_in(3) ? small : one_in(2) ? any_va() : any_edge();
    }
    call->args[0] = PUT(op);
}

/* ---- between calls ---- */

static bool is_of_the_fuzzer(const struct domain *d)
{
    for (unsigned i = 0; i < DOMAINS; i++) {
        if (domains[i] == d)
            return true;
    }
    return false;
}

void destroy_children(void)
{
    struct domain *next;

    for (struct domain *d = domain_next(1); d; d = next) {
        uint16_t id = d->id;

        if (!is_of_the_fuzzer(d) && atomic_load(&d->life) != DOMAIN_DEAD)
            world_destroy(d);
        next = domain_next((uint16_t)(id + 1));
    }
}
