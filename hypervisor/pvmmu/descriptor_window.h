/* SPDX-License-Identifier: MIT */
/*
 * A vCPU's descriptor windows (slot 257 of its roots): GDT pages 0-15, then LDT pages 0-15.
 */
#ifndef PARAPET_PVMMU_DESCRIPTOR_WINDOW_H
#define PARAPET_PVMMU_DESCRIPTOR_WINDOW_H

#include <stdint.h>

#include "domain/vcpu.h"
#include "lib/compiler.h"

/* The window's tables, an empty GDT and LDT; *@entry is what roots have in the window's slot. */
MUST_CHECK int descriptors_alloc_window(struct vcpu *v, uint64_t *entry);
void descriptors_free_window(struct vcpu *v);

/* Take the LDT's pages out of the window and drop their references; they fault in again. The
 * caller flushes. */
void descriptors_unmap_ldt(struct vcpu *v);

/* No GDT, no LDT; flushed. */
void descriptors_reset(struct vcpu *v);

#endif
