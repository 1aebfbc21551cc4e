/* SPDX-License-Identifier: MIT */
/*
 * Redirection entries of the IO-APICs (Intel 82093AA datasheet, section 3.2).
 *
 * A register is reached through an index and a data window, two accesses that belong
 * together: ioapic_lock is held around them. What the low halves of the entries were written with
 * is remembered, so that a pin is masked by one write.
 */
#include "arch/ioapic.h"

#include <stddef.h>

#include "arch/vectors.h"
#include "arch/x86.h"
#include "lib/spinlock.h"

#define IOAPIC_INDEX  0x00u
#define IOAPIC_WINDOW 0x10u

#define REGISTER_VERSION       1u
#define REGISTER_PIN_LOW(pin)  (0x10u + 2 * (pin))
#define REGISTER_PIN_HIGH(pin) (0x11u + 2 * (pin))

#define PIN_ACTIVE_LOW (1u << 13)
#define PIN_LEVEL      (1u << 15)
#define PIN_MASKED     (1u << 16)
#define PINS_MAX       256u

#define PIC1_COMMAND 0x20u
#define PIC1_DATA    0x21u
#define PIC2_COMMAND 0xa0u
#define PIC2_DATA    0xa1u

struct ioapic {
    volatile uint8_t *registers;
    uint64_t address;
    uint32_t first_gsi;
    uint32_t pin_count;
    uint32_t low[PINS_MAX]; /* of each pin's entry */
};

static struct ioapic ioapics[MAX_IOAPICS];
static uint32_t count;
static uint32_t gsi_count;
static struct isa_route isa_routes[ISA_INTERRUPTS];
static bool isa_route_is_set[ISA_INTERRUPTS];
static struct spinlock ioapic_lock = SPINLOCK_INIT(LOCK_CONTROLLER);

static uint32_t register_read(const struct ioapic *ioapic, uint32_t index)
{
    mmio_write32(ioapic->registers + IOAPIC_INDEX, index);
    return mmio_read32(ioapic->registers + IOAPIC_WINDOW);
}

static void register_write(const struct ioapic *ioapic, uint32_t index, uint32_t value)
{
    mmio_write32(ioapic->registers + IOAPIC_INDEX, index);
    mmio_write32(ioapic->registers + IOAPIC_WINDOW, value);
}

static void write_low(struct ioapic *ioapic, uint32_t pin, uint32_t value)
{
    ioapic->low[pin] = value;
    register_write(ioapic, REGISTER_PIN_LOW(pin), value);
}

static struct ioapic *ioapic_by_gsi(uint32_t gsi)
{
    for (uint32_t i = 0; i < count; i++) {
        if (gsi >= ioapics[i].first_gsi && gsi - ioapics[i].first_gsi < ioapics[i].pin_count)
            return &ioapics[i];
    }
    return NULL;
}

/* Moves the 8259s' vectors off the exceptions, should one still fire, and masks them. */
void legacy_pic_mask(void)
{
    out8(PIC1_COMMAND, 0x11);
    out8(PIC2_COMMAND, 0x11);
    out8(PIC1_DATA, VECTOR_LEGACY_PIC);
    out8(PIC2_DATA, VECTOR_LEGACY_PIC + 8);
    out8(PIC1_DATA, 0x04);
    out8(PIC2_DATA, 0x02);
    out8(PIC1_DATA, 0x01);
    out8(PIC2_DATA, 0x01);
    out8(PIC1_DATA, 0xff);
    out8(PIC2_DATA, 0xff);
}

bool ioapic_add(uint64_t address, uint32_t first_gsi, volatile void *registers)
{
    struct ioapic *ioapic = &ioapics[count];

    if (count == MAX_IOAPICS)
        return false;
    ioapic->registers = registers;
    ioapic->address = address;
    ioapic->first_gsi = first_gsi;
    ioapic->pin_count = (register_read(ioapic, REGISTER_VERSION) >> 16 & 0xff) + 1;
    for (uint32_t pin = 0; pin < ioapic->pin_count; pin++) {
        write_low(ioapic, pin, PIN_MASKED);
        register_write(ioapic, REGISTER_PIN_HIGH(pin), 0);
    }
    count++;
    if (first_gsi + ioapic->pin_count > gsi_count)
        gsi_count = first_gsi + ioapic->pin_count;
    return true;
}

void ioapic_set_isa_route(uint32_t isa_interrupt, struct isa_route route)
{
    if (isa_interrupt >= ISA_INTERRUPTS)
        return;
    isa_routes[isa_interrupt] = route;
    isa_route_is_set[isa_interrupt] = true;
}

struct isa_route ioapic_isa_route(uint32_t isa_interrupt)
{
    if (isa_interrupt < ISA_INTERRUPTS && isa_route_is_set[isa_interrupt])
        return isa_routes[isa_interrupt];
    return (struct isa_route){ .gsi = isa_interrupt };
}

uint32_t ioapic_count(void)
{
    return count;
}

uint32_t ioapic_gsi_count(void)
{
    return gsi_count;
}

uint64_t ioapic_address(uint32_t index)
{
    return ioapics[index].address;
}

bool ioapic_has(uint32_t gsi)
{
    return ioapic_by_gsi(gsi) != NULL;
}

bool ioapic_program(uint32_t gsi, struct ioapic_pin pin)
{
    struct ioapic *ioapic = ioapic_by_gsi(gsi);
    uint32_t low = PIN_MASKED | pin.vector;

    if (!ioapic)
        return false;
    low |= pin.is_active_low ? PIN_ACTIVE_LOW : 0;
    gsi -= ioapic->first_gsi;
    spin_lock(&ioapic_lock);
    /* As an edge first: a pin that still waits for the end of an interrupt on another vector would
     * never raise one again. */
    write_low(ioapic, gsi, low);
    register_write(ioapic, REGISTER_PIN_HIGH(gsi), pin.apic_id << 24);
    if (pin.is_level)
        write_low(ioapic, gsi, low | PIN_LEVEL);
    spin_unlock(&ioapic_lock);
    return true;
}

void ioapic_set_masked(uint32_t gsi, bool is_masked)
{
    struct ioapic *ioapic = ioapic_by_gsi(gsi);
    uint32_t low;

    if (!ioapic)
        return;
    gsi -= ioapic->first_gsi;
    spin_lock(&ioapic_lock);
    low = ioapic->low[gsi] & ~PIN_MASKED;
    write_low(ioapic, gsi, low | (is_masked ? PIN_MASKED : 0));
    spin_unlock(&ioapic_lock);
}

void ioapic_set_destination(uint32_t gsi, uint32_t apic_id)
{
    struct ioapic *ioapic = ioapic_by_gsi(gsi);

    if (!ioapic)
        return;
    gsi -= ioapic->first_gsi;
    spin_lock(&ioapic_lock);
    register_write(ioapic, REGISTER_PIN_HIGH(gsi), apic_id << 24);
    spin_unlock(&ioapic_lock);
}

bool ioapic_read(uint64_t address, uint32_t index, uint32_t *value)
{
    for (uint32_t i = 0; i < count; i++) {
        if (ioapics[i].address != address)
            continue;
        spin_lock(&ioapic_lock);
        *value = register_read(&ioapics[i], index);
        spin_unlock(&ioapic_lock);
        return true;
    }
    return false;
}
