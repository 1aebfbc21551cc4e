/* SPDX-License-Identifier: MIT */
/*
 * Entries into the guest kernel: exceptions, events, system calls of its user mode.
 *
 * Each builds the ABI's frame on the guest's stack and changes the vCPU's registers so that it
 * goes on at the registered handler, in guest kernel mode. All work on the running vCPU, whose
 * registers are @frame. If there is no handler, or the frame cannot be written, the domain is
 * crashed and the registers are left alone.
 */
#ifndef PARAPET_EMULATE_BOUNCE_H
#define PARAPET_EMULATE_BOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/trap_frame.h"
#include "domain/vcpu.h"

/* Vectors whose frame has an error code: 8, 10 to 14, 17 and 21. */
static inline bool vector_has_error_code(uint32_t vector)
{
    return vector < 32 && ((1u << vector) & 0x00227d00u);
}

/* Exception @vector; @error_code counts only where the vector has one. */
void bounce_exception(struct vcpu *v, struct trap_frame *frame, uint32_t vector,
                      uint32_t error_code);

/* INT @vector, RIP behind the instruction: never an error code. */
void bounce_software_interrupt(struct vcpu *v, struct trap_frame *frame, uint32_t vector);

/* A page fault at @address; the user bit of the error code is made to fit the guest's mode. */
void bounce_page_fault(struct vcpu *v, struct trap_frame *frame, uint64_t address,
                       uint32_t error_code);

/* An event is deliverable. */
void bounce_event(struct vcpu *v, struct trap_frame *frame);

/* Segment registers could not be loaded: vcpu->segments.refused. */
void bounce_failsafe(struct vcpu *v, struct trap_frame *frame);

void bounce_nmi(struct vcpu *v, struct trap_frame *frame);

/* The system-call instructions; called from entry.S. */
void bounce_syscall(struct vcpu *v, struct trap_frame *frame);
void bounce_syscall32(struct vcpu *v, struct trap_frame *frame);
void bounce_sysenter(struct vcpu *v, struct trap_frame *frame);

/*
 * guest_inject_trap - have exception @vector delivered to @v at its next return; @v runs here or
 * is descheduled. At most one waits: false if there is one already.
 */
bool guest_inject_trap(struct vcpu *v, uint32_t vector, uint32_t error_code);

/* Deliver it. */
void bounce_pending_trap(struct vcpu *v, struct trap_frame *frame);

#endif
