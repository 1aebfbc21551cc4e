/* SPDX-License-Identifier: MIT */
/* Requests that answer with events until they end or are interrupted. */
#ifndef PARAPET_TOOLSTACK_PVCTL_STREAM_H
#define PARAPET_TOOLSTACK_PVCTL_STREAM_H

#include "pvctl/client.h"
#include "pvctl/command.h"

/*
 * stream_run - asks, and gives each event to @on_event (NULL: dropped). At Ctrl-C the request is
 * cancelled and it ends with -1, and pvctl with 130. Takes over @arguments.
 */
MUST_CHECK int stream_run(struct invocation *call, enum request_id request, json_t *arguments,
                          void (*on_event)(const struct invocation *call, const json_t *event),
                          struct error *error);

/* For on_event: writes the bytes of {"data": base64} to stdout. */
void stream_write_data(const struct invocation *call, const json_t *event);

#endif
