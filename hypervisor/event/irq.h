/* SPDX-License-Identifier: MIT */
/*
 * Interrupts of devices: what raises each, where it arrives, and the port that it makes pending.
 *
 * An interrupt is known by its vector while it has one. It is a line (a pin of an IO-APIC, by its
 * GSI) or a message of a PCI function. Attached to a port it is let through; otherwise it is masked,
 * as far as its source can be. Who asks for what is in event/pirq.c.
 */
#ifndef PARAPET_EVENT_IRQ_H
#define PARAPET_EVENT_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/domain.h"
#include "event/pci_device.h"
#include "lib/compiler.h"
#include "lib/spinlock.h"

/* Guards lines, vectors and PCI functions: what exists, and what of it is in use. */
extern struct spinlock irq_map_lock;

/* irq_init - once, when the IO-APICs are known and before an interrupt is used. 0 or -ENOMEM. */
MUST_CHECK int irq_init(void);

/* ---- lines ---- */

bool irq_line_exists(uint32_t gsi);

/* irq_line_reserve - the hypervisor drives this line itself: no domain gets it. What trigger and
 * polarity it has by the firmware's word. False: there is none. */
MUST_CHECK bool irq_line_reserve(uint32_t gsi, bool *is_level, bool *is_active_low);

/* irq_line_set - what trigger and polarity the line has. 0, -EINVAL (there is none) or -EBUSY
 * (it is in use, with others). */
MUST_CHECK int irq_line_set(uint32_t gsi, bool is_level, bool is_active_low);

/* irq_line_take - the line gets a vector, masked. 0, -EINVAL, -EBUSY or -ENOSPC. */
MUST_CHECK int irq_line_take(uint32_t gsi, uint32_t *vector);

/* ---- messages ---- */

struct irq_messages {
    struct pci_function function;
    bool is_msix;
    uint32_t count; /* MSI: how many, rounded up to a power of two */
    uint32_t entry; /* MSI-X: which of the table */
    uint64_t bar;   /* MSI-X: start of the BAR that holds the table; 0: as the function says */
};

/*
 * irq_messages_take - messages of a function of @d get vectors in a row; the function is told
 * them, and its MSI or MSI-X is on. 0, -ENODEV (not announced), -EINVAL (it has no such
 * message), -EEXIST (in use), -ENOSPC (no vectors), or an error of pci_device_map_table().
 */
MUST_CHECK int irq_messages_take(const struct domain *d, const struct irq_messages *messages,
                                 uint32_t *first_vector);

/* irq_messages_restore - the function was reset, and is told again. 0, or an error of
 * pci_device_map_table(). */
MUST_CHECK int irq_messages_restore(const struct domain *d, struct pci_device *device);

/* irq_release - the line, or all messages that were taken together, have no vector any more. None
 * of them is attached. */
void irq_release(uint32_t vector);

/* ---- use ---- */

/* irq_attach - from now on it makes @port of @d pending. @cpu: where it is to arrive. */
void irq_attach(uint32_t vector, struct domain *d, uint32_t pirq, uint32_t port, uint32_t cpu);
/* irq_detach - it is masked, and on return the port is not touched any more. */
void irq_detach(uint32_t vector);
void irq_set_cpu(uint32_t vector, uint32_t cpu);

/* irq_end - if it is held back until @d has dealt with it as its @pirq, let it through again. */
void irq_end(uint32_t vector, const struct domain *d, uint32_t pirq);

/* Whether irq_end() must be called, after each or at least after this one. */
bool irq_needs_end(uint32_t vector);

/* For the log: what each vector is used for. */
void irq_print(void);

#endif
