/* SPDX-License-Identifier: MIT */
/*
 * Where testbeds have their files, by name, and which of them run.
 *
 * The runtime folder has sockets, logs and a description; a lock in it is held by QEMU itself, so
 * that one that died, however, is known as such. The state folder has what outlives it: the state
 * disk and the definitions of domains.
 */
#ifndef PARAPET_TOOLSTACK_TESTBED_PLACE_H
#define PARAPET_TOOLSTACK_TESTBED_PLACE_H

#include <stddef.h>

#include "testbed/testbed.h"

#define FILE_LOCK     "lock"
#define FILE_QEMU_LOG "qemu.log"
#define TESTBEDS_MAX  64

/* Letters, digits, - and _, at most TESTBED_NAME_BYTES - 1; ERROR_USAGE if it is none. */
MUST_CHECK int testbed_name_check(const char *name, struct error *error);

/* The path of a file in the testbed's runtime folder, or in its state folder ("": the folder). */
MUST_CHECK int place_runtime(const char *name, const char *file, char path[PATH_MAX],
                             struct error *error);
MUST_CHECK int place_state(const char *name, const char *file, char path[PATH_MAX],
                           struct error *error);

/* place_make - both folders, for their owner alone. */
MUST_CHECK int place_make(const char *name, struct error *error);

/*
 * place_lock - takes the lock of a testbed that does not run, for QEMU to inherit: a descriptor.
 * -1 with ERROR_STATE if it runs.
 */
MUST_CHECK int place_lock(const char *name, struct error *error);

/* place_clean - away with what one that does not run has left in the runtime folder. */
void place_clean(const char *name);

MUST_CHECK int place_write_state(const struct testbed_options *options, int pid,
                                 struct error *error);

/* place_read_state - ERROR_NOT_FOUND if there was never one of this name since the last down. */
MUST_CHECK int place_read_state(const char *name, struct testbed_state *state, struct error *error);

/* place_connect - to a socket of the testbed's QEMU, at @path: a descriptor, or -1. */
MUST_CHECK int place_connect(const char *name, const char *path, struct error *error);

/* place_list - all that run or have left something, by name. */
void place_list(struct testbed_state *states, size_t *count);

/* place_find - the one that runs and is called @name; NULL: the only one that runs. */
MUST_CHECK int place_find(const char *name, struct testbed_state *state, struct error *error);

#endif
