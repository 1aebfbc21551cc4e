/* SPDX-License-Identifier: MIT */
/*
 * Reset and power-off: from the way the firmware names to the one that always works.
 *
 * May run in any context, a panic included: takes no lock and trusts nothing.
 */
#include "arch/reboot.h"

#include "arch/ipi.h"
#include "arch/x86.h"

#define PM1_SLEEP_TYPE_SHIFT 10
#define PM1_SLEEP_ENABLE     (1u << 13)

#define RESET_CONTROL_PORT   0xcf9u
#define RESET_HARD           0x02u
#define RESET_HARD_NOW       0x06u
#define KEYBOARD_PORT        0x64u
#define KEYBOARD_INPUT_FULL  0x02u
#define KEYBOARD_PULSE_RESET 0xfeu

/* Time for one way to work before the next is tried, in reads of a slow port. */
#define SETTLE_READS 100000u
#define DELAY_PORT   0x80u

bool machine_noreboot;
void (*machine_last_moment)(void);

static struct {
    uint16_t reset_port, pm1a_port, pm1b_port; /* 0: there is none */
    uint8_t reset_value;
    bool has_sleep_types;
    uint8_t sleep_type_a, sleep_type_b;
} machine;

static uint16_t io_port_of(struct acpi_register reg)
{
    return reg.space == ACPI_SPACE_IO && reg.address <= 0xffff ? (uint16_t)reg.address : 0;
}

void machine_set_registers(const struct acpi_info *acpi)
{
    machine.reset_port = io_port_of(acpi->reset);
    machine.reset_value = acpi->reset_value;
    machine.pm1a_port = io_port_of(acpi->pm1a_control);
    machine.pm1b_port = io_port_of(acpi->pm1b_control);
}

void machine_set_sleep_types(uint8_t pm1a_type, uint8_t pm1b_type)
{
    machine.sleep_type_a = pm1a_type & 7;
    machine.sleep_type_b = pm1b_type & 7;
    machine.has_sleep_types = true;
}

/* Nothing else runs any more, and what devices still hold has had its time. */
static void become_quiet(void)
{
    cpu_stop_others();
    if (machine_last_moment)
        machine_last_moment();
}

static void settle(void)
{
    for (uint32_t i = 0; i < SETTLE_READS; i++)
        (void)in8(DELAY_PORT);
}

void machine_halt(void)
{
    become_quiet();
    cpu_halt_forever();
}

void machine_stop(void)
{
    if (machine_noreboot)
        machine_halt();
    machine_reboot();
}

void machine_reboot(void)
{
    become_quiet();
    if (machine.reset_port) {
        out8(machine.reset_port, machine.reset_value);
        settle();
    }
    out8(RESET_CONTROL_PORT, RESET_HARD);
    out8(RESET_CONTROL_PORT, RESET_HARD_NOW);
    settle();
    for (uint32_t i = 0; i < SETTLE_READS && (in8(KEYBOARD_PORT) & KEYBOARD_INPUT_FULL); i++)
        ;
    out8(KEYBOARD_PORT, KEYBOARD_PULSE_RESET);
    settle();
    cpu_triple_fault();
}

void machine_poweroff_with(uint16_t pm1a_control, uint16_t pm1b_control)
{
    become_quiet();
    if (machine.pm1a_port)
        out16(machine.pm1a_port, pm1a_control);
    if (machine.pm1b_port)
        out16(machine.pm1b_port, pm1b_control);
    settle();
    cpu_halt_forever();
}

void machine_poweroff(void)
{
    uint32_t type_a = machine.sleep_type_a, type_b = machine.sleep_type_b;

    if (!machine.has_sleep_types)
        machine_halt();
    machine_poweroff_with((uint16_t)(type_a << PM1_SLEEP_TYPE_SHIFT | PM1_SLEEP_ENABLE),
                          (uint16_t)(type_b << PM1_SLEEP_TYPE_SHIFT | PM1_SLEEP_ENABLE));
}
