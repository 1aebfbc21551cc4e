/* SPDX-License-Identifier: MIT */
/*
 * What the hypervisor wants from the firmware's ACPI tables: CPUs, interrupt controllers,
 * timers, the MMCONFIG window, the ways to reset and to power off.
 *
 * Pure parsing: memory is reached only through the caller's reader, every length is checked
 * against the bytes that were read, every checksum is verified. Nothing is kept of the tables.
 */
#ifndef PARAPET_ARCH_ACPI_H
#define PARAPET_ARCH_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/layout.h"
#include "lib/compiler.h"

#define ACPI_IOAPICS_MAX   16u
#define ACPI_OVERRIDES_MAX 32u
#define ACPI_NMIS_MAX      16u
#define ACPI_MMCONFIGS_MAX 8u
#define ACPI_CPUS_MAX      256u /* listed; those above MAX_CPUS are not started */

/* Gives @bytes of firmware memory at a machine address, valid until the next call; or NULL. */
typedef const void *acpi_reader(uint64_t address, size_t bytes);

struct acpi_cpu {
    uint32_t apic_id;
    uint32_t acpi_id;
};

struct acpi_ioapic {
    uint64_t address;
    uint32_t id;
    uint32_t first_gsi;
};

struct acpi_override {
    uint32_t gsi;
    uint8_t isa_irq;
    bool is_active_low;
    bool is_level;
};

struct acpi_nmi {     /* the local APIC's pin that is wired to NMI */
    uint32_t acpi_id; /* ~0: all CPUs */
    uint8_t pin;
    bool is_active_low;
    bool is_level;
};

struct acpi_mmconfig {
    uint64_t address;
    uint16_t segment;
    uint8_t first_bus;
    uint8_t last_bus;
};

/* A register in the generic form; address 0: there is none. */
struct acpi_register {
    uint64_t address;
    uint8_t space; /* enum acpi_space */
    uint8_t bit_width;
};

enum acpi_space {
    ACPI_SPACE_MEMORY = 0,
    ACPI_SPACE_IO = 1,
    ACPI_SPACE_PCI_CONFIG = 2,
};

struct acpi_info {
    uint64_t rsdp_address;

    uint64_t local_apic_address;
    bool has_8259; /* MADT flag: a PC-AT 8259 pair must be masked */
    uint32_t cpu_count;
    struct acpi_cpu cpus[ACPI_CPUS_MAX]; /* enabled ones, in the table's order */
    uint32_t ioapic_count;
    struct acpi_ioapic ioapics[ACPI_IOAPICS_MAX];
    uint32_t override_count;
    struct acpi_override overrides[ACPI_OVERRIDES_MAX];
    uint32_t nmi_count;
    struct acpi_nmi nmis[ACPI_NMIS_MAX];

    bool has_hpet;
    uint64_t hpet_address;
    uint16_t hpet_minimum_tick;

    uint32_t mmconfig_count;
    struct acpi_mmconfig mmconfigs[ACPI_MMCONFIGS_MAX];

    bool has_fadt;
    uint16_t sci_irq;
    struct acpi_register pm_timer;
    bool pm_timer_is_32_bit;
    struct acpi_register pm1a_control;
    struct acpi_register pm1b_control;
    struct acpi_register reset;
    uint8_t reset_value;
    uint16_t boot_flags; /* IAPC_BOOT_ARCH; bit 0: legacy devices */
    uint64_t dsdt_address;
    uint64_t facs_address;
};

#define ACPI_ERROR_MAX 128u

/*
 * Parses the tables that the RSDP at @rsdp leads to. 0, or -EINVAL and one line in @error
 * (a wrong checksum, a length that does not fit, no MADT, …). HPET, MCFG and FADT may be missing.
 */
MUST_CHECK int acpi_parse(uint64_t rsdp, acpi_reader *reader, struct acpi_info *info,
                          char error[ACPI_ERROR_MAX]);

/* Searches the BIOS areas (EBDA and 0xe0000-0xfffff) for a valid RSDP; 0 if there is none. */
uint64_t acpi_find_rsdp(acpi_reader *reader);

#endif
