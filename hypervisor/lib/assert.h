/* SPDX-License-Identifier: MIT */
/*
 * Checks of our own invariants. No guest input may reach either: what a guest can provoke is
 * answered with refuse() (lib/refuse.h) or costs the domain, never the machine.
 *
 * ASSERT() is checked in debug builds only (the condition is still compiled), MUST() always.
 * A condition that fails stops the machine with a report.
 */
#ifndef PARAPET_LIB_ASSERT_H
#define PARAPET_LIB_ASSERT_H

#include "lib/compiler.h"

/* Defined by console/panic.c; by tests/support/fake_arch in host tests, where it aborts. */
NORETURN void assertion_failed(const char *file, int line, const char *condition);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (unlikely(!(condition)))                                                                \
            assertion_failed(__FILE__, __LINE__, #condition);                                      \
    } while (0)

#define ASSERT(condition)                                                                          \
    do {                                                                                           \
        if (DEBUG_BUILD && unlikely(!(condition)))                                                 \
            assertion_failed(__FILE__, __LINE__, #condition);                                      \
    } while (0)

/* A place that cannot be reached whatever a guest does. */
#define UNREACHABLE() assertion_failed(__FILE__, __LINE__, "unreachable")

#endif
