/* SPDX-License-Identifier: MIT */
/*
 * The store: a tree of text that the domains share, by messages over a ring.
 *
 * Calls wait for the answer and so are for threads. Results are 0 or a negative XEN_E* number.
 * Paths without a leading '/' are below this domain's own folder. `transaction` is 0 for none.
 */
#ifndef PVGUEST_PV_STORE_H
#define PVGUEST_PV_STORE_H

#include "hypercall-abi/errno.h"
#include "hypercall-abi/io/xs_wire.h"
#include "kernel/types.h"

#define STORE_PATH_BYTES  192u
#define STORE_VALUE_BYTES 256u

/* store_init - the ring is ours; a message moves when the other end is notified by @port. */
void store_init(struct xenstore_domain_interface *ring, uint32_t port);
bool store_is_there(void);

/* The value with an end added; -XEN_E2BIG when it does not fit. */
MUST_CHECK int store_read(uint32_t transaction, const char *path, char *value, size_t bytes);
MUST_CHECK int store_write(uint32_t transaction, const char *path, const char *value);
MUST_CHECK int store_remove(uint32_t transaction, const char *path);
/* Names, each with its end; how many bytes they are all together in @used. */
MUST_CHECK int store_directory(const char *path, char *names, size_t bytes, size_t *used);

/*
 * A transaction: store_begin(), calls with its number, store_end(). When another one came
 * between, nothing was done, and -XEN_EAGAIN asks to do all of it again.
 */
MUST_CHECK int store_begin(uint32_t *transaction);
MUST_CHECK int store_end(uint32_t transaction, bool commit);

/*
 * store_watch - @changed is called once now, and again when the node or one below changes. Many
 * changes may make one call. It runs in store_run_watches(), and may use the store.
 */
struct store_watch;
struct store_watch *store_watch(const char *path, void (*changed)(void *context), void *context);
void store_unwatch(struct store_watch *watch);

/* store_wake_watches - let store_run_watches() return soon, and look at what it is to look at. */
void store_wake_watches(void);
/* store_run_watches - wait for changes and call for each; false: none came until @deadline_ns. */
bool store_run_watches(uint64_t deadline_ns);

#endif
