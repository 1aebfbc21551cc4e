/* SPDX-License-Identifier: MIT */
/* The IO-APIC: which vector a device's interrupt line raises, on the first CPU. */
#include "kernel/bottom.h"
#include "kernel/print.h"
#include "native/native.h"

#define IOAPIC_ADDRESS 0xfec00000UL
#define REG_REDIRECT   0x10u
#define LEVEL          0x8000u

static volatile uint32_t *registers; /* [0] selects, [4] is the window */
static struct {
    void (*handler)(void *context);
    void *context;
} lines[IOAPIC_LINES];

static void ioapic_write(uint32_t reg, uint32_t value)
{
    registers[0] = reg;
    registers[4] = value;
}

void ioapic_serve(uint32_t line, bool is_level, void (*handler)(void *context), void *context)
{
    MUST(line < IOAPIC_LINES && !lines[line].handler);
    if (!registers)
        registers = map_device(IOAPIC_ADDRESS, PAGE_SIZE);
    lines[line].context = context;
    lines[line].handler = handler;
    ioapic_write(REG_REDIRECT + line * 2 + 1, (uint32_t)apic_id_of(0) << 24);
    ioapic_write(REG_REDIRECT + line * 2, (VECTOR_DEVICES + line) | (is_level ? LEVEL : 0));
}

void ioapic_interrupt(uint32_t line)
{
    if (lines[line].handler)
        lines[line].handler(lines[line].context);
}
