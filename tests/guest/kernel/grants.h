/* SPDX-License-Identifier: MIT */
/*
 * Grants for test guests. Most of them need one domain only, which grants to itself: the ABI
 * allows that, and it takes the same ways as a grant between two domains.
 */
#ifndef PARAPET_TESTS_GUEST_GRANTS_H
#define PARAPET_TESTS_GUEST_GRANTS_H

#include "guest.h"

#define GRANTS_IN_FRAME 512u

#define GRANTED      GTF_permit_access
#define USED_READING (GTF_permit_access | GTF_reading)
#define USED_WRITING (GTF_permit_access | GTF_reading | GTF_writing)

/* The domain's first grant frame; its mfn is grant_frame. */
extern volatile struct grant_entry_v1 *grant_table;
extern uint64_t grant_frame;

/* Sets up one grant frame and maps it. */
void grants_setup(void);

/* Entry @ref grants @page, an own page, to the domain itself. */
void grant(unsigned ref, const volatile void *page, uint16_t flags);
/* Entry @ref grants what is given. */
void grant_mfn(unsigned ref, uint16_t domain, uint64_t mfn, uint16_t flags);
/* What a guest does to get its page back: true if nobody used it. */
bool grant_revoke(unsigned ref);

/* A page of addresses where nothing is mapped. */
void *page_hole(void);

/* One operation; the answer is the entry's status. The call itself must succeed. */
int grant_map(struct gnttab_map_grant_ref *op);
int grant_unmap(struct gnttab_unmap_grant_ref *op);
int grant_replace(struct gnttab_unmap_and_replace *op);
int grant_copy(struct gnttab_copy *op);

/* Maps entry @ref of @domain, or an own one, at @address; it must succeed. The handle. */
grant_handle_t grant_map_of(uint16_t domain, volatile void *address, unsigned ref, uint32_t flags);
grant_handle_t grant_map_at(volatile void *address, unsigned ref, uint32_t flags);
/* Ends the host mapping of a handle. */
int grant_unmap_at(volatile void *address, grant_handle_t handle);

#endif
