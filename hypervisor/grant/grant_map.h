/* SPDX-License-Identifier: MIT */
/* Mappings of granted frames, as the rest of grant/ sees them. */
#ifndef PARAPET_GRANT_GRANT_MAP_H
#define PARAPET_GRANT_GRANT_MAP_H

#include "domain/domain.h"
#include "lib/compiler.h"

/*
 * grant_unmap_all - give up all that the dying domain @d has mapped, but for its page-table entries:
 * those go with its page tables. 0 or -ERESTART.
 */
MUST_CHECK int grant_unmap_all(struct domain *d);

#endif
