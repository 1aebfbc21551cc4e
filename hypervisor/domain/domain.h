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

#include "domain/timer_entry.h"
#include "domain/vcpu.h"
#include "hypercall-abi/memory.h"
#include "hypercall-abi/xen.h"
#include "lib/list.h"
#include "lib/spinlock.h"
#include "mm/address.h"
#include "mm/frame.h"

#define MAX_DOMAINS 1024u
#define MAX_VCPUS 128u /* of a domain; 32 without VCPUOP_register_vcpu_info */
#define DOMAIN_MAX_E820 128u

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
    struct vcpu *vcpus[MAX_VCPUS];

    struct shared_info *shared; /* through the direct map */
    mfn_t shared_frame;

    _Atomic uint64_t total_pages; /* frames with an allocation reference */
    uint64_t max_pages;
    uint64_t nr_pages_at_start; /* of the builder */
    _Atomic uint64_t dirty_cpus; /* CPUs that may hold TLB entries of this domain */
    uint32_t vm_assist;          /* bits by VMASST_TYPE_* */

    struct evtchn_table *events;
    struct grant_table *grants;
    struct io_permissions *io;
    struct pirq_table *pirqs;

    struct e820entry *e820; /* set_memory_map; NULL: none */
    uint32_t e820_count;

    struct spinlock lock; /* pause and shutdown state, vCPU up and down */
    int32_t pause_count;
    bool is_shut_down;
    uint8_t shutdown_code;
    bool was_crashed;
    int64_t time_offset_s;

    uint32_t weight; /* scheduler: 256 is normal */
    uint32_t cap;    /* per cent of one CPU; 0: none */
    struct domain_cap {
        _Atomic uint64_t window_end_ns;
        _Atomic int64_t left_ns; /* what the cap leaves of the window; negative: overdrawn */
    } cap_budget;
    struct domain_watchdog watchdogs[DOMAIN_WATCHDOGS]; /* guarded by lock */

    char name[16]; /* for messages: "d0", "d17" */
    char console_line[256];
    uint32_t console_fill;
};

/*
 * domain_alloc - allocate the structure with id @id (or the lowest free one from 1 for
 * DOMID_INVALID) and enter it into the table, paused once. 0, -ENOMEM, -EEXIST or -ENOSPC.
 */
int domain_alloc(uint16_t id, struct domain **out);

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
bool domain_get(struct domain *d);
void domain_put(struct domain *d);

/*
 * domain_crash - the guest broke a rule beyond an errno: log a crash card (reason, registers,
 * hypercall, last console lines), mark the domain shut down with SHUTDOWN_crash and stop its
 * vCPUs at their next return. The caller goes on unwinding normally. Any context.
 */
void domain_crash(struct domain *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* domain_shutdown - as asked by sched_op shutdown: @code is SHUTDOWN_*. */
void domain_shutdown(struct domain *d, uint8_t code);

/*
 * domain_pause - one more reason not to run; returns when no vCPU of it runs any more and their
 * state is saved (@d may be the caller's own: then it stops at its return). Unpause undoes one.
 */
void domain_pause(struct domain *d);
void domain_unpause(struct domain *d);

/* Quiet points: each CPU calls it in its return-to-guest or idle path; domains free after. */
void domain_quiet_point(void);

extern struct domain *control_domain; /* id 0; NULL before it is built */

#endif
