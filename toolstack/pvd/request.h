/* SPDX-License-Identifier: MIT */
/*
 * Requests of pvctl, from the side of those who answer them. A handler answers at once, or keeps
 * the request and answers later; it answers exactly once, after which the request is gone.
 */
#ifndef PARAPET_TOOLSTACK_PVD_REQUEST_H
#define PARAPET_TOOLSTACK_PVD_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/list.h"
#include "config/protocol.h"
#include "pvd/pvd.h"

struct client;

struct request {
    struct pvd *pvd;
    json_t *arguments; /* an object; the request's own */
    enum request_id command;

    /* For the handler that keeps the request: */
    void *context;
    void (*on_input)(struct request *request, const void *bytes, size_t count);
    /* The client went or does not want it any more. It must be answered all the same. */
    void (*on_cancel)(struct request *request);
    struct list link;

    struct client *client; /* NULL: it has gone */
    uint64_t id;
    struct list client_link;
};

/* request_answer - the reference to @result is taken; NULL stands for an empty result. */
void request_answer(struct request *request, json_t *result);
void request_fail(struct request *request, const struct error *error);
/* As it travels; NULL if it has bytes that are no UTF-8. */
json_t *request_error_to_json(const struct error *error);

/* request_event - a part of a stream; the reference to @event is taken. */
void request_event(struct request *request, json_t *event);
/* request_event_bytes - {"data": base64}, of a console. */
void request_event_bytes(struct request *request, const void *bytes, size_t count);
/* request_room - bytes that the client can still take without falling behind. */
size_t request_room(const struct request *request);

/* Arguments; -1 with @error filled in if one is missing or of another type. */
MUST_CHECK int request_string(const struct request *request, const char *name, const char **text,
                              struct error *error);
MUST_CHECK int request_number(const struct request *request, const char *name, uint64_t max,
                              uint64_t *number, struct error *error);
/* The argument if it is there, else the default. */
bool request_flag(const struct request *request, const char *name);
uint64_t request_number_or(const struct request *request, const char *name, uint64_t otherwise);

/* A handler for each row of requests.def. */
#define REQUEST(name, access, flow) void request_##name(struct request *request);
#include "config/requests.def"
#undef REQUEST

#endif
