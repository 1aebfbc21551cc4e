/* SPDX-License-Identifier: MIT */
/* Most page tables are nearly empty: finding what is in one, eight entries at a time. */
#ifndef PARAPET_PVMMU_TABLE_SCAN_H
#define PARAPET_PVMMU_TABLE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/layout.h"
#include "lib/barrier.h"
#include "lib/compiler.h"

#define TABLE_SCAN_STEP 8u

_Static_assert(PTES_PER_TABLE % TABLE_SCAN_STEP == 0, "a step never leaves the table");

/* Plain reads: nobody changes what is absent in a table that is busy or going. */
static ALWAYS_INLINE bool table_step_is_empty(const uint64_t *step)
{
    return !(step[0] | step[1] | step[2] | step[3] | step[4] | step[5] | step[6] | step[7]);
}

/* The first entry from @slot on that is not 0; @end or later if there is none before @end. */
static ALWAYS_INLINE unsigned table_next_used(const uint64_t *table, unsigned slot, unsigned end)
{
    while (slot < end) {
        if (slot % TABLE_SCAN_STEP == 0 && table_step_is_empty(&table[slot])) {
            slot += TABLE_SCAN_STEP;
            continue;
        }
        if (READ_ONCE(table[slot]))
            break;
        slot++;
    }
    return slot;
}

#endif
