/* SPDX-License-Identifier: MIT */
/*
 * Guest memory by the guest's own virtual address.
 *
 * The running vCPU's kernel root is loaded. Addresses are checked against the hypervisor's hole;
 * a page that is missing, or read-only for a write, ends the copy with -EFAULT (part of it may be
 * done). The guest may change the memory at any time: copy once, check the copy, use the copy.
 */
#ifndef PARAPET_MM_GUEST_ACCESS_H
#define PARAPET_MM_GUEST_ACCESS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

/* 0 or -EFAULT. */
MUST_CHECK int copy_from_guest(void *to, uint64_t guest_address, size_t bytes);
MUST_CHECK int copy_to_guest(uint64_t guest_address, const void *from, size_t bytes);
MUST_CHECK int clear_guest(uint64_t guest_address, size_t bytes);

/*
 * Compares and exchanges an aligned 8-byte word: 0 and *@expected left alone if it was exchanged,
 * -EAGAIN and the word found in *@expected if it had another value, -EFAULT.
 */
MUST_CHECK int exchange_guest(uint64_t guest_address, uint64_t *expected, uint64_t replacement);

#endif
