/* SPDX-License-Identifier: MIT */
/*
 * No lock is held and no reference taken, so any table may be taken apart, freed and used for
 * something else while it is read. Each step therefore only follows what is, right now, a
 * validated table of the level that must come next. A table that goes away between that check
 * and the read yields eight bytes of something, which lead nowhere that the same check would not
 * allow. The L1 must be of this domain; and whoever acts on the result checks it under its lock.
 */
#include "pvmmu/walk.h"

#include "domain/vcpu.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/pvmmu.h"

/* Whether the frame is, now, a validated table of this level, whoever's. */
static ALWAYS_INLINE const struct frame *table_at(uint64_t number, unsigned level)
{
    const struct frame *frame;

    if (unlikely(!mfn_valid(mfn(number))))
        return NULL;
    frame = mfn_to_frame(mfn(number));
    return likely(type_is_valid(type_word(frame), (enum frame_type)level)) ? frame : NULL;
}

/* From the table @number of @level to the one below it. */
static ALWAYS_INLINE bool step_down(uint64_t *number, unsigned level, uint64_t va)
{
    uint64_t entry;

    if (unlikely(!table_at(*number, level)))
        return false;
    entry = READ_ONCE(((const uint64_t *)mfn_to_virt(mfn(*number)))[pte_index(level, va)]);
    *number = entry_mfn(entry).number;
    return likely(entry_is_present(entry));
}

int walk_to_l1(const struct domain *d, mfn_t l4, uint64_t va, maddr_t *place)
{
    const struct frame *frame;
    uint64_t number = l4.number;

    if (unlikely(!guest_address_ok(va) || !step_down(&number, 4, va) ||
                 !step_down(&number, 3, va) || !step_down(&number, 2, va)))
        return -EINVAL;
    frame = table_at(number, 1);
    if (unlikely(!frame || !frame_is_of(frame, d)))
        return -EINVAL;
    *place = maddr((number << PAGE_SHIFT) + pte_index(1, va) * sizeof(uint64_t));
    return 0;
}

int walk_to_entry(const struct domain *d, mfn_t l4, uint64_t va, uint64_t *entry)
{
    maddr_t place;

    if (walk_to_l1(d, l4, va, &place))
        return -EINVAL;
    *entry = READ_ONCE(*(const uint64_t *)maddr_to_virt(place));
    return 0;
}

int mmu_walk(struct vcpu *v, uint64_t va, maddr_t *entry_address, uint64_t *entry)
{
    if (walk_to_l1(v->domain, v->mmu.kernel_l4, va, entry_address))
        return -EINVAL;
    *entry = READ_ONCE(*(const uint64_t *)maddr_to_virt(*entry_address));
    return 0;
}
