/* SPDX-License-Identifier: MIT */
/*
 * The references that a page-table entry holds.
 *
 * A present L1 entry has a general reference to its frame, and if it is writable a writable type
 * reference; entries for device memory have none. A present L2-L4 entry has a type reference to a
 * table one level below. Absent entries have none. Which frame an entry refers to and whether
 * it is writable never changes while the entry stands, so what was taken is what is dropped.
 */
#ifndef PARAPET_PVMMU_ENTRY_REF_H
#define PARAPET_PVMMU_ENTRY_REF_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "mm/frame.h"

struct domain;

/* Whose tables an L1 entry goes into, whose frame it maps, and how long we may wait for that. */
struct l1_rights {
    struct domain *table_owner;
    struct domain *frame_owner;
    bool may_restart; /* no spinlock is held: may wait and answer -ERESTART */
};

/*
 * l1_entry_get - take the references of @entry (checked and adjusted). A device page that is only
 * for reading loses its write bit. 0, -EINVAL, -EPERM, -EBUSY or -ERESTART.
 */
MUST_CHECK int l1_entry_get(uint64_t *entry, const struct l1_rights *rights);
void l1_entry_put(uint64_t entry);

/*
 * upper_entry_get - the same for an entry of a table at @level (2 to 4) that belongs to @d.
 * @table is that table: an L4 entry may point to its own table, read-only, and needs no
 * reference then.
 */
MUST_CHECK int upper_entry_get(unsigned level, uint64_t entry, const struct frame *table,
                               struct domain *d);
void upper_entry_put(unsigned level, uint64_t entry, const struct frame *table);

#endif
