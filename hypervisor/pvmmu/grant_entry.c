/* SPDX-License-Identifier: MIT */
/*
 * L1 entries for grants. The entry holds its references like any other, so a guest that
 * overwrites it by other means, or dies, needs no help from the grant table.
 *
 * The places are those of L1 entries, by a walk or by a number of the guest's that is aligned;
 * that the table is an L1 of the domain's is seen when it is locked.
 */
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "pvmmu/entry_ref.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/entry_write.h"
#include "pvmmu/pvmmu.h"
#include "pvmmu/quick.h"
#include "pvmmu/walk.h"

int mmu_grant_entry(struct vcpu *v, uint64_t host_addr, bool contains_pte, maddr_t *entry_address)
{
    if (!contains_pte)
        return walk_to_l1(v->domain, v->mmu.kernel_l4, host_addr, entry_address);
    if (!is_aligned(host_addr, sizeof(uint64_t)))
        return refuse(-EINVAL, "entry address %#lx is not aligned", host_addr);
    *entry_address = maddr(host_addr);
    return 0;
}

/* ---- map ---- */

static ALWAYS_INLINE bool is_special(const struct frame *frame)
{
    return atomic_load_explicit(&frame->count, memory_order_relaxed) & FRAME_RAM_SPECIAL;
}

/* The references of an entry that is known to be well-formed; false: none were taken. */
static ALWAYS_INLINE bool quick_get(const struct vcpu *v, uint64_t value,
                                    const struct domain *frame_owner)
{
    struct frame *frame = quick_frame(entry_mfn(value).number);
    uint32_t notes = v->domain == frame_owner ? 0 : TYPE_FOREIGN;

    if (unlikely(atomic_load_explicit(&frame_owner->life, memory_order_acquire) != DOMAIN_ALIVE))
        return false;
    if (unlikely(!frame || !frame_get_quick(frame, frame_owner)))
        return false;
    if (likely(!is_special(frame)) &&
        (!(value & PTE_WRITE) || likely(frame_type_get_writable_quick(frame, notes))))
        return true;
    frame_put(frame);
    return false;
}

/* The whole of it, where nothing is out of the ordinary; false: nothing was changed. */
static ALWAYS_INLINE bool map_quickly(struct vcpu *v, maddr_t place, uint64_t value,
                                      struct domain *frame_owner)
{
    struct frame *table;
    uint64_t old;

    if (unlikely(value & PTE_CACHE_BITS) || unlikely(!quick_get(v, value, frame_owner)))
        return false;
    table = quick_lock(v->domain, maddr_to_mfn(place).number);
    if (unlikely(!table)) {
        quick_put(value);
        return false;
    }
    old = atomic_exchange((_Atomic uint64_t *)maddr_to_virt(place), entry_adjust(1, value));
    table_unlock(table);
    quick_put(old);
    return true;
}

static NOINLINE int map_slowly(struct vcpu *v, maddr_t place, uint64_t value,
                               struct domain *frame_owner)
{
    const struct entry_write write = {
        .table_owner = v->domain,
        .frame_owner = frame_owner,
        .place = place,
        .value = value,
    };
    const struct frame *frame = frame_lookup(entry_mfn(value));
    int error;

    if (!frame || is_special(frame))
        return refuse(-EINVAL, "entry %#lx maps no ordinary RAM", value);
    error = entry_write(&write);
    return error == -ENOENT ? -EINVAL : error;
}

int mmu_grant_map(struct vcpu *v, maddr_t entry_address, uint64_t value, struct domain *frame_owner)
{
    if (likely(map_quickly(v, entry_address, value, frame_owner)))
        return 0;
    return map_slowly(v, entry_address, value, frame_owner);
}

/* ---- unmap ---- */

#define MATCH_MASK (PTE_ADDRESS_MASK | PTE_PRESENT | PTE_WRITE)

/* False: nothing was changed, for whatever reason. */
static ALWAYS_INLINE bool unmap_quickly(struct vcpu *v, maddr_t place, uint64_t expected)
{
    _Atomic uint64_t *slot = maddr_to_virt(place);
    struct frame *table = quick_lock(v->domain, maddr_to_mfn(place).number);
    bool is_done = false;
    uint64_t old;

    if (unlikely(!table))
        return false;
    old = atomic_load_explicit(slot, memory_order_relaxed);
    if (likely(((old ^ expected) & MATCH_MASK) == 0))
        is_done = atomic_compare_exchange_strong(slot, &old, 0);
    table_unlock(table);
    if (likely(is_done))
        quick_put(old);
    return is_done;
}

static NOINLINE int unmap_slowly(struct vcpu *v, maddr_t place, uint64_t expected,
                                 uint64_t replacement)
{
    const struct entry_write write = {
        .table_owner = v->domain,
        .place = place,
        .value = replacement,
        .expected = expected,
    };
    uint64_t old;

    if (entry_take(&write, MATCH_MASK, &old))
        return -EINVAL;
    l1_entry_put(old);
    return 0;
}

int mmu_grant_unmap(struct vcpu *v, maddr_t entry_address, mfn_t frame, bool writable,
                    uint64_t replacement)
{
    uint64_t expected = mfn_to_maddr(frame).value | PTE_PRESENT | (writable ? PTE_WRITE : 0);

    if (likely(!replacement && unmap_quickly(v, entry_address, expected)))
        return 0;
    return unmap_slowly(v, entry_address, expected, replacement);
}

/* ---- move ---- */

int mmu_grant_take(struct vcpu *v, maddr_t entry_address, uint64_t *taken)
{
    const struct entry_write write = { .table_owner = v->domain, .place = entry_address };

    return entry_take(&write, 0, taken) ? -EINVAL : 0;
}

void mmu_entry_drop(uint64_t taken)
{
    l1_entry_put(taken);
}
