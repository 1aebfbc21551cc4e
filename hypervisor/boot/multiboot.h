/* SPDX-License-Identifier: MIT */
/*
 * What the boot loader tells, by Multiboot 1 or 2, copied out of its memory and checked.
 *
 * Nothing of the loader's is believed: every address is read through the caller's reader, with
 * the number of bytes that will be looked at, and every count is limited.
 */
#ifndef PARAPET_BOOT_MULTIBOOT_H
#define PARAPET_BOOT_MULTIBOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/memory_map.h"
#include "lib/compiler.h"

#define MULTIBOOT1_LOADED 0x2badb002u
#define MULTIBOOT2_LOADED 0x36d76289u

#define BOOT_COMMAND_LINE_MAX 2048u
#define BOOT_MODULES_MAX      4u
#define BOOT_RANGES_MAX       256u
#define BOOT_ERROR_MAX        128u

struct boot_module {
    uint64_t start;
    uint64_t end;
    char command_line[BOOT_COMMAND_LINE_MAX];
};

struct boot_info {
    unsigned multiboot_version;
    char loader_name[64];
    char command_line[BOOT_COMMAND_LINE_MAX];
    uint32_t module_count;
    struct boot_module modules[BOOT_MODULES_MAX];
    uint32_t range_count;
    struct memory_map_range ranges[BOOT_RANGES_MAX];
    uint64_t rsdp_copy;        /* where the loader put a copy of the RSDP, or 0 */
    uint64_t efi_system_table; /* or 0 */
};

/* Memory at machine address @address, of which @bytes will be read; NULL if out of reach. */
typedef const void *boot_reader(uint64_t address, size_t bytes);

/* Fills *@info (zeroed before). 0, or -EINVAL and one line in @error. */
MUST_CHECK int multiboot_parse(uint32_t magic, uint64_t address, boot_reader *read,
                               struct boot_info *info, char error[BOOT_ERROR_MAX]);

/* Whether a module has a byte in [start, end). Under UEFI, GRUB puts modules below 1 MiB too. */
bool boot_module_overlaps(const struct boot_info *info, uint64_t start, uint64_t end);

/* The RSDP that the EFI system table at @address names, or 0. */
uint64_t efi_find_rsdp(uint64_t address, boot_reader *read);

#endif
