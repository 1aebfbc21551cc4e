/* SPDX-License-Identifier: MIT */
/*
 * What is done before a CPU goes back to a guest, in the ABI's order: softirqs and scheduling,
 * the exception that waits, NMI, events. Each step may give rise to an earlier one (a frame that
 * cannot be written crashes the domain, which then leaves the CPU), so all are looked at again
 * until nothing is left. Interrupts are off from the last look to the guest's first instruction.
 */
#include <stdatomic.h>

#include "arch/percpu.h"
#include "domain/vcpu.h"
#include "emulate/bounce.h"
#include "lib/compiler.h"
#include "sched/scheduler.h"
#include "trap/entry.h"

#define SCHEDULE_BIT (1u << SOFTIRQ_SCHEDULE)

/* An NMI is not delivered within another's handler; iret asks again. */
static void deliver_nmi(struct vcpu *v, struct trap_frame *frame)
{
    if (v->nmi_in_progress || !atomic_exchange(&v->nmi_pending, false))
        return;
    v->nmi_in_progress = true;
    bounce_nmi(v, frame);
}

static void exit_work_run(struct vcpu *v, struct trap_frame *frame)
{
    uint8_t work = atomic_exchange(&v->exit_work, 0);

    if (work & EXIT_WORK_FAILSAFE)
        bounce_failsafe(v, frame);
    if (work & EXIT_WORK_TRAP)
        bounce_pending_trap(v, frame);
    if (work & EXIT_WORK_NMI)
        deliver_nmi(v, frame);
}

/* One thing that is due; false if nothing is. */
static bool deliver_one(struct vcpu *v, struct trap_frame *frame)
{
    if (atomic_load_explicit(&v->exit_work, memory_order_relaxed)) {
        exit_work_run(v, frame);
        return true;
    }
    if (vcpu_event_deliverable(v)) {
        bounce_event(v, frame);
        return true;
    }
    return false;
}

void return_to_guest_work(struct trap_frame *frame)
{
    struct cpu *cpu = this_cpu();

    for (;;) {
        uint32_t softirqs = atomic_load_explicit(&cpu->softirq, memory_order_acquire);

        if (softirqs & ~SCHEDULE_BIT)
            softirq_run();
        else if ((softirqs & SCHEDULE_BIT) || !cpu->current)
            schedule();
        else if (!deliver_one(cpu->current, frame))
            return;
    }
}
