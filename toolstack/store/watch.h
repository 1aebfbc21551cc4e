/* SPDX-License-Identifier: MIT */
/*
 * Watches, found by the path that they watch, and the events that wait for their connections.
 *
 * An event says "something happened to this path". Two equal ones that both wait are one; when too
 * many of one watch wait, one with the watch's own path stands for the rest.
 */
#ifndef PARAPET_TOOLSTACK_STORE_WATCH_H
#define PARAPET_TOOLSTACK_STORE_WATCH_H

#include "store/state.h"

struct store_watch {
    struct hash_link by_path;
    struct list in_connection;
    struct store_connection *connection;
    char *path; /* absolute, or special */
    char *token;
    size_t strip; /* bytes of event paths that the watcher does not want to see: a relative watch */
    size_t waiting_bytes;
    unsigned int waiting;
    /* In-process watches only. */
    void (*callback)(void *context, const char *path, const char *token);
    void *context;
};

struct event {
    struct list link; /* connection->events */
    struct hash_link by_content;
    struct store_watch *watch;
    size_t bytes;
    char path[]; /* absolute */
};

struct store_watch *watch_find(const struct store_connection *connection, const char *path,
                               const char *token);
/* watch_add - in the journal too, if the connection is a domain's. No event. */
struct store_watch *watch_add(struct store_connection *connection, const char *path,
                              const char *token, bool is_relative);
/* watch_remove - with the events that wait for it. */
void watch_remove(struct store_watch *watch);
void watch_remove_all(struct store_connection *connection);

/* watch_fire_change - after a change of the tree: @before is what the node was, or NULL. */
void watch_fire_change(struct store *store, const struct change *change, struct node *before);
void watch_fire_removed(struct store *store, const char *path, struct node *removed);
void watch_fire_special(struct store *store, const char *path);

/* event_add - for one watch; equal to one that waits, it is not added. */
void event_add(struct store_watch *watch, const char *path);
/* event_take - the connection's first event leaves the queue; free() ends it. NULL if none waits.
 * Its watch may be gone once anything else is called. */
struct event *event_take(struct store_connection *connection);

#endif
