/* SPDX-License-Identifier: MIT */
/*
 * One firmware table in memory, read with bounds checked: a read outside gives 0 and marks the
 * table as overrun, which its parser reports once at the end.
 */
#ifndef PARAPET_ARCH_ACPI_TABLE_H
#define PARAPET_ARCH_ACPI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct acpi_table {
    const uint8_t *bytes;
    size_t length;
    bool is_overrun;
};

static inline uint64_t acpi_read(struct acpi_table *table, size_t offset, unsigned bytes)
{
    uint64_t value = 0;

    if (offset > table->length || bytes > table->length - offset) {
        table->is_overrun = true;
        return 0;
    }
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)table->bytes[offset + i] << (8 * i);
    return value;
}

static inline uint8_t acpi_read8(struct acpi_table *table, size_t offset)
{
    return (uint8_t)acpi_read(table, offset, 1);
}

static inline uint16_t acpi_read16(struct acpi_table *table, size_t offset)
{
    return (uint16_t)acpi_read(table, offset, 2);
}

static inline uint32_t acpi_read32(struct acpi_table *table, size_t offset)
{
    return (uint32_t)acpi_read(table, offset, 4);
}

static inline uint64_t acpi_read64(struct acpi_table *table, size_t offset)
{
    return acpi_read(table, offset, 8);
}

/* All bytes of every table add up to 0. */
static inline bool acpi_checksum_ok(const uint8_t *bytes, size_t length)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < length; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum == 0;
}

/* Length of the header that all tables but the RSDP begin with. */
#define ACPI_HEADER_BYTES 36u

struct acpi_info;

/* The parsers of single tables: NULL, or what is wrong. */
const char *acpi_parse_madt(struct acpi_table *table, struct acpi_info *info);
const char *acpi_parse_hpet(struct acpi_table *table, struct acpi_info *info);
const char *acpi_parse_mcfg(struct acpi_table *table, struct acpi_info *info);
const char *acpi_parse_fadt(struct acpi_table *table, struct acpi_info *info);

#endif
