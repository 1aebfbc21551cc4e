/* SPDX-License-Identifier: MIT */
/* A request that is answered when its guest has changed. */
#ifndef PARAPET_TOOLSTACK_PVD_WAITER_H
#define PARAPET_TOOLSTACK_PVD_WAITER_H

#include "pvd/guest.h"

/*
 * waiter_start - @check is called whenever something of the guest changes, and once soon; it ends
 * the wait by waiter_answer() or waiter_fail(). @timeout_ns: 0 for none.
 */
struct guest_waiter *waiter_start(struct request *request, struct guest *guest,
                                  void (*check)(struct guest_waiter *waiter), void *context,
                                  uint64_t timeout_ns);
void waiter_answer(struct guest_waiter *waiter, json_t *result);
void waiter_fail(struct guest_waiter *waiter, const struct error *error);

#endif
