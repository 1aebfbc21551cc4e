/* SPDX-License-Identifier: MIT */
#include "support/fake_arch/fake_devices.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ioapic.h"
#include "arch/x86.h"

#define FUNCTIONS_MAX 16u

#define PIN_WAITING (1u << 14)
#define PIN_LEVEL   (1u << 15)

static uint32_t ioapic_registers[8]; /* index at 0, window at 0x10 */
static uint32_t pins[FAKE_IOAPIC_PINS][2];
static unsigned pin_writes[FAKE_IOAPIC_PINS];

static struct {
    uint32_t address; /* as port 0xcf8 takes it, register 0 */
    uint32_t registers[64];
} functions[FUNCTIONS_MAX];
static unsigned function_count;
static uint32_t pci_latch;

uint64_t fake_ioapic_pin(uint32_t pin)
{
    return (uint64_t)pins[pin][1] << 32 | pins[pin][0];
}

unsigned fake_ioapic_writes(uint32_t pin)
{
    return pin_writes[pin];
}

void fake_ioapic_set_waiting(uint32_t pin)
{
    pins[pin][0] |= PIN_WAITING;
}

static uint32_t *pin_half(uint32_t index)
{
    return index >= 0x10 && index < 0x10 + 2 * FAKE_IOAPIC_PINS
               ? &pins[(index - 0x10) / 2][index % 2]
               : NULL;
}

static bool read_memory(const volatile void *address, uint32_t *value)
{
    uint32_t index = ioapic_registers[0];

    if (address != &ioapic_registers[4])
        return false;
    *value = index == 1        ? (FAKE_IOAPIC_PINS - 1) << 16 | 0x20
             : pin_half(index) ? *pin_half(index)
                               : 0;
    return true;
}

static bool write_memory(volatile void *address, uint32_t value)
{
    uint32_t *half = pin_half(ioapic_registers[0]);
    uint32_t index = ioapic_registers[0] - 0x10;

    if (address != &ioapic_registers[4])
        return false;
    if (!half)
        return true;
    if (index % 2 == 0) {
        uint32_t waiting = value & PIN_LEVEL ? *half & PIN_WAITING : 0;

        value = (value & ~PIN_WAITING) | waiting;
        pin_writes[index / 2]++;
    }
    *half = value;
    return true;
}

static uint32_t *latched_registers(void)
{
    for (unsigned i = 0; i < function_count; i++) {
        if (functions[i].address == (pci_latch & 0xffffff00))
            return functions[i].registers;
    }
    return NULL;
}

static uint32_t read_port(uint16_t port, unsigned bytes)
{
    uint32_t *registers = latched_registers();
    uint32_t value = UINT32_MAX;

    if (port >= 0xcfc && port < 0xd00 && registers)
        memcpy(&value, (uint8_t *)registers + (pci_latch & 0xfc) + (port - 0xcfc), bytes);
    return value;
}

static void write_port(uint16_t port, unsigned bytes, uint32_t value)
{
    uint32_t *registers = latched_registers();

    if (port == 0xcf8 && bytes == 4)
        pci_latch = value;
    else if (port >= 0xcfc && port < 0xd00 && registers)
        memcpy((uint8_t *)registers + (pci_latch & 0xfc) + (port - 0xcfc), &value, bytes);
}

void fake_devices_start(void)
{
    memset(pins, 0, sizeof(pins));
    memset(pin_writes, 0, sizeof(pin_writes));
    memset(functions, 0, sizeof(functions));
    memset(fake_device_memory, 0, sizeof(fake_device_memory));
    function_count = 0;
    fake_mmio_in = read_memory;
    fake_mmio_out = write_memory;
    fake_port_in = read_port;
    fake_port_out = write_port;
    if (ioapic_count() == 0 && !ioapic_add(FAKE_IOAPIC_ADDRESS, 0, ioapic_registers))
        abort();
}

uint32_t *fake_pci_function(uint8_t bus, uint8_t devfn)
{
    if (function_count == FUNCTIONS_MAX)
        abort();
    functions[function_count].address = 0x80000000 | (uint32_t)bus << 16 | (uint32_t)devfn << 8;
    functions[function_count].registers[0] = 0x12348086;
    return functions[function_count++].registers;
}

static void link_capability(uint32_t *registers, uint8_t offset, uint32_t word)
{
    registers[1] |= 1u << 20;
    registers[offset / 4] = word | (registers[0x34 / 4] & 0xff) << 8;
    registers[0x34 / 4] = offset;
}

void fake_pci_add_msi(uint32_t *registers, uint8_t offset, uint32_t control)
{
    link_capability(registers, offset, control << 16 | 0x05);
}

void fake_pci_add_msix(uint32_t *registers, uint8_t offset, uint32_t entries, uint32_t table)
{
    link_capability(registers, offset, (entries - 1) << 16 | 0x11);
    registers[offset / 4 + 1] = table;
}
