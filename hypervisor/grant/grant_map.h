/* SPDX-License-Identifier: MIT */
/*
 * Mappings of granted frames, as the files that make and end them share them.
 *
 * Who holds what. The page-table entry of a host mapping has its references like any other
 * entry, and loses them with whoever removes it. A device mapping has references of its own. The
 * handle has a pin of the granted entry for each part, and keeps the granting domain in
 * memory. A guest that removes the page-table entry by other means keeps the pin until it dies.
 *
 * A pin is set after the references are taken, and dropped after the mapping is gone and no TLB
 * has it any more: until then the granting domain sees that the frame is in use.
 */
#ifndef PARAPET_GRANT_GRANT_MAP_H
#define PARAPET_GRANT_GRANT_MAP_H

#include "arch/pte.h"
#include "domain/domain.h"
#include "grant/grant_entry.h"
#include "lib/compiler.h"
#include "pvmmu/pvmmu.h"

static inline enum grant_kind grant_host_kind(bool is_read_only)
{
    return is_read_only ? GRANT_HOST_READ : GRANT_HOST_WRITE;
}

static inline enum grant_kind grant_device_kind(bool is_read_only)
{
    return is_read_only ? GRANT_DEVICE_READ : GRANT_DEVICE_WRITE;
}

/* Drops the references of a device mapping. */
static inline void grant_device_put(struct frame *frame, bool is_read_only)
{
    if (is_read_only)
        frame_put(frame);
    else
        frame_put_and_type(frame);
}

/*
 * Where the L1 entries of addresses are. A piece of operations is mostly about neighbours, so the
 * table that was found last is tried first; it is looked at again, under its lock, by
 * whoever changes an entry.
 */
struct entry_finder {
    struct vcpu *caller;
    uint64_t region; /* of 2 MiB, that the table maps; FINDER_EMPTY: none yet */
    maddr_t table;
};

#define FINDER_EMPTY UINT64_MAX

static inline struct entry_finder entry_finder(struct vcpu *caller)
{
    return (struct entry_finder){ .caller = caller, .region = FINDER_EMPTY };
}

/* As mmu_grant_entry(). */
MUST_CHECK static inline int entry_find(struct entry_finder *finder, uint64_t host_addr,
                                        bool contains_pte, maddr_t *place)
{
    if (unlikely(contains_pte || host_addr >> L2_SHIFT != finder->region)) {
        int error = mmu_grant_entry(finder->caller, host_addr, contains_pte, place);

        if (!error && !contains_pte) {
            finder->region = host_addr >> L2_SHIFT;
            finder->table = mfn_to_maddr(maddr_to_mfn(*place));
        }
        return error;
    }
    *place = maddr(finder->table.value + pte_index(1, host_addr) * sizeof(uint64_t));
    return 0;
}

/*
 * grant_unmap_all - give up all that the dying domain @d has mapped, but for its page-table entries:
 * those go with its page tables. 0 or -ERESTART.
 */
MUST_CHECK int grant_unmap_all(struct domain *d);

#endif
