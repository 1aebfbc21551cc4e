/* SPDX-License-Identifier: MIT */
/* The live screen of top. */
#ifndef PARAPET_TOOLSTACK_PVCTL_TOP_SCREEN_H
#define PARAPET_TOOLSTACK_PVCTL_TOP_SCREEN_H

#include "pvctl/output.h"

extern const struct column top_columns[];
extern const struct column hypercall_columns[];

/* top_screen_run - until the user leaves it; looks anew every @interval_ns. */
MUST_CHECK int top_screen_run(struct invocation *call, uint64_t interval_ns, struct error *error);

#endif
