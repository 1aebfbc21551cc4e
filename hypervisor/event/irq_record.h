/* SPDX-License-Identifier: MIT */
/* What is kept of an interrupt that has a vector, for the irq files only. */
#ifndef PARAPET_EVENT_IRQ_RECORD_H
#define PARAPET_EVENT_IRQ_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/vectors.h"
#include "domain/domain.h"
#include "event/pci_device.h"
#include "lib/spinlock.h"

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
    uint32_t astray;     /* arrivals on another CPU than the notified vCPU's, in a row */
    uint64_t arrived;
};

extern struct irq irqs[VECTOR_COUNT];

static inline uint32_t irq_vector(const struct irq *irq)
{
    return (uint32_t)(irq - irqs);
}

/* What the hardware is told; the record's lock is held. */
void irq_set_masked(const struct irq *irq, bool is_masked);
void irq_set_destination(const struct irq *irq);

/* The handler of all vectors of devices. */
void irq_handle(uint32_t vector);

#endif
