/* SPDX-License-Identifier: MIT */
/* Frames and the CPUs' data caches. */
#ifndef PARAPET_PVMMU_CACHE_H
#define PARAPET_PVMMU_CACHE_H

#include "mm/frame.h"

/* Write back and drop what any cache holds of the frame. */
void cache_flush_frame(const struct frame *frame);

#endif
