/* SPDX-License-Identifier: MIT */
/* QEMU of a testbed: its start, its way to a working control domain, its end. */
#ifndef PARAPET_TOOLSTACK_TESTBED_PROCESS_H
#define PARAPET_TOOLSTACK_TESTBED_PROCESS_H

#include <sys/types.h>

#include "testbed/testbed.h"

/*
 * process_start - starts QEMU, in a session of its own and with the testbed's lock; *qemu is our
 * child. What an earlier one of this name has left is cleaned away; the state disk is made if it
 * is not there.
 */
MUST_CHECK int process_start(const struct testbed_options *options, pid_t *qemu,
                             struct error *error);

/*
 * process_wait_ready - until pvd answers in there. @progress is called with what is going on, as
 * often as something may have changed; when it returns false the wait is given up. -1 with the
 * reason; QEMU is left as it is.
 */
MUST_CHECK int process_wait_ready(const char *name, pid_t qemu, unsigned limit_s,
                                  bool (*progress)(const char *stage, unsigned seconds),
                                  struct error *error);

/* process_stop - the control domain is asked to power off (unless @by_force), then QEMU is ended. */
MUST_CHECK int process_stop(const struct testbed_state *state, bool by_force, unsigned limit_s,
                            struct error *error);

/* process_kill - at once. */
void process_kill(const char *name, pid_t qemu);

/* process_log_tail - the last lines of a log in the runtime folder, on the heap. */
char *process_log_tail(const char *name, const char *file, unsigned lines);

#endif
