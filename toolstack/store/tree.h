/* SPDX-License-Identifier: MIT */
/*
 * The tree as a whole: finding nodes, and changes. A change says what is to be done without asking
 * whether it may be done; applied to equal trees it gives equal trees, be it now, at the commit of
 * a transaction, or from the journal.
 */
#ifndef PARAPET_TOOLSTACK_STORE_TREE_H
#define PARAPET_TOOLSTACK_STORE_TREE_H

#include "store/node.h"

#define CREATOR_INHERITS (-1) /* new nodes belong to their parent's owner */

enum change_kind {
    CHANGE_WRITE = 1,
    CHANGE_MKDIR = 2,
    CHANGE_REMOVE = 3,
    CHANGE_SET_PERMISSIONS = 4,
};

struct change {
    enum change_kind kind;
    int creator; /* a domain's number, or CREATOR_INHERITS */
    const char *path;
    struct value *value;             /* CHANGE_WRITE */
    struct permissions *permissions; /* CHANGE_SET_PERMISSIONS */
};

struct tree {
    struct node *root;
    uint64_t *generation; /* counts changes */
    /* Told of nodes that a domain gets or loses; may be NULL. */
    void (*count)(void *context, uint16_t owner, int nodes);
    void *context;
};

/* tree_root_create - a root without children, of domain 0, with no rights for others. */
struct node *tree_root_create(void);

struct node *tree_find(const struct tree *tree, const char *path);
/* tree_find_nearest - the node, or its nearest ancestor that exists; how much of @path names it.
 * @missing: how many names follow. */
struct node *tree_find_nearest(const struct tree *tree, const char *path, size_t *length,
                               unsigned int *missing);

/* tree_apply - a change of a node that is not there (or making one that is) changes nothing. */
void tree_apply(struct tree *tree, const struct change *change);

/* tree_forget_domain - removes the nodes that belong to @domid, and its entries in permissions of
 * others. Calls @removed for the topmost nodes that it removed. */
void tree_forget_domain(struct tree *tree, uint16_t domid,
                        void (*removed)(void *context, const char *path, struct node *node),
                        void *context);

/* tree_walk - @node (at @path) and all below it, parents first. */
void tree_walk(struct node *node, const char *path,
               void (*visit)(void *context, const char *path, struct node *node,
                             struct node *parent),
               void *context);

#endif
