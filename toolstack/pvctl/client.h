/* SPDX-License-Identifier: MIT */
/* The connection to pvd: a unix socket, `ssh HOST pvctl --stdio`, or a port of a testbed. See
 * config/protocol.h. */
#ifndef PARAPET_TOOLSTACK_PVCTL_CLIENT_H
#define PARAPET_TOOLSTACK_PVCTL_CLIENT_H

#include <jansson.h>
#include <stdint.h>

#include "config/protocol.h"
#include "pvctl/settings.h"
#include "testbed/testbed.h"

struct client;

/* What a connection URI says. */
struct target {
    bool is_remote;           /* the files and bridges of this machine are not its own */
    char host[SETTING_BYTES]; /* user@host, of one behind ssh */
    bool is_testbed;          /* remote, too */
    struct testbed_state testbed;
    char socket[SETTING_BYTES]; /* of a local one */
    bool is_default_socket;     /* then there is a read-only one beside it */
};

/*
 * target_parse - pv:///system, pv+unix:///system?socket=PATH, pv+ssh://, pv+testbed:///NAME,
 * xen:///system, xen+ssh://. Where there is no pvd, pv:///system is the testbed that runs, if it
 * is the only one.
 */
MUST_CHECK int target_parse(const struct settings *settings, struct target *target,
                            struct error *error);

/* client_open - fails with ERROR_CONNECTION, or ERROR_PERMISSION, and says what to do. */
MUST_CHECK int client_open(const struct settings *settings, enum request_id request,
                           struct client **client, struct error *error);
void client_close(struct client *client);

/* client_send - a request with @arguments, which it takes over. One is under way at a time. */
MUST_CHECK int client_send(struct client *client, enum request_id request, json_t *arguments,
                           struct error *error);
/* Bytes for the console that the request under way is about. */
MUST_CHECK int client_send_input(struct client *client, const uint8_t *bytes, size_t count,
                                 struct error *error);
/* client_cancel - ends the request under way; its answer still comes. */
MUST_CHECK int client_cancel(struct client *client, struct error *error);

/*
 * client_receive - the next of the request under way: *event, or else *result at its end (the
 * caller's references). Waits until there is one. -1 with @error, also when pvd answers with one.
 */
MUST_CHECK int client_receive(struct client *client, json_t **event, json_t **result,
                              struct error *error);

/* To poll for input, beside others; client_has_line says that client_receive will not wait. */
int client_fd(const struct client *client);
bool client_has_line(const struct client *client);

/* client_ask - connects, asks, and gives the result; for requests without a stream. */
MUST_CHECK int client_ask(const struct settings *settings, enum request_id request,
                          json_t *arguments, json_t **result, struct error *error);

/* answered_error - the error in an answer, or one of the problems of a check; returns -1. */
int answered_error(const json_t *answer, struct error *error);

/* client_relay - `pvctl --stdio`: the socket to stdin and stdout, until either ends. */
MUST_CHECK int client_relay(const struct settings *settings, struct error *error);

#endif
