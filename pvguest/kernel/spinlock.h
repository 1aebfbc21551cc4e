/* SPDX-License-Identifier: MIT */
/* A lock that also keeps interrupts off on this CPU, since interrupt handlers take some too. */
#ifndef PVGUEST_KERNEL_SPINLOCK_H
#define PVGUEST_KERNEL_SPINLOCK_H

#include <stdatomic.h>

#include "kernel/bottom.h"

struct spinlock {
    _Atomic uint32_t is_held;
};

/* Returns whether interrupts were on; hand that to the unlock. */
static inline bool spin_lock(struct spinlock *lock)
{
    bool were_on = bottom_interrupts_disable();

    while (atomic_exchange_explicit(&lock->is_held, 1, memory_order_acquire))
        __builtin_ia32_pause();
    return were_on;
}

static inline void spin_unlock(struct spinlock *lock, bool were_on)
{
    atomic_store_explicit(&lock->is_held, 0, memory_order_release);
    if (were_on)
        bottom_interrupts_enable();
}

#endif
