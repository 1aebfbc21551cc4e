/* SPDX-License-Identifier: MIT */
/*
 * A domain: an isolated virtual machine, and what belongs to it as a whole.
 *
 * Lifetime. A domain is found without a lock (domain_find) and stays in memory at least until
 * the finder's CPU passes its return-to-guest or idle path; domain_get makes a reference that
 * lasts longer. References keep the structure, not the life: once `life` is past ALIVE no new
 * references to its memory, ports or grants are given out. Teardown is a list of preemptible
 * stages in control/domain_destroy.c.
 */
#ifndef PARAPET_DOMAIN_DOMAIN_H
#define PARAPET_DOMAIN_DOMAIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/cpu_features.h"
#include "arch/x86.h"
#include "domain/quiet.h"
#include "domain/timer_entry.h"
#include "domain/vcpu.h"
#include "hypercall-abi/memory.h"
#include "hypercall-abi/xen.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/spinlock.h"
#include "mm/address.h"
#include "mm/frame.h"

#define MAX_DOMAINS         1024u /* ids are below it */
#define MAX_VCPUS           128u  /* of a domain; 32 without VCPUOP_register_vcpu_info */
#define DOMAIN_MAX_E820     128u
#define DOMAIN_CONSOLE_TAIL 1024u /* bytes of console output kept for the crash card */

struct evtchn_table;   /* event/ */
struct grant_table;    /* grant/ */
struct io_permissions; /* emulate/ */
struct pirq_table;     /* event/ */
struct domain_build;   /* control/ */

enum domain_life {
    DOMAIN_ALIVE,
    DOMAIN_DYING, /* destroy began: no new references from outside */
    DOMAIN_DEAD,  /* frames still mapped by others, or waiting for the last reference */
};

#define DOMAIN_WATCHDOGS 2u

/* A watchdog of sched_op: when its time comes, the domain is shut down. */
struct domain_watchdog {
    struct timer_entry timer;
    struct domain *domain;
    bool is_used;
};

struct domain {
    uint16_t id;
    bool is_control; /* the control domain: may manage others, real devices */
    _Atomic enum domain_life life;
    _Atomic uint32_t references; /* structure */
    uint8_t handle[16];

    uint32_t vcpu_count; /* allocated slots: vCPU ids are below it */
    uint32_t vcpu_limit; /* what it was made for */
    struct vcpu *vcpus[MAX_VCPUS];

    struct shared_info *shared; /* through the direct map */
    mfn_t shared_frame;

    _Atomic uint64_t total_pages; /* frames with an allocation reference */
    /* Every frame that it ever owned is in [frames_first, frames_end): its end looks only there. */
    _Atomic uint64_t frames_first;
    _Atomic uint64_t frames_end;
    uint64_t max_pages;
    uint64_t nr_pages_at_start;    /* of the builder */
    _Atomic uint64_t dirty_cpus;   /* CPUs that may hold TLB entries of this domain */
    struct domain_mmu {            /* pvmmu/ */
        _Atomic uint64_t going;    /* tables to be taken apart, see pvmmu/teardown.c */
        _Atomic uint32_t settlers; /* CPUs that are taking one apart */
        uint64_t teardown_frame;   /* how far in its range mmu_domain_teardown() has come */
        uint32_t teardown_vcpu;
    } mmu;
    uint64_t vm_assist; /* bits by VMASST_TYPE_* */

    _Atomic uint32_t poller_count; /* vCPUs in sched_op poll */
    struct evtchn_table *events;
    struct grant_table *_Atomic grants; /* set when the domain can be found already */
    struct io_permissions *io;
    struct pirq_table *pirqs;

    struct xen_e820_entry *e820; /* set_memory_map; NULL: none */
    uint32_t e820_count;

    struct spinlock lock; /* pause state, vCPU up and down */
    int32_t pause_count;
    _Atomic bool is_shut_down;
    uint8_t shutdown_code;
    uint8_t announced_shutdown; /* 1 + the code that the next shutdown is to have; 0: its own */
    bool was_crashed;
    int64_t time_offset_s;
    uint32_t wallclock_version;

    uint32_t weight; /* scheduler: 256 is normal */
    uint32_t cap;    /* per cent of one CPU; 0: none */
    struct domain_cap {
        _Atomic uint64_t window_end_ns;
        _Atomic int64_t left_ns; /* what the cap leaves of the window; negative: overdrawn */
    } cap_budget;
    struct domain_watchdog watchdogs[DOMAIN_WATCHDOGS]; /* guarded by lock */

    char name[16];                          /* for messages: "d0", "d17" */
    char console_tail[DOMAIN_CONSOLE_TAIL]; /* the last output, a ring */
    uint32_t console_written;               /* bytes ever, modulo 2^32 */
    uint64_t console_budget_ns; /* when its console budget would be full; guarded by lock */

    /* What only the toolstack uses; written by one domctl at a time. */
    uint32_t toolstack_pauses;
    uint32_t ssid;
    uint32_t options; /* xen_arch_domainconfig.misc_flags */
    uint32_t tsc_mode;
    uint32_t tsc_incarnation;
    bool is_xs_domain;
    bool has_run;                                /* it was let go once */
    uint32_t hidden_features[CPU_FEATURE_WORDS]; /* of what other guests see */

    struct domain_destroy { /* of control/domain_destroy.c */
        bool was_running;   /* when it began: it never shut down */
        uint32_t stage;
        bool is_claimed;
        _Atomic bool is_quiet;
        uint64_t position;
        struct quiet_callback notice;
    } destroy;

    struct quiet_callback release;         /* after the last reference went */
    struct quiet_callback shutdown_notice; /* tells the control domain, where locks are free */
};

/*
 * domain_alloc - allocate the structure with id @id (or the next free one, never 0, for
 * DOMID_INVALID), its shared_info, and enter it into the table, paused once, with one reference
 * that domain_put gives back at the end of its destruction. 0, -ENOMEM, -EEXIST or -ENOSPC.
 */
MUST_CHECK int domain_alloc(uint16_t id, struct domain **out);

/* domain_free - the memory of domain_alloc; from domain_handlers.domain_released only. */
void domain_free(struct domain *d);

/* domain_find - by id; NULL when there is none. Valid until this CPU's next quiet point. */
struct domain *domain_find(uint16_t id);

/* domain_next - the domain with the lowest id >= @id; NULL when there is none. */
struct domain *domain_next(uint16_t id);

/*
 * domain_get_target - the domain a caller names: DOMID_SELF or its own id, or another one
 * when the caller is privileged. NULL when it may not be named or is not there. With a
 * reference; give it back with domain_put.
 */
struct domain *domain_get_target(struct vcpu *caller, uint16_t id);

/* domain_get - one more reference to the structure; false when it is already going. */
MUST_CHECK bool domain_get(struct domain *d);

/* domain_put - the last one makes the domain unfindable, and after a quiet period released. */
void domain_put(struct domain *d);

/*
 * domain_pages_add, domain_pages_remove - count frames that the domain owns. While it owns any,
 * that is one reference to the structure, since struct frame has its id.
 */
void domain_pages_add(struct domain *d, uint64_t count);
void domain_pages_remove(struct domain *d, uint64_t count);

/* ---- owners of frames ---- */

/* What struct frame has for frames of @d. */
static inline uint16_t frame_owner_of(const struct domain *d)
{
    return (uint16_t)(d->id + 1);
}

static inline bool frame_is_of(const struct frame *frame, const struct domain *d)
{
    return atomic_load_explicit(&frame->owner, memory_order_acquire) == frame_owner_of(d);
}

/* NULL for free frames and the hypervisor's own. Valid until this CPU's next quiet point, and as
 * long as the frame has a reference. */
static inline struct domain *frame_owner(const struct frame *frame)
{
    /* No owner comes out as an id that no domain has. */
    return domain_find((uint16_t)(atomic_load_explicit(&frame->owner, memory_order_acquire) - 1));
}

/* vCPU @id, or NULL. Safe for any id of a guest. */
static inline struct vcpu *domain_vcpu(struct domain *d, uint32_t id)
{
    return id < d->vcpu_count ? d->vcpus[index_clamp(id, MAX_VCPUS)] : NULL;
}

/*
 * domain_crash - the guest broke a rule beyond an errno: log a crash card (reason, registers,
 * hypercall, last console lines), mark the domain shut down with SHUTDOWN_crash and stop its
 * vCPUs at their next return. The caller goes on unwinding normally. Any lock but that of the
 * console may be held. The control domain's crash ends the machine.
 */
void domain_crash(struct domain *d, const char *format, ...) PRINTF_LIKE(2, 3);

/*
 * domain_shutdown - as asked by sched_op shutdown: @code is SHUTDOWN_*. For the control domain
 * that ends the machine, and this does not return.
 */
void domain_shutdown(struct domain *d, uint8_t code);

/* domain_resume - undo a shutdown (a suspend that was cancelled). */
void domain_resume(struct domain *d);

/*
 * domain_pause - one more reason not to run; returns when no vCPU of it runs any more and their
 * state is saved (@d may be the caller's own: then it stops at its return). Unpause undoes one.
 */
void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);

/* Remember console output for the crash card. */
void domain_console_append(struct domain *d, const char *text, size_t bytes);

extern struct domain *control_domain; /* id 0; NULL before it is built */

#endif
