/* SPDX-License-Identifier: MIT */
/*
 * The slow halves of spinlocks: waiting, and the checks of debug builds.
 *
 * The checks keep for each CPU the orders of the locks it holds, innermost last. Locks need not be
 * released in reverse, so a release takes its order out of the middle.
 */
#include "lib/spinlock.h"

#include <stddef.h>

#include "lib/assert.h"

void spin_lock_wait(struct spinlock *lock, uint16_t ticket)
{
    while (atomic_load_explicit(&lock->serving, memory_order_acquire) != ticket)
        spin_wait_hint();
}

bool spin_trylock(struct spinlock *lock)
{
    uint32_t both = atomic_load_explicit(&lock->both, memory_order_relaxed);

    if ((uint16_t)both != (uint16_t)(both >> 16))
        return false;
    if (!atomic_compare_exchange_strong_explicit(&lock->both, &both, both + SPINLOCK_TICKET,
                                                 memory_order_acquire, memory_order_relaxed))
        return false;
    if (DEBUG_BUILD)
        spin_check_taken(lock);
    return true;
}

/* Others may look at the owner at any time; it equals this CPU only if this CPU set it. */
static bool owner_is_me(const struct spinlock *lock)
{
    return atomic_load_explicit(&lock->owner, memory_order_relaxed) == spin_cpu_id() + 1;
}

bool spin_is_mine(struct spinlock *lock)
{
    return DEBUG_BUILD ? owner_is_me(lock) : spin_is_locked(lock);
}

void spin_check_before(const struct spinlock *lock, bool same_order_ok)
{
    const struct locks_held *held = spin_held();

    MUST(lock->order < LOCK_ORDER_COUNT);
    MUST(!owner_is_me(lock)); /* it would wait for itself */
    for (uint32_t i = 0; i < held->depth; i++)
        MUST(held->order[i] < lock->order || (same_order_ok && held->order[i] == lock->order));
}

void spin_check_taken(struct spinlock *lock)
{
    struct locks_held *held = spin_held();

    MUST(held->depth < LOCKS_HELD_MAX);
    held->order[held->depth++] = lock->order;
    atomic_store_explicit(&lock->owner, (uint16_t)(spin_cpu_id() + 1), memory_order_relaxed);
}

void spin_check_released(struct spinlock *lock)
{
    struct locks_held *held = spin_held();
    uint32_t i = held->depth;

    MUST(owner_is_me(lock));
    while (i > 0 && held->order[i - 1] != lock->order)
        i--;
    MUST(i > 0);
    held->depth--;
    for (i--; i < held->depth; i++)
        held->order[i] = held->order[i + 1];
    atomic_store_explicit(&lock->owner, 0, memory_order_relaxed);
}
