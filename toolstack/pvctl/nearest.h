/* SPDX-License-Identifier: MIT */
/* How like two names are, for "did you mean". */
#ifndef PARAPET_TOOLSTACK_PVCTL_NEAREST_H
#define PARAPET_TOOLSTACK_PVCTL_NEAREST_H

#include <stddef.h>

#define NEAREST_DISTANCE_MAX 2u

/*
 * nearest_distance - letters to change, put in, take out or swap to get from @wanted to the first
 * @length bytes of @known; large numbers are not exact.
 */
unsigned int nearest_distance(const char *wanted, const char *known, size_t length);

#endif
