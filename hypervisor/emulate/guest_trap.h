/* SPDX-License-Identifier: MIT */
/*
 * Exceptions of a guest: emulated, or given to its kernel.
 */
#ifndef PARAPET_EMULATE_GUEST_TRAP_H
#define PARAPET_EMULATE_GUEST_TRAP_H

#include "arch/trap_frame.h"
#include "domain/vcpu.h"

/* An exception of the running vCPU (frame->vector below 32, or INT 0x80 through its gate). */
void guest_trap(struct vcpu *v, struct trap_frame *frame);

/* The return to the context in @frame faulted; called from entry.S. */
void guest_exit_fault(struct vcpu *v, struct trap_frame *frame);

#endif
