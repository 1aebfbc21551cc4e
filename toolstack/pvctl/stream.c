/* SPDX-License-Identifier: MIT */
#include "pvctl/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64.h"
#include "pvctl/interrupt.h"

void stream_write_data(const struct invocation *call, const json_t *event)
{
    const char *text = json_string_value(json_object_get(event, "data"));
    uint8_t *bytes = text ? malloc(strlen(text) + 1) : NULL;
    size_t count;

    (void)call;
    if (bytes && base64_decode(text, bytes, &count)) {
        fwrite(bytes, 1, count, stdout);
        fflush(stdout);
    }
    free(bytes);
}

int stream_run(struct invocation *call, enum request_id request, json_t *arguments,
               void (*on_event)(const struct invocation *call, const json_t *event),
               struct error *error)
{
    struct client *client;
    json_t *event = NULL;
    int outcome;

    if (client_open(call->settings, request, &client, error)) {
        json_decref(arguments);
        return -1;
    }
    interrupt_watch();
    outcome = client_send(client, request, arguments, error);
    while (!outcome) {
        outcome = client_receive(client, &event, &call->result, error);
        if (outcome || !event)
            break;
        if (on_event)
            on_event(call, event);
        json_decref(event);
    }
    if (outcome && interrupt_has_come()) {
        struct error ignored;

        outcome = client_cancel(client, &ignored) ? outcome : -1;
    }
    client_close(client);
    return outcome;
}
