/* SPDX-License-Identifier: MIT */
/* Bitmaps of the toolstack's calls, as one word: processors and memory nodes are fewer than 64. */
#ifndef PARAPET_CONTROL_TOOLSTACK_BITMAP_H
#define PARAPET_CONTROL_TOOLSTACK_BITMAP_H

#include <stdint.h>

#include "hypercall-abi/types.h"
#include "lib/compiler.h"

/* Bits that the caller's bitmap does not have are zero, and those that the word does not have are not
 * looked at. 0, -EFAULT, or -E2BIG for what is no bitmap of processors. */
MUST_CHECK int bitmap_from_guest(const struct xenctl_bitmap *bitmap, uint64_t *bits);
MUST_CHECK int bitmap_to_guest(const struct xenctl_bitmap *bitmap, uint64_t bits);

#endif
