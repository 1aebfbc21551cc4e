/* SPDX-License-Identifier: MIT */
/* Paths of the machine around a testbed, as the control domain has them. */
#ifndef PARAPET_TOOLSTACK_TESTBED_SHARE_PATH_H
#define PARAPET_TOOLSTACK_TESTBED_SHARE_PATH_H

#include <stdbool.h>

/*
 * share_path - the path below TESTBED_SHARE, on the heap, if @path lies in the folder @share, also
 * by way of links (then both are resolved here: in there they would lead elsewhere). NULL if not.
 */
char *share_path(const char *share, const char *path);

/* share_path_is_outside - is there such a file around the testbed, which its share has not? */
bool share_path_is_outside(const char *share, const char *path);

#endif
