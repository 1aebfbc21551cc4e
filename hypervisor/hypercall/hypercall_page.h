/* SPDX-License-Identifier: MIT */
/*
 * The hypercall page: a guest calls slot n to make hypercall n, without knowing how.
 */
#ifndef PARAPET_HYPERCALL_HYPERCALL_PAGE_H
#define PARAPET_HYPERCALL_HYPERCALL_PAGE_H

#include <stdint.h>

#include "arch/layout.h"

/* Fills a page with 128 slots of 32 bytes. The slot of iret is jumped to, not called. */
void hypercall_page_fill(uint8_t page[PAGE_SIZE]);

#endif
