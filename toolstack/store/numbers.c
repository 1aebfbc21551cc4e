/* SPDX-License-Identifier: MIT */
/* How much the store holds, counted when somebody asks. */
#include "store/state.h"

static void count_node(void *context, const char *path, struct node *node, struct node *parent)
{
    struct store_numbers *numbers = context;

    (void)path;
    (void)parent;
    numbers->nodes++;
    numbers->value_bytes += node->value ? node->value->bytes : 0;
}

void store_numbers(struct store *store, struct store_numbers *numbers)
{
    *numbers = (struct store_numbers){ .nodes = 0 };
    tree_walk(store->tree.root, "/", count_node, numbers);
    list_for_each(link, &store->connections)
    {
        const struct store_connection *connection =
            container_of(link, struct store_connection, link);

        numbers->connections++;
        numbers->watches += connection->watch_count;
        numbers->transactions += connection->transaction_count;
    }
}
