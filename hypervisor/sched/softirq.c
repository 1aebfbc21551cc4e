/* SPDX-License-Identifier: MIT */
/* Softirqs: what interrupts and other CPUs left to do for the return-to-guest path and idle. */
#include "arch/arch.h"
#include "domain/domain.h"
#include "domain/handlers.h"
#include "sched/scheduler.h"
#include "sched/timer.h"

void softirq_run(void)
{
    struct cpu *cpu = this_cpu();
    uint32_t pending =
        atomic_fetch_and_explicit(&cpu->softirq, 1u << SOFTIRQ_SCHEDULE, memory_order_acq_rel);

    if (pending & 1u << SOFTIRQ_TIMER)
        timer_softirq();
    if (pending & 1u << SOFTIRQ_CALL)
        cpu_run_calls();
    if (pending & 1u << SOFTIRQ_QUIESCE)
        domain_quiet_point();
    if (pending & 1u << SOFTIRQ_NMI)
        domain_handlers.external_nmi();
}
