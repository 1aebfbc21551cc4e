/* SPDX-License-Identifier: MIT */
#include "store/serve.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/memory.h"
#include "store/output.h"
#include "store/persist.h"
#include "store/request.h"
#include "store/transaction.h"
#include "store/watch.h"

/* A program that reads nothing while so much waits for it is cut off. */
#define CLIENT_BACKLOG_BYTES (4u << 20)

struct store_connection *connection_create(struct store *store)
{
    struct store_connection *connection = memory_alloc(sizeof(*connection));

    connection->store = store;
    list_init(&connection->ready_link);
    list_init(&connection->watches);
    list_init(&connection->events);
    list_init(&connection->transactions);
    list_append(&store->connections, &connection->link);
    return connection;
}

void connection_destroy(struct store_connection *connection)
{
    transaction_end_all(connection);
    watch_remove_all(connection);
    hash_table_free(&connection->event_index);
    output_reset(&connection->output);
    list_remove(&connection->ready_link);
    list_remove(&connection->link);
    free(connection);
}

void connection_attach(struct store_connection *connection, const struct store_transport *transport,
                       void *context)
{
    connection->transport = transport;
    connection->context = context;
    if (transport->start)
        transport->start(context, connection->is_started ? &connection->position : NULL);
    connection->is_started = true;
    store_connection_ready(connection);
}

void store_connection_ready(struct store_connection *connection)
{
    if (connection == connection->store->local)
        store_needs_turn(connection->store);
    if (connection->is_ready || !connection->transport)
        return;
    connection->is_ready = true;
    list_append(&connection->store->ready, &connection->ready_link);
    store_needs_turn(connection->store);
}

/* A ring stays, marked, until its domain reconnects or goes; a program's connection ends. */
static void give_up(struct store_connection *connection, enum store_fault fault)
{
    if (connection->is_broken)
        return;
    connection->is_broken = true;
    connection->input_bytes = 0;
    output_reset(&connection->output);
    transaction_end_all(connection);
    watch_remove_all(connection);
    /* A guest may do this again and again. */
    if (fault != STORE_FAULT_END)
        log_line(connection->was_faulty ? LEVEL_DEBUG : LEVEL_WARNING,
                 "store: the connection of domain %u is given up (%s)", connection->who.domid,
                 fault == STORE_FAULT_RING       ? "broken ring"
                 : fault == STORE_FAULT_PROTOCOL ? "a message of impossible length"
                                                 : "it does not read");
    connection->was_faulty = true;
    if (connection->transport->fault)
        connection->transport->fault(connection->context, fault);
}

static void reconnect(struct store_connection *connection)
{
    transaction_end_all(connection);
    watch_remove_all(connection);
    output_reset(&connection->output);
    connection->input_bytes = 0;
    connection->is_broken = false;
    log_debug("store: domain %u starts its ring anew", connection->who.domid);
}

/* --- Input ------------------------------------------------------------------------------------- */

static bool take_up_to(struct store_connection *connection, size_t wanted)
{
    while (connection->input_bytes < wanted) {
        long got = connection->transport->take(connection->context,
                                               connection->input + connection->input_bytes,
                                               wanted - connection->input_bytes);

        if (got < 0)
            give_up(connection, connection->is_domain ? STORE_FAULT_RING : STORE_FAULT_END);
        if (got <= 0)
            return false;
        connection->input_bytes += (size_t)got;
    }
    return true;
}

/* Whether a whole message is there. */
static bool take_message(struct store_connection *connection)
{
    struct xsd_sockmsg head;

    if (!take_up_to(connection, sizeof(head)))
        return false;
    memcpy(&head, connection->input, sizeof(head));
    if (head.len > XENSTORE_PAYLOAD_MAX) {
        give_up(connection, STORE_FAULT_PROTOCOL);
        return false;
    }
    return take_up_to(connection, sizeof(head) + head.len);
}

/* --- Output ------------------------------------------------------------------------------------ */

static void send_event(struct store_connection *connection, struct event *event)
{
    const struct store_watch *watch = event->watch;
    const char *path = event->path;
    char payload[XENSTORE_PAYLOAD_MAX];
    size_t path_bytes, token_bytes = strlen(watch->token) + 1;
    struct xsd_sockmsg head = { .type = XS_WATCH_EVENT };

    if (path[0] == '/' && strlen(path) >= watch->strip)
        path += watch->strip;
    path_bytes = strlen(path) + 1;
    /* A path that leaves no room for the token: the watcher hears of its own path, which fits. */
    if (path_bytes + token_bytes > sizeof(payload)) {
        path = watch->path + watch->strip;
        path_bytes = strlen(path) + 1;
    }
    memcpy(payload, path, path_bytes);
    memcpy(payload + path_bytes, watch->token, token_bytes);
    head.len = (uint32_t)(path_bytes + token_bytes);
    output_message(&connection->output, &head, payload);
}

static void fill_output(struct store_connection *connection)
{
    while (output_bytes(&connection->output) < OUTPUT_BYTES_ENOUGH) {
        struct event *event = event_take(connection);

        if (!event)
            break;
        send_event(connection, event);
        free(event);
    }
}

/* Whether all is out. */
static bool put_output(struct store_connection *connection)
{
    struct output *output = &connection->output;

    while (output_bytes(output)) {
        long put = connection->transport->put(connection->context, output->data + output->start,
                                              output_bytes(output));

        if (put < 0)
            give_up(connection, connection->is_domain ? STORE_FAULT_RING : STORE_FAULT_END);
        if (put <= 0)
            return false;
        output->start += (size_t)put;
    }
    return true;
}

/* --- Turns ------------------------------------------------------------------------------------- */

/* True if it stopped only because its share was used up. */
static bool serve_requests(struct store_connection *connection)
{
    for (unsigned int done = 0; done < REQUESTS_PER_TURN; done++) {
        if (output_bytes(&connection->output) >= OUTPUT_BYTES_ENOUGH)
            return false;
        if (connection->is_broken || !take_message(connection))
            return false;
        request_serve(connection);
        connection->input_bytes = 0;
        if (connection->is_domain)
            put_output(connection);
    }
    return true;
}

/* A ring with room takes the events that wait; what is in it now is not yet visible. */
static void fill_ring(struct store_connection *connection)
{
    bool has_more = true;

    while (has_more && !connection->is_broken && put_output(connection)) {
        has_more = !list_is_empty(&connection->events);
        fill_output(connection);
    }
}

bool connection_serve(struct store_connection *connection)
{
    bool has_more;

    if (connection->is_domain && connection->transport->reconnects(connection->context))
        reconnect(connection);
    if (connection->is_domain)
        put_output(connection);
    has_more = serve_requests(connection);
    if (connection->is_domain) {
        fill_ring(connection);
        connection->position = connection->transport->position(connection->context);
        persist_connection(connection);
    } else if (!connection->is_broken) {
        fill_output(connection);
    }
    return has_more;
}

/* A socket is written behind the journal, so its events are taken here too. */
static bool publish_to_program(struct store_connection *connection)
{
    while (!connection->is_broken && put_output(connection)) {
        if (list_is_empty(&connection->events))
            break;
        fill_output(connection);
    }
    if (!connection->is_broken && connection->event_bytes > CLIENT_BACKLOG_BYTES)
        give_up(connection, STORE_FAULT_BACKLOG);
    if (connection->is_broken) {
        connection->transport->end(connection->context);
        connection_destroy(connection);
        return false;
    }
    return true;
}

bool connection_publish(struct store_connection *connection)
{
    size_t left;

    if (connection->is_domain)
        connection->transport->publish(connection->context);
    else if (!publish_to_program(connection))
        return false;
    left = output_bytes(&connection->output);
    if (connection->is_domain && !connection->is_broken &&
        connection->transport->has_news(connection->context, left<OUTPUT_BYTES_ENOUGH, left> 0))
        store_connection_ready(connection);
    if (connection->transport->wait)
        connection->transport->wait(connection->context, left<OUTPUT_BYTES_ENOUGH, left> 0);
    return true;
}
