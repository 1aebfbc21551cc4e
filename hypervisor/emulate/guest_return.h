/* SPDX-License-Identifier: MIT */
/*
 * The iret hypercall: back from a handler of the guest kernel to what it interrupted.
 */
#ifndef PARAPET_EMULATE_GUEST_RETURN_H
#define PARAPET_EMULATE_GUEST_RETURN_H

#include "arch/trap_frame.h"
#include "domain/vcpu.h"

/*
 * guest_iret - replace the registers of the running vCPU, in guest kernel mode, by those of the
 * iret_context on its stack; may leave it in guest user mode. A context that cannot be read, or
 * one that goes to user mode without a user root, crashes the domain. Selectors are not looked
 * at: a bad one faults at the return and becomes the guest's exception.
 */
void guest_iret(struct vcpu *v, struct trap_frame *frame);

#endif
