/* SPDX-License-Identifier: MIT */
/*
 * What a connection may do with nodes: rights and quotas are checked here, then the change goes to
 * the tree or to the transaction. Paths are absolute and well formed. All return 0 or a negative
 * errno value; transactions may be NULL.
 */
#ifndef PARAPET_TOOLSTACK_STORE_OPERATION_H
#define PARAPET_TOOLSTACK_STORE_OPERATION_H

#include "store/state.h"

/* Where an operation acts, and for whom. */
struct scope {
    struct store *store;
    const struct requester *who;
    struct store_transaction *transaction;
};

/* The node is valid until the next change. */
MUST_CHECK int operation_read(const struct scope *scope, const char *path, struct node **out);
MUST_CHECK int operation_list(const struct scope *scope, const char *path, struct node **out);
MUST_CHECK int operation_write(const struct scope *scope, const char *path, const void *data,
                               size_t bytes);
MUST_CHECK int operation_mkdir(const struct scope *scope, const char *path);
MUST_CHECK int operation_remove(const struct scope *scope, const char *path);
/* These two take special paths too. */
MUST_CHECK int operation_get_permissions(const struct scope *scope, const char *path,
                                         struct permissions **out);
MUST_CHECK int operation_set_permissions(const struct scope *scope, const char *path,
                                         struct permissions *permissions);

#endif
