/* SPDX-License-Identifier: MIT */
/*
 * Starting the other CPUs, one after the other, before any guest runs.
 *
 * The trampoline lies below 1 MiB, where the control domain may write later; nothing there is
 * used again once smp_start() has returned.
 */
#ifndef PARAPET_ARCH_SMP_H
#define PARAPET_ARCH_SMP_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/acpi.h"
#include "arch/percpu.h"
#include "lib/compiler.h"

struct smp_plan {
    const struct acpi_info *acpi; /* the CPUs there are; the boot CPU is skipped */
    uint32_t max_cpus;            /* in all; at most MAX_CPUS are started */
    void *trampoline;             /* a writable address of the page below */
    uint64_t trampoline_address;  /* page-aligned RAM below 1 MiB */
    uint64_t root;                /* hypervisor_root */

    /* Maps CPU @id's region and fills its struct cpu as far as the layers above want; false
     * ends the start of further CPUs. */
    bool (*prepare)(uint32_t id);

    /* On the new CPU, its stack and root loaded: descriptors, features, APIC. Then false if it
     * cannot be used. */
    bool (*start)(struct cpu *cpu);

    /* What it does then. Does not return. */
    void (*run)(void);

    /* Tells what became of it. */
    void (*report)(const struct acpi_cpu *cpu, const char *problem);
};

void smp_start(const struct smp_plan *plan);

#endif
