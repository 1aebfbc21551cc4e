/* SPDX-License-Identifier: MIT */
/*
 * domain->io is a bitmap of allowed ports and the two index latches. It is changed with
 * domain->lock held and read without: a domain that loses a port may reach it a moment longer.
 */
#include "emulate/io_ports.h"

#include "arch/cmos.h"
#include "arch/machine.h"
#include "arch/pci_config.h"
#include "arch/x86.h"
#include "console/uart.h"
#include "emulate/guest_mode.h"
#include "emulate/instruction.h"
#include "event/pci_device.h"
#include "lib/barrier.h"
#include "lib/bits.h"
#include "lib/checked_math.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/address.h"
#include "mm/guest_access.h"
#include "mm/heap.h"

struct io_permissions {
    uint64_t allowed[BITMAP_WORDS(IO_PORTS)];
    uint32_t pci_address;
    uint8_t cmos_index;
};

struct port_range {
    uint16_t first, last;
};

/* The hypervisor's own: nothing there for any domain. */
static const struct port_range hypervisor_ports[] = {
    { 0x20, 0x21 },   { 0xa0, 0xa1 }, /* 8259 interrupt controllers */
    { 0x4d0, 0x4d1 },                 /* their edge/level control */
    { 0x40, 0x43 },                   /* PIT */
    { 0x61, 0x61 },                   /* system control port B: see port_is_quiet() */
    { 0x70, 0x71 },                   /* CMOS: by emulation */
    { 0x92, 0x92 },                   /* fast reset and A20 */
    { 0xf0, 0xf0 },                   /* x87 error */
    { 0xcf8, 0xcff },                 /* PCI configuration by emulation; reset control */
};

#define UART_PORTS            8u
#define PORT_PIT_CHANNEL_2    0x42u
#define PORT_SYSTEM_CONTROL_B 0x61u
#define PM1_SLEEP_ENABLE_HIGH (1u << 5) /* SLP_EN, bit 13, in the register's second byte */

/* Ports that no domain is ever given; filled with the first domain. */
static uint64_t reserved[BITMAP_WORDS(IO_PORTS)];

static void bitmap_set_range(uint64_t *map, uint32_t first, uint32_t last)
{
    for (uint32_t port = first; port <= last; port++)
        bitmap_set(map, port);
}

static void reserve_ports(void)
{
    for (unsigned i = 0; i < ARRAY_COUNT(hypervisor_ports); i++)
        bitmap_set_range(reserved, hypervisor_ports[i].first, hypervisor_ports[i].last);
    bitmap_set_range(reserved, uart_com1.port, uart_com1.port + UART_PORTS - 1);
}

int io_permissions_create(struct domain *d)
{
    d->io = heap_alloc(sizeof(*d->io));
    if (!d->io)
        return -ENOMEM;
    reserve_ports();
    if (d->is_control) {
        for (unsigned i = 0; i < ARRAY_COUNT(d->io->allowed); i++)
            d->io->allowed[i] = ~reserved[i];
    }
    return 0;
}

void io_permissions_destroy(struct domain *d)
{
    heap_free(d->io);
    d->io = NULL;
}

int io_permission_set(struct domain *d, uint32_t first, uint32_t count, bool allow)
{
    if (count == 0 || !range_fits(first, count, IO_PORTS))
        return refuse(-EINVAL, "ports %#x, %u of them", first, count);
    spin_lock(&d->lock);
    for (uint32_t port = first; port < first + count; port++) {
        if (allow && !bitmap_test(reserved, port))
            bitmap_set(d->io->allowed, port);
        else
            bitmap_clear(d->io->allowed, port);
    }
    spin_unlock(&d->lock);
    return 0;
}

bool io_permission_all(const struct domain *d, uint32_t first, uint32_t count)
{
    if (!range_fits(first, count, IO_PORTS))
        return false;
    for (uint32_t port = first; port < first + count; port++) {
        if (!bitmap_test(d->io->allowed, port))
            return false;
    }
    return true;
}

/* ---- may the instruction be used ---- */

bool guest_has_iopl(const struct vcpu *v)
{
    bool kernel_is_ring_0 = v->domain->vm_assist & (1u << VMASST_TYPE_architectural_iopl);
    unsigned ring = !v->in_kernel ? 3 : kernel_is_ring_0 ? 0 : 1;

    return ring <= v->iopl;
}

/* A clear bit permits the port. The bitmap is in the guest kernel's address space. */
static bool bitmap_permits(struct vcpu *v, uint16_t port, unsigned bytes)
{
    bool from_user = !v->in_kernel;
    bool crosses_byte = port % 8 + bytes > 8;
    uint16_t bits = 0xffff;
    int error;

    if (!v->io_bitmap || !range_fits(port, bytes, v->io_bitmap_ports))
        return false;
    if (from_user)
        guest_enter_kernel(v);
    error = copy_from_guest(&bits, v->io_bitmap + port / 8, crosses_byte ? 2 : 1);
    if (from_user)
        guest_enter_user(v);
    return !error && !((uint32_t)bits >> (port % 8) & ((1u << bytes) - 1));
}

bool guest_may_use_ports(struct vcpu *v, uint16_t port, unsigned bytes)
{
    return guest_has_iopl(v) || bitmap_permits(v, port, bytes);
}

/* ---- the access ---- */

static bool is_pci_data(uint16_t port, unsigned bytes)
{
    return port >= PCI_PORT_DATA && port + bytes <= PCI_PORT_DATA + 4;
}

/*
 * Where ones would mean something: errors of the bus, or a counter that has come round, for which
 * Linux looks 50000 times before it measures the TSC in another way.
 */
static bool port_is_quiet(uint16_t port)
{
    return port == PORT_SYSTEM_CONTROL_B || port == PORT_PIT_CHANNEL_2;
}

uint32_t io_port_read(struct domain *d, uint16_t port, unsigned bytes)
{
    uint32_t ones = (uint32_t)operand_mask(bytes);

    if (likely(io_permission_all(d, port, bytes)))
        return port_read(port, bytes);
    if (!d->is_control)
        return ones;
    if (port == PCI_PORT_ADDRESS && bytes == 4)
        return READ_ONCE(d->io->pci_address);
    if (is_pci_data(port, bytes))
        return pci_config_read(READ_ONCE(d->io->pci_address), port - PCI_PORT_DATA, bytes);
    if (port == CMOS_PORT_DATA && bytes == 1)
        return cmos_read(READ_ONCE(d->io->cmos_index));
    return port_is_quiet(port) ? 0 : ones;
}

/* Messages of a function go where the hypervisor said; the rest of it is the control domain's. */
static void pci_data_write(uint32_t address, uint16_t port, unsigned bytes, uint32_t value)
{
    if (!pci_device_guards(pci_function_of_address(address), address & 0xfc))
        pci_config_write(address, port - PCI_PORT_DATA, bytes, value);
}

/* The switch to a sleep state is a hypercall: the other CPUs and devices are to be ready. */
static uint32_t filter_pm1(uint16_t port, unsigned bytes, uint32_t value)
{
    const struct acpi_register *registers[] = { &machine_acpi.pm1a_control,
                                                &machine_acpi.pm1b_control };

    for (unsigned i = 0; i < ARRAY_COUNT(registers); i++) {
        uint64_t high_byte = registers[i]->address + 1;

        if (registers[i]->address == 0 || registers[i]->space != ACPI_SPACE_IO)
            continue;
        if (port <= high_byte && high_byte < port + bytes)
            value &= ~(PM1_SLEEP_ENABLE_HIGH << (high_byte - port) * 8);
    }
    return value;
}

void io_port_write(struct domain *d, uint16_t port, unsigned bytes, uint32_t value)
{
    if (likely(io_permission_all(d, port, bytes))) {
        port_write(port, bytes, filter_pm1(port, bytes, value));
        return;
    }
    if (!d->is_control)
        return;
    if (port == PCI_PORT_ADDRESS && bytes == 4)
        WRITE_ONCE(d->io->pci_address, value);
    else if (is_pci_data(port, bytes))
        pci_data_write(READ_ONCE(d->io->pci_address), port, bytes, value);
    else if (port == CMOS_PORT_INDEX && bytes == 1)
        WRITE_ONCE(d->io->cmos_index, value & CMOS_INDEX_MASK);
    else if (port == CMOS_PORT_DATA && bytes == 1)
        cmos_write(READ_ONCE(d->io->cmos_index), (uint8_t)value);
}

/* ---- what the guest kernel sets ---- */

int physdev_op_set_iopl(struct vcpu *caller, struct physdev_set_iopl *op)
{
    if (op->iopl > 3)
        return refuse(-EINVAL, "I/O privilege level %u", op->iopl);
    caller->iopl = (uint8_t)op->iopl;
    return 0;
}

int physdev_op_set_iobitmap(struct vcpu *caller, struct physdev_set_iobitmap *op)
{
    if (op->nr_ports > IO_PORTS || !guest_range_ok(op->bitmap, (op->nr_ports + 7u) / 8))
        return refuse(-EINVAL, "I/O bitmap at %#lx for %u ports", op->bitmap, op->nr_ports);
    caller->io_bitmap = op->bitmap;
    caller->io_bitmap_ports = op->nr_ports;
    return 0;
}
