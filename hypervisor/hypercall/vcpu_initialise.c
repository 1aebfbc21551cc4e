/* SPDX-License-Identifier: MIT */
/*
 * VCPUOP_initialise: the first state of a vCPU, once.
 *
 * The context is copied once and judged by emulate/guest_context.c. A restarted call begins
 * again with what the guest then has in memory; what is kept of the first attempt are
 * references, which vcpu_context_apply() sorts out.
 */
#include "hypercall/vcpu_initialise.h"

#include "domain/domain.h"
#include "domain/handlers.h"
#include "emulate/guest_context.h"
#include "hypercall/dispatch.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"
#include "mm/heap.h"
#include "pvmmu/pvmmu.h"

/* Only one caller at a time sets a vCPU up, and only once. */
static int claim(struct vcpu *v)
{
    int error = 0;

    spin_lock(&v->domain->lock);
    if (v->is_initialised)
        error = -EEXIST;
    else if (v->is_being_initialised)
        error = -EBUSY;
    else
        v->is_being_initialised = true;
    spin_unlock(&v->domain->lock);
    return error;
}

static void unclaim(struct vcpu *v)
{
    spin_lock(&v->domain->lock);
    v->is_being_initialised = false;
    spin_unlock(&v->domain->lock);
}

static int initialise(struct vcpu *v, uint64_t address)
{
    struct vcpu_guest_context *context = heap_alloc(sizeof(*context));
    int error = -EFAULT;

    if (!context)
        return -ENOMEM;
    if (copy_from_guest(context, address, sizeof(*context)) == 0)
        error = vcpu_context_apply(v, context);
    if (!error && context->flags & VGCF_online) {
        atomic_fetch_and_explicit(&v->blocked_by, ~(uint32_t)VCPU_DOWN, memory_order_acq_rel);
        domain_handlers.vcpu_kick(v);
    }
    heap_free(context);
    return error;
}

long vcpu_op_initialise(struct vcpu *caller, uint32_t id, uint64_t address)
{
    struct vcpu *v = domain_vcpu(caller->domain, id);
    int error;

    if (!v)
        return refuse(-ENOENT, "there is no vCPU %u", id);
    if (mmu_settle(caller->domain))
        return HYPERCALL_RESTART;
    error = claim(v);
    if (error)
        return error;
    error = initialise(v, address);
    unclaim(v);
    return error == -ERESTART ? HYPERCALL_RESTART : error;
}
