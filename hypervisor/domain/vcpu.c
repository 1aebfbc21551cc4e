/* SPDX-License-Identifier: MIT */
/* Allocation of vCPUs, and the state of one that was never started. */
#include "domain/vcpu.h"

#include "arch/fpu.h"
#include "domain/domain.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/heap.h"

#define DEBUG_STATUS_RESET  0xffff0ff0UL
#define DEBUG_CONTROL_RESET 0x400UL

/* From this size on the heap gives whole pages, which are aligned enough for XSAVE. */
#define ALIGNED_ALLOCATION 2048u

static void set_initial_state(struct vcpu *v)
{
    atomic_store_explicit(&v->blocked_by, VCPU_DOWN | VCPU_PAUSED, memory_order_relaxed);
    v->kernel_ss = FLAT_KERNEL_SS;
    v->in_kernel = 1;
    v->debugreg[6] = DEBUG_STATUS_RESET;
    v->debugreg[7] = DEBUG_CONTROL_RESET;
    v->xcr0 = XCR0_X87;
    v->mmu.kernel_l4 = MFN_INVALID;
    v->mmu.user_l4 = MFN_INVALID;
    v->info_frame = MFN_INVALID;
    for (unsigned i = 0; i < GDT_WINDOW_GUEST_PAGES; i++)
        v->descriptors.gdt_frames[i] = MFN_INVALID;
    v->time.runstate.state = RUNSTATE_offline;
    spin_init(&v->virq_lock, LOCK_VIRQ);
    list_init(&v->run_link);
    v->affinity = ~0UL;
}

int vcpu_create(struct domain *d, uint32_t id, struct vcpu **out)
{
    uint32_t fpu_bytes = fpu_area_bytes();
    struct vcpu *v;

    if (id != d->vcpu_count || id >= MAX_VCPUS)
        return id < d->vcpu_count ? -EEXIST : -EINVAL;
    v = heap_alloc(sizeof(*v));
    if (!v)
        return -ENOMEM;
    v->fpu = heap_alloc(fpu_bytes < ALIGNED_ALLOCATION ? ALIGNED_ALLOCATION : fpu_bytes);
    if (!v->fpu) {
        heap_free(v);
        return -ENOMEM;
    }

    v->domain = d;
    v->id = id;
    v->unregistered_info.evtchn_upcall_mask = 1;
    v->info = id < XEN_LEGACY_MAX_VCPUS ? &d->shared->vcpu_info[id] : &v->unregistered_info;
    fpu_area_init(v->fpu);
    set_initial_state(v);

    d->vcpus[id] = v;
    d->vcpu_count = id + 1;
    *out = v;
    return 0;
}

void vcpu_free(struct vcpu *v)
{
    heap_free(v->fpu);
    heap_free(v);
}
