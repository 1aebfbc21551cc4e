/* SPDX-License-Identifier: MIT */
#ifndef PARAPET_TOOLSTACK_PVCTL_SIZE_H
#define PARAPET_TOOLSTACK_PVCTL_SIZE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * size_parse - memory as users write it: 256M, 1G, 524288K; a bare number is MiB, as in xl. False
 * if it is none, or one that no domain can have.
 */
bool size_parse(const char *text, uint64_t *bytes);

#endif
