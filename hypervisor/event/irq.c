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
#include "event/irq_record.h"
#include "event/pending.h"
#include "event/pirq.h"
#include "lib/assert.h"

/* Messages in a row that find the port still pending: then its guest does not keep up. */
#define UNANSWERED_MAX 64u

/* Arrivals in a row where the notified vCPU is not, before the interrupt is sent after it. */
#define ASTRAY_MAX 16u

struct irq irqs[VECTOR_COUNT];

/* ---- arrival ---- */

/* Whether a mask may be set and lifted with this record's lock alone, and loses nothing. */
static bool can_hold_back(const struct irq *irq)
{
    if (irq->source == IRQ_MSI)
        return irq->device->msi.is_maskable && irq->count == 1;
    return irq->source == IRQ_MSIX || (irq->source == IRQ_LINE && irq->is_level);
}

static void hold_back(struct irq *irq)
{
    irq->is_held_back = true;
    irq->unanswered = 0;
    irq_set_masked(irq, true);
}

/* An entry of a table must not change while it may be used. */
static void send_to(struct irq *irq, uint32_t cpu)
{
    bool must_hide = irq->source == IRQ_MSIX && irq->domain && !irq->is_held_back;

    irq->cpu = cpu;
    irq->astray = 0;
    if (must_hide)
        irq_set_masked(irq, true);
    irq_set_destination(irq);
    if (must_hide)
        irq_set_masked(irq, false);
}

/* The scheduler moves vCPUs; an interrupt elsewhere costs one more between CPUs. */
static void follow(struct irq *irq, const struct evtchn *channel)
{
    uint32_t id = atomic_load_explicit(&channel->vcpu, memory_order_relaxed);
    uint32_t cpu = atomic_load_explicit(&irq->domain->vcpus[id]->processor, memory_order_relaxed);

    if (cpu == irq->cpu)
        irq->astray = 0;
    else if (++irq->astray == ASTRAY_MAX)
        send_to(irq, cpu);
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
    follow(irq, channel);
    evtchn_set_pending(d, channel);
}

/* One that was under way when it was held back is in the port already, or will come again. */
void irq_handle(uint32_t vector)
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
    irq->astray = 0;
    pirq_show_needs_eoi(d, pirq, irq->is_level);
    irq_set_destination(irq);
    irq_set_masked(irq, false);
    spin_unlock(&irq->lock);
}

void irq_detach(uint32_t vector)
{
    struct irq *irq = &irqs[vector];

    spin_lock(&irq->lock);
    irq_set_masked(irq, true);
    pirq_show_needs_eoi(irq->domain, irq->pirq, false);
    irq->domain = NULL;
    spin_unlock(&irq->lock);
}

void irq_set_cpu(uint32_t vector, uint32_t cpu)
{
    struct irq *irq = &irqs[vector];

    spin_lock(&irq->lock);
    if (irq->cpu != cpu)
        send_to(irq, cpu);
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
        irq_set_masked(irq, false);
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
