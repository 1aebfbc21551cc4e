/* SPDX-License-Identifier: MIT */
/* The first page tables of a domain: plain memory until pvmmu/ validates them. */
#ifndef PARAPET_CONTROL_BUILD_TABLES_H
#define PARAPET_CONTROL_BUILD_TABLES_H

#include "control/build_memory.h"
#include "control/domain_layout.h"

/* Writes all tables of @layout. The first frame of layout->tables is the L4. */
void build_tables(const struct build_memory *memory, const struct domain_layout *layout);

#endif
