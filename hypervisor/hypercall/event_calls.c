/* SPDX-License-Identifier: MIT */
/* event_channel_op: the table of its commands. The work is event/'s. */
#include "event/evtchn_ops.h"
#include "hypercall/dispatch.h"
#include "hypercall/operation_rows.h"
#include "lib/errno.h"

#define OP(number, name, argument, copy, summary) OP_CALL_##copy(evtchn, name, argument)
#include "hypercall-abi/tables/event_channel_ops.def"
#undef OP

static const struct operation evtchn_operations[] = {
#define OP(number, name, argument, copy, summary) OP_ROW(number, evtchn, name, argument, copy)
#include "hypercall-abi/tables/event_channel_ops.def"
#undef OP
};

long hypercall_event_channel_op(struct vcpu *caller, uint64_t command, uint64_t address,
                                UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    static const struct operation_table event_channel_op_table =
        OP_TABLE("event_channel_op", evtchn_operations);

    long result = operation_perform(caller, &event_channel_op_table, (uint32_t)command, 0, address);

    /* Of reset, whose progress is in the table of ports. */
    return result == -ERESTART ? HYPERCALL_RESTART : result;
}
