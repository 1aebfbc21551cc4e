/* SPDX-License-Identifier: MIT */
/*
 * How a domain goes: in stages, each of which may be interrupted and goes on where it was.
 */
#ifndef PARAPET_CONTROL_DOMAIN_DESTROY_H
#define PARAPET_CONTROL_DOMAIN_DESTROY_H

#include "domain/domain.h"
#include "lib/compiler.h"

/* Once, before the first domain: registers with domain/handlers.h. */
void domain_destroy_init(void);

/*
 * domain_destroy - kill @d, which is not the caller's, and give back what it holds. 0 when that is
 * done (frames that others map keep it listed as dying until they let go); -ERESTART: call
 * again. Destroying a domain that is dying already helps along. The caller holds a reference.
 */
MUST_CHECK int domain_destroy(struct domain *d);

/* The same without interruption, for one whose creation failed; takes the creator's reference. */
void domain_destroy_now(struct domain *d);

#endif
