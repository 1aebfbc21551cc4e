/* SPDX-License-Identifier: MIT */
/*
 * Calls whose first argument is a command: one table row for each sub-operation.
 *
 * The dispatcher copies the argument structure in and out as the row says, so that a handler
 *     long <prefix>_op_<name>(struct vcpu *caller, struct <argument> *op)
 * is a plain function on plain memory. Rows that copy nothing call
 *     long <prefix>_op_<name>(struct vcpu *caller)                       no_argument
 *     long <prefix>_op_<name>(struct vcpu *caller, uint64_t address)     any other
 * vCPU and memory operations get one number more, behind the caller: the vCPU, and the extents
 * that are done. A file with such a table includes operation_rows.h and defines OP for it:
 *
 *     #define OP(number, name, argument, copy, summary) OP_CALL_##copy(evtchn, name, argument)
 *     #include "hypercall-abi/tables/event_channel_ops.def"
 *     #undef OP
 *     static const struct operation evtchn_operations[] = {
 *     #define OP(number, name, argument, copy, summary) OP_ROW(number, evtchn, name, argument, copy)
 *     #include "hypercall-abi/tables/event_channel_ops.def"
 *     #undef OP
 *     };
 */
#ifndef PARAPET_HYPERCALL_OPERATIONS_H
#define PARAPET_HYPERCALL_OPERATIONS_H

#include <stdint.h>

#include "domain/vcpu.h"

/* Room for the largest argument structure that a row copies. */
#define OPERATION_ARGUMENT_MAX 1024u

enum operation_copy {
    OPERATION_NONE = 0,
    OPERATION_IN = 1,
    OPERATION_OUT = 2,
    OPERATION_INOUT = 3,
};

struct operation {
    /* @extra as said above; @op is the copy, @address where the guest has it. */
    long (*call)(struct vcpu *caller, uint64_t extra, void *op, uint64_t address);
    uint16_t bytes;
    uint8_t copy; /* enum operation_copy */
};

/* A table, for operation_perform(). */
struct operation_table {
    const char *name; /* of the hypercall */
    const struct operation *rows;
    uint64_t count;
};

/*
 * operation_perform - row @number of @table for the guest's argument at @address. The handler's
 * result; -ENOSYS without a row, -EFAULT if the argument cannot be copied. What is copied in and
 * out goes back whatever the result, so that progress may be kept in it: a handler that refuses
 * leaves it as it was. What is only copied out is delivered on success. A handler restarts the
 * call by -ERESTART or HYPERCALL_RESTART.
 */
long operation_perform(struct vcpu *caller, const struct operation_table *table, uint64_t number,
                       uint64_t extra, uint64_t address);

/* The row, or NULL; for calls whose argument structure is shared by all commands. */
const struct operation *operation_find(const struct operation_table *table, uint64_t number);

#endif
