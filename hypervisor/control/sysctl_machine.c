/* SPDX-License-Identifier: MIT */
/* sysctl: what the machine has, and how much of it is left. */
#include "arch/arch.h"
#include "arch/clock.h"
#include "control/toolstack.h"
#include "emulate/cpuid_view.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/frame_alloc.h"

#define HZ_IN_KHZ 1000u

/* One memory node, and each processor a core of its own: nobody places vCPUs by more. */
long sysctl_op_physinfo(UNUSED struct vcpu *caller, struct xen_sysctl_physinfo *op)
{
    op->threads_per_core = 1;
    op->cores_per_socket = cpu_count;
    op->nr_cpus = cpu_count;
    op->max_cpu_id = cpu_count - 1;
    op->nr_nodes = 1;
    op->cpu_khz = (uint32_t)(clock_tsc_hz() / HZ_IN_KHZ);
    op->capabilities =
        XEN_SYSCTL_PHYSCAP_pv | XEN_SYSCTL_PHYSCAP_directio | XEN_SYSCTL_PHYSCAP_gnttab_v1;
    op->total_pages = frames_managed_total();
    op->free_pages = frames_free_total();
    op->max_mfn = frame_count - 1;
    return 0;
}
