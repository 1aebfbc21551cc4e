/* SPDX-License-Identifier: MIT */
/* Timers, PCI configuration space and power: HPET, MCFG, FADT. */
#include "arch/acpi.h"
#include "arch/acpi_table.h"

#define HPET_ADDRESS      40u
#define HPET_MINIMUM_TICK 53u

#define MCFG_ENTRIES     44u
#define MCFG_ENTRY_BYTES 16u

/* FADT (ACPI 6.4, table 5.9). Fields from FADT_RESET on are missing in the first version. */
#define FADT_FACS         36u
#define FADT_DSDT         40u
#define FADT_SCI          46u
#define FADT_PM1A_CONTROL 64u
#define FADT_PM1B_CONTROL 68u
#define FADT_PM_TIMER     76u
#define FADT_PM_TIMER_LEN 91u
#define FADT_BOOT_FLAGS   109u
#define FADT_FLAGS        112u
#define FADT_BYTES_1      116u
#define FADT_RESET        116u
#define FADT_RESET_VALUE  128u
#define FADT_X_FACS       132u
#define FADT_X_DSDT       140u
#define FADT_X_PM1A       172u
#define FADT_X_PM1B       184u
#define FADT_X_PM_TIMER   208u
#define GENERIC_BYTES     12u

#define FLAG_TIMER_32_BIT (1u << 8)
#define FLAG_HAS_RESET    (1u << 10)

static struct acpi_register read_generic(struct acpi_table *table, size_t offset)
{
    return (struct acpi_register){
        .space = acpi_read8(table, offset),
        .bit_width = acpi_read8(table, offset + 1),
        .address = acpi_read64(table, offset + 4),
    };
}

const char *acpi_parse_hpet(struct acpi_table *table, struct acpi_info *info)
{
    struct acpi_register base = read_generic(table, HPET_ADDRESS);

    info->hpet_minimum_tick = acpi_read16(table, HPET_MINIMUM_TICK);
    info->hpet_address = base.address;
    info->has_hpet = base.space == ACPI_SPACE_MEMORY && base.address != 0;
    return NULL;
}

const char *acpi_parse_mcfg(struct acpi_table *table, struct acpi_info *info)
{
    for (size_t offset = MCFG_ENTRIES; offset + MCFG_ENTRY_BYTES <= table->length;
         offset += MCFG_ENTRY_BYTES) {
        struct acpi_mmconfig window = {
            .address = acpi_read64(table, offset),
            .segment = acpi_read16(table, offset + 8),
            .first_bus = acpi_read8(table, offset + 10),
            .last_bus = acpi_read8(table, offset + 11),
        };
        if (window.last_bus < window.first_bus)
            return "has a window whose buses run backward";
        if (info->mmconfig_count == ACPI_MMCONFIGS_MAX)
            return "lists too many windows";
        info->mmconfigs[info->mmconfig_count++] = window;
    }
    return NULL;
}

/* The register at @extended where the table is long enough and has one, else a port. */
static struct acpi_register read_register(struct acpi_table *table, size_t extended, size_t port,
                                          uint8_t bit_width)
{
    struct acpi_register found = { 0 };

    if (table->length >= extended + GENERIC_BYTES)
        found = read_generic(table, extended);
    if (!found.address)
        found = (struct acpi_register){
            .space = ACPI_SPACE_IO,
            .bit_width = bit_width,
            .address = acpi_read32(table, port),
        };
    return found;
}

static uint64_t read_address(struct acpi_table *table, size_t extended, size_t narrow)
{
    uint64_t address = 0;

    if (table->length >= extended + 8)
        address = acpi_read64(table, extended);
    return address ? address : acpi_read32(table, narrow);
}

const char *acpi_parse_fadt(struct acpi_table *table, struct acpi_info *info)
{
    if (table->length < FADT_BYTES_1)
        return "is too short";
    uint32_t flags = acpi_read32(table, FADT_FLAGS);

    info->has_fadt = true;
    info->sci_irq = acpi_read16(table, FADT_SCI);
    info->boot_flags = acpi_read16(table, FADT_BOOT_FLAGS);
    info->facs_address = read_address(table, FADT_X_FACS, FADT_FACS);
    info->dsdt_address = read_address(table, FADT_X_DSDT, FADT_DSDT);
    info->pm1a_control = read_register(table, FADT_X_PM1A, FADT_PM1A_CONTROL, 16);
    info->pm1b_control = read_register(table, FADT_X_PM1B, FADT_PM1B_CONTROL, 16);
    if (acpi_read8(table, FADT_PM_TIMER_LEN) == 4)
        info->pm_timer = read_register(table, FADT_X_PM_TIMER, FADT_PM_TIMER, 32);
    info->pm_timer_is_32_bit = flags & FLAG_TIMER_32_BIT;
    if (flags & FLAG_HAS_RESET && table->length > FADT_RESET_VALUE) {
        info->reset = read_generic(table, FADT_RESET);
        info->reset_value = acpi_read8(table, FADT_RESET_VALUE);
    }
    return NULL;
}
