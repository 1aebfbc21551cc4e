/* SPDX-License-Identifier: MIT */
/*
 * multicall: a list of hypercalls, made in order.
 *
 * Each entry is copied once; its result goes back into the list, and a failure does not stop the
 * rest. Between entries the call may be preempted, and continues with the rest of the list. An
 * entry that is itself preempted gets its own arguments rewritten and is the first of the rest.
 * iret replaces the registers, hence ends the list.
 */
#include <stddef.h>

#include "domain/preempt.h"
#include "hypercall/restart.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "mm/guest_access.h"

_Static_assert(sizeof(((struct multicall_entry *)0)->args) ==
                   sizeof(((struct vcpu *)0)->restart_args),
               "arguments of an entry");

static long continue_at(struct vcpu *caller, uint64_t list, uint64_t count)
{
    hypercall_set_argument(caller, 0, list);
    hypercall_set_argument(caller, 1, count);
    return HYPERCALL_RESTART;
}

static long call_entry(struct vcpu *caller, const struct multicall_entry *entry)
{
    long result;

    memcpy(caller->restart_args, entry->args, sizeof(caller->restart_args));
    caller->in_multicall = true;
    result = hypercall_call(caller, entry->op, entry->args);
    caller->in_multicall = false;
    return result;
}

/* One entry at @address: 0 to go on, or the result of the whole call. */
static long do_entry(struct vcpu *caller, uint64_t address, uint64_t count_left)
{
    struct multicall_entry entry;
    uint64_t answer;
    long result;

    if (copy_from_guest(&entry, address, sizeof(entry)))
        return -EFAULT;
    result = call_entry(caller, &entry);
    if (result == HYPERCALL_NO_RESULT)
        return result;
    if (result == HYPERCALL_RESTART) {
        if (copy_to_guest(address + offsetof(struct multicall_entry, args), caller->restart_args,
                          sizeof(caller->restart_args)))
            return -EFAULT;
        return continue_at(caller, address, count_left);
    }
    ASSERT(caller->in_kernel);

    answer = (uint64_t)result;
    return copy_to_guest(address + offsetof(struct multicall_entry, result), &answer,
                         sizeof(answer));
}

long hypercall_multicall(struct vcpu *caller, uint64_t list, uint64_t count_argument,
                         UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    uint32_t count = (uint32_t)count_argument;

    if (caller->in_multicall)
        return refuse(-EINVAL, "a multicall within a multicall");

    for (uint32_t i = 0; i < count; i++) {
        uint64_t address = list + i * sizeof(struct multicall_entry);
        long result;

        if (i > 0 && preempt_pending())
            return continue_at(caller, address, count - i);
        result = do_entry(caller, address, count - i);
        if (result)
            return result;
    }
    return 0;
}
