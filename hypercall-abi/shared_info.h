/* SPDX-License-Identifier: MIT */
/*
 * The page that hypervisor and guest share for the life of the domain: event bits, time, wall
 * clock, and where the guest's own page-frame list is.
 *
 * A guest may write any of it at any time; the hypervisor reads nothing here that it trusts.
 */
#ifndef PARAPET_HYPERCALL_ABI_SHARED_INFO_H
#define PARAPET_HYPERCALL_ABI_SHARED_INFO_H

#include <stdint.h>

#include "hypercall-abi/types.h"

/* vCPUs that have their vcpu_info in shared_info; the others must register one. */
#define XEN_LEGACY_MAX_VCPUS 32

/*
 * Time since boot, in nanoseconds, at TSC value t:
 *   system_time + ((((t - tsc_timestamp) << tsc_shift) * tsc_to_system_mul) >> 32)
 * where a negative tsc_shift shifts right. `version` is odd while an update is under way.
 */
struct vcpu_time_info {
    uint32_t version;
    uint32_t pad0;
    uint64_t tsc_timestamp;
    uint64_t system_time;
    uint32_t tsc_to_system_mul;
    int8_t tsc_shift;
    uint8_t flags; /* XEN_PVCLOCK_* */
    uint8_t pad1[2];
};
_Static_assert(sizeof(struct vcpu_time_info) == 32, "layout of vcpu_time_info");

/* vcpu_time_info.flags */
#define XEN_PVCLOCK_TSC_STABLE_BIT (1U << 0) /* all CPUs' counters agree */
#define XEN_PVCLOCK_GUEST_STOPPED  (1U << 1) /* the host stopped the guest; the guest clears it */

struct arch_vcpu_info {
    uint64_t cr2; /* address of the last page fault delivered */
    uint64_t pad;
};
_Static_assert(sizeof(struct arch_vcpu_info) == 16, "layout of arch_vcpu_info");

/* One vCPU's half of event delivery, and its clock. */
struct vcpu_info {
    uint8_t evtchn_upcall_pending; /* set by the hypervisor, cleared by the guest */
    uint8_t evtchn_upcall_mask;    /* the virtual interrupt flag, inverted */
    xen_ulong_t evtchn_pending_sel;
    struct arch_vcpu_info arch;
    struct vcpu_time_info time;
};
_Static_assert(sizeof(struct vcpu_info) == 64, "layout of vcpu_info");

struct arch_shared_info {
    uint64_t max_pfn;                     /* highest pfn in the guest's list */
    xen_pfn_t pfn_to_mfn_frame_list_list; /* root of the older, three-level list */
    uint64_t nmi_reason;                  /* XEN_NMIREASON_* */
    uint64_t p2m_cr3;                     /* 0, or the root through which p2m_vaddr is mapped */
    uint64_t p2m_vaddr;                   /* the guest's linear pfn to mfn list */
    uint64_t p2m_generation;              /* odd while the guest changes the list's mapping */
};
_Static_assert(sizeof(struct arch_shared_info) == 48, "layout of arch_shared_info");

struct shared_info {
    struct vcpu_info vcpu_info[XEN_LEGACY_MAX_VCPUS];
    xen_ulong_t evtchn_pending[64]; /* one bit for each port of the two-level ABI */
    xen_ulong_t evtchn_mask[64];
    uint32_t wc_version; /* odd while the wall clock is updated */
    uint32_t wc_sec;     /* UTC at system time 0 */
    uint32_t wc_nsec;
    uint32_t wc_sec_hi; /* bits 32-63 of the seconds */
    struct arch_shared_info arch;
};
_Static_assert(sizeof(struct shared_info) == 3136, "layout of shared_info");

#endif
