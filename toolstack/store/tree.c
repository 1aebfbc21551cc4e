/* SPDX-License-Identifier: MIT */
#include "store/tree.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

struct node *tree_root_create(void)
{
    const struct store_permission nobody = { .domid = 0, .access = STORE_NONE };

    return node_create((struct path_name){ "", 0 }, permissions_create(&nobody, 1), 0);
}

struct node *tree_find(const struct tree *tree, const char *path)
{
    struct node *node = tree->root;
    struct path_name name;

    while (node && path_next(&path, &name))
        node = node_child(node, name);
    return node;
}

struct node *tree_find_nearest(const struct tree *tree, const char *path, size_t *length,
                               unsigned int *missing)
{
    struct node *node = tree->root, *child;
    const char *at = path;
    struct path_name name;

    *length = 1;
    *missing = 0;
    while (path_next(&at, &name)) {
        child = *missing ? NULL : node_child(node, name);
        if (child) {
            node = child;
            *length = (size_t)(at - path);
        } else {
            ++*missing;
        }
    }
    return node;
}

static void count_nodes(struct tree *tree, const struct node *node, int sign)
{
    if (!tree->count)
        return;
    tree->count(tree->context, node->permissions->list[0].domid, sign);
    for (uint32_t i = 0; i < node->child_count; i++)
        count_nodes(tree, node->children[i], sign);
}

static struct node *add_node(struct tree *tree, struct node *parent, struct path_name name,
                             int creator)
{
    struct permissions *inherited =
        creator == CREATOR_INHERITS
            ? permissions_get(parent->permissions)
            : permissions_with_owner(parent->permissions, (uint16_t)creator);
    struct node *node = node_create(name, inherited, *tree->generation);

    node_add_child(parent, node);
    parent->children_generation = *tree->generation;
    count_nodes(tree, node, 1);
    return node;
}

/* The way to a node, owned by the tree from the root on; missing nodes are made. */
static struct node *own_path(struct tree *tree, const char *path, int creator, bool *is_new)
{
    struct node *node = node_own(&tree->root);
    struct path_name name;

    *is_new = false;
    node->subtree_generation = *tree->generation;
    while (path_next(&path, &name)) {
        struct node **slot = node_child_slot(node, name);

        if (slot) {
            node = node_own(slot);
            node->subtree_generation = *tree->generation;
        } else {
            node = add_node(tree, node, name, creator);
            *is_new = true;
        }
    }
    return node;
}

static void remove_node(struct tree *tree, const char *path)
{
    size_t parent_length = path_parent_length(path);
    char parent_path[PATH_MAX_BYTES];
    struct node *parent, *node;
    bool is_new;

    if (!parent_length || !tree_find(tree, path))
        return;
    memcpy(parent_path, path, parent_length);
    parent_path[parent_length] = '\0';
    parent = own_path(tree, parent_path, CREATOR_INHERITS, &is_new);
    node = tree_find(tree, path);
    parent->children_generation = *tree->generation;
    count_nodes(tree, node, -1);
    node_remove_child(parent, (struct path_name){ node->name, node->name_length });
}

static void set_permissions(struct tree *tree, const struct change *change)
{
    struct node *node;
    bool is_new;

    if (!tree_find(tree, change->path))
        return;
    node = own_path(tree, change->path, CREATOR_INHERITS, &is_new);
    if (tree->count) {
        tree->count(tree->context, node->permissions->list[0].domid, -1);
        tree->count(tree->context, change->permissions->list[0].domid, 1);
    }
    node_set_permissions(node, permissions_get(change->permissions));
    node->generation = *tree->generation;
}

void tree_apply(struct tree *tree, const struct change *change)
{
    struct node *node;
    bool is_new;

    ++*tree->generation;
    switch (change->kind) {
    case CHANGE_WRITE:
        node = own_path(tree, change->path, change->creator, &is_new);
        node_set_value(node, value_get(change->value));
        node->generation = *tree->generation;
        break;
    case CHANGE_MKDIR:
        if (!tree_find(tree, change->path))
            own_path(tree, change->path, change->creator, &is_new);
        break;
    case CHANGE_REMOVE:
        remove_node(tree, change->path);
        break;
    case CHANGE_SET_PERMISSIONS:
        set_permissions(tree, change);
        break;
    }
}

/* --- Walks ------------------------------------------------------------------------------------- */

struct walk {
    void (*visit)(void *context, const char *path, struct node *node, struct node *parent);
    void *context;
    char path[PATH_MAX_BYTES];
};

/* Appends a name to the path of its parent; returns the parent's length, to cut it there again. */
static size_t path_push(char *path, size_t length, const struct node *child)
{
    if (length > 1)
        path[length++] = '/';
    memcpy(path + length, child->name, child->name_length + 1);
    return length + child->name_length;
}

static void walk_below(struct walk *walk, struct node *node, size_t length)
{
    for (uint32_t i = 0; i < node->child_count; i++) {
        size_t longer = path_push(walk->path, length, node->children[i]);

        walk->visit(walk->context, walk->path, node->children[i], node);
        walk_below(walk, node->children[i], longer);
        walk->path[length] = '\0';
    }
}

void tree_walk(struct node *node, const char *path,
               void (*visit)(void *context, const char *path, struct node *node,
                             struct node *parent),
               void *context)
{
    struct walk walk = { .visit = visit, .context = context };
    size_t length = strlen(path);

    memcpy(walk.path, path, length + 1);
    visit(context, walk.path, node, NULL);
    walk_below(&walk, node, length);
}

struct forgetting {
    struct tree *tree;
    uint16_t domid;
    char **removed; /* paths; the topmost ones come first */
    char **stripped;
    size_t removed_count;
    size_t stripped_count;
};

static void add_path(char ***list, size_t *count, const char *path)
{
    if ((*count & (*count - 1)) == 0)
        *list = memory_resize(*list, (*count ? 2 * *count : 1) * sizeof(**list));
    (*list)[(*count)++] = memory_string(path);
}

static void note_node(void *context, const char *path, struct node *node, struct node *parent)
{
    struct forgetting *forgetting = context;

    if (!parent || !permissions_name(node->permissions, forgetting->domid))
        return;
    if (node->permissions->list[0].domid == forgetting->domid)
        add_path(&forgetting->removed, &forgetting->removed_count, path);
    else
        add_path(&forgetting->stripped, &forgetting->stripped_count, path);
}

static void strip_node(struct tree *tree, const char *path, uint16_t domid)
{
    struct node *node = tree_find(tree, path);
    struct change change = { .kind = CHANGE_SET_PERMISSIONS, .path = path };

    if (!node)
        return;
    change.permissions = permissions_without(node->permissions, domid);
    tree_apply(tree, &change);
    permissions_put(change.permissions);
}

void tree_forget_domain(struct tree *tree, uint16_t domid,
                        void (*removed)(void *context, const char *path, struct node *node),
                        void *context)
{
    struct forgetting forgetting = { .tree = tree, .domid = domid };

    tree_walk(tree->root, "/", note_node, &forgetting);
    for (size_t i = 0; i < forgetting.removed_count; i++) {
        struct node *node = tree_find(tree, forgetting.removed[i]);

        /* A descendant of a removed node went with it. */
        if (node) {
            struct change change = { .kind = CHANGE_REMOVE, .path = forgetting.removed[i] };

            node_get(node);
            tree_apply(tree, &change);
            if (removed)
                removed(context, forgetting.removed[i], node);
            node_put(node);
        }
        free(forgetting.removed[i]);
    }
    for (size_t i = 0; i < forgetting.stripped_count; i++) {
        strip_node(tree, forgetting.stripped[i], domid);
        free(forgetting.stripped[i]);
    }
    free(forgetting.removed);
    free(forgetting.stripped);
}
