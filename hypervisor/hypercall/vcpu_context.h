/* SPDX-License-Identifier: MIT */
/*
 * The whole state of a vCPU in one structure, as VCPUOP_initialise and the toolstack set it.
 */
#ifndef PARAPET_HYPERCALL_VCPU_CONTEXT_H
#define PARAPET_HYPERCALL_VCPU_CONTEXT_H

#include <stdint.h>

#include "domain/vcpu.h"
#include "hypercall-abi/guest_context.h"
#include "lib/compiler.h"

/*
 * vcpu_context_set - @v, which is down or paused and not running, gets the state in @context, which
 * is the caller's copy. Everything is checked first. 0; -EINVAL or -EPERM and the vCPU has no
 * page tables and descriptors; -ERESTART: call again with the same context.
 */
MUST_CHECK int vcpu_context_set(struct vcpu *v, const struct vcpu_guest_context *context);

/* VCPUOP_initialise. */
long vcpu_op_initialise(struct vcpu *caller, uint32_t id, uint64_t address);

#endif
