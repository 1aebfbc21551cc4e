/* SPDX-License-Identifier: MIT */
/* The one way by which entries of validated page tables change. */
#ifndef PARAPET_PVMMU_ENTRY_WRITE_H
#define PARAPET_PVMMU_ENTRY_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"
#include "mm/address.h"

struct domain;

enum entry_write_mode {
    ENTRY_WRITE_PLAIN,   /* whatever is there is replaced */
    ENTRY_WRITE_KEEP_AD, /* the accessed and dirty bits that are there are kept */
    ENTRY_WRITE_IF,      /* only if `expected` is there; else -EAGAIN */
};

struct entry_write {
    struct domain *table_owner;
    struct domain *frame_owner; /* of the frames that an L1 entry may map */
    maddr_t place;              /* of the entry, aligned */
    uint64_t value;             /* as the guest gave it */
    enum entry_write_mode mode;
    uint64_t expected;
    bool any_level;   /* else the table must be an L1 */
    bool may_restart; /* no spinlock is held; needed for any_level */
};

/*
 * entry_write - check @value, take its references, exchange the entry, drop the old one's. The
 * place may be in a validated table of any level of table_owner's. 0, -EINVAL, -EPERM, -EBUSY,
 * -ERESTART, -EAGAIN; -ENOENT if the frame is no validated page table of table_owner's (or no L1
 * where it must be one).
 */
MUST_CHECK int entry_write(const struct entry_write *write);

/*
 * entry_take - if the L1 entry at write->place equals write->expected in the bits of @mask: put
 * write->value there, whose references the caller has, and give the caller the old entry and
 * its references. 0, -EAGAIN (not equal), -ENOENT (no L1).
 */
MUST_CHECK int entry_take(const struct entry_write *write, uint64_t mask, uint64_t *old);

#endif
