/* SPDX-License-Identifier: MIT */
/* The commands of vcpu_op, and set_timer_op. */
#include "sched/vcpu_ops.h"

#include "arch/arch.h"
#include "domain/domain.h"
#include "hypercall-abi/sched.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "sched/areas.h"
#include "sched/runstate.h"
#include "sched/scheduler.h"
#include "sched/vcpu_timer.h"

static long no_such_vcpu(uint32_t id)
{
    return refuse(-ENOENT, "there is no vCPU %u", id);
}

long vcpu_op_up(struct vcpu *caller, uint32_t id)
{
    struct domain *d = caller->domain;
    struct vcpu *v = domain_vcpu(d, id);
    bool is_initialised;

    if (!v)
        return no_such_vcpu(id);
    spin_lock(&d->lock);
    is_initialised = v->is_initialised;
    if (is_initialised)
        vcpu_wake(v, VCPU_DOWN);
    spin_unlock(&d->lock);
    return is_initialised ? 0 : refuse(-EINVAL, "vCPU %u is not initialised", id);
}

static bool is_up(const struct vcpu *v)
{
    return !(atomic_load(&v->blocked_by) & VCPU_DOWN);
}

static bool any_is_up(const struct domain *d)
{
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        if (is_up(d->vcpus[i]))
            return true;
    }
    return false;
}

long vcpu_op_down(struct vcpu *caller, uint32_t id)
{
    struct domain *d = caller->domain;
    struct vcpu *v = domain_vcpu(d, id);
    bool was_last;

    if (!v)
        return no_such_vcpu(id);
    spin_lock(&d->lock);
    vcpu_stop(v, VCPU_DOWN);
    was_last = !any_is_up(d);
    spin_unlock(&d->lock);

    if (was_last)
        domain_shutdown(d, SHUTDOWN_poweroff);
    return 0;
}

long vcpu_op_is_up(struct vcpu *caller, uint32_t id)
{
    const struct vcpu *v = domain_vcpu(caller->domain, id);

    return v ? is_up(v) : no_such_vcpu(id);
}

long vcpu_op_get_runstate_info(struct vcpu *caller, uint32_t id, struct vcpu_runstate_info *op)
{
    struct vcpu *v = domain_vcpu(caller->domain, id);

    if (!v)
        return no_such_vcpu(id);
    runstate_read(v, op);
    return 0;
}

/* An address that can never work is refused; one that faults now is not kept either. */
static long register_area(uint64_t *area, uint64_t address, int (*publish)(struct vcpu *v),
                          struct vcpu *v)
{
    uint64_t before = *area;

    *area = address;
    if (!address || !publish(v))
        return 0;
    *area = before;
    return refuse(-EFAULT, "cannot write to the area at %#lx", address);
}

long vcpu_op_register_runstate_memory_area(struct vcpu *caller, uint32_t id,
                                           struct vcpu_register_runstate_memory_area *op)
{
    struct vcpu *v = domain_vcpu(caller->domain, id);

    if (!v)
        return no_such_vcpu(id);
    return register_area(&v->time.runstate_area, op->addr.v, areas_publish_runstate, v);
}

long vcpu_op_register_vcpu_time_memory_area(struct vcpu *caller, uint32_t id,
                                            struct vcpu_register_time_memory_area *op)
{
    struct vcpu *v = domain_vcpu(caller->domain, id);

    if (!v)
        return no_such_vcpu(id);
    return register_area(&v->time.time_area, op->addr.v, areas_publish_clock, v);
}

/* ---- timers ---- */

long vcpu_op_set_periodic_timer(struct vcpu *caller, uint32_t id,
                                struct vcpu_set_periodic_timer *op)
{
    struct vcpu *v = domain_vcpu(caller->domain, id);

    return v ? vcpu_timer_set_periodic(v, op->period_ns) : no_such_vcpu(id);
}

long vcpu_op_stop_periodic_timer(struct vcpu *caller, uint32_t id)
{
    struct vcpu *v = domain_vcpu(caller->domain, id);

    if (!v)
        return no_such_vcpu(id);
    vcpu_timer_stop_periodic(v);
    return 0;
}

/* 0 if @id is the caller. */
static long only_for_oneself(struct vcpu *caller, uint32_t id)
{
    if (!domain_vcpu(caller->domain, id))
        return no_such_vcpu(id);
    if (id != caller->id)
        return refuse(-EINVAL, "vCPU %u sets the one-shot timer of vCPU %u", caller->id, id);
    return 0;
}

long vcpu_op_set_singleshot_timer(struct vcpu *caller, uint32_t id,
                                  struct vcpu_set_singleshot_timer *op)
{
    long error = only_for_oneself(caller, id);

    if (error)
        return error;
    if ((op->flags & VCPU_SSHOTTMR_future) &&
        deadline_is_past(op->timeout_abs_ns, system_time_ns()))
        return -ETIME;
    vcpu_timer_set_singleshot(caller, op->timeout_abs_ns);
    return 0;
}

long vcpu_op_stop_singleshot_timer(struct vcpu *caller, uint32_t id)
{
    long error = only_for_oneself(caller, id);

    if (!error)
        vcpu_timer_stop_singleshot(caller);
    return error;
}

long set_timer(struct vcpu *caller, uint64_t deadline_ns)
{
    if (deadline_ns == 0)
        vcpu_timer_stop_singleshot(caller);
    else
        vcpu_timer_set_singleshot(caller, deadline_ns);
    return 0;
}

/* ---- NMI ---- */

long vcpu_op_send_nmi(struct vcpu *caller, uint32_t id)
{
    struct vcpu *v = domain_vcpu(caller->domain, id);

    if (!v)
        return no_such_vcpu(id);
    if (!v->nmi.address)
        return refuse(-EINVAL, "vCPU %u has no NMI callback", id);
    atomic_store(&v->nmi_pending, true);
    atomic_fetch_or(&v->exit_work, (uint8_t)EXIT_WORK_NMI);
    vcpu_kick(v);
    return 0;
}
