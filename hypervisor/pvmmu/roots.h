/* SPDX-License-Identifier: MIT */
/* The vCPUs' roots, as the other files of pvmmu/ need them. */
#ifndef PARAPET_PVMMU_ROOTS_H
#define PARAPET_PVMMU_ROOTS_H

#include <stdint.h>

#include "arch/ipi.h"
#include "domain/domain.h"
#include "domain/vcpu.h"
#include "mm/address.h"

/*
 * roots_sync - slot @slot of L4 @l4 has changed to @entry: so does every root made from it. The
 * table's write lock is held, the old entry's reference not yet dropped.
 */
void roots_sync(struct domain *d, mfn_t l4, unsigned slot, uint64_t entry);

/* roots_forget - L4 @l4, which nothing refers to, is about to be taken apart: no root has it. */
void roots_forget(struct domain *d, mfn_t l4);

/* The CPUs that have a root of @v in CR3 (more than one only if others than the last one idle). */
cpu_mask_t roots_cpus_of(const struct vcpu *v);

/* Flush the CPUs that have a root of @v: its window has changed. */
void roots_flush_vcpu(const struct vcpu *v);

/* No CPU has a root of @d afterwards; its vCPUs do not run. No spinlock held. */
void roots_unload_everywhere(struct domain *d);

#endif
