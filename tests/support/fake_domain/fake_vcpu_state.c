/* SPDX-License-Identifier: MIT */
/* In place of domain/vcpu_state.c, debugreg.c and the roots of pvmmu/. */
#include "arch/fpu.h"
#include "arch/x86.h"
#include "domain/debugreg.h"
#include "domain/vcpu_state.h"
#include "pvmmu/pvmmu.h"
#include "support/fake_domain/fake_domain.h"

struct fake_vcpu_state fake_vcpu_state;

void vcpu_state_save(struct vcpu *v)
{
    (void)v;
    fake_vcpu_state.saves++;
}

void vcpu_state_load(struct vcpu *v)
{
    fake_vcpu_state.loads++;
    fake_vcpu_state.last_loaded = v;
}

void vcpu_set_task_switched(struct vcpu *v, bool task_switched)
{
    v->task_switched = task_switched;
}

void fpu_set_xcr0(uint64_t xcr0)
{
    fake_x86.xcr0 = xcr0;
}

void debugreg_load(const struct vcpu *v)
{
    (void)v;
    fake_vcpu_state.debugreg_loads++;
}

void mmu_load_root(struct vcpu *v)
{
    atomic_store(&this_cpu()->root_vcpu, v);
    fake_vcpu_state.root_loads++;
}

void mmu_unload_root(void)
{
    atomic_store(&this_cpu()->root_vcpu, NULL);
    fake_vcpu_state.root_unloads++;
}
