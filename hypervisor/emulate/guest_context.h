/* SPDX-License-Identifier: MIT */
/*
 * The whole state of a vCPU in the ABI's form: VCPUOP_initialise, setvcpucontext, getvcpucontext.
 */
#ifndef PARAPET_EMULATE_GUEST_CONTEXT_H
#define PARAPET_EMULATE_GUEST_CONTEXT_H

#include "domain/vcpu.h"
#include "hypercall-abi/guest_context.h"
#include "lib/compiler.h"

/*
 * vcpu_context_apply - give @v, which is down or paused and runs nowhere, the state in @context,
 * a private copy. 0, -EINVAL and others for a state that no vCPU may have (nothing changed),
 * -ERESTART (page tables are being validated: call again with the same context). On success
 * @v is initialised; whether it is up (VGCF_online) is the caller's. No lock held.
 */
MUST_CHECK int vcpu_context_apply(struct vcpu *v, const struct vcpu_guest_context *context);

/* vcpu_context_read - the state of @v, which runs nowhere. */
void vcpu_context_read(const struct vcpu *v, struct vcpu_guest_context *context);

#endif
