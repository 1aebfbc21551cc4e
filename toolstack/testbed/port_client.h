/* SPDX-License-Identifier: MIT */
/* The way into a testbed: one of its ports, for one pvctl (config/protocol.h). */
#ifndef PARAPET_TOOLSTACK_TESTBED_PORT_CLIENT_H
#define PARAPET_TOOLSTACK_TESTBED_PORT_CLIENT_H

#include "common/error.h"

/*
 * port_client_open - a session with pvd in the testbed @name: a stream like a socket of pvd's.
 * *lock is to be kept open as long, so that nobody else takes the port. Waits up to @limit_ms for
 * an answer; @request is NULL, or PORT_POWER_OFF. -1 with ERROR_CONNECTION if none comes.
 */
MUST_CHECK int port_client_open(const char *name, const char *request, int limit_ms, int *lock,
                                struct error *error);

#endif
