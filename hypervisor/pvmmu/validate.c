/* SPDX-License-Identifier: MIT */
/* From the type to the level's own validation. */
#include "pvmmu/validate.h"

#include "lib/assert.h"
#include "lib/errno.h"

int validate_table(struct frame *frame, enum frame_type type, unsigned *index)
{
    struct domain *d = frame_owner(frame);

    switch (type) {
    case FRAME_TYPE_L1:
        return validate_l1(frame, d);
    case FRAME_TYPE_L2:
    case FRAME_TYPE_L3:
    case FRAME_TYPE_L4:
        return validate_upper(frame, (unsigned)type, d, index);
    case FRAME_TYPE_SEGDESC:
        return validate_segdesc(frame);
    case FRAME_TYPE_NONE:
    case FRAME_TYPE_WRITABLE:
    default:
        UNREACHABLE();
    }
}

void invalidate_table(struct frame *frame, enum frame_type type, unsigned count)
{
    if (type == FRAME_TYPE_L1)
        invalidate_l1(frame, count);
    else
        invalidate_upper(frame, (unsigned)type, count);
}
