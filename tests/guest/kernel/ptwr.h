/* SPDX-License-Identifier: MIT */
/* For tests of page-table writes by ordinary instructions: one L1 entry and what it maps. */
#ifndef PARAPET_TESTS_GUEST_PTWR_H
#define PARAPET_TESTS_GUEST_PTWR_H

#include "guest.h"

extern uint64_t ptwr_target[512];
/* The entry that maps ptwr_target, through the read-only mapping of its table. */
extern volatile uint64_t *ptwr_entry;

/* Enables the assist and finds the entry. */
void ptwr_setup(void);
/* Maps ptwr_target again, by hypercall. */
void ptwr_reset(void);

#endif
