/* SPDX-License-Identifier: MIT */
/*
 * A virtual CPU: everything the hypervisor keeps for one, whoever uses it.
 *
 * While a vCPU runs, its general registers are in cpu->guest_frame and the rest of its
 * state is in the processor; `regs` is valid only while it is descheduled. A field is written
 * only by the CPU that runs the vCPU, or while it is paused and descheduled; the fields marked
 * shared are changed atomically by anybody.
 *
 * The first fields are the hot path's; the entry assembly knows their offsets.
 */
#ifndef PARAPET_DOMAIN_VCPU_H
#define PARAPET_DOMAIN_VCPU_H

/* Offsets used by the entry assembly. */
#define VCPU_INFO      16
#define VCPU_IN_KERNEL 50
#define VCPU_EXIT_WORK 51

#ifndef __ASSEMBLER__
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/percpu.h"
#include "arch/trap_frame.h"
#include "domain/timer_entry.h"
#include "hypercall-abi/vcpu.h"
#include "hypercall-abi/xen.h"
#include "lib/compiler.h"
#include "lib/list.h"
#include "lib/spinlock.h"
#include "mm/address.h"

struct domain;

/* Why a vCPU may not run; it runs when the word is zero (bits of vcpu->blocked_by). */
enum vcpu_block_reason {
    VCPU_DOWN = 1,      /* not initialised or VCPUOP_down */
    VCPU_BLOCKED = 2,   /* sched_op block: until an event is to be delivered */
    VCPU_POLLING = 4,   /* sched_op poll: until a listed port is pending, or time is out */
    VCPU_PAUSED = 8,    /* pause_count of vCPU or domain is not zero */
    VCPU_SHUTDOWN = 16, /* the domain shut down, crashed or dies */
};

/*
 * Rare things to do before returning to this guest (bits of vcpu->exit_work). Whoever sets one
 * for a vCPU that may be running elsewhere kicks it afterwards.
 */
enum exit_work {
    EXIT_WORK_TRAP = 1,     /* vcpu->trap is to be delivered */
    EXIT_WORK_FAILSAFE = 2, /* a segment register could not be loaded */
    EXIT_WORK_NMI = 4,      /* vcpu->nmi_pending may have been set */
};

/* A registered entry point of the guest kernel. */
struct guest_callback {
    uint64_t address; /* 0: none */
    bool mask_events; /* evtchn_upcall_mask is set on the way in */
};

/* An exception waiting to be delivered to the guest at its next return. */
struct pending_trap {
    bool is_pending;
    uint8_t vector;
    bool has_error_code;
    uint32_t error_code;
};

/* The guest's segment state; selectors are read at the switch away, bases too. */
struct vcpu_segments {
    uint16_t ds, es, fs, gs;
    uint64_t fs_base;
    uint64_t gs_base_kernel; /* active while in guest kernel mode */
    uint64_t gs_base_user;   /* active while in guest user mode */
    uint16_t refused[4];     /* ds, es, fs, gs that could not be loaded, for the failsafe frame */
};

struct vcpu_descriptors {
    mfn_t gdt_frames[GDT_WINDOW_GUEST_PAGES];
    uint32_t gdt_entries;
    uint32_t ldt_entries;
    uint64_t ldt_base;         /* guest address, pages mapped lazily */
    uint16_t ldt_mapped_pages; /* bit n: page n is in the window and holds its type reference */
};

/* A page that may be in CR3: an L4 of the hypervisor's, filled from one of the guest's. */
struct mmu_root {
    uint64_t *page;    /* in the direct map */
    mfn_t l4;          /* what it is filled from, which is validated; MFN_INVALID: it is empty */
    uint64_t slots[8]; /* bitmap: slots of the page that have an entry of the guest's */
    uint8_t groups;    /* bit n: slots[n] may be other than 0 */
};

#define MMU_ROOTS_KEPT 4u

/*
 * Page tables. The guest's L4 frames are never in CR3: the roots are the hypervisor's. The last few
 * of each mode are kept filled, so that processes that take turns find theirs. The lock guards the
 * roots' contents; kernel_l4 and user_l4 change under it and are read without.
 */
struct vcpu_mmu {
    mfn_t kernel_l4;       /* guest_table; MFN_INVALID before the first */
    mfn_t user_l4;         /* MFN_INVALID: none */
    uint64_t *kernel_root; /* page of the root in use */
    uint64_t *user_root;
    struct mmu_root kernel_roots[MMU_ROOTS_KEPT];
    struct mmu_root user_roots[MMU_ROOTS_KEPT];
    uint8_t kernel_in_use, user_in_use; /* which of them */
    uint64_t *window_l1;    /* 32 entries used: GDT window pages 0-15, LDT window pages 16-31 */
    void *window_tables[2]; /* its L3 and L2 */
    struct spinlock root_lock;
};

struct vcpu_time {
    struct spinlock lock;            /* guards the deadlines */
    uint64_t singleshot_deadline_ns; /* 0: none */
    uint64_t periodic_period_ns;     /* 0: none */
    uint64_t periodic_next_ns;
    uint64_t poll_deadline_ns; /* 0: none */
    uint32_t clock_epoch;      /* of sched/pvclock.c: what vcpu_time_info was written for */
    uint32_t clock_cpu;
    uint64_t runstate_area; /* guest address, 0: none */
    uint64_t time_area;     /* guest address of the secondary vcpu_time_info, 0: none */
    struct vcpu_runstate_info runstate;
};

/* What it made the hypervisor do; added to only while it runs, by its CPU. */
struct vcpu_counters {
    uint64_t hypercalls;
    uint64_t traps;              /* of its own code */
    uint64_t system_calls;       /* passed on to its kernel */
    uint64_t emulated;           /* instructions */
    uint64_t page_table_updates; /* entries, by calls and by writes that trapped */
    uint64_t events_sent;        /* by evtchn_op send */
    uint64_t upcalls;
    uint64_t switches; /* times it was given a CPU */
    uint64_t grant_maps;
    uint64_t grant_copies;
};

struct vcpu {
    /* Hot: offsets below. */
    uint64_t kernel_cr3;    /* value for CR3 in guest kernel mode */
    uint64_t user_cr3;      /* value for CR3 in guest user mode; 0: none */
    struct vcpu_info *info; /* in shared_info or where the guest registered it; always valid */
    uint64_t kernel_sp;
    struct guest_callback syscall;
    uint16_t kernel_ss;
    uint8_t in_kernel;         /* guest kernel mode (1) or guest user mode (0) */
    _Atomic uint8_t exit_work; /* shared: enum exit_work, before returning to this guest */

    struct domain *domain;
    uint32_t id;

    struct guest_callback event;
    struct guest_callback failsafe;
    struct guest_callback syscall32;
    struct guest_callback sysenter;
    struct guest_callback nmi;        /* nmi_op */
    struct trap_info trap_table[256]; /* by vector; address 0: none */
    struct pending_trap trap;

    bool is_initialised;
    bool is_being_initialised; /* guarded by the domain's lock, as is is_initialised */
    bool nmi_in_progress;
    _Atomic bool nmi_pending; /* shared */

    struct vcpu_segments segments;
    struct vcpu_descriptors descriptors;
    struct vcpu_mmu mmu;
    struct vcpu_time time;

    uint64_t debugreg[8];
    uint64_t cr4;  /* what the guest believes */
    uint64_t xcr0; /* x87 always set */
    uint32_t tsc_aux;
    bool task_switched; /* virtual and hardware CR0.TS */
    uint8_t iopl;       /* virtual */
    uint64_t io_bitmap; /* guest kernel address, 0: none */
    uint32_t io_bitmap_ports;
    void *fpu;                          /* XSAVE or FXSAVE area, 64-byte aligned */
    struct vcpu_info unregistered_info; /* `info` of a vCPU that has no slot in shared_info */

    struct trap_frame regs; /* while descheduled */

    /* Events. */
    _Atomic uint32_t poll_port_count; /* of sched_op poll */
    uint32_t poll_ports[128];
    uint32_t virq_port[24]; /* 0: not bound */
    struct spinlock virq_lock;
    bool info_registered; /* VCPUOP_register_vcpu_info was used, once for ever */
    mfn_t info_frame;
    void *fifo; /* event/fifo.c's per-vCPU control block state */

    /* Scheduling. */
    _Atomic uint32_t blocked_by; /* shared: enum vcpu_block_reason */
    _Atomic uint32_t processor;  /* shared: CPU that runs it or ran it last */
    _Atomic bool is_running;     /* shared: its state is in a CPU (current or being switched) */
    _Atomic uint32_t lazy_cpu;   /* shared: 1 + the CPU that still has the saved state; 0: none */
    uint64_t affinity;           /* mask of CPUs it may run on */
    uint64_t soft_affinity;      /* what the toolstack would like best */
    int32_t pause_count;
    struct list run_link; /* in the run queue of schedule.queue_cpu, whose lock guards it */
    struct vcpu_schedule {
        uint64_t virtual_runtime;  /* weighted nanoseconds on a CPU */
        uint64_t charged_until_ns; /* running: up to here it is in virtual_runtime */
        uint64_t began_ns;         /* when it was last given a CPU */
        bool queued;
        bool boosted; /* woken by an event: goes first, for a short slice */
        bool yielded;
        /* Of sched/handover.h: */
        bool hands_over;     /* to the one that it has just woken */
        uint8_t soon_count;  /* how often in a row it slept soon after it had woken another */
        uint8_t given_count; /* how often it has handed over since that was last looked at */
        uint64_t woke_ns;    /* since it runs: when it first woke another; 0: not yet */
        _Atomic uint32_t queue_cpu; /* whose lock guards run_link, schedule and time.runstate */
    } schedule;
    struct timer_entry timer; /* the earliest of the deadlines in `time` */

    /* Hypercall in progress. */
    bool in_multicall;
    uint64_t restart_args[6]; /* arguments of the multicall's entry, as it goes on */
    uint32_t last_hypercall;

    struct vcpu_counters counters;
};

_Static_assert(offsetof(struct vcpu, info) == VCPU_INFO, "entry.S");
_Static_assert(offsetof(struct vcpu, in_kernel) == VCPU_IN_KERNEL, "entry.S");
_Static_assert(offsetof(struct vcpu, exit_work) == VCPU_EXIT_WORK, "entry.S");

/* The running vCPU of this CPU; NULL while idle. */
static inline struct vcpu *current_vcpu(void)
{
    return this_cpu()->current;
}

/* The registers of @v: in the CPU's frame while it runs here, else the saved ones. */
static inline struct trap_frame *vcpu_regs(struct vcpu *v)
{
    return v == this_cpu()->current ? this_cpu()->guest_frame : &v->regs;
}

/* The saved state of a descheduled vCPU was changed: no CPU may go on with what it still has. */
static inline void vcpu_state_changed(struct vcpu *v)
{
    atomic_store_explicit(&v->lazy_cpu, 0, memory_order_relaxed);
}

/* Whether an event upcall is due: something pending and not masked. */
static inline bool vcpu_event_deliverable(const struct vcpu *v)
{
    const volatile struct vcpu_info *info = v->info;

    return info->evtchn_upcall_pending && !info->evtchn_upcall_mask;
}

/*
 * vcpu_create - allocate vCPU @id of @d and its FPU area: down, uninitialised, without page
 * tables (control/ adds its roots and its place in the scheduler). 0, -ENOMEM, -EEXIST or
 * -EINVAL. The domain is not yet running.
 */
MUST_CHECK int vcpu_create(struct domain *d, uint32_t id, struct vcpu **out);

/* vcpu_free - give back what vcpu_create took. The vCPU never runs again. */
void vcpu_free(struct vcpu *v);

/*
 * vcpu_pause - as domain_pause, for one vCPU: returns when it runs nowhere and its registers are
 * in v->regs. Never the caller itself.
 */
void vcpu_pause(struct vcpu *v);
void vcpu_unpause(struct vcpu *v);

#endif /* __ASSEMBLER__ */
#endif /* PARAPET_DOMAIN_VCPU_H */
