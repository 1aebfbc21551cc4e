/* SPDX-License-Identifier: MIT */
/* What a connection has to send: whole messages, in the order they were made. */
#ifndef PARAPET_TOOLSTACK_STORE_OUTPUT_H
#define PARAPET_TOOLSTACK_STORE_OUTPUT_H

#include "store/state.h"

static inline size_t output_bytes(const struct output *output)
{
    return output->end - output->start;
}

void output_add(struct output *output, const void *bytes, size_t count);
void output_reset(struct output *output);
/* output_message - a head and its payload of at most XENSTORE_PAYLOAD_MAX bytes. */
void output_message(struct output *output, const struct xsd_sockmsg *head, const void *payload);

#endif
