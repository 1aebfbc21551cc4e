/* SPDX-License-Identifier: MIT */
#include "store/operation.h"

#include <errno.h>
#include <string.h>

#include "store/transaction.h"

static const struct tree *tree_of(const struct scope *scope)
{
    return scope->transaction ? &scope->transaction->view : &scope->store->tree;
}

static void depend(const struct scope *scope, enum dependency_kind kind, const char *path)
{
    if (scope->transaction)
        transaction_depend(scope->transaction, kind, path);
}

/*
 * The node, if the requester has the access. What is not there is known to be missing only to who
 * has that access to the nearest ancestor: others get -EACCES, as for a node that is hidden.
 */
static int find_node(const struct scope *scope, const char *path, unsigned int access,
                     struct node **out)
{
    unsigned int missing;
    struct node *node;
    size_t length;

    if (scope->transaction && !transaction_has_room(scope->transaction, strlen(path)))
        return -ENOSPC;
    depend(scope, DEPENDS_ON_NODE, path);
    node = tree_find_nearest(tree_of(scope), path, &length, &missing);
    if (missing)
        access &= ~ACCESS_OWNER;
    if ((permissions_access(node->permissions, scope->who) & access) != access)
        return -EACCES;
    if (missing)
        return -ENOENT;
    *out = node;
    return 0;
}

int operation_read(const struct scope *scope, const char *path, struct node **out)
{
    return find_node(scope, path, ACCESS_READ, out);
}

int operation_list(const struct scope *scope, const char *path, struct node **out)
{
    int result = find_node(scope, path, ACCESS_READ, out);

    if (!result)
        depend(scope, DEPENDS_ON_CHILDREN, path);
    return result;
}

static int submit(const struct scope *scope, const struct change *change)
{
    size_t bytes = change->value ? change->value->bytes : 0;

    if (!scope->transaction) {
        store_apply(scope->store, change);
        return 0;
    }
    if (!transaction_has_room(scope->transaction, bytes))
        return -ENOSPC;
    transaction_change(scope->transaction, change);
    return 0;
}

static int creator_of(const struct requester *who)
{
    return who->is_privileged ? CREATOR_INHERITS : who->domid;
}

static bool has_quota(const struct scope *scope, unsigned int new_nodes)
{
    int64_t nodes = scope->store->node_counts[scope->who->domid];

    if (scope->transaction)
        nodes += scope->transaction->node_delta;
    return scope->who->is_privileged || nodes + new_nodes <= QUOTA_NODES;
}

static bool is_small(const struct requester *who, size_t value_bytes, size_t entries)
{
    return who->is_privileged ||
           value_bytes + entries * sizeof(struct store_permission) <= QUOTA_NODE_BYTES;
}

/* A node is going to be made: whose parent it inherits from, and that it is missing, counts. */
static int check_creation(const struct scope *scope, const char *path)
{
    char known[PATH_MAX_BYTES];
    unsigned int missing;
    size_t length;

    tree_find_nearest(tree_of(scope), path, &length, &missing);
    if (!has_quota(scope, missing))
        return -ENOSPC;
    if (!scope->transaction)
        return 0;
    memcpy(known, path, length);
    known[length] = '\0';
    depend(scope, DEPENDS_ON_NODE, known);
    if (missing > 1) {
        length += length > 1;
        length += strcspn(path + length, "/");
        memcpy(known, path, length);
        known[length] = '\0';
        depend(scope, DEPENDS_ON_NODE, known);
    }
    return 0;
}

static bool is_path_allowed(const struct requester *who, const char *path)
{
    return who->is_privileged || strlen(path) <= QUOTA_PATH_BYTES;
}

int operation_write(const struct scope *scope, const char *path, const void *data, size_t bytes)
{
    struct change change = { .kind = CHANGE_WRITE, .path = path };
    struct node *node = NULL;
    int result;

    if (!is_path_allowed(scope->who, path))
        return -EINVAL;
    result = find_node(scope, path, ACCESS_WRITE, &node);
    if (result == -ENOENT)
        result = check_creation(scope, path);
    if (result)
        return result;
    if (!is_small(scope->who, bytes, node ? node->permissions->count : 1))
        return -ENOSPC;
    change.creator = creator_of(scope->who);
    change.value = value_create(data, bytes);
    result = submit(scope, &change);
    value_put(change.value);
    return result;
}

int operation_mkdir(const struct scope *scope, const char *path)
{
    struct change change = { .kind = CHANGE_MKDIR, .path = path };
    struct node *node;
    int result;

    if (!is_path_allowed(scope->who, path))
        return -EINVAL;
    result = find_node(scope, path, ACCESS_WRITE, &node);
    if (result != -ENOENT)
        return result;
    result = check_creation(scope, path);
    if (result)
        return result;
    change.creator = creator_of(scope->who);
    return submit(scope, &change);
}

/* A node that is not there is removed already, if its parent is there. */
static int remove_missing(const struct scope *scope, const char *path)
{
    size_t length = path_parent_length(path);
    char parent[PATH_MAX_BYTES];

    memcpy(parent, path, length);
    parent[length] = '\0';
    depend(scope, DEPENDS_ON_NODE, parent);
    return tree_find(tree_of(scope), parent) ? 0 : -ENOENT;
}

int operation_remove(const struct scope *scope, const char *path)
{
    struct change change = { .kind = CHANGE_REMOVE, .path = path };
    struct node *node;
    int result;

    if (!strcmp(path, "/"))
        return -EINVAL;
    result = find_node(scope, path, ACCESS_WRITE, &node);
    if (result == -ENOENT)
        return remove_missing(scope, path);
    if (result)
        return result;
    depend(scope, DEPENDS_ON_SUBTREE, path);
    return submit(scope, &change);
}

int operation_get_permissions(const struct scope *scope, const char *path, struct permissions **out)
{
    struct permissions **special = store_special(scope->store, path);
    struct node *node;
    int result;

    if (special) {
        *out = *special;
        return permissions_access(*special, scope->who) & ACCESS_READ ? 0 : -EACCES;
    }
    result = find_node(scope, path, ACCESS_READ, &node);
    if (!result)
        *out = node->permissions;
    return result;
}

int operation_set_permissions(const struct scope *scope, const char *path,
                              struct permissions *permissions)
{
    struct change change = { .kind = CHANGE_SET_PERMISSIONS,
                             .path = path,
                             .permissions = permissions };
    struct node *node;
    int result;

    if (!scope->who->is_privileged && permissions->count > QUOTA_PERMISSIONS)
        return -ENOSPC;
    if (store_special(scope->store, path)) {
        if (!scope->who->is_privileged)
            return -EACCES;
        store_apply(scope->store, &change);
        return 0;
    }
    result = find_node(scope, path, ACCESS_WRITE | ACCESS_OWNER, &node);
    if (result)
        return result;
    /* Only the control domain gives nodes away: they count for their owner. */
    if (!scope->who->is_privileged &&
        permissions->list[0].domid != node->permissions->list[0].domid)
        return -EPERM;
    if (!is_small(scope->who, node->value->bytes, permissions->count))
        return -ENOSPC;
    return submit(scope, &change);
}
