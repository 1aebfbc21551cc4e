/* SPDX-License-Identifier: MIT */
/*
 * How a long call stops half way: it writes what is left to do into its own arguments and
 * asks to be executed again, after events and other vCPUs had their turn.
 *
 *     if (preempt_pending()) {
 *         hypercall_set_argument(caller, 0, list + done * sizeof(entry));
 *         hypercall_set_argument(caller, 1, count - done);
 *         return HYPERCALL_RESTART;
 *     }
 *
 * The arguments lie in the guest's registers, or in its multicall entry, so they are as
 * untrusted at the second execution as at the first.
 */
#ifndef PARAPET_HYPERCALL_RESTART_H
#define PARAPET_HYPERCALL_RESTART_H

#include <stdint.h>

#include "hypercall/dispatch.h"

/* Argument @index (from 0) of the call that is being made. */
void hypercall_set_argument(struct vcpu *caller, unsigned index, uint64_t value);

/* Small items that a batch may do before it asks preempt_pending() again. */
#define PREEMPT_INTERVAL 64u

#endif
