/* SPDX-License-Identifier: MIT */
/* domctl: the whole state of a vCPU, set and read. */
#include "control/toolstack.h"
#include "domain/handlers.h"
#include "emulate/guest_context.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"
#include "mm/heap.h"
#include "pvmmu/pvmmu.h"

/* The vCPU that is named, which is not the caller; or NULL. */
static struct vcpu *find_other_vcpu(const struct domctl_call *call, uint32_t id)
{
    struct vcpu *v = domain_vcpu(call->domain, id);

    return v == call->caller ? NULL : v;
}

/* ---- set ---- */

/* As it was before it had any state. */
static void reset(struct vcpu *v)
{
    mmu_vcpu_reset(v);
    atomic_fetch_or(&v->blocked_by, (uint32_t)VCPU_DOWN);
    atomic_fetch_and(&v->blocked_by, ~(uint32_t)(VCPU_BLOCKED | VCPU_POLLING));
    v->is_initialised = false;
    v->trap.is_pending = false;
    v->nmi_in_progress = false;
    atomic_store(&v->exit_work, 0);
    vcpu_state_changed(v);
}

static void set_online(struct vcpu *v, bool is_online)
{
    if (!is_online) {
        atomic_fetch_or(&v->blocked_by, (uint32_t)VCPU_DOWN);
        return;
    }
    atomic_fetch_and(&v->blocked_by, ~(uint32_t)VCPU_DOWN);
    domain_handlers.vcpu_kick(v);
}

/* A state that is refused when its page tables have already replaced the old ones leaves none. */
static int apply(struct vcpu *v, const struct vcpu_guest_context *context)
{
    int error = vcpu_context_apply(v, context);

    if (!error)
        set_online(v, context->flags & VGCF_online);
    else if (error != -ERESTART && mfn_equal(v->mmu.kernel_l4, MFN_INVALID))
        reset(v);
    return error;
}

/* The domain is paused: none of its vCPUs makes or unmakes another. */
static int set_context(struct vcpu *v, const struct vcpu_guest_context *context)
{
    int error = mmu_settle(v->domain);

    if (error)
        return error;
    if (context)
        return apply(v, context);
    reset(v);
    return mmu_settle(v->domain);
}

static int set_paused(struct vcpu *v, const struct vcpu_guest_context *context)
{
    int error;

    domain_pause(v->domain);
    error = set_context(v, context);
    domain_unpause(v->domain);
    return error;
}

/* The control domain's own vCPUs are VCPUOP_initialise's: it cannot be paused by itself. */
long domctl_op_setvcpucontext(struct domctl_call *call, struct xen_domctl_vcpucontext *op)
{
    struct vcpu *v = find_other_vcpu(call, op->vcpu);
    struct vcpu_guest_context *context;
    int error = -EFAULT;

    if (!v || v->domain == call->caller->domain)
        return refuse(-EINVAL, "state of vCPU %u of domain %u", op->vcpu, call->domain->id);
    if (!op->ctxt)
        return set_paused(v, NULL);
    context = heap_alloc(sizeof(*context));
    if (!context)
        return -ENOMEM;
    if (copy_from_guest(context, op->ctxt, sizeof(*context)) == 0)
        error = set_paused(v, context);
    heap_free(context);
    return error;
}

/* ---- get ---- */

long domctl_op_getvcpucontext(struct domctl_call *call, struct xen_domctl_vcpucontext *op)
{
    struct vcpu *v = find_other_vcpu(call, op->vcpu);
    struct vcpu_guest_context *context;
    int error;

    if (!v)
        return refuse(-EINVAL, "state of vCPU %u of domain %u", op->vcpu, call->domain->id);
    if (!v->is_initialised)
        return refuse(-ENODATA, "vCPU %u of domain %u has no state", op->vcpu, call->domain->id);
    context = heap_alloc(sizeof(*context));
    if (!context)
        return -ENOMEM;
    vcpu_pause(v);
    vcpu_context_read(v, context);
    vcpu_unpause(v);
    error = copy_to_guest(op->ctxt, context, sizeof(*context));
    heap_free(context);
    return error;
}
