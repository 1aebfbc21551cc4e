/* SPDX-License-Identifier: MIT */
/* Sockets of the control domain's file system. */
#ifndef PARAPET_TOOLSTACK_COMMON_LISTEN_H
#define PARAPET_TOOLSTACK_COMMON_LISTEN_H

#include <sys/types.h>

#include "common/error.h"

/* listen_unix - a socket at @path that takes stream connections and does not block; one that is
 * left from before is replaced, its folder is made. The descriptor, or -1. */
MUST_CHECK int listen_unix(const char *path, mode_t mode, struct error *error);

/* make_folders - all folders of @path, itself included if it ends with a slash. */
MUST_CHECK int make_folders(const char *path, struct error *error);

#endif
