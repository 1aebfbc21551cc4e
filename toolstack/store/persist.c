/* SPDX-License-Identifier: MIT */
#include "store/persist.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "store/transaction.h"
#include "store/watch.h"

enum record_kind {
    RECORD_CHANGE = 1,      /* kind, creator; path, value, permissions */
    RECORD_NODE,            /* ; path, value, permissions */
    RECORD_WATCH,           /* domid, is relative; path, token */
    RECORD_UNWATCH,         /* domid; path, token */
    RECORD_EVENT,           /* domid; watch's path, token, event's path */
    RECORD_EVENT_TAKEN,     /* domid */
    RECORD_TRANSACTION,     /* domid, id */
    RECORD_TRANSACTION_END, /* domid, id */
    RECORD_DOMAIN,          /* domid, port, gref, target */
    RECORD_DOMAIN_REMOVED,  /* domid */
    RECORD_CONNECTION,      /* domid, req_cons, rsp_prod, CONNECTION_ bits; input, output */
    RECORD_KINDS,
};

#define CONNECTION_IS_STARTED 1u
#define CONNECTION_IS_BROKEN  2u

static bool is_recorded(const struct store *store)
{
    return store->journal && !store->is_replaying;
}

static bool is_of_domain(const struct store_connection *connection)
{
    return connection->is_domain && is_recorded(connection->store);
}

/* Texts go in with their NUL. */
static struct blob text_blob(const char *text)
{
    return (struct blob){ text, strlen(text) + 1 };
}

static struct blob value_blob(const struct value *value)
{
    return value ? (struct blob){ value->data, value->bytes } : (struct blob){ 0 };
}

/* The list is in memory as it is in the file; unused bytes between its members are zero. */
static struct blob permissions_blob(const struct permissions *permissions)
{
    if (!permissions)
        return (struct blob){ 0 };
    return (struct blob){ permissions->list, permissions->count * sizeof(permissions->list[0]) };
}

void persist_change(struct store *store, const struct change *change)
{
    if (!is_recorded(store))
        return;
    journal_append(store->journal,
                   &(struct record){ .kind = RECORD_CHANGE,
                                     .numbers = { change->kind, (uint32_t)change->creator },
                                     .blobs = { text_blob(change->path), value_blob(change->value),
                                                permissions_blob(change->permissions) } });
}

static void record_watch(const struct store_watch *watch, enum record_kind kind)
{
    if (!is_of_domain(watch->connection))
        return;
    journal_append(watch->connection->store->journal,
                   &(struct record){
                       .kind = (uint8_t)kind,
                       .numbers = { watch->connection->who.domid, watch->strip != 0 },
                       .blobs = { text_blob(watch->path), text_blob(watch->token) } });
}

void persist_watch(const struct store_watch *watch)
{
    record_watch(watch, RECORD_WATCH);
}

void persist_unwatch(const struct store_watch *watch)
{
    record_watch(watch, RECORD_UNWATCH);
}

void persist_event(const struct event *event)
{
    const struct store_watch *watch = event->watch;

    if (!is_of_domain(watch->connection))
        return;
    journal_append(watch->connection->store->journal,
                   &(struct record){ .kind = RECORD_EVENT,
                                     .numbers = { watch->connection->who.domid },
                                     .blobs = { text_blob(watch->path), text_blob(watch->token),
                                                text_blob(event->path) } });
}

static void record_numbers(const struct store_connection *connection, enum record_kind kind,
                           uint32_t number)
{
    if (!is_of_domain(connection))
        return;
    journal_append(connection->store->journal,
                   &(struct record){ .kind = (uint8_t)kind,
                                     .numbers = { connection->who.domid, number } });
}

void persist_event_taken(const struct store_connection *connection)
{
    record_numbers(connection, RECORD_EVENT_TAKEN, 0);
}

void persist_transaction(const struct store_transaction *transaction)
{
    record_numbers(transaction->connection, RECORD_TRANSACTION, transaction->id);
}

void persist_transaction_end(const struct store_transaction *transaction)
{
    record_numbers(transaction->connection, RECORD_TRANSACTION_END, transaction->id);
}

void persist_domain(const struct store *store, const struct domain *domain)
{
    if (!is_recorded(store))
        return;
    journal_append(store->journal,
                   &(struct record){ .kind = RECORD_DOMAIN,
                                     .numbers = { domain->domid, domain->port, domain->gref,
                                                  domain->connection->who.target } });
}

void persist_domain_removed(const struct store *store, uint16_t domid)
{
    if (is_recorded(store))
        journal_append(store->journal,
                       &(struct record){ .kind = RECORD_DOMAIN_REMOVED, .numbers = { domid } });
}

void persist_connection(const struct store_connection *connection)
{
    const struct output *output = &connection->output;
    uint32_t flags = (connection->is_started ? CONNECTION_IS_STARTED : 0) |
                     (connection->is_broken ? CONNECTION_IS_BROKEN : 0);

    if (!is_of_domain(connection))
        return;
    journal_append(connection->store->journal,
                   &(struct record){ .kind = RECORD_CONNECTION,
                                     .numbers = { connection->who.domid,
                                                  connection->position.req_cons,
                                                  connection->position.rsp_prod, flags },
                                     .blobs = { { connection->input, connection->input_bytes },
                                                { output->data + output->start,
                                                  output->end - output->start } } });
}

/* --- The whole state --------------------------------------------------------------------------- */

static void record_node(void *context, const char *path, struct node *node, struct node *parent)
{
    struct store *store = context;

    (void)parent;
    journal_append(store->journal,
                   &(struct record){ .kind = RECORD_NODE,
                                     .blobs = { text_blob(path), value_blob(node->value),
                                                permissions_blob(node->permissions) } });
}

static void record_special(struct store *store, const char *path)
{
    persist_change(store, &(struct change){ .kind = CHANGE_SET_PERMISSIONS,
                                            .path = path,
                                            .permissions = *store_special(store, path) });
}

static void record_domain(const struct store *store, const struct domain *domain)
{
    const struct store_connection *connection = domain->connection;

    persist_domain(store, domain);
    list_for_each(watch, &connection->watches)
        persist_watch(container_of(watch, struct store_watch, in_connection));
    list_for_each(event, &connection->events)
        persist_event(container_of(event, struct event, link));
    list_for_each(transaction, &connection->transactions)
        persist_transaction(container_of(transaction, struct store_transaction, in_connection));
    persist_connection(connection);
}

void persist_snapshot(void *context)
{
    struct store *store = context;

    tree_walk(store->tree.root, "/", record_node, store);
    record_special(store, "@introduceDomain");
    record_special(store, "@releaseDomain");
    list_for_each(link, &store->domains)
        record_domain(store, container_of(link, struct domain, link));
}

/* --- Replay ------------------------------------------------------------------------------------ */

/* A text of a record, or NULL. */
static const char *text_of(const struct record *record, int index)
{
    const struct blob *blob = &record->blobs[index];
    const char *text = blob->data;

    return blob->bytes && blob->bytes <= MESSAGE_MAX_BYTES && !text[blob->bytes - 1] ? text : NULL;
}

/* A path that the tree takes, or a special one. */
static const char *path_of(const struct record *record, int index)
{
    const char *path = text_of(record, index);
    char checked[PATH_MAX_BYTES];

    if (!path || path_is_special(path))
        return path;
    return path[0] == '/' && !path_absolute(checked, 0, path) ? path : NULL;
}

static struct permissions *permissions_of(const struct blob *blob)
{
    size_t count = blob->bytes / sizeof(struct store_permission);
    struct permissions *permissions;
    struct store_permission *list;

    if (!count || blob->bytes % sizeof(struct store_permission))
        return NULL;
    list = memory_copy(blob->data, blob->bytes);
    permissions = permissions_create(list, count);
    free(list);
    return permissions;
}

static int apply_set_permissions(struct store *store, const char *path, const struct blob *blob)
{
    struct change change = { .kind = CHANGE_SET_PERMISSIONS, .path = path };

    change.permissions = permissions_of(blob);
    if (!change.permissions)
        return -1;
    store_apply(store, &change);
    permissions_put(change.permissions);
    return 0;
}

static void apply_write(struct store *store, const char *path, const struct blob *blob, int creator)
{
    struct change change = { .kind = CHANGE_WRITE, .creator = creator, .path = path };

    change.value = value_create(blob->data, blob->bytes);
    store_apply(store, &change);
    value_put(change.value);
}

static int replay_change(struct store *store, const struct record *record)
{
    const char *path = path_of(record, 0);
    int creator = (int)record->numbers[1];

    if (!path || creator < CREATOR_INHERITS || creator > UINT16_MAX)
        return -1;
    switch (record->numbers[0]) {
    case CHANGE_WRITE:
        apply_write(store, path, &record->blobs[1], creator);
        return 0;
    case CHANGE_MKDIR:
    case CHANGE_REMOVE:
        store_apply(store, &(struct change){ .kind = (enum change_kind)record->numbers[0],
                                             .creator = creator,
                                             .path = path });
        return 0;
    case CHANGE_SET_PERMISSIONS:
        return apply_set_permissions(store, path, &record->blobs[2]);
    default:
        return -1;
    }
}

static int replay_node(struct store *store, const struct record *record)
{
    const char *path = path_of(record, 0);

    if (!path || path[0] != '/')
        return -1;
    apply_write(store, path, &record->blobs[1], CREATOR_INHERITS);
    return apply_set_permissions(store, path, &record->blobs[2]);
}

static int replay_domain(struct store *store, const struct record *record)
{
    uint16_t domid = (uint16_t)record->numbers[0];
    struct domain *domain = domain_find(store, domid);

    if (!domain)
        domain = domain_add(store, domid, record->numbers[1], record->numbers[2]);
    domain->port = record->numbers[1];
    domain->gref = record->numbers[2];
    domain->connection->who.target = (uint16_t)record->numbers[3];
    return 0;
}

static int replay_domain_removed(struct store *store, const struct record *record)
{
    struct domain *domain = domain_find(store, (uint16_t)record->numbers[0]);

    if (!domain)
        return -1;
    domain_remove(store, domain);
    return 0;
}

static int replay_watch(struct store_connection *connection, const struct record *record)
{
    const char *path = path_of(record, 0), *token = text_of(record, 1);

    if (!path || !token)
        return -1;
    watch_add(connection, path, token, record->numbers[1] != 0);
    return 0;
}

static int replay_unwatch(struct store_connection *connection, const struct record *record)
{
    const char *path = path_of(record, 0), *token = text_of(record, 1);
    struct store_watch *watch = path && token ? watch_find(connection, path, token) : NULL;

    if (!watch)
        return -1;
    watch_remove(watch);
    return 0;
}

static int replay_event(struct store_connection *connection, const struct record *record)
{
    const char *path = path_of(record, 0), *token = text_of(record, 1);
    const char *event_path = path_of(record, 2);
    struct store_watch *watch = path && token ? watch_find(connection, path, token) : NULL;

    if (!watch || !event_path)
        return -1;
    event_add(watch, event_path);
    return 0;
}

static int replay_event_taken(struct store_connection *connection, const struct record *record)
{
    struct event *event = event_take(connection);

    (void)record;
    if (!event)
        return -1;
    free(event);
    return 0;
}

static int replay_transaction(struct store_connection *connection, const struct record *record)
{
    uint32_t id = record->numbers[1];

    if (id > connection->last_transaction)
        connection->last_transaction = id;
    transaction_start(connection, id);
    return 0;
}

static int replay_transaction_end(struct store_connection *connection, const struct record *record)
{
    struct store_transaction *transaction = transaction_find(connection, record->numbers[1]);

    return transaction ? transaction_end(transaction, false) : -1;
}

static int replay_connection(struct store_connection *connection, const struct record *record)
{
    const struct blob *input = &record->blobs[0], *output = &record->blobs[1];

    if (input->bytes > sizeof(connection->input))
        return -1;
    connection->position =
        (struct ring_position){ .req_cons = record->numbers[1], .rsp_prod = record->numbers[2] };
    connection->is_started = (record->numbers[3] & CONNECTION_IS_STARTED) != 0;
    connection->is_broken = (record->numbers[3] & CONNECTION_IS_BROKEN) != 0;
    memcpy(connection->input, input->data, input->bytes);
    connection->input_bytes = input->bytes;
    free(connection->output.data);
    connection->output = (struct output){ .data = memory_copy(output->data, output->bytes),
                                          .end = output->bytes,
                                          .capacity = output->bytes };
    return 0;
}

static int (*const of_store[RECORD_KINDS])(struct store *store, const struct record *record) = {
    [RECORD_CHANGE] = replay_change,
    [RECORD_NODE] = replay_node,
    [RECORD_DOMAIN] = replay_domain,
    [RECORD_DOMAIN_REMOVED] = replay_domain_removed,
};

static int (*const of_connection[RECORD_KINDS])(struct store_connection *connection,
                                                const struct record *record) = {
    [RECORD_WATCH] = replay_watch,
    [RECORD_UNWATCH] = replay_unwatch,
    [RECORD_EVENT] = replay_event,
    [RECORD_EVENT_TAKEN] = replay_event_taken,
    [RECORD_TRANSACTION] = replay_transaction,
    [RECORD_TRANSACTION_END] = replay_transaction_end,
    [RECORD_CONNECTION] = replay_connection,
};

int persist_replay(void *context, const struct record *record)
{
    struct store *store = context;
    struct domain *domain;

    if (record->kind >= RECORD_KINDS || record->numbers[0] >= DOMAIN_NUMBERS)
        return -1;
    if (of_store[record->kind])
        return of_store[record->kind](store, record);
    domain = domain_find(store, (uint16_t)record->numbers[0]);
    if (!domain || !of_connection[record->kind])
        return -1;
    return of_connection[record->kind](domain->connection, record);
}
