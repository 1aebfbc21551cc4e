/* SPDX-License-Identifier: MIT */
/* The short way for the updates that a kernel makes all day. */
#ifndef PARAPET_PVMMU_ENTRY_QUICK_H
#define PARAPET_PVMMU_ENTRY_QUICK_H

#include <stdbool.h>
#include <stdint.h>

#include "hypercall-abi/xen.h"
#include "lib/compiler.h"
#include "mm/address.h"

struct domain;

/*
 * entry_write_quick - do what entry_write() would do (ENTRY_WRITE_PLAIN or _KEEP_AD, all owners @d) for
 * the first of @updates that are plain: such an update of a validated L1 table, to an absent entry
 * or one that maps RAM of @d without cache bits, read-only or last used as writable. Returns how many
 * are done (0 to @count); the next one is unchanged and for entry_write() to decide.
 */
MUST_CHECK uint32_t entry_write_quick(struct domain *d, const struct mmu_update *updates,
                                      uint32_t count);

/* The same for one entry that must be @expected (ENTRY_WRITE_IF). False: for entry_write(). */
MUST_CHECK bool entry_write_quick_if(struct domain *d, maddr_t place, uint64_t expected,
                                     uint64_t value);

/* The same for one entry whatever it is: *@old is what came out. */
MUST_CHECK bool entry_exchange_quick(struct domain *d, maddr_t place, uint64_t value,
                                     uint64_t *old);

#endif
