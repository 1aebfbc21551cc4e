/* SPDX-License-Identifier: MIT */
/* What each CPU needs before it can take a trap or run a guest. */
#include "arch/apic.h"
#include "arch/clock.h"
#include "arch/cpu_features.h"
#include "arch/descriptors.h"
#include "arch/fpu.h"
#include "arch/ipi.h"
#include "arch/machine.h"
#include "arch/mitigations.h"
#include "arch/smp.h"
#include "boot/command_line.h"
#include "boot/start.h"
#include "console/panic.h"
#include "console/printk.h"
#include "console/trace.h"
#include "mm/heap.h"
#include "mm/hypervisor_map.h"
#include "sched/scheduler.h"
#include "trap/stubs.h"

/* Where the trampoline may be: not in the BIOS's first pages, not in the EBDA. */
#define TRAMPOLINE_FIRST 0x8000UL
#define TRAMPOLINE_END   0x90000UL

/* The parts of struct cpu that follow from its place. */
static void set_up_region(struct cpu *cpu)
{
    uint64_t region = (uint64_t)cpu - CPU_REGION_CPU_PAGE * PAGE_SIZE;

    cpu->guest_frame = (struct trap_frame *)(region + CPU_REGION_SIZE - FRAME_SIZE);
    syscall_stub_install(cpu_region_stub(cpu->id), region);
}

void boot_start_first_cpu(void)
{
    struct cpu *cpu = this_cpu();

    set_up_region(cpu);
    descriptors_start_cpu(cpu);
    (void)cpu_features_start_cpu(); /* it has what it has */
    (void)mitigations_start_cpu();
    trap_start_cpu(cpu);
    fpu_start_cpu();
    trap_init();
    cpu->cr3 = hypervisor_root.value;
    cpu_set_online(cpu);
    log_info("Protection: NX, WP%s%s%s", cpu_has(CPU_FEATURE_SMEP) ? ", SMEP" : "",
             smap_active ? ", SMAP" : "",
             boot_options.smap && !smap_active ? " (no SMAP here)" : "");
    log_info("Guests' FPU state: %u bytes, %s", fpu_area_bytes(),
             fpu_components() ? "XSAVE" : "FXSAVE");
}

static bool prepare_cpu(uint32_t id)
{
    struct cpu *cpu = cpu_by_id(id);
    struct trace_ring *trace_ring = heap_alloc(sizeof(*trace_ring));

    if (!trace_ring || cpu_region_map(id)) {
        heap_free(trace_ring);
        return false;
    }
    cpu->id = id;
    cpu->trace = trace_ring;
    cpu->cr3 = hypervisor_root.value;
    set_up_region(cpu);
    return scheduler_cpu_create(id) == 0;
}

/* On the new CPU. */
static bool start_this_cpu(struct cpu *cpu)
{
    descriptors_start_cpu(cpu);
    if (cpu_features_start_cpu() || mitigations_start_cpu())
        return false;
    trap_start_cpu(cpu);
    fpu_start_cpu();
    apic_start_cpu(false);
    return true;
}

static void report_cpu(const struct acpi_cpu *cpu, const char *problem)
{
    if (problem)
        log_warning("CPU with APIC id %u is left out: %s", cpu->apic_id, problem);
    else
        log_debug("CPU with APIC id %u is up", cpu->apic_id);
}

static uint64_t find_trampoline(void)
{
    for (uint64_t page = TRAMPOLINE_FIRST; page < TRAMPOLINE_END; page += PAGE_SIZE) {
        if (memory_map_is_ram(&machine_memory_map, page, page + PAGE_SIZE) &&
            !boot_module_overlaps(&boot_info, page, page + PAGE_SIZE))
            return page;
    }
    boot_failure("No RAM below 0x%lx for the start of the other CPUs", TRAMPOLINE_END);
}

void boot_start_other_cpus(void)
{
    uint64_t trampoline = find_trampoline();
    struct smp_plan plan = {
        .acpi = &machine_acpi,
        .max_cpus = boot_options.max_cpus,
        .trampoline = maddr_to_virt(maddr(trampoline)),
        .trampoline_address = trampoline,
        .root = hypervisor_root.value,
        .prepare = prepare_cpu,
        .start = start_this_cpu,
        .run = cpu_enter_idle,
        .report = report_cpu,
    };

    smp_start(&plan);
    log_info("%u CPUs are up%s", cpu_count,
             clock_is_stable() ? ", their TSCs are synchronous" : ", their TSCs differ");
}
