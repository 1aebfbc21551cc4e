/* SPDX-License-Identifier: MIT */
/*
 * Performs one row of a table of sub-operations. The guest's structure is copied in once, so
 * that what a handler checked is what it acts on; what is copied out was zero or the guest's own.
 */
#include "hypercall/operations.h"

#include "arch/x86.h"
#include "hypercall/dispatch.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "mm/guest_access.h"

const struct operation *operation_find(const struct operation_table *table, uint64_t number)
{
    const struct operation *row;

    if (number >= table->count)
        return NULL;
    row = &table->rows[index_clamp(number, table->count)];
    return row->call ? row : NULL;
}

long operation_perform(struct vcpu *caller, const struct operation_table *table, uint64_t number,
                       uint64_t extra, uint64_t address)
{
    const struct operation *row = operation_find(table, number);
    uint64_t op[OPERATION_ARGUMENT_MAX / sizeof(uint64_t)];
    long result;

    if (!row)
        return refuse(-ENOSYS, "%s has no command %lu", table->name, number);
    if (row->copy == OPERATION_NONE)
        return row->call(caller, extra, NULL, address);

    ASSERT(row->bytes <= sizeof(op));
    if (copy_from_guest(op, address, row->bytes))
        return -EFAULT;
    /* An answer that cannot be delivered must not have had an effect, so try with the old bytes. */
    if (row->copy != OPERATION_IN && copy_to_guest(address, op, row->bytes))
        return -EFAULT;
    if (row->copy == OPERATION_OUT)
        memset(op, 0, row->bytes);

    result = row->call(caller, extra, op, address);
    if (result == -ERESTART)
        result = HYPERCALL_RESTART;
    if (row->copy == OPERATION_INOUT || (row->copy == OPERATION_OUT && result >= 0)) {
        if (copy_to_guest(address, op, row->bytes))
            return -EFAULT;
    }
    return result;
}
