/* SPDX-License-Identifier: MIT */
/* Grants: pages of this domain that another one may use, version 1 of the table. */
#ifndef PVGUEST_PV_GRANT_H
#define PVGUEST_PV_GRANT_H

#include "hypercall-abi/grant_table.h"
#include "kernel/types.h"

#define GRANT_NONE 0u /* no reference that grant_access() answers with */

void grant_init(void);

/* grant_access - let @domain use the page; GRANT_NONE: the table is full. */
MUST_CHECK grant_ref_t grant_access(uint16_t domain, uint64_t pfn, bool is_readonly);

/*
 * grant_end - @domain may not use the page any more. When it does at this moment, the page gets one
 * more user, so that it becomes nothing else until the other domain has let it go: false.
 */
bool grant_end(grant_ref_t ref, uint64_t pfn);

/* How many references are in use; and of them, ended while the other domain used the page. */
uint32_t grant_count_used(void);
uint32_t grant_count_lingering(void);

#endif
