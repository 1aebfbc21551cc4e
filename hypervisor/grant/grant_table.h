/* SPDX-License-Identifier: MIT */
/*
 * Grant tables, version 1: by which a domain lets others use chosen frames of its own.
 *
 * A domain has a table of entries in pages that it can write (the grant frames), and beside it,
 * in the hypervisor, what is in use of each entry. What a domain uses of others is in its table
 * of handles. Both grow on demand up to limits of the domain; they never shrink.
 *
 * The calls of the ABI are in grant_ops.h; here is what the rest of the hypervisor uses.
 *
 * Locks: LOCK_GRANT_TABLE, one for each granting domain's table, and inside it LOCK_GRANT_MAPS, one
 * for each domain's free handles. Two of the same kind are never held together.
 */
#ifndef PARAPET_GRANT_GRANT_TABLE_H
#define PARAPET_GRANT_GRANT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/domain.h"
#include "lib/compiler.h"
#include "mm/address.h"

/* The highest limits a domain may have, in pages. */
#define GRANT_FRAMES_MAX        1024u /* 512 entries in each */
#define GRANT_HANDLE_FRAMES_MAX 4096u /* 256 handles in each */

/* grant_init - once, before the first domain: registers with pvmmu_check(). */
void grant_init(void);

/*
 * grant_domain_create - @d gets its empty table; it may have so many grant frames and pages of
 * handles (what domctl calls maptrack frames). 0, -ENOMEM or -EINVAL (a limit of 0, or above ours).
 */
MUST_CHECK int grant_domain_create(struct domain *d, uint32_t frame_limit,
                                   uint32_t handle_frame_limit);

/*
 * grant_domain_close - @d dies, and none of its vCPUs runs: nobody can use its grants anew, what it
 * uses of others is given up (its page tables keep the references of their entries), and the
 * grant frames are its own no longer. 0 or -ERESTART; may be called again. No lock held.
 */
MUST_CHECK int grant_domain_close(struct domain *d);

/*
 * grant_domain_free - the memory, when nobody can find @d any more: whoever uses one of its grants
 * holds a reference to it. Also after a creation that failed.
 */
void grant_domain_free(struct domain *d);

/*
 * grant_table_frame - grant frame @index of @d, for acquire_resource and setup_table; the table
 * grows to have it. 0, -EINVAL (beyond the limit, or @d dies) or -ENOMEM. No lock held.
 */
MUST_CHECK int grant_table_frame(struct domain *d, uint32_t index, mfn_t *out);

/* The number of grant frames now, and how many there may be. */
uint32_t grant_table_frames(const struct domain *d);
uint32_t grant_table_frame_limit(const struct domain *d);

/*
 * grant_check - recount the pins of all entries from all handles, for debug builds and tests. False:
 * the log says what differs. No vCPU but the caller's runs.
 */
bool grant_check(void);

#endif
