/* SPDX-License-Identifier: MIT */
/*
 * The nodes of the tree, as a persistent data structure: a node that has more than one reference is
 * never changed, but copied, and the copy shares value, permissions and children with it. So the
 * root of a moment is that moment's whole tree, for as long as somebody holds a reference.
 *
 * Children are sorted by name; a lookup is a binary search per name of the path.
 */
#ifndef PARAPET_TOOLSTACK_STORE_NODE_H
#define PARAPET_TOOLSTACK_STORE_NODE_H

#include <stddef.h>
#include <stdint.h>

#include "store/path.h"
#include "store/permission.h"

/* Counted, never changed. */
struct value {
    uint32_t references;
    uint32_t bytes;
    char data[];
};

struct node {
    uint32_t references;
    uint32_t child_count;
    uint32_t child_capacity;
    uint32_t name_length;
    /* When it was changed last: value and permissions; the list of children; all below it. */
    uint64_t generation;
    uint64_t children_generation;
    uint64_t subtree_generation;
    struct value *value;
    struct permissions *permissions;
    struct node **children;
    char name[];
};

struct value *value_create(const void *data, size_t bytes);
struct value *value_get(struct value *value);
void value_put(struct value *value);

/* node_create - without children, with an empty value; takes over the reference to permissions. */
struct node *node_create(struct path_name name, struct permissions *permissions,
                         uint64_t generation);
struct node *node_get(struct node *node);
void node_put(struct node *node);

/* node_child - NULL if there is none of that name. */
struct node *node_child(const struct node *node, struct path_name name);

/* node_own - makes *@slot a node that only @slot refers to, so that it may be changed. */
struct node *node_own(struct node **slot);
/* node_child_slot - where the (owned) parent refers to its child; NULL if there is none. */
struct node **node_child_slot(struct node *parent, struct path_name name);
/* These change a node that the caller owns; references are taken over. */
void node_set_value(struct node *node, struct value *value);
void node_set_permissions(struct node *node, struct permissions *permissions);
void node_add_child(struct node *parent, struct node *child);
void node_remove_child(struct node *parent, struct path_name name);

/* node_bytes_in_use - the memory of all nodes, old versions included. */
size_t node_bytes_in_use(void);

#endif
