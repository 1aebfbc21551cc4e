/* SPDX-License-Identifier: MIT */
/*
 * What the lower layers tell the higher ones: function pointers that those register at
 * start-up, so that arrows between folders keep pointing one way.
 */
#ifndef PARAPET_DOMAIN_HANDLERS_H
#define PARAPET_DOMAIN_HANDLERS_H

#include <stdbool.h>
#include <stdint.h>

struct domain;
struct vcpu;

struct domain_handlers {
    /* event/: VIRQ @virq for this vCPU (per-vCPU kinds). */
    void (*virq_vcpu)(struct vcpu *v, uint32_t virq);
    /* event/: global VIRQ @virq to the control domain. */
    void (*virq_global)(uint32_t virq);
    /* sched/: @v may have become runnable, or has an upcall to take. Any context, no locks needed. */
    void (*vcpu_kick)(struct vcpu *v);
    /* sched/: make every vCPU of @d leave its CPU; with @wait, return when they have. */
    void (*domain_deschedule)(struct domain *d, bool wait);
    /* sched/: the same for one vCPU, which is not the caller; waits. */
    void (*vcpu_deschedule)(struct vcpu *v);
    /* trap/: this CPU had an NMI that is the control domain's business (SOFTIRQ_NMI). */
    void (*external_nmi)(void);
    /* control/: the last reference to a dead domain went, and nobody can look at it any more. */
    void (*domain_released)(struct domain *d);
};

extern struct domain_handlers domain_handlers;

#endif
