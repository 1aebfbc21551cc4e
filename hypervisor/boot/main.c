/* SPDX-License-Identifier: MIT */
/*
 * The start of the hypervisor, a table of contents. boot/head.S calls boot_main() on the boot
 * page tables and the boot CPU's stack, interrupts off.
 */
#include "arch/descriptors.h"
#include "arch/percpu.h"
#include "arch/reboot.h"
#include "boot/multiboot.h"
#include "build_info.h"
#include "console/panic.h"
#include "console/printk.h"
#include "console/trace.h"
#include "trap/stubs.h"

void boot_main(uint32_t magic, uint64_t info, uint64_t entry_tsc);

static struct boot_info boot_info;

/* The boot page tables show the first 4 GiB in the place of the direct map. */
static const void *read_early(uint64_t address, size_t bytes)
{
    const uint64_t end = 0x100000000UL;

    if (address > end || bytes > end - address)
        return NULL;
    return (const void *)(DIRECT_MAP_VIRT + address);
}

void boot_main(uint32_t magic, uint64_t info, uint64_t entry_tsc)
{
    struct cpu *cpu = this_cpu();
    char error[BOOT_ERROR_MAX];

    (void)entry_tsc;
    cpu->trace = &trace_boot_ring;
    descriptors_start_early(cpu, trap_stubs);
    console_start();
    log_info("Parapet " PARAPET_VERSION " (" PARAPET_FLAVOUR ", " PARAPET_COMMIT
             ", " PARAPET_COMPILER ")");
    if (multiboot_parse(magic, info, read_early, &boot_info, error))
        boot_failure("Multiboot information: %s", error);
    log_info("Started by \"%s\" with options \"%s\"", boot_info.loader_name,
             boot_info.command_line);
    machine_stop();
}
