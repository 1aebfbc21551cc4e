/* SPDX-License-Identifier: MIT */
/* In place of arch/lock_support.c; threads are CPUs, so a waiting one lets others run. */
#include <sched.h>

#include "arch/percpu.h"
#include "lib/spinlock.h"

void spin_wait_hint(void)
{
    sched_yield();
}

uint32_t spin_cpu_id(void)
{
    return this_cpu()->id;
}

struct locks_held *spin_held(void)
{
    return &this_cpu()->locks_held;
}
