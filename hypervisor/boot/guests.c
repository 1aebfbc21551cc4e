/* SPDX-License-Identifier: MIT */
/* From a machine that works to a control domain that runs. */
#include "arch/machine.h"
#include "boot/command_line.h"
#include "boot/start.h"
#include "console/panic.h"
#include "console/printk.h"
#include "control/control_domain.h"
#include "control/debug_keys.h"
#include "control/serial_input.h"
#include "control/test_domains.h"
#include "hypercall/version_ops.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/address.h"
#include "mm/frame_alloc.h"
#include "sched/scheduler.h"

void boot_start_layers(void)
{
    control_start();
    if (scheduler_cpu_create(this_cpu()->id))
        boot_failure("No memory for the first CPU's run queue");
    debug_keys_start();
    serial_input_start();
    hypervisor_command_line = boot_info.command_line;
}

static const void *module_contents(unsigned index)
{
    return maddr_to_virt(maddr(boot_info.modules[index].start));
}

static uint64_t module_bytes(unsigned index)
{
    return boot_info.modules[index].end - boot_info.modules[index].start;
}

/* What the modules were copied from is free memory now: the whole pages of it above 1 MiB, below
 * which the control domain may write. */
static void free_modules(void)
{
    for (unsigned i = 0; i < boot_info.module_count; i++) {
        mfn_t first = maddr_to_mfn(maddr(boot_info.modules[i].start + PAGE_SIZE - 1));
        mfn_t end = maddr_to_mfn(maddr(boot_info.modules[i].end));

        if (first.number < LOW_MEMORY_END >> PAGE_SHIFT)
            first = mfn(LOW_MEMORY_END >> PAGE_SHIFT);
        if (first.number < end.number)
            frame_alloc_add_region(first, end);
    }
}

/* Booted by EFI there is no RSDP in the BIOS areas, the only place where PV Linux looks. */
static void tell_rsdp(struct boot_module *kernel)
{
    size_t length = strlen(kernel->command_line);
    size_t room = sizeof(kernel->command_line) - length;

    if (!machine_rsdp_is_hidden)
        return;
    if (format_buffer(kernel->command_line + length, room, " acpi_rsdp=0x%lx",
                      machine_acpi.rsdp_address) >= room) {
        kernel->command_line[length] = '\0';
        log_warning("No room to tell the control domain where the ACPI tables are");
    }
}

void boot_start_control_domain(void)
{
    struct control_domain_config config = { .memory = &boot_options.dom0_mem,
                                            .max_vcpus = boot_options.dom0_max_vcpus,
                                            .is_pinned = boot_options.dom0_vcpus_pin };

    if (boot_info.module_count == 0)
        boot_failure("No control domain given (the first module is its kernel); stopping");
    tell_rsdp(&boot_info.modules[0]);
    config.kernel = module_contents(0);
    config.kernel_bytes = module_bytes(0);
    config.command_line = boot_info.modules[0].command_line;
    if (boot_info.module_count > 1) {
        config.module = module_contents(1);
        config.module_bytes = module_bytes(1);
    }
    control_domain_create(&config);
    test_domains_create(&config, boot_options.test_domains);
    free_modules();
}
