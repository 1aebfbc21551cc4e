/* SPDX-License-Identifier: MIT */
/*
 * Lines and messages: which there are, which have a vector, and what the hardware is told.
 *
 * irq_map_lock guards the lines, the choice of vectors and what of a function is in use. A record
 * changes its use under that lock and its own.
 */
#include "arch/arch.h"
#include "arch/device_vectors.h"
#include "arch/interrupt.h"
#include "arch/ioapic.h"
#include "event/irq.h"
#include "event/irq_record.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/heap.h"

/* The destinations of lines and messages have 8 bits; the last is for all CPUs. */
#define APIC_ID_LIMIT 255u

struct line {
    bool is_level;
    bool is_active_low;
    bool is_reserved;
    uint8_t vector; /* 0: not in use */
};

struct spinlock irq_map_lock = SPINLOCK_INIT(LOCK_IRQ_MAP);
static struct line *lines;
static uint32_t line_count;

/* ---- the hardware ---- */

void irq_set_masked(const struct irq *irq, bool is_masked)
{
    switch ((enum irq_source)irq->source) {
    case IRQ_FREE:
        break;
    case IRQ_LINE:
        ioapic_set_masked(irq->line, is_masked);
        break;
    case IRQ_MSI:
        msi_set_masked(irq->device->function, &irq->device->msi, irq->number, is_masked);
        break;
    case IRQ_MSIX:
        msix_set_masked(irq->device->table, irq->line, is_masked);
        break;
    }
}

static uint32_t destination(const struct irq *irq)
{
    uint32_t apic_id = cpu_by_id(irq->cpu)->apic_id;

    return apic_id < APIC_ID_LIMIT ? apic_id : cpu_by_id(0)->apic_id;
}

static struct msi_message message_of(const struct irq *irq)
{
    return msi_message(destination(irq), irq_vector(irq));
}

/* All messages of an MSI capability go where the first does. */
void irq_set_destination(const struct irq *irq)
{
    if (irq->source == IRQ_LINE)
        ioapic_set_destination(irq->line, destination(irq));
    else if (irq->source == IRQ_MSI && irq->number == 0)
        msi_set_address(irq->device->function, &irq->device->msi, message_of(irq));
    else if (irq->source == IRQ_MSIX)
        msix_set_address(irq->device->table, irq->line, message_of(irq));
}

/* Everything about it, masked. */
static void program(const struct irq *irq)
{
    struct pci_device *device = irq->device;

    if (irq->source == IRQ_LINE) {
        const struct line *line = &lines[irq->line];
        struct ioapic_pin pin = { (uint8_t)irq_vector(irq), line->is_level, line->is_active_low,
                                  destination(irq) };

        MUST(ioapic_program(irq->line, pin));
    } else if (irq->source == IRQ_MSI && irq->number == 0) {
        msi_write(device->function, &device->msi, message_of(irq));
        msi_enable(device->function, &device->msi, irq->count);
    } else if (irq->source == IRQ_MSIX) {
        msix_write(device->table, irq->line, message_of(irq));
        msix_enable(device->function, &device->msix);
    }
}

/* A record for a new use, which arrives at CPU 0 until it is attached. */
static void start(struct irq *irq, enum irq_source source)
{
    irq->source = (uint8_t)source;
    irq->number = 0;
    irq->count = 1;
    irq->is_level = false;
    irq->is_held_back = false;
    irq->cpu = 0;
    irq->device = NULL;
    irq->domain = NULL;
    irq->arrived = 0;
}

/* ---- lines ---- */

bool irq_line_exists(uint32_t gsi)
{
    return gsi < line_count && ioapic_has(gsi);
}

bool irq_line_reserve(uint32_t gsi, bool *is_level, bool *is_active_low)
{
    if (!irq_line_exists(gsi))
        return false;
    spin_lock(&irq_map_lock);
    ASSERT(!lines[gsi].vector);
    lines[gsi].is_reserved = true;
    *is_level = lines[gsi].is_level;
    *is_active_low = lines[gsi].is_active_low;
    spin_unlock(&irq_map_lock);
    return true;
}

/* The lock is held. */
static int check_line_settings(const struct line *line, bool is_level, bool is_active_low)
{
    if (line->is_level == is_level && line->is_active_low == is_active_low)
        return 0;
    return line->vector || line->is_reserved ? -EBUSY : 0;
}

int irq_line_set(uint32_t gsi, bool is_level, bool is_active_low)
{
    struct line *line;
    int error;

    if (!irq_line_exists(gsi))
        return refuse(-EINVAL, "there is no GSI %u", gsi);
    line = &lines[index_clamp(gsi, line_count)];
    spin_lock(&irq_map_lock);
    error = check_line_settings(line, is_level, is_active_low);
    if (!error) {
        line->is_level = is_level;
        line->is_active_low = is_active_low;
    }
    spin_unlock(&irq_map_lock);
    return error ? refuse(error, "GSI %u is in use with other settings", gsi) : 0;
}

static void use_line(uint32_t gsi, uint32_t vector)
{
    struct irq *irq = &irqs[vector];

    spin_lock(&irq->lock);
    start(irq, IRQ_LINE);
    irq->line = gsi;
    irq->is_level = lines[gsi].is_level;
    program(irq);
    spin_unlock(&irq->lock);
    lines[gsi].vector = (uint8_t)vector;
}

int irq_line_take(uint32_t gsi, uint32_t *vector)
{
    int error = 0;

    if (!irq_line_exists(gsi))
        return refuse(-EINVAL, "there is no GSI %u", gsi);
    gsi = (uint32_t)index_clamp(gsi, line_count);
    spin_lock(&irq_map_lock);
    if (lines[gsi].is_reserved || lines[gsi].vector)
        error = -EBUSY;
    else if (!(*vector = device_vectors_take(1)))
        error = -ENOSPC;
    else
        use_line(gsi, *vector);
    spin_unlock(&irq_map_lock);
    return error ? refuse(error, "GSI %u is in use, or all vectors are", gsi) : 0;
}

/* ---- messages ---- */

/* The lock is held. */
static bool entry_is_used(const struct pci_device *device, uint32_t entry)
{
    for (uint32_t i = 0; i < VECTOR_COUNT; i++) {
        if (irqs[i].source == IRQ_MSIX && irqs[i].device == device && irqs[i].line == entry)
            return true;
    }
    return false;
}

static bool msi_is_used(const struct pci_device *device)
{
    for (uint32_t i = 0; i < VECTOR_COUNT; i++) {
        if (irqs[i].source == IRQ_MSI && irqs[i].device == device)
            return true;
    }
    return false;
}

/* The lock is held. */
static int check_messages(const struct domain *d, struct pci_device *device,
                          const struct irq_messages *messages)
{
    if (!messages->is_msix) {
        if (!device->msi.offset || messages->count == 0 || messages->count > device->msi.messages)
            return refuse(-EINVAL, "the function cannot send %u messages", messages->count);
        return device->messages_used ? refuse(-EEXIST, "the function's messages are in use") : 0;
    }
    if (messages->entry >= device->msix.entries)
        return refuse(-EINVAL, "the function has no MSI-X entry %u", messages->entry);
    if (msi_is_used(device) || entry_is_used(device, messages->entry))
        return refuse(-EEXIST, "MSI-X entry %u is in use", messages->entry);
    return pci_device_map_table(device, d, messages->bar);
}

static void use_message(struct pci_device *device, const struct irq_messages *messages,
                        uint32_t first, uint32_t number)
{
    struct irq *irq = &irqs[first + number];

    spin_lock(&irq->lock);
    start(irq, messages->is_msix ? IRQ_MSIX : IRQ_MSI);
    irq->device = device;
    irq->line = messages->entry;
    irq->number = (uint8_t)number;
    irq->count = (uint8_t)messages->count;
    program(irq);
    spin_unlock(&irq->lock);
}

/* The lock is held. */
static int take_messages(const struct domain *d, struct pci_device *device,
                         const struct irq_messages *messages, uint32_t *first)
{
    int error = check_messages(d, device, messages);

    if (error)
        return error;
    *first = device_vectors_take(messages->count);
    if (!*first)
        return refuse(-ENOSPC, "no %u vectors in a row are free", messages->count);
    device->messages_used += messages->count;
    for (uint32_t i = 0; i < messages->count; i++)
        use_message(device, messages, *first, i);
    return 0;
}

int irq_messages_take(const struct domain *d, const struct irq_messages *messages,
                      uint32_t *first_vector)
{
    struct pci_device *device = pci_device_find(messages->function);
    struct irq_messages rounded = *messages;
    int error;

    if (!device)
        return refuse(-ENODEV, "function %02x of bus %u was not announced",
                      messages->function.devfn, messages->function.bus);
    if (rounded.is_msix)
        rounded.count = 1;
    else if (rounded.count <= MSI_MESSAGES_MAX)
        rounded.count = 1u << order_of_count(rounded.count);
    spin_lock(&irq_map_lock);
    error = take_messages(d, device, &rounded, first_vector);
    spin_unlock(&irq_map_lock);
    return error;
}

/* The map's lock is held. */
static void restore(struct irq *irq, const struct pci_device *device)
{
    spin_lock(&irq->lock);
    if (irq->device == device) {
        program(irq);
        if (irq->domain && !irq->is_held_back)
            irq_set_masked(irq, false);
    }
    spin_unlock(&irq->lock);
}

int irq_messages_restore(const struct domain *d, struct pci_device *device)
{
    int error = 0;

    spin_lock(&irq_map_lock);
    if (device->messages_used && !msi_is_used(device))
        error = pci_device_map_table(device, d, 0);
    for (uint32_t i = 0; i < VECTOR_COUNT && !error && device->messages_used; i++)
        restore(&irqs[i], device);
    spin_unlock(&irq_map_lock);
    return error;
}

static void release_record(struct irq *irq)
{
    spin_lock(&irq->lock);
    ASSERT(irq->source != IRQ_FREE && !irq->domain);
    if (irq->source == IRQ_MSI && irq->number == 0)
        msi_disable(irq->device->function, &irq->device->msi);
    irq_set_masked(irq, true);
    start(irq, IRQ_FREE);
    spin_unlock(&irq->lock);
}

void irq_release(uint32_t vector)
{
    struct irq *irq = &irqs[vector];
    uint32_t count = irq->count;

    spin_lock(&irq_map_lock);
    ASSERT(irq->number == 0);
    if (irq->source == IRQ_LINE)
        lines[irq->line].vector = 0;
    else
        irq->device->messages_used -= count;
    for (uint32_t i = 0; i < count; i++)
        release_record(&irqs[vector + i]);
    device_vectors_give(vector, count);
    spin_unlock(&irq_map_lock);
}

/* ---- the start ---- */

/* By the firmware's word for the lines of the ISA bus; PCI's lines are level, active low. */
static void set_lines_to_default(void)
{
    for (uint32_t gsi = ISA_INTERRUPTS; gsi < line_count; gsi++) {
        lines[gsi].is_level = true;
        lines[gsi].is_active_low = true;
    }
    for (uint32_t i = 0; i < ISA_INTERRUPTS; i++) {
        struct isa_route route = ioapic_isa_route(i);
        bool is_told = route.gsi != i || route.is_level || route.is_active_low;

        if (is_told && route.gsi < line_count) {
            lines[route.gsi].is_level = route.is_level;
            lines[route.gsi].is_active_low = route.is_active_low;
        }
    }
}

int irq_init(void)
{
    for (uint32_t vector = 0; vector < VECTOR_COUNT; vector++)
        spin_init(&irqs[vector].lock, LOCK_IRQ);
    for (uint32_t vector = VECTOR_FIRST_DEVICE; vector <= VECTOR_LAST_DEVICE; vector++) {
        if (vector != VECTOR_GUEST_INT80 && vector != VECTOR_GUEST_INT82)
            interrupt_set_ending_handler(vector, irq_handle);
    }
    line_count = ioapic_gsi_count();
    if (line_count == 0)
        return 0;
    lines = heap_alloc(line_count * sizeof(*lines));
    if (!lines) {
        line_count = 0;
        return -ENOMEM;
    }
    set_lines_to_default();
    return 0;
}
