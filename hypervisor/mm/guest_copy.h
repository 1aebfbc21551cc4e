/* SPDX-License-Identifier: MIT */
/*
 * The bare copies behind mm/guest_access.h, which alone calls them: 0, or 1 after a fault. In
 * guest_copy.S; in host tests fake_arch's, which know what is mapped.
 */
#ifndef PARAPET_MM_GUEST_COPY_H
#define PARAPET_MM_GUEST_COPY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

MUST_CHECK int guest_copy(void *to, const void *from, size_t bytes);
MUST_CHECK int guest_clear(void *to, size_t bytes);
MUST_CHECK int guest_exchange(uint64_t *word, uint64_t *expected, uint64_t replacement);

#endif
