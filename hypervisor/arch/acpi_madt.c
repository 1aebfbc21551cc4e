/* SPDX-License-Identifier: MIT */
/* Processors and interrupt controllers (ACPI 6.4, section 5.2.12). */
#include "arch/acpi.h"
#include "arch/acpi_table.h"

#define MADT_ENTRIES   44u
#define MADT_HAS_8259  1u
#define CPU_IS_ENABLED 1u
#define ALL_CPUS_8     0xffu
#define ALL_CPUS_32    UINT32_MAX
#define NO_APIC_ID     0xffu

/* Interrupt flags: two bits each, 0 means "as the bus has it", which for ISA is high and edge. */
#define POLARITY_LOW(flags)  (((flags)&3u) == 3u)
#define TRIGGER_LEVEL(flags) ((((flags) >> 2) & 3u) == 3u)

static const char *add_cpu(struct acpi_info *info, uint32_t apic_id, uint32_t acpi_id,
                           uint32_t flags)
{
    if (!(flags & CPU_IS_ENABLED))
        return NULL;
    /* Some firmware lists a CPU in both forms. */
    for (uint32_t i = 0; i < info->cpu_count; i++) {
        if (info->cpus[i].apic_id == apic_id)
            return NULL;
    }
    if (info->cpu_count == ACPI_CPUS_MAX)
        return "lists too many processors";
    info->cpus[info->cpu_count++] = (struct acpi_cpu){ .apic_id = apic_id, .acpi_id = acpi_id };
    return NULL;
}

static const char *parse_local_apic(struct acpi_table *entry, struct acpi_info *info)
{
    uint32_t apic_id = acpi_read8(entry, 3);
    uint32_t flags = acpi_read32(entry, 4);

    return apic_id == NO_APIC_ID ? NULL : add_cpu(info, apic_id, acpi_read8(entry, 2), flags);
}

static const char *parse_local_x2apic(struct acpi_table *entry, struct acpi_info *info)
{
    uint32_t acpi_id = acpi_read32(entry, 12);

    return add_cpu(info, acpi_read32(entry, 4), acpi_id, acpi_read32(entry, 8));
}

static const char *parse_ioapic(struct acpi_table *entry, struct acpi_info *info)
{
    if (info->ioapic_count == ACPI_IOAPICS_MAX)
        return "lists too many I/O APICs";
    info->ioapics[info->ioapic_count++] = (struct acpi_ioapic){
        .id = acpi_read8(entry, 2),
        .address = acpi_read32(entry, 4),
        .first_gsi = acpi_read32(entry, 8),
    };
    return NULL;
}

static const char *parse_override(struct acpi_table *entry, struct acpi_info *info)
{
    uint16_t flags = acpi_read16(entry, 8);

    if (info->override_count == ACPI_OVERRIDES_MAX)
        return "lists too many interrupt overrides";
    info->overrides[info->override_count++] = (struct acpi_override){
        .isa_irq = acpi_read8(entry, 3),
        .gsi = acpi_read32(entry, 4),
        .is_active_low = POLARITY_LOW(flags),
        .is_level = TRIGGER_LEVEL(flags),
    };
    return NULL;
}

static const char *add_nmi(struct acpi_info *info, uint32_t acpi_id, uint8_t pin, uint16_t flags)
{
    if (info->nmi_count == ACPI_NMIS_MAX)
        return "lists too many NMI pins";
    info->nmis[info->nmi_count++] = (struct acpi_nmi){
        .acpi_id = acpi_id,
        .pin = pin,
        .is_active_low = POLARITY_LOW(flags),
        .is_level = TRIGGER_LEVEL(flags),
    };
    return NULL;
}

static const char *parse_local_nmi(struct acpi_table *entry, struct acpi_info *info)
{
    uint32_t acpi_id = acpi_read8(entry, 2);
    uint8_t pin = acpi_read8(entry, 5);

    return add_nmi(info, acpi_id == ALL_CPUS_8 ? ALL_CPUS_32 : acpi_id, pin, acpi_read16(entry, 3));
}

static const char *parse_local_x2apic_nmi(struct acpi_table *entry, struct acpi_info *info)
{
    return add_nmi(info, acpi_read32(entry, 4), acpi_read8(entry, 8), acpi_read16(entry, 2));
}

static const char *parse_address_override(struct acpi_table *entry, struct acpi_info *info)
{
    info->local_apic_address = acpi_read64(entry, 4);
    return NULL;
}

static const struct {
    uint8_t type;
    uint8_t bytes;
    const char *(*parse)(struct acpi_table *entry, struct acpi_info *info);
} entry_kinds[] = {
    { 0, 8, parse_local_apic },         { 1, 12, parse_ioapic },
    { 2, 10, parse_override },          { 4, 6, parse_local_nmi },
    { 5, 12, parse_address_override },  { 9, 16, parse_local_x2apic },
    { 10, 12, parse_local_x2apic_nmi },
};

/* Kinds that are not in the table above are nothing to us. */
static const char *parse_entry(struct acpi_table *entry, struct acpi_info *info)
{
    for (unsigned i = 0; i < sizeof(entry_kinds) / sizeof(entry_kinds[0]); i++) {
        if (entry->bytes[0] != entry_kinds[i].type)
            continue;
        if (entry->length < entry_kinds[i].bytes)
            return "has an entry that is too short";
        return entry_kinds[i].parse(entry, info);
    }
    return NULL;
}

const char *acpi_parse_madt(struct acpi_table *table, struct acpi_info *info)
{
    info->local_apic_address = acpi_read32(table, 36);
    info->has_8259 = acpi_read32(table, 40) & MADT_HAS_8259;

    for (size_t offset = MADT_ENTRIES; offset + 2 <= table->length;) {
        size_t length = table->bytes[offset + 1];

        if (length < 2 || length > table->length - offset)
            return "has an entry with an impossible length";
        struct acpi_table entry = { table->bytes + offset, length, false };
        const char *problem = parse_entry(&entry, info);
        if (problem)
            return problem;
        offset += length;
    }
    return NULL;
}
