/* SPDX-License-Identifier: MIT */
/*
 * The store as a whole: its start, its turns, its domains.
 */
#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/log.h"
#include "common/memory.h"
#include "store/persist.h"
#include "store/serve.h"
#include "store/state.h"
#include "store/transaction.h"
#include "store/watch.h"

#define IN_PROCESS_EVENTS_PER_TURN 256

static const char *const special_paths[SPECIAL_PATHS] = { "@introduceDomain", "@releaseDomain" };

static void count_nodes(void *context, uint16_t owner, int nodes)
{
    struct store *store = context;

    store->node_counts[owner] += (uint32_t)nodes;
}

/* Generations are told to clients (DIRECTORY_PART), who must not see one again after a restart. */
static uint64_t first_generation(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static struct store *store_alloc(void)
{
    const struct store_permission nobody = { .domid = 0, .access = STORE_NONE };
    struct store *store = memory_alloc(sizeof(*store));

    store->generation = first_generation();
    store->node_counts = memory_alloc_array(DOMAIN_NUMBERS, sizeof(store->node_counts[0]));
    store->tree = (struct tree){ .root = tree_root_create(),
                                 .generation = &store->generation,
                                 .count = count_nodes,
                                 .context = store };
    store->node_counts[0] = 1;
    store->node_bytes_limit = LIMIT_OLD_NODE_BYTES;
    for (unsigned int i = 0; i < SPECIAL_PATHS; i++)
        store->special[i] = permissions_create(&nobody, 1);
    list_init(&store->domains);
    list_init(&store->connections);
    list_init(&store->ready);
    list_init(&store->transactions);
    store->local = connection_create(store);
    store->local->who = PRIVILEGED_REQUESTER;
    return store;
}

/* Transactions that were open when the journal ended have lost their views. */
static void doom_transactions(struct store *store)
{
    list_for_each(link, &store->transactions)
        transaction_doom(container_of(link, struct store_transaction, by_age));
}

static int open_journal(struct store *store, const char *folder, struct error *error)
{
    char *path;

    if (mkdir(folder, 0755) && errno != EEXIST)
        return error_set(error, ERROR_FAILED, "PV-E0110", "%s cannot be made: %s", folder,
                         strerror(errno));
    path = memory_format("%s/store.journal", folder);
    store->is_replaying = true;
    store->journal = journal_open(path, persist_replay, store, error);
    store->is_replaying = false;
    doom_transactions(store);
    if (!store->journal) {
        free(path);
        return -1;
    }
    if (!journal_rewrite(store->journal, persist_snapshot, store)) {
        error_set(error, ERROR_FAILED, "PV-E0111", "%s cannot be written: %s", path,
                  strerror(errno));
        free(path);
        return -1;
    }
    free(path);
    return 0;
}

struct store *store_create(const char *folder, struct error *error)
{
    struct store *store = store_alloc();

    if (folder && open_journal(store, folder, error)) {
        store_destroy(store);
        return NULL;
    }
    return store;
}

void store_destroy(struct store *store)
{
    if (store->journal)
        store_sync(store);
    journal_close(store->journal);
    store->journal = NULL;
    list_for_each(link, &store->domains)
    {
        struct domain *domain = container_of(link, struct domain, link);

        list_remove(&domain->link);
        free(domain);
    }
    list_for_each(connection, &store->connections)
    {
        struct store_connection *each = container_of(connection, struct store_connection, link);

        if (each->transport && each->transport->end)
            each->transport->end(each->context);
        connection_destroy(each);
    }
    for (unsigned int i = 0; i < SPECIAL_PATHS; i++)
        permissions_put(store->special[i]);
    node_put(store->tree.root);
    hash_table_free(&store->watches);
    free(store->node_counts);
    free(store);
}

struct permissions **store_special(struct store *store, const char *path)
{
    for (unsigned int i = 0; path[0] == '@' && i < SPECIAL_PATHS; i++) {
        if (!strcmp(path, special_paths[i]))
            return &store->special[i];
    }
    return NULL;
}

static void apply_special(struct permissions **special, const struct change *change)
{
    permissions_put(*special);
    *special = permissions_get(change->permissions);
}

void store_apply(struct store *store, const struct change *change)
{
    struct permissions **special = store_special(store, change->path);
    struct node *before;

    persist_change(store, change);
    store_needs_turn(store);
    if (special) {
        if (change->permissions)
            apply_special(special, change);
        return;
    }
    if (store->is_replaying) {
        tree_apply(&store->tree, change);
        return;
    }
    before = tree_find(&store->tree, change->path);
    /* Kept for the watches; a node whose value is written need not be, its permissions stay. */
    if (before && (change->kind == CHANGE_REMOVE || change->kind == CHANGE_SET_PERMISSIONS))
        node_get(before);
    else if (before && change->kind == CHANGE_MKDIR)
        return;
    else
        before = NULL;
    tree_apply(&store->tree, change);
    watch_fire_change(store, change, before);
    node_put(before);
    transactions_limit_memory(store);
}

/* --- Turns ------------------------------------------------------------------------------------- */

void store_on_work(struct store *store, void (*wake)(void *context), void *context)
{
    store->wake = wake;
    store->wake_context = context;
}

void store_needs_turn(struct store *store)
{
    if (store->wake)
        store->wake(store->wake_context);
}

void store_sync(struct store *store)
{
    if (store->journal)
        journal_flush(store->journal, persist_snapshot, store);
}

/* Watches of pvd itself; they may change the store, and each other. */
static void call_watchers(struct store *store)
{
    for (int done = 0; done < IN_PROCESS_EVENTS_PER_TURN; done++) {
        struct event *event = event_take(store->local);
        struct store_watch *watch;
        char *token;

        if (!event)
            return;
        watch = event->watch;
        token = memory_string(watch->token);
        watch->callback(watch->context, event->path, token);
        free(token);
        free(event);
    }
    store_needs_turn(store);
}

static void serve_all(struct store *store, struct list *served, struct list *again)
{
    struct list now;

    list_init(&now);
    list_move_all(&now, &store->ready);
    while (!list_is_empty(&now)) {
        struct store_connection *connection =
            container_of(now.next, struct store_connection, ready_link);

        /* It counts as ready until it was published, and is in no list while it is served. */
        list_remove(&connection->ready_link);
        list_append(connection_serve(connection) ? again : served, &connection->ready_link);
    }
}

/* Others that were served later in the turn may have made events for it, and there is room. */
static bool has_new_events(const struct store_connection *connection)
{
    return connection->output.start == connection->output.end &&
           !list_is_empty(&connection->events);
}

static void publish_all(struct list *served, bool is_more)
{
    while (!list_is_empty(served)) {
        struct store_connection *connection =
            container_of(served->next, struct store_connection, ready_link);

        list_remove(&connection->ready_link);
        connection->is_ready = false;
        if (connection_publish(connection) && (is_more || has_new_events(connection)))
            store_connection_ready(connection);
    }
}

void store_turn(struct store *store)
{
    struct list served, again;

    list_init(&served);
    list_init(&again);
    serve_all(store, &served, &again);
    store_sync(store);
    publish_all(&served, false);
    publish_all(&again, true);
    call_watchers(store);
}

/* --- Connections and domains ------------------------------------------------------------------- */

struct store_connection *store_connect(struct store *store, const struct store_transport *transport,
                                       void *context)
{
    struct store_connection *connection = connection_create(store);

    connection->who = PRIVILEGED_REQUESTER;
    connection_attach(connection, transport, context);
    return connection;
}

void store_disconnect(struct store_connection *connection)
{
    connection_destroy(connection);
}

void store_handle_domains(struct store *store, const struct store_domain_handler *handler)
{
    store->domain_handler = handler;
}

struct domain *domain_find(const struct store *store, uint16_t domid)
{
    list_for_each(link, &store->domains)
    {
        struct domain *domain = container_of(link, struct domain, link);

        if (domain->domid == domid)
            return domain;
    }
    return NULL;
}

struct domain *domain_add(struct store *store, uint16_t domid, uint32_t port, uint32_t gref)
{
    struct list *place = store->domains.next;
    struct domain *domain = memory_alloc(sizeof(*domain));

    domain->domid = domid;
    domain->port = port;
    domain->gref = gref;
    domain->connection = connection_create(store);
    domain->connection->is_domain = true;
    domain->connection->who =
        (struct requester){ .domid = domid, .target = domid, .is_privileged = domid == 0 };
    while (place != &store->domains && container_of(place, struct domain, link)->domid < domid)
        place = place->next;
    list_append(place, &domain->link);
    return domain;
}

static void fire_removed(void *context, const char *path, struct node *node)
{
    struct store *store = context;

    if (!store->is_replaying)
        watch_fire_removed(store, path, node);
}

static void forget_special(struct store *store, uint16_t domid)
{
    for (unsigned int i = 0; i < SPECIAL_PATHS; i++) {
        struct permissions *old = store->special[i];

        store->special[i] = permissions_without(old, domid);
        permissions_put(old);
    }
}

void domain_remove(struct store *store, struct domain *domain)
{
    uint16_t domid = domain->domid;

    if (domain->connection->transport)
        domain->connection->transport->end(domain->connection->context);
    /* Its watches and transactions need no records of their own: the domain's end covers them. */
    domain->connection->is_domain = false;
    connection_destroy(domain->connection);
    list_remove(&domain->link);
    free(domain);
    persist_domain_removed(store, domid);
    tree_forget_domain(&store->tree, domid, fire_removed, store);
    forget_special(store, domid);
}

struct store_connection *store_domain_introduce(struct store *store, uint16_t domid, uint32_t port,
                                                uint32_t gref,
                                                const struct store_transport *transport,
                                                void *context)
{
    struct domain *domain = domain_find(store, domid);
    bool is_known = domain && domain->port == port && domain->gref == gref;

    if (domain && !is_known)
        domain_remove(store, domain);
    if (!is_known) {
        domain = domain_add(store, domid, port, gref);
        persist_domain(store, domain);
    }
    connection_attach(domain->connection, transport, context);
    if (!is_known)
        watch_fire_special(store, special_paths[0]);
    return domain->connection;
}

bool store_domain_is_introduced(const struct store *store, uint16_t domid)
{
    return domain_find(store, domid) != NULL;
}

void store_domain_changed(struct store *store, uint16_t domid)
{
    (void)domid;
    watch_fire_special(store, special_paths[1]);
}

int store_domain_release(struct store *store, uint16_t domid)
{
    struct domain *domain = domain_find(store, domid);

    if (!domain)
        return -ENOENT;
    domain_remove(store, domain);
    watch_fire_special(store, special_paths[1]);
    store_needs_turn(store);
    return 0;
}

void store_domain_each(struct store *store,
                       void (*visit)(void *context, uint16_t domid, uint32_t port, uint32_t gref),
                       void *context)
{
    list_for_each(link, &store->domains)
    {
        const struct domain *domain = container_of(link, struct domain, link);

        visit(context, domain->domid, domain->port, domain->gref);
    }
}
