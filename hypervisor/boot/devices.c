/* SPDX-License-Identifier: MIT */
/* Interrupt controllers and clocks, found by the firmware's tables and mapped here. */
#include "arch/apic.h"
#include "arch/clock.h"
#include "arch/cpu_features.h"
#include "arch/ioapic.h"
#include "arch/machine.h"
#include "arch/percpu.h"
#include "arch/rtc.h"
#include "boot/start.h"
#include "console/panic.h"
#include "console/printk.h"
#include "domain/shared_info.h"
#include "mm/hypervisor_map.h"

static void *map_registers(uint64_t address, size_t bytes)
{
    void *registers = map_device(maddr(address), bytes, MAP_UNCACHED);

    if (!registers)
        boot_failure("No memory to map the registers at 0x%lx", address);
    return registers;
}

static void start_local_apic(void)
{
    apic_detect();
    if (!apic_is_x2())
        apic_set_registers(map_registers(apic_address(), XAPIC_BYTES));
    apic_start_cpu(true);
    this_cpu()->apic_id = apic_id();
    log_info("Local APIC: %s, id %u, timer by %s", apic_is_x2() ? "x2APIC" : "xAPIC", apic_id(),
             apic_timer_is_tsc_deadline() ? "TSC deadline" : "one-shot count");
}

static void start_ioapics(void)
{
    const struct acpi_info *acpi = &machine_acpi;

    for (uint32_t i = 0; i < acpi->ioapic_count; i++) {
        const struct acpi_ioapic *ioapic = &acpi->ioapics[i];

        if (!ioapic_add(ioapic->address, ioapic->first_gsi,
                        map_registers(ioapic->address, IOAPIC_BYTES)))
            boot_failure("More than %u IO-APICs", MAX_IOAPICS);
    }
    for (uint32_t i = 0; i < acpi->override_count; i++) {
        const struct acpi_override *o = &acpi->overrides[i];

        ioapic_set_isa_route(o->isa_irq,
                             (struct isa_route){ o->gsi, o->is_level, o->is_active_low });
    }
    log_info("IO-APICs: %u, %u interrupts", ioapic_count(), ioapic_gsi_count());
}

void boot_start_interrupts(void)
{
    legacy_pic_mask();
    start_local_apic();
    start_ioapics();
}

static void start_wall_clock(void)
{
    struct rtc_time t;

    if (!rtc_read(&t)) {
        log_warning("The real-time clock shows no date; the time starts with 1970");
        return;
    }
    wallclock_set(rtc_to_epoch(&t), 0, system_time_ns());
    log_info("Boot time: %u-%02u-%02u %02u:%02u:%02u UTC", t.year, t.month, t.day, t.hour, t.minute,
             t.second);
}

void boot_start_clock(uint64_t entry_tsc)
{
    const struct acpi_info *acpi = &machine_acpi;
    struct clock_references references = { .pm_timer_is_32_bits = acpi->pm_timer_is_32_bit };
    const char *used;
    uint64_t khz;

    if (acpi->has_hpet)
        references.hpet_registers = map_registers(acpi->hpet_address, HPET_BYTES);
    if (acpi->pm_timer.space == ACPI_SPACE_IO)
        references.pm_timer_port = (uint16_t)acpi->pm_timer.address;
    used = clock_calibrate(entry_tsc, &references);
    if (!used)
        boot_failure("None of HPET, ACPI PM timer and PIT counts; stopping");
    log_clock_ns = system_time_ns;
    khz = clock_tsc_hz() / 1000;
    log_info("TSC: %lu.%03lu MHz by the %s, %lu ticks at entry", khz / 1000, khz % 1000, used,
             entry_tsc);
    start_wall_clock();
}
