/* SPDX-License-Identifier: MIT */
/*
 * L2, L3 and L4 tables. Validation may stop after any entry; each entry may itself be long work,
 * which stops in the same way one level below, so a restart goes on where it was.
 *
 * L4: what the guest has in the hypervisor's slots is ignored and replaced by the summary
 * (l4_summary.h).
 */
#include "domain/preempt.h"
#include "lib/errno.h"
#include "pvmmu/entry_ref.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/l4_summary.h"
#include "pvmmu/roots.h"
#include "pvmmu/table_scan.h"
#include "pvmmu/validate.h"

struct upper_table {
    struct frame *frame;
    struct domain *owner;
    uint64_t *entries;
    unsigned level;
};

static int validate_entry(const struct upper_table *table, unsigned slot)
{
    uint64_t found = READ_ONCE(table->entries[slot]);
    uint64_t entry = entry_adjust(table->level, found);
    int error = entry_check(table->level, entry, table->owner);

    if (error || !entry_is_present(entry))
        return error;
    error = upper_entry_get(table->level, entry, table->frame, table->owner);
    if (error)
        return error;
    if (entry != found)
        WRITE_ONCE(table->entries[slot], entry);
    if (table->level == 4)
        l4_summary_note(table->entries, slot, true);
    return 0;
}

/* Whether to stop after this slot: something was done, and something is left to do. */
static bool must_stop_after(const struct upper_table *table, unsigned slot)
{
    return slot + 1 < PTES_PER_TABLE && entry_is_present(table->entries[slot]) && preempt_pending();
}

/* The next slot from @slot on, before @end, that has something of the guest's in it. */
static ALWAYS_INLINE unsigned next_slot(const struct upper_table *table, unsigned slot,
                                        unsigned end)
{
    slot = table_next_used(table->entries, slot, end);
    if (table->level == 4 && !l4_slot_is_guests(slot))
        slot = table_next_used(table->entries, HOLE_LAST_SLOT + 1, end);
    return slot;
}

int validate_upper(struct frame *frame, unsigned level, struct domain *d, unsigned *index)
{
    const struct upper_table table = {
        .frame = frame, .owner = d, .entries = frame_table_entries(frame), .level = level
    };

    if (level == 4 && *index == 0)
        l4_summary_start(table.entries);
    for (unsigned slot = next_slot(&table, *index, PTES_PER_TABLE); slot < PTES_PER_TABLE;
         slot = next_slot(&table, slot + 1, PTES_PER_TABLE)) {
        int error = validate_entry(&table, slot);

        if (error) {
            *index = slot;
            return error;
        }
        if (must_stop_after(&table, slot)) {
            *index = slot + 1;
            return -ERESTART;
        }
    }
    return 0;
}

void invalidate_upper(struct frame *frame, unsigned level, unsigned count)
{
    const struct upper_table table = { .frame = frame,
                                       .entries = frame_table_entries(frame),
                                       .level = level };

    if (level == 4)
        roots_forget(frame_owner(frame), frame_to_mfn(frame));
    for (unsigned slot = next_slot(&table, 0, count); slot < count;
         slot = next_slot(&table, slot + 1, count))
        upper_entry_put(level, READ_ONCE(table.entries[slot]), frame);
    if (level == 4)
        l4_summary_end(table.entries);
}
