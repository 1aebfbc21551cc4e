/* SPDX-License-Identifier: MIT */
/* The store's socket for programs of the control domain. */
#ifndef PARAPET_TOOLSTACK_PVD_STORE_SOCKET_H
#define PARAPET_TOOLSTACK_PVD_STORE_SOCKET_H

#include "common/event_loop.h"
#include "store/store.h"

struct store_socket;

/* store_socket_open - listens at @path; only root of the control domain may connect. */
struct store_socket *store_socket_open(struct event_loop *loop, struct store *store,
                                       const char *path, struct error *error);
/* store_socket_close - connections that are open end with the store. */
void store_socket_close(struct store_socket *socket);

#endif
