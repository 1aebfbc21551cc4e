/* SPDX-License-Identifier: MIT */
/* What lib/spinlock.h needs to know of the CPU. */
#include "arch/ipi.h"
#include "arch/percpu.h"
#include "arch/x86.h"
#include "lib/spinlock.h"

void spin_wait_hint(void)
{
    cpu_relax();
    cpu_serve_requests();
}

uint32_t spin_cpu_id(void)
{
    return this_cpu()->id;
}

struct locks_held *spin_held(void)
{
    return &this_cpu()->locks_held;
}
