/* SPDX-License-Identifier: MIT */
#include "fuzz/hypercall/tricks.h"

#include "arch/arch.h"
#include "arch/pte.h"
#include "domain/domain.h"
#include "fuzz/hypercall/makers.h"
#include "fuzz/hypercall/values.h"
#include "hypercall-abi/memory.h"
#include "hypercall-abi/xen.h"
#include "mm/guest_access.h"
#include "support/whole/world.h"

#define WRITABLE (PTE_PRESENT | PTE_WRITE | PTE_USER)

/* An ordinary page, mapped at its own place at the start. */
static uint64_t any_plain_pfn(void)
{
    return 400 + below(12);
}

static uint64_t va_of(uint64_t pfn)
{
    return WORLD_VIRT_BASE + pfn * PAGE_SIZE;
}

/* Zeros, so that the page is good for a page table. */
static void touch(uint64_t va)
{
    if (clear_guest(va, PAGE_SIZE) == 0)
        world_check();
}

static void map(uint64_t va, uint64_t entry)
{
    uint64_t flags = one_in(6) ? below(8) : 0;

    (void)world_call(__HYPERVISOR_update_va_mapping, va, entry, flags, 0, 0);
    world_check();
}

static void pin(mfn_t frame, uint32_t command)
{
    struct mmuext_op op = { .cmd = command, .arg1.mfn = frame.number };

    (void)world_call(__HYPERVISOR_mmuext_op, PUT(op), 1, 0, DOMID_SELF, 0);
    world_check();
}

static void give_back(mfn_t frame)
{
    struct xen_memory_reservation op = { .nr_extents = 1, .domid = DOMID_SELF };

    op.extent_start = put_list(&frame.number, sizeof(frame.number));
    (void)world_call(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, PUT(op), 0, 0, 0);
    world_check();
}

static void use_as_gdt(mfn_t frame)
{
    (void)world_call(__HYPERVISOR_set_gdt, PUT(frame.number), 512, 0, 0, 0);
    world_check();
}

static void make_something_else(mfn_t frame)
{
    switch (below(6)) {
    case 0:
        use_as_gdt(frame);
        break;
    case 1:
        give_back(frame);
        break;
    default:
        pin(frame, one_in(8) ? (uint32_t)below(4) : MMUEXT_PIN_L1_TABLE);
        break;
    }
}

void trick_with_own_page(void)
{
    uint64_t pfn = any_plain_pfn();
    mfn_t frame = world_mfn(self(), pfn);

    touch(va_of(pfn));
    map(va_of(pfn), one_in(3) ? frame.number << PAGE_SHIFT | PTE_PRESENT | PTE_USER : 0);
    make_something_else(frame);
    touch(va_of(pfn));
    if (one_in(2)) {
        pin(frame, MMUEXT_UNPIN_TABLE);
        map(va_of(pfn), frame.number << PAGE_SHIFT | WRITABLE);
    }
}

/* On the other CPU. */
static void let_owner_use(struct vcpu *owner, uint64_t pfn)
{
    world_cpu(1 - this_cpu()->id);
    world_run(owner);
    map(va_of(pfn), 0);
    make_something_else(world_mfn(owner->domain, pfn));
    world_check();
}

void trick_with_foreign_page(void)
{
    struct vcpu *caller = current_vcpu();
    struct domain *d = domains[1 + below(DOMAINS - 1)];
    uint64_t va = va_of(any_plain_pfn()), pfn = any_plain_pfn();
    uint64_t entry = world_mfn(d, pfn).number << PAGE_SHIFT | WRITABLE;
    uint32_t me = this_cpu()->id;

    if (!self()->is_control || atomic_load(&d->vcpus[0]->is_running) ||
        atomic_load(&d->vcpus[0]->blocked_by))
        return;
    (void)world_call(__HYPERVISOR_update_va_mapping_otherdomain, va, entry, 0, d->id, 0);
    touch(va);
    map(va, 0);
    let_owner_use(d->vcpus[0], pfn);
    world_cpu(me);
    if (this_cpu()->current == caller)
        touch(va);
}
