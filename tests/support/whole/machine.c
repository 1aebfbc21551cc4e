/* SPDX-License-Identifier: MIT */
/* What the whole hypervisor asks of arch/ and console/ beyond tests/support/fake_arch. */
#include "arch/machine.h"
#include "arch/clock.h"
#include "arch/cmos.h"
#include "arch/descriptors.h"
#include "arch/fpu.h"
#include "arch/reboot.h"
#include "arch/x86.h"
#include "console/input.h"
#include "console/printk.h"
#include "console/uart.h"
#include "lib/string.h"
#include "support/fake_arch/fake_devices.h"

struct acpi_info machine_acpi = {
    .local_apic_address = 0xfee00000,
    .ioapic_count = 1,
    .ioapics[0].address = FAKE_IOAPIC_ADDRESS,
    .cpu_count = 1,
};
struct memory_map machine_memory_map = {
    .count = 2,
    .ranges = { { 0, 0x9f000, MEMORY_RAM }, { 0x100000, 0x2000000, MEMORY_RAM } },
};
bool machine_rsdp_is_hidden = true;
struct uart_settings uart_com1;

/* ---- clock: one tick of the TSC is a nanosecond ---- */

struct clock_scale clock_tsc_scale(void)
{
    return (struct clock_scale){ .mul = 0x80000000u, .shift = 1 };
}

uint64_t clock_tsc_hz(void)
{
    return NS_PER_SECOND;
}

bool clock_is_stable(void)
{
    return true;
}

uint64_t clock_tsc_at(uint64_t time_ns)
{
    return time_ns;
}

uint64_t clock_time_at(uint64_t tsc)
{
    return tsc;
}

/* ---- FPU: FXSAVE areas that nobody looks into ---- */

uint32_t fpu_area_bytes(void)
{
    return FPU_FXSAVE_BYTES;
}

uint64_t fpu_components(void)
{
    return 0;
}

void fpu_area_init(void *area)
{
    memset(area, 0, FPU_FXSAVE_BYTES);
}

void fpu_save(void *area)
{
    (void)area;
}

bool fpu_restore(const void *area)
{
    (void)area;
    return true;
}

void fpu_set_xcr0(uint64_t xcr0)
{
    (void)xcr0;
}

bool fpu_xcr0_valid(uint64_t xcr0)
{
    return xcr0 == XCR0_X87;
}

/* ---- devices ---- */

void descriptors_load_ldt(struct cpu *cpu, uint32_t entries)
{
    cpu->ldt_entries = entries;
}

uint8_t cmos_read(uint8_t index)
{
    return index;
}

void cmos_write(uint8_t index, uint8_t value)
{
    (void)index, (void)value;
}

size_t console_input_read(char *buffer, size_t bytes)
{
    if (bytes)
        buffer[0] = 'x';
    return bytes ? 1 : 0;
}

void machine_poweroff_with(uint16_t pm1a_control, uint16_t pm1b_control)
{
    (void)pm1a_control, (void)pm1b_control;
    machine_halt();
}

/* ---- console: a log of one line ---- */

static const char log_text[] = "the log\n";
static uint64_t log_cleared;

size_t log_ring_read(uint64_t *position, char *buffer, size_t bytes)
{
    size_t left;

    if (*position < log_cleared)
        *position = log_cleared;
    if (*position > log_ring_end())
        return 0;
    left = log_ring_end() - *position;
    if (bytes > left)
        bytes = left;
    memcpy(buffer, log_text + *position, bytes);
    *position += bytes;
    return bytes;
}

uint64_t log_ring_end(void)
{
    return sizeof(log_text) - 1;
}

void log_ring_clear(void)
{
    log_cleared = log_ring_end();
}

/* ---- console: nobody types ---- */

void (*console_key_pressed)(char key);
