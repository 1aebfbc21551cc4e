/* SPDX-License-Identifier: MIT */
/*
 * Refusals: a guest asked for something it may not have, and whoever writes that guest should
 * learn why.
 *
 *     return refuse(-EINVAL, "port %u is not bound", port);
 *
 * Logged at LOG_DEBUG with the domain's prefix, limited in rate; gives back @error. The format is
 * not even looked at while that level is off, so a refusal costs a guest little of our time.
 */
#ifndef PARAPET_LIB_REFUSE_H
#define PARAPET_LIB_REFUSE_H

#include "lib/compiler.h"

/* A macro, so that the compiler sees which value comes back. */
#define refuse(error, ...)                                                                         \
    ({                                                                                             \
        int refused_with = (error);                                                                \
        refuse_log(refused_with, __VA_ARGS__);                                                     \
        refused_with;                                                                              \
    })

/* Defined by console/refuse.c. */
void refuse_log(int error, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
