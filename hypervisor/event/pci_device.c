/* SPDX-License-Identifier: MIT */
/*
 * A list that only grows: a function that comes back has its record already. Who walks it sees a
 * record complete.
 */
#include "event/pci_device.h"

#include <stdatomic.h>

#include "arch/machine.h"
#include "event/irq.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/heap.h"
#include "mm/hypervisor_map.h"
#include "pvmmu/mmio.h"

static struct pci_device *_Atomic devices;
static uint32_t device_count;

static struct pci_device *find_record(struct pci_function function)
{
    struct pci_device *device = atomic_load_explicit(&devices, memory_order_acquire);

    while (device && !pci_function_equal(device->function, function))
        device = device->next;
    return device;
}

struct pci_device *pci_device_find(struct pci_function function)
{
    struct pci_device *device = find_record(function);

    return device && atomic_load_explicit(&device->is_present, memory_order_relaxed) ? device
                                                                                     : NULL;
}

/* The lock is held. What the function can do is looked up while nobody else knows the record. */
static int add_record(struct pci_function function, bool is_virtual)
{
    struct pci_device *device;

    if (device_count == PCI_DEVICES_MAX)
        return refuse(-ENOSPC, "more than %u PCI functions", PCI_DEVICES_MAX);
    device = heap_alloc(sizeof(*device));
    if (!device)
        return refuse(-ENOMEM, "no memory for a PCI function");
    device->function = function;
    device->is_virtual = is_virtual;
    msi_find(function, &device->msi, &device->msix);
    atomic_store_explicit(&device->is_present, true, memory_order_relaxed);
    device->next = atomic_load_explicit(&devices, memory_order_relaxed);
    atomic_store_explicit(&devices, device, memory_order_release);
    device_count++;
    return 0;
}

int pci_device_announce(struct pci_function function, bool is_virtual)
{
    struct pci_device *device;
    int error = 0;

    if (!pci_is_reachable(function))
        return refuse(-ENODEV, "the configuration space of segment %u, bus %u is not mapped",
                      function.segment, function.bus);
    spin_lock(&irq_map_lock);
    device = find_record(function);
    if (!device) {
        error = add_record(function, is_virtual);
    } else if (!atomic_load(&device->is_present)) {
        /* Perhaps another card in the same slot. */
        device->is_virtual = is_virtual;
        if (!device->messages_used)
            msi_find(function, &device->msi, &device->msix);
        atomic_store(&device->is_present, true);
    }
    spin_unlock(&irq_map_lock);
    return error;
}

int pci_device_withdraw(struct pci_function function)
{
    struct pci_device *device = pci_device_find(function);

    if (!device)
        return refuse(-ENODEV, "a PCI function that was not announced");
    atomic_store(&device->is_present, false);
    return 0;
}

bool pci_device_guards(struct pci_function function, uint32_t offset)
{
    const struct pci_device *device = pci_device_find(function);

    return device && msi_owns_register(&device->msi, offset);
}

/* ---- the MSI-X table ---- */

static int read_bar(const struct pci_device *device, uint64_t *address)
{
    uint32_t index = device->msix.bar;
    uint32_t low, high = 0;

    if (index > 5)
        return refuse(-EINVAL, "MSI-X table in BAR %u", index);
    low = pci_read(device->function, PCI_BAR(index));
    if (low & PCI_BAR_IS_IO)
        return refuse(-EINVAL, "MSI-X table in BAR %u, which is of ports", index);
    if ((low & PCI_BAR_TYPE_MASK) == PCI_BAR_TYPE_64 && index < 5)
        high = pci_read(device->function, PCI_BAR(index + 1));
    *address = (uint64_t)high << 32 | (low & ~PCI_BAR_FLAGS);
    return 0;
}

/* Where the BAR starts. What the control domain says must be what the function does, and it must
 * answer there. A virtual function's registers do not tell. */
static int find_bar(const struct pci_device *device, uint64_t believed, uint64_t *address)
{
    int error;

    *address = believed;
    if (device->is_virtual)
        return believed ? 0 : refuse(-EINVAL, "a virtual function's BAR must be named");
    if (!(pci_read(device->function, PCI_COMMAND) & PCI_COMMAND_MEMORY))
        return refuse(-ENXIO, "the function decodes no memory");
    error = read_bar(device, address);
    if (error)
        return error;
    if (believed && believed != *address)
        return refuse(-ENXIO, "BAR %u is at %#lx, not at %#lx", device->msix.bar, *address,
                      believed);
    return 0;
}

/* What the hypervisor writes to must be what the control domain may write to. */
static bool is_device_memory(const struct domain *d, uint64_t address, uint64_t bytes)
{
    for (uint64_t page = address / PAGE_SIZE; page <= (address + bytes - 1) / PAGE_SIZE; page++) {
        if (mmio_access(d, d, mfn(page)) != MMIO_WRITABLE)
            return false;
    }
    return true;
}

int pci_device_map_table(struct pci_device *device, const struct domain *d, uint64_t bar)
{
    uint64_t bytes = (uint64_t)device->msix.entries * MSIX_ENTRY_BYTES, address;
    int error;

    ASSERT(spin_is_mine(&irq_map_lock));
    if (!device->msix.offset)
        return refuse(-EINVAL, "the function has no MSI-X");
    error = find_bar(device, bar, &address);
    if (error)
        return error;
    address += device->msix.table_offset;
    if (device->table && device->table_address == address)
        return 0;
    if (device->messages_used)
        return refuse(-EBUSY, "the MSI-X table moved while it is in use");
    if (!is_device_memory(d, address, bytes))
        return refuse(-EPERM, "MSI-X table at %#lx, which is no device's memory", address);
    device->table = map_device(maddr(address), bytes, MAP_UNCACHED);
    device->table_address = address;
    return device->table ? 0 : refuse(-ENOMEM, "no room to map an MSI-X table");
}

/* ---- configuration space ---- */

static bool firmware_says(uint16_t segment, uint8_t first_bus, uint8_t last_bus, uint64_t address)
{
    for (uint32_t i = 0; i < machine_acpi.mmconfig_count; i++) {
        const struct acpi_mmconfig *window = &machine_acpi.mmconfigs[i];

        /* The address is that of bus 0, whether the window has it or not. */
        if (window->segment == segment && window->address == address &&
            first_bus >= window->first_bus && last_bus <= window->last_bus)
            return true;
    }
    return false;
}

int pci_device_map_window(uint16_t segment, uint8_t first_bus, uint8_t last_bus, uint64_t address)
{
    uint64_t start = address + first_bus * (uint64_t)PCI_MMCONFIG_BUS_BYTES;
    void *window;
    bool is_added;

    if (first_bus > last_bus || !firmware_says(segment, first_bus, last_bus, address))
        return refuse(-ENODEV, "firmware knows no window at %#lx", address);
    /* The ports reach all that is wanted there. */
    if (segment == 0 || pci_is_reachable((struct pci_function){ segment, first_bus, 0 }))
        return 0;
    window = map_device(maddr(start), (last_bus - first_bus + 1UL) * PCI_MMCONFIG_BUS_BYTES,
                        MAP_UNCACHED);
    if (!window)
        return refuse(-ENOMEM, "no room to map configuration space");
    spin_lock(&irq_map_lock);
    is_added = pci_mmconfig_add(segment, first_bus, last_bus, window);
    spin_unlock(&irq_map_lock);
    return is_added ? 0 : refuse(-ENOSPC, "more than %u windows", PCI_MMCONFIGS_MAX);
}
