/* SPDX-License-Identifier: MIT */
/*
 * Results of a hypercall handler that are none. They are no errno and no canonical address, which
 * is all that any call answers. Usable from assembly.
 */
#ifndef PARAPET_HYPERCALL_RESULTS_H
#define PARAPET_HYPERCALL_RESULTS_H

/* Results below it are the two that follow; all others go to the guest. */
#define HYPERCALL_FIRST_RESULT 0x8000000000000002

#ifndef __ASSEMBLER__
#include <stdint.h>

#define HYPERCALL_NO_RESULT INT64_MIN       /* the registers were replaced (iret) */
#define HYPERCALL_RESTART   (INT64_MIN + 1) /* re-execute with the arguments as they are now */

_Static_assert(HYPERCALL_RESTART + 1 == (int64_t)HYPERCALL_FIRST_RESULT, "entry.S");
#endif

#endif
