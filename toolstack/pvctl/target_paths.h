/* SPDX-License-Identifier: MIT */
/*
 * Files of a domain whose control domain is a testbed: those in its shared folder are there under
 * another path; all others are the control domain's own.
 */
#ifndef PARAPET_TOOLSTACK_PVCTL_TARGET_PATHS_H
#define PARAPET_TOOLSTACK_PVCTL_TARGET_PATHS_H

#include "config/domain_config.h"
#include "pvctl/client.h"

/* target_paths - from what they are here to what they are there; a missing file is an error. */
MUST_CHECK int target_paths(const struct target *target, struct domain_config *config,
                            struct error *error);

/*
 * target_paths_explain - if the error is about a file that is here, but outside of the shared
 * folder, the hint says so. Returns -1.
 */
int target_paths_explain(const struct target *target, const struct domain_config *config,
                         struct error *error);

#endif
