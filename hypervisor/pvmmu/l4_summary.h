/* SPDX-License-Identifier: MIT */
/*
 * Which slots of a guest's L4 table are present: a bitmap in the table itself.
 *
 * The sixteen slots of the hypervisor's hole are of no use to the guest (it may not write them,
 * and the page is never in CR3), so each of them holds 32 bits of the bitmap, from the
 * validation of the table until it is taken apart; the first one also says which of the eight
 * groups of 64 have any. Through a linear mapping a CPU may walk the page as a table of another
 * level, so the words are absent entries with an address beyond any RAM (which also tells L1TF
 * nothing).
 */
#ifndef PARAPET_PVMMU_L4_SUMMARY_H
#define PARAPET_PVMMU_L4_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/layout.h"
#include "lib/barrier.h"

#define L4_SUMMARY_WORDS  16u
#define L4_SUMMARY_GROUPS (L4_SUMMARY_WORDS / 2)
#define L4_SUMMARY_SHIFT  1
#define L4_SUMMARY_BASE   0x000ffc0000000000UL
#define L4_GROUPS_SHIFT   52

_Static_assert(HOLE_LAST_SLOT - HOLE_FIRST_SLOT + 1 == L4_SUMMARY_WORDS, "one word for each slot");
_Static_assert(DIRECT_MAP_SIZE <= 1UL << 42, "the base is no address of RAM");

static inline bool l4_slot_is_guests(unsigned slot)
{
    return slot < HOLE_FIRST_SLOT || slot > HOLE_LAST_SLOT;
}

static inline void l4_summary_start(uint64_t *l4)
{
    for (unsigned word = 0; word < L4_SUMMARY_WORDS; word++)
        WRITE_ONCE(l4[HOLE_FIRST_SLOT + word], L4_SUMMARY_BASE);
}

/* The table is a guest's page again. */
static inline void l4_summary_end(uint64_t *l4)
{
    for (unsigned word = 0; word < L4_SUMMARY_WORDS; word++)
        WRITE_ONCE(l4[HOLE_FIRST_SLOT + word], 0);
}

/* Bits of slots 64 * @group and on. The hole's own are never set. */
static inline uint64_t l4_summary(const uint64_t *l4, unsigned group)
{
    const uint64_t *words = &l4[HOLE_FIRST_SLOT + 2 * group];

    return (uint32_t)(READ_ONCE(words[0]) >> L4_SUMMARY_SHIFT) |
           READ_ONCE(words[1]) >> L4_SUMMARY_SHIFT << 32;
}

/* Bit n: group n has a present slot. */
static inline uint32_t l4_groups(const uint64_t *l4)
{
    return (uint32_t)(READ_ONCE(l4[HOLE_FIRST_SLOT]) >> L4_GROUPS_SHIFT) & 0xff;
}

static inline void l4_summary_set(uint64_t *word, uint64_t bit, bool is_set)
{
    WRITE_ONCE(*word, is_set ? *word | bit : *word & ~bit);
}

/* The table is busy or locked. */
static inline void l4_summary_note(uint64_t *l4, unsigned slot, bool is_present)
{
    unsigned group = slot / 64;

    l4_summary_set(&l4[HOLE_FIRST_SLOT + slot / 32], 1UL << (slot % 32 + L4_SUMMARY_SHIFT),
                   is_present);
    l4_summary_set(&l4[HOLE_FIRST_SLOT], 1UL << (group + L4_GROUPS_SHIFT),
                   l4_summary(l4, group) != 0);
}

#endif
