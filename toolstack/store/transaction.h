/* SPDX-License-Identifier: MIT */
/*
 * Transactions: a view of the tree as it was at the start, changes that only the view has, and a
 * list of what the transaction depends on. At the commit all dependencies must still hold in the
 * tree; then the changes are applied to it one after the other.
 *
 * A doomed transaction looks like any other until its commit, which fails with -EAGAIN: one that
 * was open when pvd ended, or whose view had become too costly.
 */
#ifndef PARAPET_TOOLSTACK_STORE_TRANSACTION_H
#define PARAPET_TOOLSTACK_STORE_TRANSACTION_H

#include "store/state.h"

enum dependency_kind {
    DEPENDS_ON_NODE,     /* its value and permissions, or that it is not there */
    DEPENDS_ON_CHILDREN, /* the list of their names */
    DEPENDS_ON_SUBTREE,  /* everything below */
};

struct store_transaction {
    struct list in_connection;
    struct list by_age; /* store->transactions */
    struct store_connection *connection;
    uint32_t id;
    bool is_doomed;
    struct tree base; /* as it was at the start */
    struct tree view;
    int node_delta; /* nodes that the requester's domain gets by it */
    struct list changes;
    struct hash_table dependencies;
    unsigned int entries; /* changes and dependencies */
    size_t bytes;
};

struct store_transaction *transaction_start(struct store_connection *connection, uint32_t id);
struct store_transaction *transaction_find(const struct store_connection *connection, uint32_t id);

/* transaction_depend - remembers what @path is in the view's base. */
void transaction_depend(struct store_transaction *transaction, enum dependency_kind kind,
                        const char *path);
/* transaction_has_room - for one more change with a value of @bytes; privileged ones always have. */
bool transaction_has_room(const struct store_transaction *transaction, size_t bytes);
void transaction_change(struct store_transaction *transaction, const struct change *change);

/* transaction_end - it is gone afterwards; -EAGAIN, -ENOSPC if it cannot be committed. */
MUST_CHECK int transaction_end(struct store_transaction *transaction, bool is_commit);
void transaction_end_all(struct store_connection *connection);

/* transaction_doom - it sees the tree as it is now; its commit will fail. */
void transaction_doom(struct store_transaction *transaction);
/* transactions_limit_memory - dooms the oldest ones when old versions of nodes take too much. */
void transactions_limit_memory(struct store *store);

#endif
