/* SPDX-License-Identifier: MIT */
/* Paths of the store: "/", or names of [A-Za-z0-9-_@] that each follow a slash. */
#ifndef PARAPET_TOOLSTACK_STORE_PATH_H
#define PARAPET_TOOLSTACK_STORE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "store/limits.h"

/* One name of a path; not terminated. */
struct path_name {
    const char *bytes;
    size_t length;
};

/* path_next - the name that follows at *@at, which moves behind it; false at the end. */
bool path_next(const char **at, struct path_name *name);

/* path_is_special - "@introduceDomain" and "@releaseDomain". */
bool path_is_special(const char *path);

/*
 * path_absolute - @given as an absolute path in @out (PATH_MAX_BYTES); a relative one is below
 * /local/domain/@domid. -EINVAL if it is not well formed. Special paths are not.
 */
MUST_CHECK int path_absolute(char *out, uint16_t domid, const char *given);

/* path_parent_length - how much of @path is its parent's path; "/" has no parent (0). */
size_t path_parent_length(const char *path);

/* path_is_below - @path is @ancestor or below it. */
bool path_is_below(const char *path, const char *ancestor);

/* path_home_length - the length of "/local/domain/@domid/" if @path begins with it, else 0. */
size_t path_home_length(const char *path, uint16_t domid);

#endif
