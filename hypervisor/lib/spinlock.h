/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks: first come, first served (a ticket lock).
 *
 * The hypervisor runs with interrupts off, so there is one kind of lock only. A CPU that waits
 * keeps serving the flush and stop requests of others, since the holder may wait for it.
 * Interrupts stay off while a lock is held, and nothing is waited for but an inner lock.
 *
 * Debug builds know the holder and check that each CPU takes its locks in the order of
 * lib/lock_order.def; a violation stops the machine. Two locks of one order (two domains) are
 * taken with spin_lock_second(), the one of lower id first.
 */
#ifndef PARAPET_LIB_SPINLOCK_H
#define PARAPET_LIB_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "lib/lock_order.h"

struct spinlock {
    union {
        _Atomic uint32_t both;
        struct {
            _Atomic uint16_t serving; /* low half: the ticket that holds the lock */
            uint16_t next;            /* high half: the next ticket to draw */
        };
    };
    uint16_t order;         /* enum lock_order */
    _Atomic uint16_t owner; /* debug builds: holder's CPU id + 1, 0 while free */
};

#define SPINLOCK_TICKET 0x10000u
#define SPINLOCK_INIT(lock_order_)                                                                 \
    {                                                                                              \
        .order = (uint16_t)(lock_order_)                                                           \
    }

static inline void spin_init(struct spinlock *lock, enum lock_order order)
{
    atomic_store_explicit(&lock->both, 0, memory_order_relaxed);
    atomic_store_explicit(&lock->owner, 0, memory_order_relaxed);
    lock->order = (uint16_t)order;
}

/* The rest of spin_lock() when somebody else holds it. */
void spin_lock_wait(struct spinlock *lock, uint16_t ticket);

/* Checks of debug builds; @same_order_ok allows a second lock of the innermost order held. */
void spin_check_before(const struct spinlock *lock, bool same_order_ok);
void spin_check_taken(struct spinlock *lock);
void spin_check_released(struct spinlock *lock);

static inline void spin_lock_checked(struct spinlock *lock, bool same_order_ok)
{
    if (DEBUG_BUILD)
        spin_check_before(lock, same_order_ok);
    uint32_t drawn = atomic_fetch_add_explicit(&lock->both, SPINLOCK_TICKET, memory_order_acquire);
    if (unlikely((uint16_t)drawn != (uint16_t)(drawn >> 16)))
        spin_lock_wait(lock, (uint16_t)(drawn >> 16));
    if (DEBUG_BUILD)
        spin_check_taken(lock);
}

static inline void spin_lock(struct spinlock *lock)
{
    spin_lock_checked(lock, false);
}

static inline void spin_lock_second(struct spinlock *lock)
{
    spin_lock_checked(lock, true);
}

static inline void spin_unlock(struct spinlock *lock)
{
    if (DEBUG_BUILD)
        spin_check_released(lock);
    /* Only the holder writes this half, so the addition itself need not be atomic. */
    uint16_t serving = atomic_load_explicit(&lock->serving, memory_order_relaxed);
    atomic_store_explicit(&lock->serving, (uint16_t)(serving + 1), memory_order_release);
}

/* Takes the lock if it is free. Any order is allowed: it does not wait. */
MUST_CHECK bool spin_trylock(struct spinlock *lock);

/* Whether somebody holds it, at this moment. */
static inline bool spin_is_locked(struct spinlock *lock)
{
    uint32_t both = atomic_load_explicit(&lock->both, memory_order_relaxed);

    return (uint16_t)both != (uint16_t)(both >> 16);
}

/* Whether this CPU holds it: exact in debug builds, "somebody does" in others. For ASSERT. */
bool spin_is_mine(struct spinlock *lock);

/*
 * What the layer above provides (defined in arch/lock_support.c; by fake_arch in host tests).
 */
#define LOCKS_HELD_MAX 8u

struct locks_held {
    uint32_t depth;
    uint32_t order[LOCKS_HELD_MAX];
};

void spin_wait_hint(void);          /* pause, and serve flush and stop requests */
uint32_t spin_cpu_id(void);         /* this CPU */
struct locks_held *spin_held(void); /* this CPU's */

#endif
