/* SPDX-License-Identifier: MIT */
/* Calls on the registers, handlers and descriptors of the calling vCPU. The work is emulate/'s. */
#include "domain/debugreg.h"
#include "domain/segments.h"
#include "emulate/guest_entries.h"
#include "emulate/guest_return.h"
#include "hypercall/operation_rows.h"
#include "hypercall/restart.h"
#include "lib/errno.h"

long hypercall_set_trap_table(struct vcpu *caller, uint64_t list, UNUSED uint64_t a2,
                              UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    int error = guest_set_trap_table(caller, &list);

    if (error != -ERESTART)
        return error;
    hypercall_set_argument(caller, 0, list);
    return HYPERCALL_RESTART;
}

long hypercall_stack_switch(struct vcpu *caller, uint64_t ss, uint64_t rsp, UNUSED uint64_t a3,
                            UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    return guest_stack_switch(caller, ss, rsp);
}

long hypercall_set_callbacks(struct vcpu *caller, uint64_t event, uint64_t failsafe,
                             uint64_t syscall, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    return guest_set_callbacks(caller, event, failsafe, syscall);
}

long hypercall_fpu_taskswitch(struct vcpu *caller, uint64_t set, UNUSED uint64_t a2,
                              UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    return guest_fpu_taskswitch(caller, (uint32_t)set != 0);
}

long hypercall_set_debugreg(struct vcpu *caller, uint64_t number, uint64_t value,
                            UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    return debugreg_set(caller, (uint32_t)number, value);
}

/* The value is the result, so a refusal cannot be told from an address; such is the interface. */
long hypercall_get_debugreg(struct vcpu *caller, uint64_t number, UNUSED uint64_t a2,
                            UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    uint64_t value;
    int error = debugreg_get(caller, (uint32_t)number, &value);

    return error ? error : (long)value;
}

long hypercall_set_segment_base(struct vcpu *caller, uint64_t which, uint64_t base,
                                UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    return segments_set_base(caller, (uint32_t)which, base);
}

long hypercall_iret(struct vcpu *caller, UNUSED uint64_t a1, UNUSED uint64_t a2, UNUSED uint64_t a3,
                    UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    guest_iret(caller, vcpu_regs(caller));
    return HYPERCALL_NO_RESULT;
}

/* ---- callback_op ---- */

#define OP(number, name, argument, copy, summary) OP_CALL_##copy(callback, name, argument)
#include "hypercall-abi/tables/callback_ops.def"
#undef OP

static const struct operation callback_operations[] = {
#define OP(number, name, argument, copy, summary) OP_ROW(number, callback, name, argument, copy)
#include "hypercall-abi/tables/callback_ops.def"
#undef OP
};

long hypercall_callback_op(struct vcpu *caller, uint64_t command, uint64_t address,
                           UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    static const struct operation_table callback_op_table =
        OP_TABLE("callback_op", callback_operations);

    return operation_perform(caller, &callback_op_table, (uint32_t)command, 0, address);
}

/* ---- nmi_op ---- */

#define OP(number, name, argument, copy, summary) OP_CALL_##copy(nmi, name, argument)
#include "hypercall-abi/tables/nmi_ops.def"
#undef OP

static const struct operation nmi_operations[] = {
#define OP(number, name, argument, copy, summary) OP_ROW(number, nmi, name, argument, copy)
#include "hypercall-abi/tables/nmi_ops.def"
#undef OP
};

long hypercall_nmi_op(struct vcpu *caller, uint64_t command, uint64_t address, UNUSED uint64_t a3,
                      UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    static const struct operation_table nmi_op_table = OP_TABLE("nmi_op", nmi_operations);

    return operation_perform(caller, &nmi_op_table, (uint32_t)command, 0, address);
}
