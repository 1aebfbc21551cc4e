/* SPDX-License-Identifier: MIT */
#include "store/node.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define FIRST_CAPACITY 4u

static size_t bytes_in_use;
static struct value empty_value = { .references = 1 };

struct value *value_create(const void *data, size_t bytes)
{
    struct value *value;

    if (bytes == 0)
        return value_get(&empty_value);
    value = memory_alloc(sizeof(*value) + bytes);
    value->references = 1;
    value->bytes = (uint32_t)bytes;
    memcpy(value->data, data, bytes);
    bytes_in_use += sizeof(*value) + bytes;
    return value;
}

struct value *value_get(struct value *value)
{
    value->references++;
    return value;
}

void value_put(struct value *value)
{
    if (!value || --value->references)
        return;
    bytes_in_use -= sizeof(*value) + value->bytes;
    free(value);
}

static size_t node_bytes(const struct node *node)
{
    return sizeof(*node) + node->name_length + 1 + node->child_capacity * sizeof(node->children[0]);
}

struct node *node_create(struct path_name name, struct permissions *permissions,
                         uint64_t generation)
{
    struct node *node = memory_alloc(sizeof(*node) + name.length + 1);

    node->references = 1;
    node->name_length = (uint32_t)name.length;
    memcpy(node->name, name.bytes, name.length);
    node->generation = node->children_generation = node->subtree_generation = generation;
    node->value = value_get(&empty_value);
    node->permissions = permissions;
    bytes_in_use += node_bytes(node);
    return node;
}

struct node *node_get(struct node *node)
{
    node->references++;
    return node;
}

void node_put(struct node *node)
{
    if (!node || --node->references)
        return;
    for (uint32_t i = 0; i < node->child_count; i++)
        node_put(node->children[i]);
    bytes_in_use -= node_bytes(node);
    value_put(node->value);
    permissions_put(node->permissions);
    free(node->children);
    free(node);
}

static int compare_name(const struct node *node, struct path_name name)
{
    size_t shorter = node->name_length < name.length ? node->name_length : name.length;
    int order = memcmp(node->name, name.bytes, shorter);

    if (order)
        return order;
    return node->name_length < name.length ? -1 : node->name_length > name.length;
}

/* Where the child is (*is_there) or would be inserted. */
static uint32_t child_index(const struct node *node, struct path_name name, bool *is_there)
{
    uint32_t low = 0, high = node->child_count;

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = compare_name(node->children[middle], name);

        if (order == 0) {
            *is_there = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *is_there = false;
    return low;
}

struct node *node_child(const struct node *node, struct path_name name)
{
    bool is_there;
    uint32_t index = child_index(node, name, &is_there);

    return is_there ? node->children[index] : NULL;
}

struct node **node_child_slot(struct node *parent, struct path_name name)
{
    bool is_there;
    uint32_t index = child_index(parent, name, &is_there);

    return is_there ? &parent->children[index] : NULL;
}

struct node *node_own(struct node **slot)
{
    struct node *old = *slot;
    struct node *copy;

    if (old->references == 1)
        return old;
    copy = memory_copy(old, sizeof(*old) + old->name_length + 1);
    copy->references = 1;
    copy->child_capacity = old->child_count;
    copy->children = NULL;
    if (old->child_count)
        copy->children = memory_copy(old->children, old->child_count * sizeof(old->children[0]));
    for (uint32_t i = 0; copy->children && i < copy->child_count; i++)
        node_get(copy->children[i]);
    value_get(copy->value);
    permissions_get(copy->permissions);
    bytes_in_use += node_bytes(copy);
    node_put(old);
    *slot = copy;
    return copy;
}

void node_set_value(struct node *node, struct value *value)
{
    value_put(node->value);
    node->value = value;
}

void node_set_permissions(struct node *node, struct permissions *permissions)
{
    permissions_put(node->permissions);
    node->permissions = permissions;
}

static void set_capacity(struct node *node, uint32_t capacity)
{
    bytes_in_use -= node_bytes(node);
    node->child_capacity = capacity;
    node->children = memory_resize(node->children, capacity * sizeof(node->children[0]));
    bytes_in_use += node_bytes(node);
}

void node_add_child(struct node *parent, struct node *child)
{
    struct path_name name = { child->name, child->name_length };
    bool is_there;
    uint32_t index = child_index(parent, name, &is_there);

    if (parent->child_count == parent->child_capacity)
        set_capacity(parent, parent->child_capacity ? 2 * parent->child_capacity : FIRST_CAPACITY);
    memmove(&parent->children[index + 1], &parent->children[index],
            (parent->child_count - index) * sizeof(parent->children[0]));
    parent->children[index] = child;
    parent->child_count++;
}

void node_remove_child(struct node *parent, struct path_name name)
{
    bool is_there;
    uint32_t index = child_index(parent, name, &is_there);

    if (!is_there)
        return;
    node_put(parent->children[index]);
    parent->child_count--;
    memmove(&parent->children[index], &parent->children[index + 1],
            (parent->child_count - index) * sizeof(parent->children[0]));
}

size_t node_bytes_in_use(void)
{
    return bytes_in_use;
}
