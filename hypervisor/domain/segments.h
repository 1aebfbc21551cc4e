/* SPDX-License-Identifier: MIT */
/*
 * Data segment registers and segment bases of a vCPU.
 *
 * While it runs they are in the processor, where the guest changes them without our knowledge
 * (a selector load takes the descriptor's base), so vcpu->segments is valid only while it does
 * not run. GS_BASE holds the base of the current mode, KERNEL_GS_BASE that of the other one.
 */
#ifndef PARAPET_DOMAIN_SEGMENTS_H
#define PARAPET_DOMAIN_SEGMENTS_H

#include "domain/vcpu.h"
#include "lib/compiler.h"

/* segments_save - @v runs on this CPU and stops. */
void segments_save(struct vcpu *v);

/*
 * segments_load - @v is to run on this CPU: cpu->current is @v, its root and LDT are loaded.
 * A selector that the processor refuses becomes null, and the guest gets its failsafe callback
 * at the next return (EXIT_WORK_FAILSAFE).
 */
void segments_load(struct vcpu *v);

/* segments_set_base - SEGBASE_* @which of the running vCPU. 0 or -EINVAL. */
MUST_CHECK int segments_set_base(struct vcpu *v, uint32_t which, uint64_t base);

/* The same state by MSR number (FS_BASE, GS_BASE, KERNEL_GS_BASE); @value is canonical. */
uint64_t segments_read_base_msr(uint32_t msr);
void segments_write_base_msr(uint32_t msr, uint64_t value);

#endif
