/* SPDX-License-Identifier: MIT */
/* Walks the chain of frame pointers on the stacks of one CPU. */
#ifndef PARAPET_CONSOLE_BACKTRACE_H
#define PARAPET_CONSOLE_BACKTRACE_H

#include <stdint.h>

#define BACKTRACE_MAX 32u

/*
 * Return addresses from the frame at @frame_pointer outward, at most BACKTRACE_MAX; their
 * number. @region is the CPU region (arch/layout.h) whose stacks the chain must stay in: memory
 * elsewhere is not read, so a broken chain ends the walk and nothing worse.
 */
unsigned backtrace_walk(uint64_t region, uint64_t frame_pointer, uint64_t addresses[BACKTRACE_MAX]);

/* Prints where @rip is and who called it. */
void backtrace_print(uint64_t rip, uint64_t frame_pointer);

#endif
