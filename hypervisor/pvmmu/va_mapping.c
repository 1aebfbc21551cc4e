/* SPDX-License-Identifier: MIT */
/* L1 entries found by virtual address: update_va_mapping, and writable page tables. */
#include "arch/arch.h"
#include "domain/domain.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "pvmmu/entry_quick.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/entry_write.h"
#include "pvmmu/flush.h"
#include "pvmmu/pvmmu.h"
#include "pvmmu/walk.h"

/* ---- update_va_mapping ---- */

/* The CPUs that @flags name; only asked when there is something to flush. */
static int flush_targets(struct vcpu *caller, uint64_t flags, cpu_mask_t *cpus)
{
    uint64_t who = flags & ~UVMF_FLUSHTYPE_MASK;

    *cpus = CPU_MASK(this_cpu()->id);
    if (who == UVMF_LOCAL)
        return 0;
    if (who != UVMF_ALL)
        return flush_vcpus_by_bitmap(caller, who, cpus);
    *cpus = flush_all_cpus(caller);
    return 0;
}

static int flush_by_flags(struct vcpu *caller, uint64_t va, uint64_t flags)
{
    cpu_mask_t cpus;
    int error = flush_targets(caller, flags, &cpus);

    if (error)
        return error;
    if ((flags & UVMF_FLUSHTYPE_MASK) == UVMF_INVLPG)
        flush_address(cpus, va);
    else
        flush_cpus(cpus);
    return 0;
}

static NOINLINE int write_slowly(struct vcpu *caller, const struct mmu_update *update,
                                 struct domain *frame_owner)
{
    const struct entry_write write = {
        .table_owner = caller->domain,
        .frame_owner = frame_owner,
        .place = maddr(update->ptr),
        .value = update->val,
        .may_restart = true,
    };
    int error = entry_write(&write);

    return error == -ENOENT ? -EINVAL : error;
}

int mmu_update_va_mapping(struct vcpu *caller, uint64_t va, uint64_t entry, uint64_t flags,
                          struct domain *frame_owner)
{
    struct mmu_update update = { .val = entry };
    uint64_t kind = flags & UVMF_FLUSHTYPE_MASK;
    maddr_t place;

    if (unlikely(kind == UVMF_FLUSHTYPE_MASK))
        return refuse(-EINVAL, "update_va_mapping flags %#lx", flags);
    if (unlikely(walk_to_l1(caller->domain, caller->mmu.kernel_l4, va, &place)))
        return refuse(-EINVAL, "no L1 table maps %#lx", va);
    update.ptr = place.value;
    if (unlikely(frame_owner != caller->domain ||
                 entry_write_quick(frame_owner, &update, 1) != 1)) {
        int error = write_slowly(caller, &update, frame_owner);

        if (error)
            return error;
    }
    caller->counters.page_table_updates++;
    return kind == UVMF_NONE ? 0 : flush_by_flags(caller, va, flags);
}

/* ---- writable page tables ---- */

/* Where the entry is that a write at @va means: the mapping must be a read-only one, or the fault is
 * the guest's own. */
static ALWAYS_INLINE bool find_written(const struct vcpu *v, uint64_t va, maddr_t *place)
{
    const uint64_t bits = PTE_PRESENT | PTE_WRITE;
    uint64_t mapping;

    if (walk_to_entry(v->domain, v->mmu.kernel_l4, va, &mapping) || (mapping & bits) != PTE_PRESENT)
        return false;
    *place = maddr(mfn_to_maddr(entry_mfn(mapping)).value +
                   va % PAGE_SIZE / sizeof(uint64_t) * sizeof(uint64_t));
    return true;
}

bool mmu_write_pte_quick(struct vcpu *v, uint64_t va, uint64_t value, uint64_t *old)
{
    maddr_t place;

    return find_written(v, va, &place) && entry_exchange_quick(v->domain, place, value, old);
}

int mmu_emulate_pte_write(struct vcpu *v, uint64_t va, uint64_t expected, uint64_t value)
{
    struct entry_write write = {
        .table_owner = v->domain,
        .frame_owner = v->domain,
        .value = value,
        .mode = ENTRY_WRITE_IF,
        .expected = expected,
        .may_restart = true,
    };
    int error;

    if (!find_written(v, va, &write.place))
        return -EINVAL;
    error = entry_write_quick_if(v->domain, write.place, expected, value) ? 0 : entry_write(&write);
    return error == 0 ? 0 : error == -EAGAIN || error == -ERESTART ? -EAGAIN : -EINVAL;
}
