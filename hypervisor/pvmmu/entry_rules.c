/* SPDX-License-Identifier: MIT */
/*
 * Allowed bits per level.
 *
 * L1: the guest's own bits, and the three cache bits for domains with devices. A Global bit is
 * tolerated and taken out: nothing is Global, so a write of CR3 is a full flush. L2 to L4: no
 * cache bits, no large pages (the size bit), no Global. Addresses beyond the CPU's width would be
 * reserved-bit faults, which no guest may cause.
 */
#include "pvmmu/entry_rules.h"

#include "arch/cpu_features.h"
#include "domain/domain.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/ram.h"

#define ALLOWED_ANY_LEVEL                                                                          \
    (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY | PTE_AVAILABLE_LOW |           \
     PTE_AVAILABLE_HIGH | PTE_NO_EXECUTE)

bool entry_l1tf_rule;

uint64_t entry_mfn_limit(void)
{
    return 1UL << (cpu_features.physical_address_bits - PAGE_SHIFT);
}

bool entry_has_device_rights(const struct domain *d)
{
    return d->is_control;
}

static int check_absent(uint64_t entry, const struct domain *d)
{
    if (unlikely(entry_l1tf_rule) && !d->is_control && entry_mfn(entry).number < ram_frames_end() &&
        entry)
        return refuse(-EINVAL, "absent entry %#lx holds an address of RAM", entry);
    return 0;
}

int entry_check(unsigned level, uint64_t entry, const struct domain *d)
{
    uint64_t allowed = ALLOWED_ANY_LEVEL;

    if (!entry_is_present(entry))
        return check_absent(entry, d);
    if (level == 1) {
        allowed |= PTE_GLOBAL;
        if (entry_has_device_rights(d))
            allowed |= PTE_CACHE_BITS;
    }
    if (unlikely(entry & ~PTE_ADDRESS_MASK & ~allowed))
        return refuse(-EINVAL, "L%u entry %#lx has bits that are not allowed (%#lx)", level, entry,
                      entry & ~PTE_ADDRESS_MASK & ~allowed);
    if (unlikely(entry_mfn(entry).number >= entry_mfn_limit()))
        return refuse(-EINVAL, "L%u entry %#lx: no such address", level, entry);
    return 0;
}
