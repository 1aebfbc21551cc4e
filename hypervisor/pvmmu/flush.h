/* SPDX-License-Identifier: MIT */
/* Flushes that guests ask for. */
#ifndef PARAPET_PVMMU_FLUSH_H
#define PARAPET_PVMMU_FLUSH_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/ipi.h"
#include "domain/vcpu.h"
#include "lib/compiler.h"

/*
 * flush_target - the CPUs that have a root of one of @caller's domain's vCPUs, by the bitmap at
 * guest address @bitmap. 0 or -EFAULT.
 */
MUST_CHECK int flush_vcpus_by_bitmap(struct vcpu *caller, uint64_t bitmap, cpu_mask_t *cpus);

/* All CPUs that may have translations of the caller's domain. */
cpu_mask_t flush_all_cpus(const struct vcpu *caller);

/* Flush everything, or the translation of one address if it is one a guest can have. The
 * guest's page-table writes came before. */
void flush_cpus(cpu_mask_t cpus);
void flush_address(cpu_mask_t cpus, uint64_t va);

#endif
