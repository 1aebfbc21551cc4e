/* SPDX-License-Identifier: MIT */
/* Every address is checked to be canonical here, so that no entry ever goes to one that is not. */
#include "emulate/guest_entries.h"

#include "domain/domain.h"
#include "domain/handlers.h"
#include "domain/vcpu_state.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/address.h"
#include "mm/guest_access.h"

/* A table has at most 256 useful entries; a longer list is the guest's time, in slices. */
#define TRAPS_BEFORE_RESTART 256u

int guest_set_trap(struct vcpu *v, uint32_t vector, const struct trap_info *trap)
{
    if (!address_is_canonical(trap->address))
        return refuse(-EINVAL, "handler of trap %u at %#lx", vector, trap->address);
    v->trap_table[vector] = *trap;
    v->trap_table[vector].vector = (uint8_t)vector;
    v->trap_table[vector].cs |= 3;
    return 0;
}

int guest_set_trap_table(struct vcpu *caller, uint64_t *list)
{
    if (*list == 0) {
        for (unsigned vector = 0; vector < ARRAY_COUNT(caller->trap_table); vector++)
            caller->trap_table[vector] = (struct trap_info){ 0 };
        return 0;
    }
    for (unsigned done = 0; done < TRAPS_BEFORE_RESTART; done++) {
        struct trap_info trap;
        int error;

        if (copy_from_guest(&trap, *list, sizeof(trap)))
            return refuse(-EFAULT, "trap table at %#lx", *list);
        if (trap.address == 0)
            return 0;
        error = guest_set_trap(caller, trap.vector, &trap);
        if (error)
            return error;
        *list += sizeof(trap);
    }
    return -ERESTART;
}

int guest_set_callbacks(struct vcpu *caller, uint64_t event, uint64_t failsafe, uint64_t syscall)
{
    if (!address_is_canonical(event) || !address_is_canonical(failsafe) ||
        !address_is_canonical(syscall))
        return refuse(-EINVAL, "callbacks at %#lx, %#lx, %#lx", event, failsafe, syscall);
    caller->event = (struct guest_callback){ event, true };
    caller->failsafe = (struct guest_callback){ failsafe, false };
    caller->syscall = (struct guest_callback){ syscall, false };
    return 0;
}

static struct guest_callback *callback_of_type(struct vcpu *v, uint16_t type)
{
    switch (type) {
    case CALLBACKTYPE_event:
        return &v->event;
    case CALLBACKTYPE_failsafe:
        return &v->failsafe;
    case CALLBACKTYPE_syscall:
        return &v->syscall;
    case CALLBACKTYPE_nmi:
        return &v->nmi;
    case CALLBACKTYPE_sysenter:
        return &v->sysenter;
    case CALLBACKTYPE_syscall32:
        return &v->syscall32;
    default:
        return NULL;
    }
}

int callback_op_register(struct vcpu *caller, struct callback_register *op)
{
    struct guest_callback *callback = callback_of_type(caller, op->type);

    if (!callback)
        return refuse(-ENOSYS, "callback type %u", op->type);
    if (!address_is_canonical(op->address))
        return refuse(-EINVAL, "callback %u at %#lx", op->type, op->address);
    callback->address = op->address;
    callback->mask_events = op->flags & CALLBACKF_mask_events;
    return 0;
}

int callback_op_unregister(struct vcpu *caller, struct callback_unregister *op)
{
    if (!callback_of_type(caller, op->type))
        return refuse(-ENOSYS, "callback type %u", op->type);
    if (op->type != CALLBACKTYPE_nmi)
        return refuse(-EINVAL, "callback type %u cannot be removed", op->type);
    return nmi_op_unregister_callback(caller);
}

int nmi_op_register_callback(struct vcpu *caller, struct xennmi_callback *op)
{
    if (!address_is_canonical(op->handler_address))
        return refuse(-EINVAL, "NMI handler at %#lx", op->handler_address);
    caller->nmi = (struct guest_callback){ op->handler_address, true };
    return 0;
}

int nmi_op_unregister_callback(struct vcpu *caller)
{
    caller->nmi = (struct guest_callback){ 0, false };
    return 0;
}

int guest_stack_switch(struct vcpu *caller, uint64_t ss, uint64_t rsp)
{
    caller->kernel_ss = (uint16_t)ss | 3;
    caller->kernel_sp = rsp;
    return 0;
}

int guest_fpu_taskswitch(struct vcpu *caller, bool set)
{
    if (set != caller->task_switched)
        vcpu_set_task_switched(caller, set);
    return 0;
}

int guest_send_nmi(struct vcpu *v)
{
    if (!v->nmi.address)
        return refuse(-EINVAL, "vCPU %u has no NMI handler", v->id);
    atomic_store(&v->nmi_pending, true);
    atomic_fetch_or(&v->exit_work, EXIT_WORK_NMI);
    domain_handlers.vcpu_kick(v);
    return 0;
}
