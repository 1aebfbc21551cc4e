/* SPDX-License-Identifier: MIT */
/*
 * L1 tables. Validation is one unit of 512 entries: it succeeds, or undoes itself.
 *
 * The frame is busy, so no guest has it mapped writable and no CPU walks it; entries are
 * rewritten in place as entry_adjust() wants them.
 */
#include "lib/barrier.h"
#include "pvmmu/entry_ref.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/table_scan.h"
#include "pvmmu/validate.h"

static int validate_entry(uint64_t *slot, struct domain *d)
{
    const struct l1_rights rights = { .table_owner = d, .frame_owner = d, .may_restart = true };
    uint64_t found = READ_ONCE(*slot);
    uint64_t entry = found;
    int error;

    error = entry_check(1, entry, d);
    if (error || !entry_is_present(entry))
        return error;
    entry = entry_adjust(1, entry);
    error = l1_entry_get(&entry, &rights);
    if (!error && entry != found)
        WRITE_ONCE(*slot, entry);
    return error;
}

int validate_l1(struct frame *frame, struct domain *d)
{
    uint64_t *table = frame_table_entries(frame);

    for (unsigned i = table_next_used(table, 0, PTES_PER_TABLE); i < PTES_PER_TABLE;
         i = table_next_used(table, i + 1, PTES_PER_TABLE)) {
        int error = validate_entry(&table[i], d);

        if (error) {
            invalidate_l1(frame, i);
            return error;
        }
    }
    return 0;
}

void invalidate_l1(struct frame *frame, unsigned count)
{
    const uint64_t *table = frame_table_entries(frame);

    for (unsigned i = table_next_used(table, 0, count); i < count;
         i = table_next_used(table, i + 1, count))
        l1_entry_put(READ_ONCE(table[i]));
}
