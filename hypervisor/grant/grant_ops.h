/* SPDX-License-Identifier: MIT */
/*
 * The commands of grant_table_op, for pieces of their arrays.
 *
 * Each row of hypercall-abi/tables/grant_table_ops.def has a function
 *     long gnttab_op_<name>(struct vcpu *caller, struct <argument> *ops, uint32_t count)
 * on a copy of @count (1 to GRANT_PIECE) entries; a mapping's end costs a TLB flush, and a piece
 * shares one. What an entry comes to is written to its `status` (or its results), and the
 * function answers 0. All else is about the call: -ERESTART, nothing is done yet, or the errno
 * that the call ends with. The loop over the array, which copies pieces in and all of them out,
 * and asks preempt_pending() between them, is hypercall/grant_calls.c. No lock is held.
 */
#ifndef PARAPET_GRANT_GRANT_OPS_H
#define PARAPET_GRANT_GRANT_OPS_H

#include <stdint.h>

#include "domain/vcpu.h"
#include "hypercall-abi/grant_table.h"
#include "lib/compiler.h"

#define GRANT_PIECE 16u

#define OP(number, name, argument, copy, summary)                                                  \
    MUST_CHECK long gnttab_op_##name(struct vcpu *caller, struct argument *ops, uint32_t count);
#include "hypercall-abi/tables/grant_table_ops.def"
#undef OP

#endif
