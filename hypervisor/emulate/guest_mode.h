/* SPDX-License-Identifier: MIT */
/*
 * The two modes of a guest, both in ring 3: which page-table root and which GS base are in force.
 */
#ifndef PARAPET_EMULATE_GUEST_MODE_H
#define PARAPET_EMULATE_GUEST_MODE_H

#include "arch/x86.h"
#include "domain/vcpu.h"
#include "pvmmu/pvmmu.h"

/* The running vCPU is in guest user mode and goes to guest kernel mode. */
static inline void guest_enter_kernel(struct vcpu *v)
{
    v->in_kernel = 1;
    swapgs();
    mmu_enter_kernel(v);
}

/* The other way. It has a user root. */
static inline void guest_enter_user(struct vcpu *v)
{
    v->in_kernel = 0;
    swapgs();
    mmu_enter_user(v);
}

#endif
