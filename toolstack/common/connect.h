/* SPDX-License-Identifier: MIT */
#ifndef PARAPET_TOOLSTACK_COMMON_CONNECT_H
#define PARAPET_TOOLSTACK_COMMON_CONNECT_H

/* connect_unix - a stream to the socket @path, closed by exec; -1 with errno. */
int connect_unix(const char *path);

#endif
