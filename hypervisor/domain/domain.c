/* SPDX-License-Identifier: MIT */
/*
 * The table of domains, references to them, and what stops and starts a whole domain.
 *
 * A domain is entered and taken out under domain_list_lock, and found without it: the slot is
 * read once, and the structure stays until every CPU has been at a quiet point after the
 * slot was cleared. The slot is cleared by whoever drops the last reference, so a domain in the
 * table always has at least one, but it may be going by the time it is looked at; domain_get()
 * tells.
 */
#include "domain/domain.h"

#include "arch/arch.h"
#include "console/printk.h"
#include "console/trace.h"
#include "domain/handlers.h"
#include "domain/shared_info.h"
#include "hypercall-abi/sched.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/heap.h"

_Static_assert(MAX_DOMAINS <= DOMID_FIRST_RESERVED, "ids of domains are no reserved ids");

#define DEFAULT_WEIGHT 256u
#define REFERENCES_MAX (1u << 31)

struct domain *control_domain;

static struct domain *_Atomic domain_table[MAX_DOMAINS];
static struct spinlock domain_list_lock = SPINLOCK_INIT(LOCK_DOMAIN_LIST);
static uint16_t next_id = 1; /* ids are not used again before all others were */

/* ---- the table ---- */

static bool slot_is_free(uint16_t id)
{
    return !atomic_load_explicit(&domain_table[id], memory_order_relaxed);
}

/* Lock held. */
static int choose_id(uint16_t wanted, uint16_t *id)
{
    if (wanted != DOMID_INVALID) {
        *id = wanted;
        return wanted < MAX_DOMAINS && slot_is_free(wanted) ? 0 : -EEXIST;
    }
    for (unsigned tries = 0; tries < MAX_DOMAINS; tries++) {
        *id = next_id;
        next_id = next_id == MAX_DOMAINS - 1 ? 1 : (uint16_t)(next_id + 1);
        if (slot_is_free(*id))
            return 0;
    }
    return -ENOSPC;
}

static int enter_into_table(struct domain *d, uint16_t wanted)
{
    int error;

    spin_lock(&domain_list_lock);
    error = choose_id(wanted, &d->id);
    if (!error) {
        format_buffer(d->name, sizeof(d->name), "d%u", d->id);
        atomic_store_explicit(&domain_table[d->id], d, memory_order_release);
    }
    spin_unlock(&domain_list_lock);
    return error;
}

int domain_alloc(uint16_t id, struct domain **out)
{
    struct domain *d = heap_alloc(sizeof(*d));
    int error;

    if (!d)
        return -ENOMEM;
    spin_init(&d->lock, LOCK_DOMAIN);
    atomic_store_explicit(&d->references, 1, memory_order_relaxed);
    d->weight = DEFAULT_WEIGHT;
    d->pause_count = 1;
    atomic_store_explicit(&d->frames_first, UINT64_MAX, memory_order_relaxed);

    error = shared_info_create(d);
    if (!error)
        error = enter_into_table(d, id);
    if (error) {
        domain_free(d);
        return error;
    }
    *out = d;
    return 0;
}

void domain_free(struct domain *d)
{
    shared_info_free(d);
    heap_free(d->e820);
    heap_free(d);
}

struct domain *domain_find(uint16_t id)
{
    if (id >= MAX_DOMAINS)
        return NULL;
    return atomic_load_explicit(&domain_table[index_clamp(id, MAX_DOMAINS)], memory_order_acquire);
}

struct domain *domain_next(uint16_t id)
{
    for (; id < MAX_DOMAINS; id++) {
        struct domain *d = domain_find(id);

        if (d)
            return d;
    }
    return NULL;
}

/* ---- references ---- */

bool domain_get(struct domain *d)
{
    uint32_t count = atomic_load_explicit(&d->references, memory_order_relaxed);

    do {
        if (count == 0 || count >= REFERENCES_MAX)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&d->references, &count, count + 1,
                                                    memory_order_acquire, memory_order_relaxed));
    return true;
}

static void release_after_quiet(struct quiet_callback *callback)
{
    struct domain *d = container_of(callback, struct domain, release);

    domain_handlers.domain_released(d);
}

void domain_put(struct domain *d)
{
    uint32_t before = atomic_fetch_sub_explicit(&d->references, 1, memory_order_acq_rel);

    ASSERT(before != 0);
    if (before != 1)
        return;
    ASSERT(atomic_load(&d->life) == DOMAIN_DEAD);
    atomic_store_explicit(&domain_table[d->id], NULL, memory_order_release);
    quiet_call(&d->release, release_after_quiet);
}

struct domain *domain_get_target(struct vcpu *caller, uint16_t id)
{
    struct domain *self = caller->domain;
    struct domain *d = self;

    if (id != DOMID_SELF && id != self->id) {
        if (!self->is_control)
            return NULL;
        d = domain_find(id);
    }
    return d && domain_get(d) ? d : NULL;
}

void domain_pages_add(struct domain *d, uint64_t count)
{
    /* The caller has a reference, so one more cannot fail but by overflow. */
    if (count && atomic_fetch_add_explicit(&d->total_pages, count, memory_order_relaxed) == 0)
        MUST(domain_get(d));
}

void domain_pages_remove(struct domain *d, uint64_t count)
{
    uint64_t before;

    if (!count)
        return;
    before = atomic_fetch_sub_explicit(&d->total_pages, count, memory_order_acq_rel);
    ASSERT(before >= count);
    if (before == count)
        domain_put(d);
}

/* ---- pause ---- */

static void vcpu_stop_for(struct vcpu *v, uint32_t reason)
{
    atomic_fetch_or_explicit(&v->blocked_by, reason, memory_order_acq_rel);
}

static void vcpu_start_again(struct vcpu *v, uint32_t reason)
{
    if (atomic_fetch_and_explicit(&v->blocked_by, ~reason, memory_order_acq_rel) & reason)
        domain_handlers.vcpu_kick(v);
}

/* The domain's lock is held. */
static void vcpu_update_paused(struct vcpu *v)
{
    if (v->domain->pause_count || v->pause_count)
        vcpu_stop_for(v, VCPU_PAUSED);
    else
        vcpu_start_again(v, VCPU_PAUSED);
}

static void change_pause_count(struct domain *d, int32_t change)
{
    spin_lock(&d->lock);
    d->pause_count += change;
    ASSERT(d->pause_count >= 0);
    for (uint32_t i = 0; i < d->vcpu_count; i++)
        vcpu_update_paused(d->vcpus[i]);
    spin_unlock(&d->lock);
}

void domain_pause(struct domain *d)
{
    change_pause_count(d, 1);
    domain_handlers.domain_deschedule(d, true);
}

void domain_unpause(struct domain *d)
{
    change_pause_count(d, -1);
}

static void change_vcpu_pause_count(struct vcpu *v, int32_t change)
{
    spin_lock(&v->domain->lock);
    v->pause_count += change;
    ASSERT(v->pause_count >= 0);
    vcpu_update_paused(v);
    spin_unlock(&v->domain->lock);
}

void vcpu_pause(struct vcpu *v)
{
    ASSERT(v != current_vcpu());
    change_vcpu_pause_count(v, 1);
    domain_handlers.vcpu_deschedule(v);
}

void vcpu_unpause(struct vcpu *v)
{
    change_vcpu_pause_count(v, -1);
}

/* ---- shutdown ---- */

static void end_machine(const struct domain *d)
{
    switch (d->shutdown_code) {
    case SHUTDOWN_poweroff:
        log_info("the control domain powers off");
        machine_poweroff();
    case SHUTDOWN_reboot:
    case SHUTDOWN_watchdog:
        log_info("the control domain reboots");
        machine_reboot();
    default:
        log_error("the control domain crashed; the machine %s",
                  machine_noreboot ? "halts, as noreboot says" : "reboots");
        machine_stop();
    }
}

static void tell_control_domain(struct quiet_callback *callback)
{
    struct domain *d = container_of(callback, struct domain, shutdown_notice);

    domain_handlers.virq_global(VIRQ_DOM_EXC);
    domain_put(d);
}

void domain_shutdown(struct domain *d, uint8_t code)
{
    if (atomic_exchange_explicit(&d->is_shut_down, true, memory_order_acq_rel))
        return;
    d->shutdown_code = d->announced_shutdown ? (uint8_t)(d->announced_shutdown - 1) : code;
    trace(TRACE_DOMAIN, d->id, code, 0);
    if (d->is_control)
        end_machine(d);

    for (uint32_t i = 0; i < d->vcpu_count; i++)
        vcpu_stop_for(d->vcpus[i], VCPU_SHUTDOWN);
    domain_handlers.domain_deschedule(d, false);
    if (domain_get(d))
        quiet_call(&d->shutdown_notice, tell_control_domain);
}

void domain_resume(struct domain *d)
{
    if (!atomic_exchange_explicit(&d->is_shut_down, false, memory_order_acq_rel))
        return;
    for (uint32_t i = 0; i < d->vcpu_count; i++)
        vcpu_start_again(d->vcpus[i], VCPU_SHUTDOWN);
}

/* ---- console ---- */

void domain_console_append(struct domain *d, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        d->console_tail[d->console_written++ % DOMAIN_CONSOLE_TAIL] = text[i];
}
