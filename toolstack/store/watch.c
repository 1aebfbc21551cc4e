/* SPDX-License-Identifier: MIT */
#include "store/watch.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "store/persist.h"

/* What decides whether a domain may hear of an event. */
struct subject {
    const char *path;
    const struct permissions *now;    /* the node's; NULL if it is gone */
    const struct permissions *before; /* what they were, if they changed */
    const struct permissions *parent; /* NULL if there is none */
};

struct store_watch *watch_find(const struct store_connection *connection, const char *path,
                               const char *token)
{
    uint64_t hash = hash_string(path);
    struct hash_link *link = hash_table_first(&connection->store->watches, hash);

    for (; link; link = hash_table_next(link)) {
        struct store_watch *watch = container_of(link, struct store_watch, by_path);

        if (watch->connection == connection && !strcmp(watch->path, path) &&
            !strcmp(watch->token, token))
            return watch;
    }
    return NULL;
}

struct store_watch *watch_add(struct store_connection *connection, const char *path,
                              const char *token, bool is_relative)
{
    struct store_watch *watch = memory_alloc(sizeof(*watch));

    watch->connection = connection;
    watch->path = memory_string(path);
    watch->token = memory_string(token);
    watch->strip = is_relative ? path_home_length(path, connection->who.domid) : 0;
    list_append(&connection->watches, &watch->in_connection);
    connection->watch_count++;
    hash_table_add(&connection->store->watches, &watch->by_path, hash_string(path));
    persist_watch(watch);
    return watch;
}

/* --- Events ------------------------------------------------------------------------------------ */

static uint64_t event_hash(const struct store_watch *watch, const char *path)
{
    return hash_string(path) ^ hash_end((uintptr_t)watch);
}

static bool is_waiting(const struct store_watch *watch, const char *path)
{
    const struct hash_table *index = &watch->connection->event_index;
    struct hash_link *link = hash_table_first(index, event_hash(watch, path));

    for (; link; link = hash_table_next(link)) {
        const struct event *event = container_of(link, struct event, by_content);

        if (event->watch == watch && !strcmp(event->path, path))
            return true;
    }
    return false;
}

void event_add(struct store_watch *watch, const char *path)
{
    struct store_connection *connection = watch->connection;
    size_t limit = connection->who.is_privileged ? LIMIT_EVENT_BYTES : QUOTA_EVENT_BYTES;
    size_t length = strlen(path);
    struct event *event;

    if (watch->waiting_bytes + length > limit) {
        path = watch->path;
        length = strlen(path);
    }
    if (is_waiting(watch, path))
        return;
    event = memory_alloc(sizeof(*event) + length + 1);
    event->watch = watch;
    event->bytes = sizeof(*event) + length;
    memcpy(event->path, path, length);
    list_append(&connection->events, &event->link);
    hash_table_add(&connection->event_index, &event->by_content, event_hash(watch, path));
    watch->waiting++;
    watch->waiting_bytes += event->bytes;
    connection->event_bytes += event->bytes;
    persist_event(event);
    store_connection_ready(connection);
}

static void event_unlink(struct event *event)
{
    struct store_connection *connection = event->watch->connection;

    list_remove(&event->link);
    hash_table_remove(&connection->event_index, &event->by_content);
    event->watch->waiting--;
    event->watch->waiting_bytes -= event->bytes;
    connection->event_bytes -= event->bytes;
}

struct event *event_take(struct store_connection *connection)
{
    struct event *event;

    if (list_is_empty(&connection->events))
        return NULL;
    event = container_of(connection->events.next, struct event, link);
    event_unlink(event);
    persist_event_taken(connection);
    return event;
}

void watch_remove(struct store_watch *watch)
{
    struct store_connection *connection = watch->connection;

    persist_unwatch(watch);
    if (watch->waiting) {
        list_for_each(link, &connection->events)
        {
            struct event *event = container_of(link, struct event, link);

            if (event->watch == watch) {
                event_unlink(event);
                free(event);
            }
        }
    }
    list_remove(&watch->in_connection);
    connection->watch_count--;
    hash_table_remove(&connection->store->watches, &watch->by_path);
    free(watch->path);
    free(watch->token);
    free(watch);
}

void watch_remove_all(struct store_connection *connection)
{
    list_for_each(link, &connection->watches)
        watch_remove(container_of(link, struct store_watch, in_connection));
}

/* --- Firing ------------------------------------------------------------------------------------ */

/* Who may read a node, or list its parent, learns of it anyway. */
static bool may_see(const struct store_watch *watch, const struct subject *subject)
{
    const struct requester *who = &watch->connection->who;
    const struct permissions *lists[] = { subject->now, subject->before, subject->parent };

    if (who->is_privileged)
        return true;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (lists[i] && (permissions_access(lists[i], who) & ACCESS_READ))
            return true;
    }
    return false;
}

/* The watches of exactly the first @length bytes of the subject's path. */
static void fire_watches_of(struct store *store, const struct subject *subject, size_t length,
                            uint64_t hash)
{
    struct hash_link *link = hash_table_first(&store->watches, hash);

    for (; link; link = hash_table_next(link)) {
        struct store_watch *watch = container_of(link, struct store_watch, by_path);

        if (!strncmp(watch->path, subject->path, length) && !watch->path[length] &&
            may_see(watch, subject))
            event_add(watch, subject->path);
    }
}

/* Watches of the node and of all its ancestors: one look-up for each name of the path. */
static void fire_with_ancestors(struct store *store, const struct subject *subject)
{
    const char *path = subject->path;
    uint64_t hash = hash_start();
    size_t length = 0;

    if (!store->watches.count)
        return;
    if (path[1])
        fire_watches_of(store, subject, 1, hash_end(hash_byte(hash, '/')));
    do {
        hash = hash_byte(hash, (unsigned char)path[length++]);
        while (path[length] && path[length] != '/')
            hash = hash_byte(hash, (unsigned char)path[length++]);
        fire_watches_of(store, subject, length, hash_end(hash));
    } while (path[length]);
}

static const struct permissions *parent_permissions(struct store *store, const char *path)
{
    size_t length = path_parent_length(path);
    char parent_path[PATH_MAX_BYTES];
    struct node *parent;

    memcpy(parent_path, path, length);
    parent_path[length] = '\0';
    parent = length ? tree_find(&store->tree, parent_path) : NULL;
    return parent ? parent->permissions : NULL;
}

struct removal {
    struct store *store;
    const char *top;
};

/* What lay below a removed node: only for who watches exactly that; the rest hears of the top. */
static void fire_removed_below(void *context, const char *path, struct node *node,
                               struct node *parent)
{
    struct removal *removal = context;
    struct subject subject = { .path = path, .before = node->permissions };

    if (!parent)
        return;
    subject.parent = parent->permissions;
    fire_watches_of(removal->store, &subject, strlen(path), hash_string(path));
}

void watch_fire_removed(struct store *store, const char *path, struct node *removed)
{
    struct removal removal = { store, path };
    struct subject subject = { .path = path,
                               .before = removed->permissions,
                               .parent = parent_permissions(store, path) };

    fire_with_ancestors(store, &subject);
    if (store->watches.count && removed->child_count)
        tree_walk(removed, path, fire_removed_below, &removal);
}

void watch_fire_change(struct store *store, const struct change *change, struct node *before)
{
    struct subject subject = { .path = change->path };
    struct node *node;

    if (change->kind == CHANGE_REMOVE) {
        if (before)
            watch_fire_removed(store, change->path, before);
        return;
    }
    node = tree_find(&store->tree, change->path);
    subject.now = node ? node->permissions : NULL;
    subject.before = before ? before->permissions : NULL;
    subject.parent = parent_permissions(store, change->path);
    fire_with_ancestors(store, &subject);
}

void watch_fire_special(struct store *store, const char *path)
{
    struct subject subject = { .path = path, .now = *store_special(store, path) };

    fire_watches_of(store, &subject, strlen(path), hash_string(path));
}
