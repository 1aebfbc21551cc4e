/* SPDX-License-Identifier: MIT */
/*
 * The guests' debug registers.
 *
 * vcpu->debugreg holds what the guest wrote, with the reserved bits as the processor has them.
 * They are in the processor only while the vCPU runs and has a breakpoint enabled. No guest can
 * have a breakpoint in the hypervisor's part of the address space; one on its own memory may
 * trigger while the hypervisor copies to it, which trap/ ignores.
 */
#ifndef PARAPET_DOMAIN_DEBUGREG_H
#define PARAPET_DOMAIN_DEBUGREG_H

#include "domain/vcpu.h"
#include "lib/compiler.h"

#define DR6_RESET       0xffff0ff0UL
#define DR6_STEP        (1UL << 14)
#define DR7_RESET       0x400UL
#define DR7_ENABLE_MASK 0xffUL

/*
 * debugreg_check - whether a guest with control register @cr4 may write *@value to register
 * @number; *@value gets the reserved bits forced. 0, -EPERM for what would reach the
 * hypervisor, -ENODEV for a register that does not exist.
 */
MUST_CHECK int debugreg_check(uint32_t number, uint64_t cr4, uint64_t *value);

/* debugreg_set - checked, and into the processor if @v runs here. */
MUST_CHECK int debugreg_set(struct vcpu *v, uint32_t number, uint64_t value);
MUST_CHECK int debugreg_get(const struct vcpu *v, uint32_t number, uint64_t *value);

/* What the processor reported in DR6 at a #DB of @v. */
void debugreg_merge_status(struct vcpu *v, uint64_t dr6);

/* For context switch and entry into a guest. */
void debugreg_load(const struct vcpu *v);
void debugreg_unload(const struct vcpu *v);

#endif
