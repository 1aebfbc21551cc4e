/* SPDX-License-Identifier: MIT */
/*
 * Quiet periods.
 *
 * One period runs at a time: `waiting_for` has the CPUs that have not been at a quiet point since
 * it began, `current` what is called when none is left, `next` what came too late for it. A
 * CPU that became busy after the period began cannot have found what was made unfindable before.
 * quiet_lock (LOCK_QUIET) guards all of it; callbacks run without it.
 */
#include "domain/quiet.h"

#include "arch/arch.h"
#include "lib/spinlock.h"

static struct spinlock quiet_lock = SPINLOCK_INIT(LOCK_QUIET);
static _Atomic cpu_mask_t waiting_for;
static struct quiet_callback *current;
static struct quiet_callback *next;

/* Lock held. Every CPU is asked, this one too: it may hold pointers right now. */
static void begin_period(void)
{
    cpu_mask_t online = cpu_mask_online();

    current = next;
    next = NULL;
    atomic_store_explicit(&waiting_for, online, memory_order_release);
    for (uint32_t id = 0; id < MAX_CPUS; id++) {
        if (online & CPU_MASK(id))
            cpu_raise_softirq(id, 1u << SOFTIRQ_QUIESCE);
    }
}

void quiet_call(struct quiet_callback *callback, void (*function)(struct quiet_callback *callback))
{
    callback->function = function;

    spin_lock(&quiet_lock);
    callback->next = next;
    next = callback;
    if (!current)
        begin_period();
    spin_unlock(&quiet_lock);
}

void domain_quiet_point(void)
{
    cpu_mask_t self = CPU_MASK(this_cpu()->id);
    struct quiet_callback *done = NULL;

    this_cpu()->quiet_count++;
    if (!(atomic_load_explicit(&waiting_for, memory_order_acquire) & self))
        return;

    spin_lock(&quiet_lock);
    if (atomic_fetch_and_explicit(&waiting_for, ~self, memory_order_acq_rel) == self) {
        done = current;
        current = NULL;
        if (next)
            begin_period();
    }
    spin_unlock(&quiet_lock);

    while (done) {
        struct quiet_callback *callback = done;

        done = callback->next; /* the function may free it */
        callback->function(callback);
    }
}
