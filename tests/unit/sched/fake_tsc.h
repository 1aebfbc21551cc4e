/* SPDX-License-Identifier: MIT */
/* In place of the TSC half of arch/clock.c: a counter of 2 GHz that began when system time did. */
#ifndef PARAPET_TESTS_SCHED_FAKE_TSC_H
#define PARAPET_TESTS_SCHED_FAKE_TSC_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_TSC_ORIGIN 5000u

extern bool fake_tsc_is_stable;
extern uint64_t fake_tsc_offset[64]; /* what this CPU's counter is ahead of CPU 0's */

#endif
