/* SPDX-License-Identifier: MIT */
/*
 * vCPUs, their timers and their shared areas: vcpu_op(cmd, vcpu, argument).
 */
#ifndef PARAPET_HYPERCALL_ABI_VCPU_H
#define PARAPET_HYPERCALL_ABI_VCPU_H

#include <stdint.h>

#include "hypercall-abi/guest_context.h"
#include "hypercall-abi/shared_info.h"
#include "hypercall-abi/types.h"

#define VCPUOP_initialise                     0
#define VCPUOP_up                             1
#define VCPUOP_down                           2
#define VCPUOP_is_up                          3
#define VCPUOP_get_runstate_info              4
#define VCPUOP_register_runstate_memory_area  5
#define VCPUOP_set_periodic_timer             6
#define VCPUOP_stop_periodic_timer            7
#define VCPUOP_set_singleshot_timer           8
#define VCPUOP_stop_singleshot_timer          9
#define VCPUOP_register_vcpu_info             10
#define VCPUOP_send_nmi                       11
#define VCPUOP_get_physid                     12
#define VCPUOP_register_vcpu_time_memory_area 13

/* vcpu_runstate_info.state, and index of vcpu_runstate_info.time */
#define RUNSTATE_running  0 /* on a processor */
#define RUNSTATE_runnable 1 /* waiting for one: stolen time */
#define RUNSTATE_blocked  2 /* waiting for an event */
#define RUNSTATE_offline  3 /* down or paused */

struct vcpu_runstate_info {
    int32_t state;             /* RUNSTATE_* */
    uint64_t state_entry_time; /* system time, with XEN_RUNSTATE_UPDATE while it changes */
    uint64_t time[4];          /* nanoseconds in each state */
};
_Static_assert(sizeof(struct vcpu_runstate_info) == 48, "layout of vcpu_runstate_info");

/* vcpu_runstate_info.state_entry_time, with VMASST_TYPE_runstate_update_flag */
#define XEN_RUNSTATE_UPDATE (1ULL << 63)

struct vcpu_register_runstate_memory_area {
    union {
        GUEST_HANDLE(struct vcpu_runstate_info) h;
        uint64_t v;
        uint64_t p;
    } addr; /* three names for one address */
};
_Static_assert(sizeof(struct vcpu_register_runstate_memory_area) == 8,
               "layout of vcpu_register_runstate_memory_area");

struct vcpu_set_periodic_timer {
    uint64_t period_ns;
};
_Static_assert(sizeof(struct vcpu_set_periodic_timer) == 8, "layout of vcpu_set_periodic_timer");

struct vcpu_set_singleshot_timer {
    uint64_t timeout_abs_ns; /* system time */
    uint32_t flags;          /* VCPU_SSHOTTMR_* */
};
_Static_assert(sizeof(struct vcpu_set_singleshot_timer) == 16,
               "layout of vcpu_set_singleshot_timer");

/* vcpu_set_singleshot_timer.flags */
#define VCPU_SSHOTTMR_future (1U << 0) /* -XEN_ETIME when the time is past */

struct vcpu_register_vcpu_info {
    uint64_t mfn;    /* frame that holds the vcpu_info from now on */
    uint32_t offset; /* of the vcpu_info in it */
    uint32_t rsvd;
};
_Static_assert(sizeof(struct vcpu_register_vcpu_info) == 16, "layout of vcpu_register_vcpu_info");

struct vcpu_get_physid {
    uint64_t phys_id; /* APIC id, and ACPI id in the upper half */
};
_Static_assert(sizeof(struct vcpu_get_physid) == 8, "layout of vcpu_get_physid");

struct vcpu_register_time_memory_area {
    union {
        GUEST_HANDLE(struct vcpu_time_info) h;
        uint64_t v;
        uint64_t p;
    } addr; /* three names for one address */
};
_Static_assert(sizeof(struct vcpu_register_time_memory_area) == 8,
               "layout of vcpu_register_time_memory_area");

#endif
