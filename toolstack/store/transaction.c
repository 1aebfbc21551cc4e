/* SPDX-License-Identifier: MIT */
#include "store/transaction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "store/persist.h"

struct pending_change {
    struct list link;
    struct change change;
    char *path; /* that the change names */
};

struct dependency {
    struct hash_link link;
    enum dependency_kind kind;
    uint64_t generation; /* 0: there was no such node */
    char path[];
};

static void count_own_nodes(void *context, uint16_t owner, int nodes)
{
    struct store_transaction *transaction = context;

    if (owner == transaction->connection->who.domid)
        transaction->node_delta += nodes;
}

static void take_view(struct store_transaction *transaction)
{
    struct store *store = transaction->connection->store;

    transaction->base =
        (struct tree){ .root = node_get(store->tree.root), .generation = &store->generation };
    transaction->view = (struct tree){ .root = node_get(store->tree.root),
                                       .generation = &store->generation,
                                       .count = count_own_nodes,
                                       .context = transaction };
}

static void drop_view(struct store_transaction *transaction)
{
    node_put(transaction->base.root);
    node_put(transaction->view.root);
}

struct store_transaction *transaction_start(struct store_connection *connection, uint32_t id)
{
    struct store_transaction *transaction = memory_alloc(sizeof(*transaction));

    transaction->connection = connection;
    transaction->id = id;
    list_init(&transaction->changes);
    take_view(transaction);
    list_append(&connection->transactions, &transaction->in_connection);
    list_append(&connection->store->transactions, &transaction->by_age);
    connection->transaction_count++;
    persist_transaction(transaction);
    return transaction;
}

struct store_transaction *transaction_find(const struct store_connection *connection, uint32_t id)
{
    list_for_each(link, &connection->transactions)
    {
        struct store_transaction *transaction =
            container_of(link, struct store_transaction, in_connection);

        if (transaction->id == id)
            return transaction;
    }
    return NULL;
}

static uint64_t generation_of(const struct tree *tree, enum dependency_kind kind, const char *path)
{
    const struct node *node = tree_find(tree, path);

    if (!node)
        return 0;
    switch (kind) {
    case DEPENDS_ON_CHILDREN:
        return node->children_generation;
    case DEPENDS_ON_SUBTREE:
        return node->subtree_generation;
    case DEPENDS_ON_NODE:
        break;
    }
    return node->generation;
}

void transaction_depend(struct store_transaction *transaction, enum dependency_kind kind,
                        const char *path)
{
    uint64_t hash = hash_string(path);
    struct hash_link *link = hash_table_first(&transaction->dependencies, hash);
    size_t length = strlen(path);
    struct dependency *new;

    if (transaction->is_doomed)
        return;
    for (; link; link = hash_table_next(link)) {
        const struct dependency *old = container_of(link, struct dependency, link);

        if (old->kind == kind && !strcmp(old->path, path))
            return;
    }
    new = memory_alloc(sizeof(*new) + length + 1);
    new->kind = kind;
    new->generation = generation_of(&transaction->base, kind, path);
    memcpy(new->path, path, length);
    hash_table_add(&transaction->dependencies, &new->link, hash);
    transaction->entries++;
    transaction->bytes += sizeof(*new) + length;
}

bool transaction_has_room(const struct store_transaction *transaction, size_t bytes)
{
    return transaction->connection->who.is_privileged ||
           (transaction->entries < QUOTA_TRANSACTION_ENTRIES &&
            transaction->bytes + bytes < QUOTA_TRANSACTION_BYTES);
}

void transaction_change(struct store_transaction *transaction, const struct change *change)
{
    struct pending_change *pending = memory_alloc(sizeof(*pending));

    pending->change = *change;
    pending->change.path = pending->path = memory_string(change->path);
    transaction->bytes += sizeof(*pending) + strlen(change->path);
    if (change->value) {
        value_get(change->value);
        transaction->bytes += change->value->bytes;
    }
    if (change->permissions)
        permissions_get(change->permissions);
    list_append(&transaction->changes, &pending->link);
    transaction->entries++;
    tree_apply(&transaction->view, change);
}

/* --- The end ----------------------------------------------------------------------------------- */

static bool dependencies_hold(const struct store_transaction *transaction)
{
    const struct store *store = transaction->connection->store;
    const struct hash_table *table = &transaction->dependencies;

    for (size_t i = 0; i < table->bucket_count; i++) {
        for (struct hash_link *link = table->buckets[i]; link; link = link->next) {
            const struct dependency *dependency = container_of(link, struct dependency, link);

            if (generation_of(&store->tree, dependency->kind, dependency->path) !=
                dependency->generation)
                return false;
        }
    }
    return true;
}

static int commit(struct store_transaction *transaction)
{
    const struct requester *who = &transaction->connection->who;
    struct store *store = transaction->connection->store;

    if (transaction->is_doomed || !dependencies_hold(transaction))
        return -EAGAIN;
    /* Since its changes were checked, others may have taken from the same quota. */
    if (!who->is_privileged && transaction->node_delta > 0 &&
        store->node_counts[who->domid] + (uint32_t)transaction->node_delta > QUOTA_NODES)
        return -ENOSPC;
    list_for_each(link, &transaction->changes)
        store_apply(store, &container_of(link, struct pending_change, link)->change);
    return 0;
}

static void free_dependencies(struct store_transaction *transaction)
{
    struct hash_table *table = &transaction->dependencies;

    for (size_t i = 0; i < table->bucket_count; i++) {
        for (struct hash_link *link = table->buckets[i], *next; link; link = next) {
            next = link->next;
            free(container_of(link, struct dependency, link));
        }
    }
    hash_table_free(table);
}

static void free_changes(struct store_transaction *transaction)
{
    list_for_each(link, &transaction->changes)
    {
        struct pending_change *pending = container_of(link, struct pending_change, link);

        free(pending->path);
        value_put(pending->change.value);
        permissions_put(pending->change.permissions);
        list_remove(&pending->link);
        free(pending);
    }
}

int transaction_end(struct store_transaction *transaction, bool is_commit)
{
    int result;

    persist_transaction_end(transaction);
    list_remove(&transaction->in_connection);
    list_remove(&transaction->by_age);
    transaction->connection->transaction_count--;
    /* The view goes first: with it the tree would copy each node that the commit changes. */
    drop_view(transaction);
    result = is_commit ? commit(transaction) : 0;
    free_changes(transaction);
    free_dependencies(transaction);
    free(transaction);
    return result;
}

void transaction_end_all(struct store_connection *connection)
{
    list_for_each(link, &connection->transactions)
    {
        if (transaction_end(container_of(link, struct store_transaction, in_connection), false))
            continue;
    }
}

void transaction_doom(struct store_transaction *transaction)
{
    transaction->is_doomed = true;
    drop_view(transaction);
    free_changes(transaction);
    transaction->node_delta = 0;
    take_view(transaction);
}

static void forget_views(struct store *store)
{
    list_for_each(link, &store->transactions)
    {
        struct store_transaction *transaction =
            container_of(link, struct store_transaction, by_age);

        if (node_bytes_in_use() <= store->node_bytes_limit)
            return;
        transaction_doom(transaction);
    }
}

void transactions_limit_memory(struct store *store)
{
    if (node_bytes_in_use() <= store->node_bytes_limit)
        return;
    forget_views(store);
    /* Without old versions this much is in the tree itself: that is no reason to forget views. */
    if (node_bytes_in_use() > store->node_bytes_limit)
        store->node_bytes_limit = node_bytes_in_use() + LIMIT_OLD_NODE_BYTES;
}
