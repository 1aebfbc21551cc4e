/* SPDX-License-Identifier: MIT */
/*
 * Shared pages and the wall clock.
 *
 * The wall clock is UTC at system time 0, kept once for the machine under wallclock_lock and
 * copied into each domain's page by the version protocol: odd while the fields change, so that
 * a guest that read half an update reads again. The same lock guards d->shared going away.
 */
#include "domain/shared_info.h"

#include "arch/arch.h"
#include "domain/domain.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/heap.h"

#define NS_PER_S 1000000000UL
#define PFN_MASK ((1UL << 52) - 1)

static struct spinlock wallclock_lock = SPINLOCK_INIT(LOCK_WALLCLOCK);
static uint64_t boot_seconds; /* UTC when system time was 0 */
static uint32_t boot_nanoseconds;

int shared_info_create(struct domain *d)
{
    d->shared = page_alloc();
    if (!d->shared)
        return -ENOMEM;
    d->shared_frame = virt_to_mfn(d->shared);

    for (unsigned i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
        d->shared->vcpu_info[i].evtchn_upcall_mask = 1;
    shared_info_update_wallclock(d);
    return 0;
}

void shared_info_free(struct domain *d)
{
    if (d->shared)
        page_free(d->shared);
    d->shared = NULL;
}

void shared_info_retire(struct domain *d)
{
    spin_lock(&wallclock_lock);
    d->shared = NULL;
    spin_unlock(&wallclock_lock);
}

uint64_t shared_info_max_pfn(struct domain *d)
{
    uint64_t pfn = 0;

    spin_lock(&wallclock_lock);
    if (d->shared)
        pfn = READ_ONCE(d->shared->arch.max_pfn) & PFN_MASK;
    spin_unlock(&wallclock_lock);
    return pfn;
}

/* The lock is held. */
static void write_wallclock(struct domain *d, struct shared_info *shared)
{
    uint64_t seconds = boot_seconds + (uint64_t)d->time_offset_s;
    uint32_t version = d->wallclock_version += 2;

    WRITE_ONCE(shared->wc_version, version - 1);
    barrier_store();
    WRITE_ONCE(shared->wc_sec, (uint32_t)seconds);
    WRITE_ONCE(shared->wc_sec_hi, (uint32_t)(seconds >> 32));
    WRITE_ONCE(shared->wc_nsec, boot_nanoseconds);
    barrier_store();
    WRITE_ONCE(shared->wc_version, version);
}

void shared_info_update_wallclock(struct domain *d)
{
    spin_lock(&wallclock_lock);
    if (d->shared)
        write_wallclock(d, d->shared);
    spin_unlock(&wallclock_lock);
}

void wallclock_set(uint64_t seconds, uint32_t nanoseconds, uint64_t system_time_ns)
{
    uint64_t system_seconds = system_time_ns / NS_PER_S;
    uint32_t system_rest = (uint32_t)(system_time_ns % NS_PER_S);

    spin_lock(&wallclock_lock);
    boot_seconds = seconds - system_seconds;
    boot_nanoseconds = nanoseconds;
    if (boot_nanoseconds < system_rest) {
        boot_nanoseconds += (uint32_t)NS_PER_S;
        boot_seconds--;
    }
    boot_nanoseconds -= system_rest;
    spin_unlock(&wallclock_lock);

    for (struct domain *d = domain_next(0); d; d = domain_next((uint16_t)(d->id + 1)))
        shared_info_update_wallclock(d);
}

uint64_t wallclock_now(void)
{
    spin_lock(&wallclock_lock);
    uint64_t seconds = boot_seconds + (system_time_ns() + boot_nanoseconds) / NS_PER_S;
    spin_unlock(&wallclock_lock);
    return seconds;
}
