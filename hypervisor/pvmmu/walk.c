/* SPDX-License-Identifier: MIT */
/*
 * No lock is held and no reference taken, so any table may be taken apart, freed and used for
 * something else while it is read. Each step therefore only follows what is, right now, a
 * validated table of this domain and of the level that must come next. A table that goes away
 * between that check and the read yields eight bytes of something, which lead nowhere that the
 * same check would not allow; and whoever acts on the result checks it under the L1's lock.
 */
#include "pvmmu/walk.h"

#include "domain/vcpu.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/pvmmu.h"

/* The frame's own table, if it is one of @d at this level now. */
static const uint64_t *table_of(const struct domain *d, mfn_t number, unsigned level)
{
    const struct frame *frame = frame_lookup(number);

    if (!frame || frame_owner(frame) != d ||
        !type_is_valid(type_word(frame), (enum frame_type)level))
        return NULL;
    return frame_table_entries(frame);
}

int walk_to_l1(const struct domain *d, mfn_t l4, uint64_t va, maddr_t *place)
{
    mfn_t number = l4;

    if (!guest_address_ok(va))
        return -EINVAL;
    for (unsigned level = 4; level > 1; level--) {
        const uint64_t *table = table_of(d, number, level);
        uint64_t entry = table ? READ_ONCE(table[pte_index(level, va)]) : 0;

        if (!entry_is_present(entry))
            return -EINVAL;
        number = entry_mfn(entry);
    }
    if (!table_of(d, number, 1))
        return -EINVAL;
    *place = maddr(mfn_to_maddr(number).value + pte_index(1, va) * sizeof(uint64_t));
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
