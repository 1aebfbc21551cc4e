/* SPDX-License-Identifier: MIT */
/* Looking up a guest's virtual address in its own page tables. */
#ifndef PARAPET_PVMMU_WALK_H
#define PARAPET_PVMMU_WALK_H

#include <stdint.h>

#include "lib/compiler.h"
#include "mm/frame.h"

struct domain;

/*
 * walk_to_l1 - where the tables of @d below @l4 have the L1 entry of @va. The tables may change
 * at any time: who uses the place takes the L1's lock and looks again. 0 or -EINVAL.
 */
MUST_CHECK int walk_to_l1(const struct domain *d, mfn_t l4, uint64_t va, maddr_t *place);

/* The value of that entry at this moment. */
MUST_CHECK int walk_to_entry(const struct domain *d, mfn_t l4, uint64_t va, uint64_t *entry);

#endif
