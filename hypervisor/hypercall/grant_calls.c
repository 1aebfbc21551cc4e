/* SPDX-License-Identifier: MIT */
/*
 * grant_table_op: the loop over an array of arguments. The work on a piece of it is grant/'s.
 *
 * A piece is copied in, done, and copied out with each entry's status; between pieces the call may
 * be preempted, and goes on with the entries that are left. An entry's failure is its own; the
 * call fails only where the array cannot be read or written, or a piece says so.
 */
#include "arch/x86.h"
#include "domain/preempt.h"
#include "grant/grant_ops.h"
#include "hypercall/restart.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"

#define ENTRY_BYTES_MAX 40u

struct grant_row {
    long (*perform)(struct vcpu *caller, void *ops, uint32_t count);
    uint32_t bytes; /* of an entry */
};

#define OP(number, name, argument, copy, summary)                                                  \
    _Static_assert(sizeof(struct argument) <= ENTRY_BYTES_MAX, #name);                             \
    static long perform_##name(struct vcpu *caller, void *ops, uint32_t count)                     \
    {                                                                                              \
        return gnttab_op_##name(caller, ops, count);                                               \
    }
#include "hypercall-abi/tables/grant_table_ops.def"
#undef OP

static const struct grant_row rows[] = {
#define OP(number, name, argument, copy, summary)                                                  \
    [number] = { perform_##name, sizeof(struct argument) },
#include "hypercall-abi/tables/grant_table_ops.def"
#undef OP
};

/* 0, HYPERCALL_RESTART before the piece, or an error. */
static long do_piece(struct vcpu *caller, const struct grant_row *row, uint64_t address,
                     uint32_t count)
{
    uint64_t ops[GRANT_PIECE * ENTRY_BYTES_MAX / sizeof(uint64_t)];
    size_t bytes = (size_t)count * row->bytes;
    long result;

    if (copy_from_guest(ops, address, bytes))
        return -EFAULT;
    result = row->perform(caller, ops, count);
    if (result == -ERESTART)
        return HYPERCALL_RESTART;
    if (copy_to_guest(address, ops, bytes))
        return -EFAULT;
    return result;
}

static long continue_at(struct vcpu *caller, uint64_t address, uint32_t count)
{
    hypercall_set_argument(caller, 1, address);
    hypercall_set_argument(caller, 2, count);
    return HYPERCALL_RESTART;
}

long hypercall_grant_table_op(struct vcpu *caller, uint64_t command_argument, uint64_t array,
                              uint64_t count_argument, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    uint32_t command = (uint32_t)command_argument;
    uint32_t count = (uint32_t)count_argument;
    const struct grant_row *row;

    if (command >= ARRAY_COUNT(rows) || !rows[index_clamp(command, ARRAY_COUNT(rows))].perform)
        return refuse(-ENOSYS, "grant_table_op has no command %u", command);
    row = &rows[index_clamp(command, ARRAY_COUNT(rows))];
    if ((int32_t)count < 0)
        return refuse(-EINVAL, "%u grants", count);

    for (uint32_t done = 0; done < count;) {
        uint32_t piece = count - done < GRANT_PIECE ? count - done : GRANT_PIECE;
        uint64_t address = array + (uint64_t)done * row->bytes;
        long result;

        if (done && preempt_pending())
            return continue_at(caller, address, count - done);
        result = do_piece(caller, row, address, piece);
        if (result == HYPERCALL_RESTART)
            return continue_at(caller, address, count - done);
        if (result)
            return result;
        done += piece;
    }
    return 0;
}
