/* SPDX-License-Identifier: MIT */
/* sysctl: what the machine has, how it is divided, and how much of it is left. */
#include "arch/arch.h"
#include "arch/clock.h"
#include "arch/cpu_features.h"
#include "control/toolstack.h"
#include "control/toolstack_bitmap.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/frame_alloc.h"
#include "mm/guest_access.h"
#include "sched/run_queue.h"
#include "sched/scheduler.h"

#define HZ_IN_KHZ 1000u
#define NS_IN_US  1000u

/* ---- all of it ---- */

/* Feature words in the order of the ABI: leaf 1 EDX and ECX, 0x80000001 EDX and ECX, ... */
static void list_features(uint32_t words[8])
{
    static const uint8_t order[] = { CPUID_1_EDX, CPUID_1_ECX, CPUID_E1_EDX, CPUID_E1_ECX };

    for (unsigned i = 0; i < ARRAY_COUNT(order); i++)
        words[i] = cpu_features.word[order[i]];
    words[5] = cpu_features.word[CPUID_7_EBX];
    words[6] = cpu_features.word[CPUID_7_ECX];
    words[7] = cpu_features.word[CPUID_E7_EDX];
}

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
    list_features(op->hw_cap);
    return 0;
}

/* ---- processors ---- */

long sysctl_op_cputopoinfo(UNUSED struct vcpu *caller, struct xen_sysctl_cputopoinfo *op)
{
    if (op->cputopo) {
        for (uint32_t id = 0; id < op->num_cpus && id < cpu_count; id++) {
            const struct xen_sysctl_cputopo place = { .core = id };

            if (copy_to_guest(op->cputopo + id * sizeof(place), &place, sizeof(place)))
                return -EFAULT;
        }
    }
    if (!op->cputopo || op->num_cpus > cpu_count)
        op->num_cpus = cpu_count;
    return 0;
}

long sysctl_op_getcpuinfo(UNUSED struct vcpu *caller, struct xen_sysctl_getcpuinfo *op)
{
    uint32_t count = op->max_cpus < cpu_count ? op->max_cpus : cpu_count;

    for (uint32_t id = 0; id < count; id++) {
        const struct xen_sysctl_cpuinfo info = { .idletime = scheduler_idle_ns(id) };

        if (copy_to_guest(op->info + id * sizeof(info), &info, sizeof(info)))
            return -EFAULT;
    }
    op->nr_cpus = count;
    return 0;
}

/* ---- memory ---- */

#define LOCAL_DISTANCE 10u
#define ALL_NODES      (-1)

long sysctl_op_availheap(UNUSED struct vcpu *caller, struct xen_sysctl_availheap *op)
{
    uint64_t frames, below;

    if (op->node != ALL_NODES && op->node != 0)
        return refuse(-EINVAL, "memory node %d", op->node);
    if (op->max_bitwidth && op->max_bitwidth < op->min_bitwidth)
        return refuse(-EINVAL, "addresses of %u to %u bits", op->min_bitwidth, op->max_bitwidth);
    if (!op->min_bitwidth && !op->max_bitwidth) {
        frames = frames_free_total();
    } else {
        frames = frames_free_below(op->max_bitwidth ? op->max_bitwidth : FRAME_ADDRESS_ANY);
        below = op->min_bitwidth ? frames_free_below(op->min_bitwidth) : 0;
        frames = below < frames ? frames - below : 0;
    }
    op->avail_bytes = frames << PAGE_SHIFT;
    return 0;
}

long sysctl_op_numainfo(UNUSED struct vcpu *caller, struct xen_sysctl_numainfo *op)
{
    const struct xen_sysctl_meminfo node = { .memsize = frames_managed_total() << PAGE_SHIFT,
                                             .memfree = frames_free_total() << PAGE_SHIFT };
    const uint32_t distance = LOCAL_DISTANCE;
    bool only_asks = !op->meminfo && !op->distance;

    if (op->num_nodes > 0) {
        if (op->meminfo && copy_to_guest(op->meminfo, &node, sizeof(node)))
            return -EFAULT;
        if (op->distance && copy_to_guest(op->distance, &distance, sizeof(distance)))
            return -EFAULT;
    }
    if (only_asks || op->num_nodes > 1)
        op->num_nodes = 1;
    return 0;
}

/* ---- scheduling: one scheduler, one pool of all processors ---- */

long sysctl_op_sched_id(UNUSED struct vcpu *caller, struct xen_sysctl_sched_id *op)
{
    op->sched_id = XEN_SCHEDULER_CREDIT2;
    return 0;
}

/* How long a vCPU runs at least is fixed. */
long sysctl_op_scheduler_op(UNUSED struct vcpu *caller, struct xen_sysctl_scheduler_op *op)
{
    const uint32_t least_us = SLICE_MIN_NS / NS_IN_US;

    if (op->cpupool_id != 0)
        return refuse(-ESRCH, "CPU pool %u", op->cpupool_id);
    if (op->sched_id != XEN_SCHEDULER_CREDIT2)
        return refuse(-EINVAL, "scheduler %u is not in use", op->sched_id);
    if (op->cmd == XEN_SYSCTL_SCHEDOP_getinfo) {
        op->u.sched_credit2.ratelimit_us = least_us;
        return 0;
    }
    if (op->cmd != XEN_SYSCTL_SCHEDOP_putinfo)
        return refuse(-EINVAL, "scheduler command %u", op->cmd);
    return op->u.sched_credit2.ratelimit_us == least_us
               ? 0
               : refuse(-EOPNOTSUPP, "a slice of at least %u us", op->u.sched_credit2.ratelimit_us);
}

static uint32_t count_domains(void)
{
    uint32_t count = 0;

    for (struct domain *d = domain_next(0); d; d = domain_next((uint16_t)(d->id + 1)))
        count++;
    return count;
}

static long pool_info(struct xen_sysctl_cpupool_op *op)
{
    if (op->cpupool_id != 0)
        return refuse(-ENOENT, "no CPU pool from %u on", op->cpupool_id);
    op->sched_id = XEN_SCHEDULER_CREDIT2;
    op->n_dom = count_domains();
    return bitmap_to_guest(&op->cpumap, cpu_mask_online());
}

long sysctl_op_cpupool_op(UNUSED struct vcpu *caller, struct xen_sysctl_cpupool_op *op)
{
    switch (op->op) {
    case XEN_SYSCTL_CPUPOOL_OP_INFO:
        return pool_info(op);
    case XEN_SYSCTL_CPUPOOL_OP_FREEINFO:
        return bitmap_to_guest(&op->cpumap, 0);
    default:
        return refuse(-EOPNOTSUPP, "CPU pools are not made: command %u", op->op);
    }
}
