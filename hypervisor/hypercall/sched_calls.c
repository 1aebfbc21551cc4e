/* SPDX-License-Identifier: MIT */
/* sched_op, vcpu_op and set_timer_op: the tables of their commands. The work is sched/'s. */
#include "sched/sched_ops.h"

#include "event/evtchn_ops.h"
#include "hypercall/dispatch.h"
#include "hypercall/operation_rows.h"
#include "hypercall/vcpu_initialise.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "sched/vcpu_ops.h"

static long sched_op_remote_shutdown(struct vcpu *caller, struct sched_remote_shutdown *op)
{
    struct domain *d;

    if (op->reason > SHUTDOWN_MAX)
        return refuse(-EINVAL, "there is no shutdown reason %u", op->reason);
    if (!caller->domain->is_control)
        return refuse(-EPERM, "only the control domain shuts others down");
    d = domain_get_target(caller, op->domain_id);
    if (!d)
        return refuse(-ESRCH, "no domain %u", op->domain_id);
    domain_shutdown(d, (uint8_t)op->reason);
    domain_put(d);
    return 0;
}

#define OP(number, name, argument, copy, summary) OP_CALL_##copy(sched, name, argument)
#include "hypercall-abi/tables/sched_ops.def"
#undef OP

static const struct operation sched_operations[] = {
#define OP(number, name, argument, copy, summary) OP_ROW(number, sched, name, argument, copy)
#include "hypercall-abi/tables/sched_ops.def"
#undef OP
};

long hypercall_sched_op(struct vcpu *caller, uint64_t command, uint64_t address, UNUSED uint64_t a3,
                        UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    static const struct operation_table sched_op_table = OP_TABLE("sched_op", sched_operations);

    return operation_perform(caller, &sched_op_table, (uint32_t)command, 0, address);
}

#define OP(number, name, argument, copy, summary) OP_CALL_EXTRA_##copy(vcpu, name, argument)
#include "hypercall-abi/tables/vcpu_ops.def"
#undef OP

static const struct operation vcpu_operations[] = {
#define OP(number, name, argument, copy, summary) OP_ROW(number, vcpu, name, argument, copy)
#include "hypercall-abi/tables/vcpu_ops.def"
#undef OP
};

long hypercall_vcpu_op(struct vcpu *caller, uint64_t command, uint64_t id, uint64_t address,
                       UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    static const struct operation_table vcpu_op_table = OP_TABLE("vcpu_op", vcpu_operations);

    return operation_perform(caller, &vcpu_op_table, (uint32_t)command, (uint32_t)id, address);
}

long hypercall_set_timer_op(struct vcpu *caller, uint64_t deadline_ns, UNUSED uint64_t a2,
                            UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    return set_timer(caller, deadline_ns);
}
