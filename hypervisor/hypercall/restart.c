/* SPDX-License-Identifier: MIT */
/* Progress of a long call, written into its arguments. */
#include "hypercall/restart.h"

#include "lib/assert.h"

static uint64_t *argument_register(struct trap_frame *regs, unsigned index)
{
    uint64_t *const registers[HYPERCALL_ARGUMENTS] = { &regs->rdi, &regs->rsi, &regs->rdx,
                                                       &regs->r10, &regs->r8,  &regs->r9 };

    return registers[index];
}

void hypercall_set_argument(struct vcpu *caller, unsigned index, uint64_t value)
{
    ASSERT(index < HYPERCALL_ARGUMENTS);
    if (caller->in_multicall)
        caller->restart_args[index] = value;
    else
        *argument_register(vcpu_regs(caller), index) = value;
}
