/* SPDX-License-Identifier: MIT */
/* When a long operation must stop and be restarted. */
#include "domain/preempt.h"

#include "arch/arch.h"
#include "domain/vcpu.h"
#include "lib/assert.h"
#include "lib/spinlock.h"

bool preempt_pending(void)
{
    const struct vcpu *v = current_vcpu();

    ASSERT(spin_held()->depth == 0);
    if (!v)
        return false;

    cpu_poll_interrupts();
    return atomic_load_explicit(&this_cpu()->softirq, memory_order_relaxed) != 0 ||
           vcpu_event_deliverable(v);
}
