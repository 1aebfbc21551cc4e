/* SPDX-License-Identifier: MIT */
/* The context switch: at most 700 instructions between two domains, all callees counted. */
#include "sched/context_switch.h"

#include "arch/arch.h"
#include "arch/fpu.h"
#include "arch/mitigations.h"
#include "domain/debugreg.h"
#include "domain/vcpu_state.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "pvmmu/pvmmu.h"
#include "sched/areas.h"

void context_save(struct vcpu *v)
{
    struct cpu *cpu = this_cpu();

    ASSERT(v == cpu->current && v == cpu->loaded_vcpu);
    areas_publish_leaving(v);
    v->regs = *cpu->guest_frame;
    vcpu_state_save(v);
    atomic_store_explicit(&v->lazy_cpu, cpu->id + 1, memory_order_relaxed);
}

/* What vcpu_state_save() took out of the CPU, if it was this vCPU's last. */
static void load_again(struct vcpu *v)
{
    fpu_set_xcr0(v->xcr0); /* saving enabled every component */
    debugreg_load(v);
    if (v->task_switched)
        vcpu_set_task_switched(v, true);
}

static void load_all(struct cpu *cpu, struct vcpu *v)
{
    /* A domain that is gone has left its predictions. */
    if (unlikely(mitigations.measures & MEASURES_SWITCH) &&
        (!cpu->loaded_vcpu || cpu->loaded_vcpu->domain != v->domain))
        mitigations_switch_domain();
    mmu_load_root(v);
    cpu->loaded_vcpu = v;
    vcpu_state_load(v);
}

void context_load(struct vcpu *v)
{
    struct cpu *cpu = this_cpu();
    uint32_t lazy_cpu = atomic_load_explicit(&v->lazy_cpu, memory_order_relaxed);

    ASSERT(v == cpu->current);
    *cpu->guest_frame = v->regs;
    if (cpu->loaded_vcpu == v && lazy_cpu == cpu->id + 1 && atomic_load(&cpu->root_vcpu) == v)
        load_again(v);
    else
        load_all(cpu, v);
    atomic_store_explicit(&v->lazy_cpu, 0, memory_order_relaxed);
    areas_publish_arriving(v);
}

static void forget(void *domain)
{
    struct cpu *cpu = this_cpu();

    if (!cpu->loaded_vcpu || cpu->loaded_vcpu->domain != domain)
        return;
    ASSERT(cpu->current != cpu->loaded_vcpu);
    mmu_unload_root();
    cpu->loaded_vcpu = NULL;
}

void context_forget(struct domain *d)
{
    cpu_call(cpu_mask_online(), forget, d);
}
