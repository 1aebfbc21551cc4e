/* SPDX-License-Identifier: MIT */
/*
 * The interrupts of devices, a record for each vector.
 *
 * A level-triggered line is masked when it comes and let through when the guest has dealt with it:
 * the local APIC hears of the end at once, so a guest that takes its time holds up no CPU, and one
 * that never answers nobody but itself. Edges and messages come through as they are, but for a
 * function whose messages come faster than the guest takes them: those are masked as well until it
 * has caught up, where the function can be told so and remembers what it owes.
 *
 * A record's lock is held from the arrival until the port is pending, so after irq_detach() the
 * port is not touched any more. A vector that is free, or new to its owner, may still see an
 * interrupt of its last one; then there is a surplus event, or none.
 */
#include "event/irq.h"

#include "arch/apic.h"
#include "arch/arch.h"
#include "arch/device_vectors.h"
#include "arch/interrupt.h"
#include "arch/ioapic.h"
#include "arch/vectors.h"
#include "console/printk.h"
#include "event/pending.h"
#include "event/pirq.h"
#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/refuse.h"
#include "mm/heap.h"

/* Messages in a row that find the port still pending: then its guest does not keep up. */
#define UNANSWERED_MAX 64u

/* The destinations of lines and messages have 8 bits; the last is for all CPUs. */
#define APIC_ID_LIMIT 255u

enum irq_source {
    IRQ_FREE,
    IRQ_LINE,
    IRQ_MSI,
    IRQ_MSIX,
};

struct irq {
    struct spinlock lock;
    uint8_t source; /* enum irq_source */
    uint8_t number; /* of the message, among those taken together */
    uint8_t count;  /* of the first: messages taken together */
    bool is_level;
    bool is_held_back; /* masked until irq_end() */
    uint32_t cpu;
    uint32_t line;             /* IRQ_LINE: GSI; IRQ_MSIX: entry of the table */
    struct pci_device *device; /* IRQ_MSI, IRQ_MSIX */

    struct domain *domain; /* NULL: not attached */
    uint32_t pirq;
    uint32_t port;
    uint32_t unanswered; /* messages that found the port pending, in a row */
    uint64_t arrived;
};

struct line {
    bool is_level;
    bool is_active_low;
    bool is_reserved;
    uint8_t vector; /* 0: not in use */
};

struct spinlock irq_map_lock = SPINLOCK_INIT(LOCK_IRQ_MAP);
static struct irq irqs[VECTOR_COUNT];
static struct line *lines;
static uint32_t line_count;

/* ---- the source ---- */

/* Whether a mask may be set and lifted with this record's lock alone, and loses nothing. */
static bool can_hold_back(const struct irq *irq)
{
    if (irq->source == IRQ_MSI)
        return irq->device->msi.is_maskable && irq->count == 1;
    return irq->source == IRQ_MSIX || (irq->source == IRQ_LINE && irq->is_level);
}

static void set_masked(struct irq *irq, bool is_masked)
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

static uint32_t vector_of(const struct irq *irq)
{
    return (uint32_t)(irq - irqs);
}

static uint32_t destination(const struct irq *irq)
{
    uint32_t apic_id = cpu_by_id(irq->cpu)->apic_id;

    return apic_id < APIC_ID_LIMIT ? apic_id : cpu_by_id(0)->apic_id;
}

static struct msi_message message_of(const struct irq *irq)
{
    return msi_message(destination(irq), vector_of(irq));
}

/* All messages of an MSI capability go where the first does. */
static void set_destination(struct irq *irq)
{
    if (irq->source == IRQ_LINE)
        ioapic_set_destination(irq->line, destination(irq));
    else if (irq->source == IRQ_MSI && irq->number == 0)
        msi_set_address(irq->device->function, &irq->device->msi, message_of(irq));
    else if (irq->source == IRQ_MSIX)
        msix_set_address(irq->device->table, irq->line, message_of(irq));
}

/* Everything about it, masked. */
static void program(struct irq *irq)
{
    struct pci_device *device = irq->device;

    if (irq->source == IRQ_LINE) {
        const struct line *line = &lines[irq->line];
        struct ioapic_pin pin = { (uint8_t)vector_of(irq), line->is_level, line->is_active_low,
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

/* ---- arrival ---- */

static void hold_back(struct irq *irq)
{
    irq->is_held_back = true;
    irq->unanswered = 0;
    set_masked(irq, true);
}

/* The guest is told to call for the end before the port is made pending once more: so it sees
 * either the one or the other after it has cleared the port. */
static void deliver(struct irq *irq)
{
    struct domain *d = irq->domain;
    struct evtchn *channel = evtchn_find(d->events, irq->port);

    if (!irq->is_level) {
        irq->unanswered = evtchn_is_pending(d, channel) ? irq->unanswered + 1 : 0;
        if (irq->unanswered > UNANSWERED_MAX && can_hold_back(irq)) {
            hold_back(irq);
            pirq_show_needs_eoi(d, irq->pirq, true);
        }
    }
    evtchn_set_pending(d, channel);
}

/* One that was under way when it was held back is in the port already, or will come again. */
static void handle(uint32_t vector)
{
    struct irq *irq = &irqs[vector];
    bool is_late;

    spin_lock(&irq->lock);
    irq->arrived++;
    is_late = irq->is_held_back;
    if (irq->is_level && !is_late)
        hold_back(irq);
    apic_eoi();
    if (irq->domain && !is_late)
        deliver(irq);
    spin_unlock(&irq->lock);
}

/* ---- use ---- */

void irq_attach(uint32_t vector, struct domain *d, uint32_t pirq, uint32_t port, uint32_t cpu)
{
    struct irq *irq = &irqs[vector];

    spin_lock(&irq->lock);
    ASSERT(irq->source != IRQ_FREE && !irq->domain);
    irq->domain = d;
    irq->pirq = pirq;
    irq->port = port;
    irq->cpu = cpu;
    irq->is_held_back = false;
    irq->unanswered = 0;
    pirq_show_needs_eoi(d, pirq, irq->is_level);
    set_destination(irq);
    set_masked(irq, false);
    spin_unlock(&irq->lock);
}

void irq_detach(uint32_t vector)
{
    struct irq *irq = &irqs[vector];

    spin_lock(&irq->lock);
    set_masked(irq, true);
    pirq_show_needs_eoi(irq->domain, irq->pirq, false);
    irq->domain = NULL;
    spin_unlock(&irq->lock);
}

/* An entry of a table must not change while it may be used. */
void irq_set_cpu(uint32_t vector, uint32_t cpu)
{
    struct irq *irq = &irqs[vector];

    spin_lock(&irq->lock);
    if (irq->cpu != cpu) {
        bool is_masked = irq->is_held_back || !irq->domain;

        irq->cpu = cpu;
        if (irq->source == IRQ_MSIX && !is_masked)
            set_masked(irq, true);
        set_destination(irq);
        if (irq->source == IRQ_MSIX && !is_masked)
            set_masked(irq, false);
    }
    spin_unlock(&irq->lock);
}

void irq_end(uint32_t vector, const struct domain *d, uint32_t pirq)
{
    struct irq *irq = &irqs[vector];

    spin_lock(&irq->lock);
    if (irq->domain == d && irq->pirq == pirq && irq->is_held_back) {
        if (!irq->is_level)
            pirq_show_needs_eoi(irq->domain, pirq, false);
        irq->is_held_back = false;
        set_masked(irq, false);
    }
    spin_unlock(&irq->lock);
}

bool irq_needs_end(uint32_t vector)
{
    struct irq *irq = &irqs[vector];
    bool needs_end;

    spin_lock(&irq->lock);
    needs_end = irq->is_level || irq->is_held_back;
    spin_unlock(&irq->lock);
    return needs_end;
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

/* A vector's record for a new use; the interrupt arrives at CPU 0 until it is attached. */
static struct irq *start_record(uint32_t vector, enum irq_source source)
{
    struct irq *irq = &irqs[vector];

    irq->source = (uint8_t)source;
    irq->number = 0;
    irq->count = 1;
    irq->is_level = false;
    irq->is_held_back = false;
    irq->cpu = 0;
    irq->device = NULL;
    irq->domain = NULL;
    irq->arrived = 0;
    return irq;
}

static void use_line(uint32_t gsi, uint32_t vector)
{
    struct irq *irq = &irqs[vector];

    spin_lock(&irq->lock);
    start_record(vector, IRQ_LINE);
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
        if (!device->msi.offset || messages->count == 0 ||
            messages->count > device->msi.messages)
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
    start_record(first + number, messages->is_msix ? IRQ_MSIX : IRQ_MSI);
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
            set_masked(irq, false);
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
    set_masked(irq, true);
    start_record(vector_of(irq), IRQ_FREE);
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
            interrupt_set_ending_handler(vector, handle);
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

/* ---- for the log ---- */

static void print_one(const struct irq *irq)
{
    static const char *const names[] = { "free", "line", "MSI", "MSI-X" };
    char source[48];

    if (irq->source == IRQ_LINE)
        format_buffer(source, sizeof(source), "GSI %u, %s", irq->line,
                      irq->is_level ? "level" : "edge");
    else
        format_buffer(source, sizeof(source), "%04x:%02x:%02x.%u %s %u",
                      irq->device->function.segment, irq->device->function.bus,
                      irq->device->function.devfn >> 3, irq->device->function.devfn & 7u,
                      names[irq->source], irq->source == IRQ_MSI ? irq->number : irq->line);
    if (irq->domain)
        log_info("  vector %02x: %s, pirq %u port %u of domain %u, CPU %u, %lu arrived%s",
                 vector_of(irq), source, irq->pirq, irq->port, irq->domain->id, irq->cpu,
                 irq->arrived, irq->is_held_back ? ", held back" : "");
    else
        log_info("  vector %02x: %s, not attached, %lu arrived", vector_of(irq), source,
                 irq->arrived);
}

void irq_print(void)
{
    spin_lock(&irq_map_lock);
    for (uint32_t vector = 0; vector < VECTOR_COUNT; vector++) {
        if (irqs[vector].source != IRQ_FREE)
            print_one(&irqs[vector]);
    }
    spin_unlock(&irq_map_lock);
}
