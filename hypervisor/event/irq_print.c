/* SPDX-License-Identifier: MIT */
#include "console/printk.h"
#include "event/irq.h"
#include "event/irq_record.h"
#include "lib/format.h"

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
                 irq_vector(irq), source, irq->pirq, irq->port, irq->domain->id, irq->cpu,
                 irq->arrived, irq->is_held_back ? ", held back" : "");
    else
        log_info("  vector %02x: %s, not attached, %lu arrived", irq_vector(irq), source,
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
