/* SPDX-License-Identifier: MIT */
#include "devices.h"

#define PCI_ADDRESS 0xcf8u
#define PCI_DATA    0xcfcu

#define PCI_COMMAND_MEMORY 2u
#define PCI_COMMAND_MASTER 4u

#define EDU_ID          0x11e81234u
#define EDU_WINDOW      0xffffffffc0000000UL
#define EDU_RAISE       (0x60 / 4)
#define EDU_ACKNOWLEDGE (0x64 / 4)

/* Calls that are waited for an interrupt; far fewer are enough for what must not come. */
#define PATIENCE   20000000u
#define IMPATIENCE 2000u

static volatile uint32_t *edu;

uint32_t port_in(uint16_t port, unsigned bytes)
{
    uint32_t value = 0;

    if (bytes == 1)
        __asm__ volatile("inb %1, %b0" : "+a"(value) : "d"(port));
    else if (bytes == 2)
        __asm__ volatile("inw %1, %w0" : "+a"(value) : "d"(port));
    else
        __asm__ volatile("inl %1, %0" : "=a"(value) : "d"(port));
    return value;
}

void port_out(uint16_t port, unsigned bytes, uint32_t value)
{
    if (bytes == 1)
        __asm__ volatile("outb %b0, %1" : : "a"(value), "d"(port));
    else if (bytes == 2)
        __asm__ volatile("outw %w0, %1" : : "a"(value), "d"(port));
    else
        __asm__ volatile("outl %0, %1" : : "a"(value), "d"(port));
}

void devices_setup(void)
{
    struct physdev_set_iopl op = { .iopl = 1 };

    require_eq(physdev(set_iopl, &op), 0, "the use of ports");
}

uint32_t pci_in(uint32_t devfn, uint32_t offset)
{
    port_out(PCI_ADDRESS, 4, 0x80000000 | devfn << 8 | offset);
    return port_in(PCI_DATA, 4);
}

void pci_out(uint32_t devfn, uint32_t offset, uint32_t value)
{
    port_out(PCI_ADDRESS, 4, 0x80000000 | devfn << 8 | offset);
    port_out(PCI_DATA, 4, value);
}

uint32_t pci_capability(uint32_t devfn, uint8_t id)
{
    uint32_t offset = pci_in(devfn, 0x34) & 0xfc;

    for (unsigned i = 0; i < 48 && offset; i++) {
        uint32_t word = pci_in(devfn, offset);

        if ((word & 0xff) == id)
            return offset;
        offset = word >> 8 & 0xfc;
    }
    return 0;
}

uint32_t edu_find(void)
{
    for (uint32_t devfn = 0; devfn < 256; devfn += 8) {
        uint32_t bar;

        if (pci_in(devfn, 0) != EDU_ID)
            continue;
        pci_out(devfn, 4, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
        bar = pci_in(devfn, 0x10) & ~0xfu;
        map_at(EDU_WINDOW, bar | PTE_RW | PTE_PCD);
        edu = (volatile uint32_t *)EDU_WINDOW;
        require_eq(edu[0], 0x010000ed, "its registers");
        return devfn;
    }
    skip("this machine has no device edu");
}

void edu_raise(void)
{
    edu[EDU_RAISE] = 1;
}

void edu_acknowledge(void)
{
    edu[EDU_ACKNOWLEDGE] = 1;
}

/* ---- interrupts ---- */

long pirq_map_line(uint32_t gsi)
{
    struct physdev_map_pirq op = {
        .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = (int)gsi, .pirq = (int)gsi
    };
    long error = physdev(map_pirq, &op);

    if (!error)
        expect_eq(op.pirq, gsi, "a line's number is its GSI");
    return error;
}

long pirq_set_line(uint32_t gsi, bool is_level, bool is_active_low)
{
    struct physdev_setup_gsi op = { .gsi = (int)gsi,
                                    .triggering = is_level,
                                    .polarity = is_active_low };

    return physdev(setup_gsi, &op);
}

long pirq_map_msi(uint32_t devfn, uint32_t *pirq)
{
    struct physdev_map_pirq op = {
        .domid = DOMID_SELF,
        .type = MAP_PIRQ_TYPE_MSI_SEG,
        .index = -1,
        .pirq = -1,
        .devfn = (int)devfn,
    };
    long error = physdev(map_pirq, &op);

    *pirq = (uint32_t)op.pirq;
    return error;
}

long pirq_bind(uint32_t pirq)
{
    struct evtchn_bind_pirq op = { .pirq = pirq, .flags = BIND_PIRQ__WILL_SHARE };
    long error = hypercall(event_channel_op, EVTCHNOP_bind_pirq, &op);

    return error ? error : op.port;
}

long pirq_end(uint32_t pirq)
{
    struct physdev_eoi op = { .irq = pirq };

    return physdev(eoi, &op);
}

long pirq_unmap(uint32_t pirq)
{
    struct physdev_unmap_pirq op = { .domid = DOMID_SELF, .pirq = (int)pirq };

    return physdev(unmap_pirq, &op);
}

static bool wait_for(uint32_t port, uint32_t patience)
{
    for (uint32_t i = 0; i < patience; i++) {
        if (event_is_pending(port)) {
            event_clear(port);
            return true;
        }
        if (i % 64 == 0)
            (void)hypercall(xen_version, XENVER_version, NULL);
        cpu_relax();
    }
    return false;
}

bool interrupt_comes(uint32_t port)
{
    return wait_for(port, PATIENCE);
}

bool interrupt_comes_not(uint32_t port)
{
    return !wait_for(port, IMPATIENCE * 64);
}
