/* SPDX-License-Identifier: MIT */
/*
 * A vCPU's state in the processor, as the context switch sees it: all but the general registers
 * (in cpu->guest_frame) and the page-table root (pvmmu/).
 */
#ifndef PARAPET_DOMAIN_VCPU_STATE_H
#define PARAPET_DOMAIN_VCPU_STATE_H

#include <stdint.h>

#include "domain/vcpu.h"

/* CR4 bits that are in the processor as the running guest set them. */
#define GUEST_CR4_HARDWARE (CR4_TSD | CR4_DE | CR4_FSGSBASE)

/*
 * vcpu_state_save - @v, whose state is in this CPU, stops: segments, FPU, debug registers.
 * cpu->current and the root may already be another's; nothing of the guest's memory is read.
 */
void vcpu_state_save(struct vcpu *v);

/*
 * vcpu_state_load - @v is to run here. cpu->current is @v and its root is loaded (selectors
 * are read from its descriptor windows).
 */
void vcpu_state_load(struct vcpu *v);

/* The running vCPU's LDT limit, virtual CR4, TSC_AUX or virtual CR0.TS changed. */
void vcpu_state_load_ldt(const struct vcpu *v);
void vcpu_state_load_cr4(const struct vcpu *v);
void vcpu_state_load_tsc_aux(const struct vcpu *v);
void vcpu_set_task_switched(struct vcpu *v, bool task_switched);

#endif
