/* SPDX-License-Identifier: MIT */
/*
 * What a guest may write into a page-table entry, and what we make of it.
 *
 * Pure functions of the entry, its level and the domain's rights; references are
 * entry_ref.h's. Every path that installs an entry a guest has given calls entry_check() first.
 */
#ifndef PARAPET_PVMMU_ENTRY_RULES_H
#define PARAPET_PVMMU_ENTRY_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/pte.h"
#include "lib/compiler.h"
#include "mm/address.h"

struct domain;

/* Set by us in an L1 entry that the guest meant for its kernel only. Any software bit would do;
 * Linux tolerates this one. */
#define PTE_GUEST_KERNEL (1UL << 52)

#define PTE_CACHE_BITS (PTE_PWT | PTE_PCD | PTE_PAT)
/* What the processor or the guest's bookkeeping changes: no reference or right hangs on it. */
#define PTE_HARMLESS (PTE_ACCESSED | PTE_DIRTY | PTE_AVAILABLE_LOW)

/* Refuse absent entries that hold the address of RAM (L1TF): set at boot on CPUs that need it. */
extern bool entry_l1tf_rule;

static inline mfn_t entry_mfn(uint64_t entry)
{
    return mfn((entry & PTE_ADDRESS_MASK) >> PAGE_SHIFT);
}

static inline bool entry_is_present(uint64_t entry)
{
    return entry & PTE_PRESENT;
}

/*
 * entry_check - whether a guest of @d may have this entry at @level (1 to 4), as far as the
 * entry alone tells. 0 or -EINVAL.
 */
MUST_CHECK int entry_check(unsigned level, uint64_t entry, const struct domain *d);

/* entry_adjust - the entry as it is stored: reachable from ring 3, marked, never Global. */
static inline uint64_t entry_adjust(unsigned level, uint64_t entry)
{
    if (!entry_is_present(entry))
        return entry;
    if (level > 1)
        return entry | PTE_USER;
    if (!(entry & PTE_USER))
        entry |= PTE_USER | PTE_GUEST_KERNEL;
    return entry & ~PTE_GLOBAL;
}

/* Whether a domain may choose cache types, that is, has devices. */
bool entry_has_device_rights(const struct domain *d);

/* Frames from here on do not exist: the CPU's physical address width. */
uint64_t entry_mfn_limit(void);

#endif
