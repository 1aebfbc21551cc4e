/* SPDX-License-Identifier: MIT */
/* Finds the RSDP by the EFI system table (UEFI specification, sections 4.3 and 4.6). */
#include "boot/multiboot.h"
#include "lib/string.h"

#define EFI_SIGNATURE  0x5453595320494249UL /* "IBI SYST" */
#define EFI_TABLES_MAX 256u

struct efi_system_table {
    uint64_t signature;
    uint32_t revision, header_bytes, crc32, reserved;
    uint64_t firmware_vendor;
    uint64_t other[9]; /* firmware revision, console handles and services */
    uint64_t table_count;
    uint64_t tables;
};
_Static_assert(offsetof(struct efi_system_table, tables) == 112, "UEFI 2.10, section 4.3");

struct efi_configuration_table {
    uint8_t guid[16];
    uint64_t address;
};

static const uint8_t acpi_20_guid[16] = {
    0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11, 0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81,
};
static const uint8_t acpi_10_guid[16] = {
    0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11, 0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d,
};

uint64_t efi_find_rsdp(uint64_t address, boot_reader *read)
{
    struct efi_system_table system;
    const void *bytes = read(address, sizeof(system));
    uint64_t rsdp = 0;

    if (!bytes)
        return 0;
    memcpy(&system, bytes, sizeof(system));
    if (system.signature != EFI_SIGNATURE || system.table_count > EFI_TABLES_MAX)
        return 0;
    for (uint64_t i = 0; i < system.table_count; i++) {
        struct efi_configuration_table table;

        bytes = read(system.tables + i * sizeof(table), sizeof(table));
        if (!bytes)
            return rsdp;
        memcpy(&table, bytes, sizeof(table));
        if (!memcmp(table.guid, acpi_20_guid, sizeof(table.guid)))
            return table.address;
        if (!memcmp(table.guid, acpi_10_guid, sizeof(table.guid)))
            rsdp = table.address;
    }
    return rsdp;
}
