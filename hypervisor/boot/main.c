/* SPDX-License-Identifier: MIT */
/*
 * The start of the hypervisor, a table of contents.
 *
 * boot/head.S calls boot_main() on the boot page tables and the boot CPU's stack in the image;
 * boot_continue() goes on with the hypervisor's own tables and the same stack at its final
 * address. Interrupts are off throughout.
 */
#include "arch/clock.h"
#include "arch/descriptors.h"
#include "arch/percpu.h"
#include "arch/reboot.h"
#include "arch/x86.h"
#include "boot/command_line.h"
#include "boot/start.h"
#include "console/panic.h"
#include "console/printk.h"
#include "console/trace.h"
#include "mm/frame_alloc.h"
#include "mm/hypervisor_map.h"
#include "mm/ram.h"
#include "trap/stubs.h"

void boot_main(uint32_t magic, uint64_t info, uint64_t tsc);

static uint64_t entry_tsc;

static void report_ready(void)
{
    uint64_t time_us = system_time_ns() / NS_PER_US;

    log_info("Ready %lu.%03lu ms after entry: %u CPUs, %lu MiB of memory, %lu MiB free",
             time_us / 1000, time_us % 1000, cpu_count, ram_bytes_total() >> 20,
             frames_free_total() >> (20 - PAGE_SHIFT));
}

static NORETURN void boot_continue(void)
{
    boot_start_memory();
    boot_start_first_cpu();
    boot_start_interrupts();
    boot_start_clock(entry_tsc);
    boot_start_layers();
    boot_start_other_cpus();
    report_ready();
    if (DEBUG_BUILD && boot_options.selftest)
        boot_self_test();
    boot_provoke(boot_options.provoke);
    boot_start_control_domain();
    cpu_enter_idle();
}

void boot_main(uint32_t magic, uint64_t info, uint64_t tsc)
{
    entry_tsc = tsc;
    this_cpu()->trace = &trace_boot_ring;
    descriptors_start_early(this_cpu(), trap_stubs);
    boot_read_loader(magic, info);
    boot_check_cpu();
    boot_choose_mitigations();
    boot_read_firmware();
    boot_plan_memory();
    hypervisor_map_build();
    descriptors_set_gdt_page(hypervisor_gdt_page());
    write_cr3(hypervisor_root.value);
    cpu_switch_stack(CPU_REGIONS_VIRT + CPU_REGION_SIZE, boot_continue);
}
