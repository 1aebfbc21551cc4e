/* SPDX-License-Identifier: MIT */
/* The short way for the updates that a kernel makes all day. */
#ifndef PARAPET_PVMMU_ENTRY_QUICK_H
#define PARAPET_PVMMU_ENTRY_QUICK_H

#include <stdint.h>

#include "hypercall-abi/xen.h"
#include "lib/compiler.h"

struct domain;

/*
 * entry_write_quick - do what entry_write() would do (ENTRY_WRITE_PLAIN, all owners @d) for the
 * first of @updates that are plain: a normal update of a validated L1 table, to an absent entry
 * or one that maps RAM of @d without cache bits, read-only or last used as writable. Returns how many
 * are done (0 to @count); the next one is unchanged and for entry_write() to decide.
 */
MUST_CHECK uint32_t entry_write_quick(struct domain *d, const struct mmu_update *updates,
                                      uint32_t count);

/* Boot, after the frame table is there: from now on quick writes may succeed. */
void entry_quick_start(void);

#endif
