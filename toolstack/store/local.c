/* SPDX-License-Identifier: MIT */
/* The store as the rest of pvd uses it: calls instead of messages. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "store/operation.h"
#include "store/state.h"
#include "store/transaction.h"
#include "store/watch.h"

#define VALUE_MAX_BYTES XENSTORE_PAYLOAD_MAX

static int enter(struct store *store, struct store_transaction *transaction, const char *path,
                 struct scope *scope)
{
    char checked[PATH_MAX_BYTES];

    *scope =
        (struct scope){ .store = store, .who = &store->local->who, .transaction = transaction };
    return path[0] == '/' ? path_absolute(checked, 0, path) : -EINVAL;
}

int store_write_bytes(struct store *store, struct store_transaction *transaction, const char *path,
                      const void *value, size_t bytes)
{
    struct scope scope;
    int result = enter(store, transaction, path, &scope);

    if (bytes > VALUE_MAX_BYTES)
        return -EINVAL;
    return result ? result : operation_write(&scope, path, value, bytes);
}

int store_write(struct store *store, struct store_transaction *transaction, const char *path,
                const char *text)
{
    return store_write_bytes(store, transaction, path, text, strlen(text));
}

int store_printf(struct store *store, struct store_transaction *transaction, const char *folder,
                 const char *name, const char *format, ...)
{
    char path[PATH_MAX_BYTES], value[VALUE_MAX_BYTES + 1];
    va_list args;
    int bytes;

    bytes = snprintf(path, sizeof(path), "%s%s%s", folder, name ? "/" : "", name ? name : "");
    if (bytes < 0 || (size_t)bytes >= sizeof(path))
        return -EINVAL;
    va_start(args, format);
    bytes = vsnprintf(value, sizeof(value), format, args);
    va_end(args);
    if (bytes < 0 || (size_t)bytes >= sizeof(value))
        return -EINVAL;
    return store_write_bytes(store, transaction, path, value, (size_t)bytes);
}

int store_mkdir(struct store *store, struct store_transaction *transaction, const char *path)
{
    struct scope scope;
    int result = enter(store, transaction, path, &scope);

    return result ? result : operation_mkdir(&scope, path);
}

int store_remove(struct store *store, struct store_transaction *transaction, const char *path)
{
    struct scope scope;
    int result = enter(store, transaction, path, &scope);

    return result ? result : operation_remove(&scope, path);
}

int store_set_permissions(struct store *store, struct store_transaction *transaction,
                          const char *path, const struct store_permission *list, size_t count)
{
    struct permissions *permissions;
    struct scope scope;
    int result = enter(store, transaction, path, &scope);

    if (store_special(store, path))
        result = 0;
    if (!count)
        return -EINVAL;
    if (result)
        return result;
    permissions = permissions_create(list, count);
    result = operation_set_permissions(&scope, path, permissions);
    permissions_put(permissions);
    return result;
}

int store_read(struct store *store, struct store_transaction *transaction, const char *path,
               struct store_value *out)
{
    struct scope scope;
    struct node *node;
    int result = enter(store, transaction, path, &scope);

    if (!result)
        result = operation_read(&scope, path, &node);
    if (result)
        return result;
    out->bytes = node->value->bytes;
    out->data = memory_alloc(out->bytes + 1);
    memcpy(out->data, node->value->data, out->bytes);
    return 0;
}

char *store_read_string(struct store *store, struct store_transaction *transaction,
                        const char *path)
{
    struct store_value value;

    return store_read(store, transaction, path, &value) ? NULL : value.data;
}

int store_read_number(struct store *store, struct store_transaction *transaction, const char *path,
                      uint64_t *out)
{
    struct store_value value;
    int result = store_read(store, transaction, path, &value);
    char *end;

    if (result)
        return result;
    errno = 0;
    *out = strtoull(value.data, &end, 10);
    if (value.data[0] < '0' || value.data[0] > '9' || end != value.data + value.bytes || errno)
        result = -EINVAL;
    free(value.data);
    return result;
}

bool store_exists(struct store *store, struct store_transaction *transaction, const char *path)
{
    struct scope scope;
    struct node *node;

    return !enter(store, transaction, path, &scope) && !operation_read(&scope, path, &node);
}

int store_list(struct store *store, struct store_transaction *transaction, const char *path,
               struct store_names *out)
{
    struct scope scope;
    struct node *node;
    int result = enter(store, transaction, path, &scope);

    if (!result)
        result = operation_list(&scope, path, &node);
    if (result)
        return result;
    out->count = node->child_count;
    out->names = memory_alloc_array(out->count, sizeof(out->names[0]));
    for (size_t i = 0; i < out->count; i++)
        out->names[i] = memory_string(node->children[i]->name);
    return 0;
}

void store_names_free(struct store_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
    *names = (struct store_names){ 0 };
}

struct store_transaction *store_transaction_start(struct store *store)
{
    return transaction_start(store->local, 0);
}

int store_transaction_end(struct store_transaction *transaction, bool is_commit)
{
    return transaction_end(transaction, is_commit);
}

struct store_watch *store_watch(struct store *store, const char *path, const char *token,
                                void (*callback)(void *context, const char *path,
                                                 const char *token),
                                void *context)
{
    struct store_watch *watch = watch_add(store->local, path, token, false);

    watch->callback = callback;
    watch->context = context;
    event_add(watch, path);
    return watch;
}

void store_unwatch(struct store_watch *watch)
{
    watch_remove(watch);
}
