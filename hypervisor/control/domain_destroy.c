/* SPDX-License-Identifier: MIT */
/*
 * Teardown of a domain.
 *
 *   stop      no vCPU runs or ever will; nobody gets new references to memory, ports or grants
 *   wait      until every CPU that looked at the domain before has done with it
 *   events    all ports closed, all interrupts unmapped
 *   grants    everything it mapped of others released, its own grants ended
 *   tables    no page-table type, pin, root or descriptor table left
 *   memory    the allocation reference of each frame dropped
 *   shared    the shared_info page no longer its own
 *   let go    the domain's own reference dropped
 *
 * After the last reference, and a quiet period, release_domain() frees the structures. A frame
 * that another domain still maps is a reference to the domain, so it stays listed as dying.
 *
 * One CPU at a time works on a domain: destroy_lock (LOCK_DOMAIN_CONTROL) guards the claim, the
 * stage and the position in it are in domain->destroy.
 */
#include "control/domain_destroy.h"

#include "arch/arch.h"
#include "console/printk.h"
#include "console/trace.h"
#include "domain/handlers.h"
#include "domain/preempt.h"
#include "domain/shared_info.h"
#include "emulate/io_ports.h"
#include "event/evtchn.h"
#include "event/pirq.h"
#include "grant/grant_table.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/pvmmu.h"
#include "sched/scheduler.h"
#include "sched/vcpu_ops.h"

/* Frames looked at between two questions whether to stop. */
#define FRAMES_BEFORE_CHECK 256u

static void note_quiet(struct quiet_callback *callback)
{
    struct domain *d = container_of(callback, struct domain, destroy.notice);

    atomic_store_explicit(&d->destroy.is_quiet, true, memory_order_release);
    domain_put(d);
}

static int stop_running(struct domain *d)
{
    atomic_store_explicit(&d->life, DOMAIN_DYING, memory_order_release);
    d->destroy.was_running =
        !atomic_exchange_explicit(&d->is_shut_down, true, memory_order_acq_rel);
    for (uint32_t id = 0; id < d->vcpu_count; id++)
        atomic_fetch_or_explicit(&d->vcpus[id]->blocked_by, VCPU_SHUTDOWN, memory_order_acq_rel);
    domain_handlers.domain_deschedule(d, true);
    scheduler_domain_close(d);

    MUST(domain_get(d));
    quiet_call(&d->destroy.notice, note_quiet);
    return 0;
}

static int wait_until_quiet(struct domain *d)
{
    return atomic_load_explicit(&d->destroy.is_quiet, memory_order_acquire) ? 0 : -ERESTART;
}

static int close_events(struct domain *d)
{
    int error;

    if (!d->events)
        return 0;
    for (uint32_t id = 0; id < d->vcpu_count; id++)
        vcpu_unregister_info(d->vcpus[id]);
    error = evtchn_domain_close(d);
    if (!error)
        pirq_domain_close(d);
    return error;
}

static int drop_tables(struct domain *d)
{
    return mmu_domain_teardown(d);
}

static void release_frame(struct frame *frame, struct domain *d)
{
    if (!frame_get_quick(frame, d))
        return;
    /* If it was given back already, it is there because somebody still maps it. */
    bool was_allocated = frame_release_allocation(frame);

    (void)was_allocated;
    frame_put(frame);
}

/* There is no list of a domain's frames, but it is known where they are. */
static int release_memory(struct domain *d)
{
    uint64_t first = atomic_load_explicit(&d->frames_first, memory_order_relaxed);
    uint64_t end = atomic_load_explicit(&d->frames_end, memory_order_relaxed);

    while (d->destroy.position < end && first < end - d->destroy.position) {
        struct frame *frame = frame_lookup(mfn(first + d->destroy.position++));

        if (frame)
            release_frame(frame, d);
        if (d->destroy.position % FRAMES_BEFORE_CHECK == 0 && preempt_pending())
            return -ERESTART;
    }
    return 0;
}

static int unshare(struct domain *d)
{
    shared_info_retire(d);
    frame_unshare_special(mfn_to_frame(d->shared_frame));
    return 0;
}

static int let_go(struct domain *d)
{
    atomic_store_explicit(&d->life, DOMAIN_DEAD, memory_order_release);
    if (d->total_pages)
        log_info("domain %u is gone, but others still map %lu of its pages", d->id,
                 (uint64_t)d->total_pages);
    /* Those who hold what keeps it listed hear that it is time to let go. */
    domain_handlers.virq_global(VIRQ_DOM_EXC);
    domain_put(d);
    return 0;
}

typedef int destroy_stage(struct domain *d);

static destroy_stage *const stages[] = {
    stop_running, wait_until_quiet, close_events, grant_domain_close,
    drop_tables,  release_memory,   unshare,      let_go,
};

/* ---- one CPU at a time ---- */

static struct spinlock destroy_lock = SPINLOCK_INIT(LOCK_DOMAIN_CONTROL);

static bool claim(struct domain *d)
{
    bool is_mine;

    spin_lock(&destroy_lock);
    is_mine = !d->destroy.is_claimed;
    d->destroy.is_claimed = true;
    spin_unlock(&destroy_lock);
    return is_mine;
}

static void unclaim(struct domain *d)
{
    spin_lock(&destroy_lock);
    d->destroy.is_claimed = false;
    spin_unlock(&destroy_lock);
}

/* The caller's reference keeps @d while its own goes. */
static int run_stages(struct domain *d)
{
    while (d->destroy.stage < ARRAY_COUNT(stages)) {
        int error = stages[d->destroy.stage](d);

        if (error)
            return error;
        trace(TRACE_DOMAIN, d->id, d->destroy.stage, 0);
        d->destroy.stage++;
        if (d->destroy.stage < ARRAY_COUNT(stages) && preempt_pending())
            return -ERESTART;
    }
    return 0;
}

int domain_destroy(struct domain *d)
{
    int error;

    if (!claim(d))
        return -ERESTART;
    error = run_stages(d);
    unclaim(d);
    return error;
}

void domain_destroy_now(struct domain *d)
{
    MUST(domain_get(d));
    while (domain_destroy(d)) {
        domain_quiet_point();
        cpu_poll_interrupts();
    }
    domain_put(d);
}

/* Nobody can look at @d any more. */
static void release_domain(struct domain *d)
{
    pirq_domain_free(d);
    evtchn_domain_free(d);
    grant_domain_free(d);
    io_permissions_destroy(d);
    for (uint32_t id = 0; id < d->vcpu_count; id++) {
        mmu_vcpu_destroy(d->vcpus[id]);
        vcpu_free(d->vcpus[id]);
    }
    trace(TRACE_DOMAIN, d->id, ARRAY_COUNT(stages), 0);
    domain_free(d);
    domain_handlers.virq_global(VIRQ_DOM_EXC);
}

void domain_destroy_init(void)
{
    domain_handlers.domain_released = release_domain;
}
