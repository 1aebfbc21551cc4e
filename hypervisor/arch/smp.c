/* SPDX-License-Identifier: MIT */
/*
 * INIT, start-up, start-up (SDM volume 3A, section 8.4.4), and what the new CPU does first.
 *
 * One CPU at a time is between smp_start_cpu() and cpu->online, so the variables that the
 * trampoline reads need no lock.
 */
#include "arch/smp.h"

#include <stdatomic.h>
#include <stddef.h>

#include "arch/apic.h"
#include "arch/clock.h"
#include "arch/ipi.h"
#include "arch/x86.h"
#include "lib/string.h"

#define INIT_DELAY_US      10000u
#define STARTUP_DELAY_US   200u
#define ONLINE_PATIENCE_NS (5 * NS_PER_SECOND)

extern const char trampoline_start[], trampoline_end[];

/* Read by arch/trampoline.S. */
uint64_t smp_start_root;
uint64_t smp_start_stack;

uint32_t cpu_count = 1;

static const struct smp_plan *current_plan;

/* What the CPU that is being started has to say: 0 nothing yet, 1 alive, 2 unusable. */
enum start_state {
    START_SILENT,
    START_ALIVE,
    START_UNUSABLE,
};
static _Atomic uint32_t start_state;

void smp_cpu_entry(void);

/* On the new CPU. */
void smp_cpu_entry(void)
{
    struct cpu *cpu = this_cpu();
    void (*run)(void) = current_plan->run;

    if (!current_plan->start(cpu)) {
        atomic_store_explicit(&start_state, START_UNUSABLE, memory_order_release);
        cpu_halt_forever();
    }
    atomic_store_explicit(&start_state, START_ALIVE, memory_order_release);
    clock_sync_target();
    cpu_set_online(cpu);
    run();
}

static bool wait_for_state(uint64_t patience_ns)
{
    uint64_t end_ns = system_time_ns() + patience_ns;

    while (atomic_load_explicit(&start_state, memory_order_acquire) == START_SILENT) {
        if (system_time_ns() > end_ns)
            return false;
        cpu_relax();
    }
    return true;
}

/* NULL, or what is wrong with it; then it is back to waiting for a start-up interrupt, since
 * the next CPU gets its stack. */
static const char *start_cpu(const struct smp_plan *plan, uint32_t id, uint32_t apic_id)
{
    uint64_t region = CPU_REGIONS_VIRT + id * CPU_REGION_SIZE;
    uint8_t page = (uint8_t)(plan->trampoline_address >> PAGE_SHIFT);

    smp_start_stack = region + CPU_REGION_SIZE;
    atomic_store_explicit(&start_state, START_SILENT, memory_order_release);
    apic_send_startup(apic_id, page);
    if (!wait_for_state(STARTUP_DELAY_US * NS_PER_US)) {
        apic_send_startup(apic_id, page);
        if (!wait_for_state(ONLINE_PATIENCE_NS)) {
            apic_send_init(apic_id);
            return "does not answer";
        }
    }
    if (atomic_load_explicit(&start_state, memory_order_acquire) == START_UNUSABLE) {
        apic_send_init(apic_id);
        return "lacks a feature of the boot CPU";
    }

    clock_sync_source(id);
    while (!atomic_load_explicit(&cpu_by_id(id)->online, memory_order_acquire))
        cpu_relax();
    return NULL;
}

void smp_start(const struct smp_plan *plan)
{
    uint32_t boot_apic_id = apic_id();
    uint32_t limit = plan->max_cpus < MAX_CPUS ? plan->max_cpus : MAX_CPUS;
    const struct acpi_info *acpi = plan->acpi;
    uint32_t prepared = 0; /* the highest id that was */

    current_plan = plan;
    smp_start_root = plan->root;
    memcpy(plan->trampoline, trampoline_start, (size_t)(trampoline_end - trampoline_start));

    /* All at once: each then waits for its start-up interrupt, and the delay is paid once. */
    for (uint32_t i = 0; i < acpi->cpu_count && limit > 1; i++) {
        if (acpi->cpus[i].apic_id != boot_apic_id)
            apic_send_init(acpi->cpus[i].apic_id);
    }
    if (acpi->cpu_count > 1 && limit > 1)
        clock_delay_us(INIT_DELAY_US);

    for (uint32_t i = 0; i < acpi->cpu_count && cpu_count < limit; i++) {
        const struct acpi_cpu *listed = &acpi->cpus[i];
        const char *problem;

        if (listed->apic_id == boot_apic_id)
            continue;
        if (prepared < cpu_count && !plan->prepare(cpu_count)) {
            plan->report(listed, "no memory for it");
            break;
        }
        prepared = cpu_count;
        cpu_by_id(cpu_count)->id = cpu_count;
        cpu_by_id(cpu_count)->apic_id = listed->apic_id;
        cpu_by_id(cpu_count)->acpi_id = listed->acpi_id;
        problem = start_cpu(plan, cpu_count, listed->apic_id);
        plan->report(listed, problem);
        if (!problem)
            cpu_count++;
    }
}
