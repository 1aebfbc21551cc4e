/* SPDX-License-Identifier: MIT */
/*
 * A store at the other end of the ring: nodes in a list, watches, and transactions that are no
 * more than a number. The front ends run in domain 7.
 */
#ifndef PARAPET_TESTS_UNIT_PVGUEST_FAKE_STORE_H
#define PARAPET_TESTS_UNIT_PVGUEST_FAKE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "hypercall-abi/io/xs_wire.h"

#define FAKE_STORE_PORT 1u
#define FAKE_STORE_HOME "/local/domain/7"

/* Makes the ring, registers with the world and calls store_init(). */
void fake_store_start(void);
struct xenstore_domain_interface *fake_store_ring(void);

/* As somebody else: absolute paths, watches fire. NULL as value removes the node and all below. */
void fake_store_set(const char *path, const char *value);
/* The value, or NULL. */
const char *fake_store_get(const char *path);

uint32_t fake_store_watch_count(void);
/* The next so many transactions end in a conflict. */
void fake_store_make_conflicts(uint32_t count);
/* Bytes of our own instead of, or between, answers. */
void fake_store_send(const void *bytes, uint32_t length);
/* From now on requests are read, and not answered. */
void fake_store_fall_silent(void);

#endif
