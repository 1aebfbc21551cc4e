/* SPDX-License-Identifier: MIT */
/*
 * Moving a vCPU's state out of this CPU and into it.
 *
 * State that differs between two vCPUs only rarely is written only then. A CPU that idles keeps
 * the state and the root of its last vCPU (cpu->loaded_vcpu), and loads nothing if that one
 * is the next to run here and nobody changed its saved state or took the root away meanwhile.
 */
#ifndef PARAPET_SCHED_CONTEXT_SWITCH_H
#define PARAPET_SCHED_CONTEXT_SWITCH_H

#include "domain/domain.h"
#include "domain/vcpu.h"

/* context_save - the current vCPU's state into its structure. Its run queue's lock is held. */
void context_save(struct vcpu *v);

/* context_load - the current vCPU's state into this CPU. No lock held. */
void context_load(struct vcpu *v);

/* context_forget - no CPU keeps state of @d, none of whose vCPUs runs, any more. No lock held. */
void context_forget(struct domain *d);

#endif
