/* SPDX-License-Identifier: MIT */
/* What the messages mean: a request comes in whole, and one answer goes out. */
#ifndef PARAPET_TOOLSTACK_STORE_REQUEST_H
#define PARAPET_TOOLSTACK_STORE_REQUEST_H

#include "store/state.h"

/* request_serve - answers the message in connection->input, which is complete. */
void request_serve(struct store_connection *connection);

#endif
