/* SPDX-License-Identifier: MIT */
/*
 * What is read while the boot page tables still show the first 4 GiB: the loader's information
 * and the firmware's tables. Everything is copied, nothing is kept.
 */
#include "arch/cpu_features.h"
#include "arch/machine.h"
#include "arch/reboot.h"
#include "boot/command_line.h"
#include "boot/start.h"
#include "build_info.h"
#include "console/panic.h"
#include "console/printk.h"
#include "console/uart.h"

#include "arch/acpi_sleep.h"

#define EARLY_MAP_END 0x100000000UL

struct boot_info boot_info;

static const void *read_early(uint64_t address, size_t bytes)
{
    if (address > EARLY_MAP_END || bytes > EARLY_MAP_END - address)
        return NULL;
    return (const void *)(DIRECT_MAP_VIRT + address);
}

static void print_banner(void)
{
    log_info("Parapet %s, %s build %s by %s", PARAPET_VERSION, PARAPET_FLAVOUR, PARAPET_COMMIT,
             PARAPET_COMPILER);
}

/* The console's options are among the others, so that nothing is said before they are known. */
void boot_read_loader(uint32_t magic, uint64_t address)
{
    char error[OPTION_WORD_MAX + BOOT_ERROR_MAX];
    int loader_result, options_result = 0;

    loader_result = multiboot_parse(magic, address, read_early, &boot_info, error);
    if (!loader_result)
        options_result = command_line_apply(boot_info.command_line, error, sizeof(error));
    console_start();
    machine_last_moment = uart_drain;
    print_banner();
    if (loader_result)
        boot_failure("The boot loader's information cannot be used: %s", error);
    if (options_result)
        boot_failure("Command line: %s", error);
    log_info("Loaded by %s (Multiboot %u), options \"%s\"", boot_info.loader_name,
             boot_info.multiboot_version, boot_info.command_line);
}

void boot_check_cpu(void)
{
    const char *missing = cpu_features_detect();
    const struct cpu_features *f = &cpu_features;

    if (missing)
        boot_failure("This CPU has no %s; stopping", missing);
    smap_active = boot_options.smap && cpu_has(CPU_FEATURE_SMAP);
    log_info("CPU: %s family %#x model %#x stepping %u, %u bits of physical address",
             f->vendor_name, f->family, f->model, f->stepping, f->physical_address_bits);
    if (f->brand[0])
        log_info("CPU: %s", f->brand);
}

/* The loader's copy comes last: it lies in memory that will be somebody else's. */
static uint64_t find_rsdp(void)
{
    uint64_t rsdp = efi_find_rsdp(boot_info.efi_system_table, read_early);

    machine_rsdp_is_hidden = rsdp != 0;
    if (!rsdp)
        rsdp = acpi_find_rsdp(read_early);
    return rsdp ? rsdp : boot_info.rsdp_copy;
}

static void find_sleep_types(uint64_t dsdt)
{
    const uint32_t *header = read_early(dsdt, 2 * sizeof(*header)); /* signature, length */
    const uint8_t *aml = header ? read_early(dsdt, header[1]) : NULL;
    uint8_t type_a, type_b;

    if (aml && acpi_find_s5(aml, header[1], &type_a, &type_b))
        machine_set_sleep_types(type_a, type_b);
}

void boot_read_firmware(void)
{
    struct acpi_info *acpi = &machine_acpi;
    char error[ACPI_ERROR_MAX];
    uint64_t rsdp = find_rsdp();

    if (!rsdp)
        boot_failure("This machine has no ACPI tables; stopping");
    if (acpi_parse(rsdp, read_early, acpi, error))
        boot_failure("ACPI: %s", error);
    machine_set_registers(acpi);
    if (acpi->dsdt_address)
        find_sleep_types(acpi->dsdt_address);
    log_info("ACPI: RSDP at 0x%lx, %u CPUs, %u IO-APICs%s, %u MMCONFIG windows", rsdp,
             acpi->cpu_count, acpi->ioapic_count, acpi->has_hpet ? ", HPET" : "",
             acpi->mmconfig_count);
}
