/* SPDX-License-Identifier: MIT */
/* Registers that few guests change are written only if they differ from what this CPU has. */
#include "domain/vcpu_state.h"

#include "arch/cpu_features.h"
#include "arch/descriptors.h"
#include "arch/fpu.h"
#include "arch/msr.h"
#include "arch/x86.h"
#include "console/printk.h"
#include "domain/debugreg.h"
#include "domain/domain.h"
#include "domain/segments.h"

void vcpu_state_save(struct vcpu *v)
{
    segments_save(v);
    debugreg_unload(v);
    if (v->task_switched)
        clts();
    fpu_save(v->fpu);
}

void vcpu_state_load_ldt(const struct vcpu *v)
{
    struct cpu *cpu = this_cpu();

    /* Base and limit are the same for all with as many entries; the contents come with the root. */
    if (cpu->ldt_entries == v->descriptors.ldt_entries)
        return;
    cpu->ldt_entries = v->descriptors.ldt_entries;
    descriptors_load_ldt(cpu, cpu->ldt_entries);
}

void vcpu_state_load(struct vcpu *v)
{
    if (!fpu_restore(v->fpu))
        log_warning("%s vCPU %u: its FPU state cannot be loaded and was reset", v->domain->name,
                    v->id);
    fpu_set_xcr0(v->xcr0);
    if (v->task_switched)
        write_cr0(read_cr0() | CR0_TS);
    vcpu_state_load_cr4(v);
    vcpu_state_load_tsc_aux(v);
    debugreg_load(v);
    vcpu_state_load_ldt(v);
    segments_load(v);
}

void vcpu_state_load_cr4(const struct vcpu *v)
{
    struct cpu *cpu = this_cpu();
    uint64_t wanted = v->cr4 & GUEST_CR4_HARDWARE;

    if (likely(cpu->guest_cr4 == wanted))
        return;
    write_cr4((read_cr4() & ~GUEST_CR4_HARDWARE) | wanted);
    cpu->guest_cr4 = wanted;
}

void vcpu_state_load_tsc_aux(const struct vcpu *v)
{
    struct cpu *cpu = this_cpu();

    if (likely(cpu->tsc_aux == v->tsc_aux) || !cpu_has(CPU_FEATURE_RDTSCP))
        return;
    wrmsr(MSR_TSC_AUX, v->tsc_aux);
    cpu->tsc_aux = v->tsc_aux;
}

void vcpu_set_task_switched(struct vcpu *v, bool task_switched)
{
    v->task_switched = task_switched;
    if (task_switched)
        write_cr0(read_cr0() | CR0_TS);
    else
        clts();
}
