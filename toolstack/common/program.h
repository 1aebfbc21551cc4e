/* SPDX-License-Identifier: MIT */
/*
 * Other programs, run beside the event loop: no shell, an environment of their own, a time limit
 * after which they and their children are killed, and the end of what they printed.
 */
#ifndef PARAPET_TOOLSTACK_COMMON_PROGRAM_H
#define PARAPET_TOOLSTACK_COMMON_PROGRAM_H

#include "common/error.h"
#include "common/event_loop.h"

#define PROGRAM_OUTPUT_BYTES 240

struct program;

struct program_plan {
    const char *const *arguments;   /* the first is its path; NULL ends them */
    const char *const *environment; /* NULL ends it */
    unsigned limit_ms;
};

/* How it ended. */
struct program_end {
    int status;         /* exit code, or a negative signal */
    bool is_late;       /* killed because of the limit */
    const char *output; /* the last of what it printed, one line */
};

/*
 * program_start - @ended is called once, from the loop, with @context; the program is freed after
 * it. NULL with @error filled in if it cannot be started.
 */
struct program *program_start(struct event_loop *loop, const struct program_plan *plan,
                              void (*ended)(void *context, const struct program_end *end),
                              void *context, struct error *error);

/* program_abandon - kills it and does not call @ended. */
void program_abandon(struct program *program);

#endif
