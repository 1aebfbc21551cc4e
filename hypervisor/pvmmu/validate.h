/* SPDX-License-Identifier: MIT */
/* Making a frame a page table or descriptor page: what frame_type.c calls while it is busy. */
#ifndef PARAPET_PVMMU_VALIDATE_H
#define PARAPET_PVMMU_VALIDATE_H

#include "lib/compiler.h"
#include "mm/frame.h"
#include "pvmmu/pvmmu.h"

/*
 * validate_table - check and reference entries from *@index on. On failure *@index is the number
 * of entries that hold references (0: nothing is left to undo). 0, -EINVAL, -EPERM, -EBUSY,
 * -ERESTART.
 */
MUST_CHECK int validate_table(struct frame *frame, enum frame_type type, unsigned *index);

/* invalidate_table - drop what the first @count entries refer to. Cannot fail or wait. */
void invalidate_table(struct frame *frame, enum frame_type type, unsigned count);

/* One level's work; L1 and descriptor pages are one unit and undo themselves. */
MUST_CHECK int validate_l1(struct frame *frame, struct domain *d);
void invalidate_l1(struct frame *frame, unsigned count);
MUST_CHECK int validate_upper(struct frame *frame, unsigned level, struct domain *d,
                              unsigned *index);
void invalidate_upper(struct frame *frame, unsigned level, unsigned count);
MUST_CHECK int validate_segdesc(struct frame *frame);

#endif
