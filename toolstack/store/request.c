/* SPDX-License-Identifier: MIT */
/*
 * The handlers of the wire protocol. A handler gets the payload split into its texts, and returns
 * what is sent back: a payload, or a negative errno value, which goes out by its name.
 */
#include "store/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/memory.h"
#include "store/operation.h"
#include "store/output.h"
#include "store/persist.h"
#include "store/transaction.h"
#include "store/watch.h"

#define MAX_DOMID 0x7fefu

struct request {
    struct store_connection *connection;
    struct scope scope;
    const struct xsd_sockmsg *head;
    const char *payload;
    size_t bytes;
    /* The answer; `OK` if nothing else is set. */
    char answer[XENSTORE_PAYLOAD_MAX];
    size_t answer_bytes;
    char path[PATH_MAX_BYTES];
    /* A watch that is to fire once behind the answer. */
    struct store_watch *new_watch;
};

/* --- Payloads ---------------------------------------------------------------------------------- */

/* The text that begins at @offset and ends with a NUL; NULL if it does not end. */
static const char *text_at(const struct request *request, size_t offset)
{
    if (offset >= request->bytes ||
        !memchr(request->payload + offset, '\0', request->bytes - offset))
        return NULL;
    return request->payload + offset;
}

/* Exactly @count texts, and nothing behind the last. */
static int split(const struct request *request, const char **texts, size_t count)
{
    size_t offset = 0;

    for (size_t i = 0; i < count; i++) {
        texts[i] = text_at(request, offset);
        if (!texts[i])
            return -EINVAL;
        offset += strlen(texts[i]) + 1;
    }
    return offset == request->bytes ? 0 : -EINVAL;
}

static int take_path(struct request *request, const char *given)
{
    return given ? path_absolute(request->path, request->scope.who->domid, given) : -EINVAL;
}

static int take_only_path(struct request *request)
{
    const char *given;
    int result = split(request, &given, 1);

    return result ? result : take_path(request, given);
}

static int take_number(const char *text, unsigned long limit, unsigned long *out)
{
    char *end;

    if (text[0] < '0' || text[0] > '9')
        return -EINVAL;
    errno = 0;
    *out = strtoul(text, &end, 10);
    return *end || errno || *out > limit ? -EINVAL : 0;
}

static int take_domid(const struct request *request, uint16_t *out)
{
    unsigned long number;
    const char *text;

    if (split(request, &text, 1) || take_number(text, MAX_DOMID, &number))
        return -EINVAL;
    *out = (uint16_t)number;
    return 0;
}

static int answer(struct request *request, const void *bytes, size_t count)
{
    if (count > sizeof(request->answer) - request->answer_bytes)
        return -E2BIG;
    memcpy(request->answer + request->answer_bytes, bytes, count);
    request->answer_bytes += count;
    return 0;
}

static int answer_text(struct request *request, const char *text)
{
    return answer(request, text, strlen(text) + 1);
}

/* --- Nodes ------------------------------------------------------------------------------------- */

static int handle_read(struct request *request)
{
    struct node *node;
    int result = take_only_path(request);

    if (!result)
        result = operation_read(&request->scope, request->path, &node);
    if (result)
        return result;
    result = answer(request, node->value->data, node->value->bytes);
    /* An empty value is an empty payload, not `OK`. */
    return result ? result : 1;
}

static int handle_directory(struct request *request)
{
    struct node *node;
    int result = take_only_path(request);

    if (!result)
        result = operation_list(&request->scope, request->path, &node);
    for (uint32_t i = 0; !result && i < node->child_count; i++)
        result = answer(request, node->children[i]->name, node->children[i]->name_length + 1);
    return result ? result : 1;
}

/* The first child at or behind @offset bytes of the list of names. */
static uint32_t child_at_offset(const struct node *node, unsigned long offset)
{
    uint32_t index = 0;

    for (unsigned long at = 0; index < node->child_count && at < offset; index++)
        at += node->children[index]->name_length + 1;
    return index;
}

static int handle_directory_part(struct request *request)
{
    unsigned long offset;
    const char *texts[2];
    char generation[24];
    struct node *node;
    uint32_t index;
    int result = split(request, texts, 2);

    if (!result)
        result = take_path(request, texts[0]);
    if (!result)
        result = take_number(texts[1], UINT32_MAX, &offset);
    if (!result)
        result = operation_list(&request->scope, request->path, &node);
    if (result)
        return result;
    snprintf(generation, sizeof(generation), "%llu", (unsigned long long)node->children_generation);
    if (answer_text(request, generation))
        return -E2BIG;
    index = child_at_offset(node, offset);
    while (index < node->child_count &&
           !answer(request, node->children[index]->name, node->children[index]->name_length + 1))
        index++;
    /* An empty name says that these were the last; without room for it, the next part is empty. */
    if (index == node->child_count && answer_text(request, ""))
        return 1;
    return 1;
}

static int handle_write(struct request *request)
{
    const char *given = text_at(request, 0);
    int result = take_path(request, given);
    size_t used;

    if (result)
        return result;
    used = strlen(given) + 1;
    return operation_write(&request->scope, request->path, request->payload + used,
                           request->bytes - used);
}

static int handle_mkdir(struct request *request)
{
    int result = take_only_path(request);

    return result ? result : operation_mkdir(&request->scope, request->path);
}

static int handle_rm(struct request *request)
{
    int result = take_only_path(request);

    return result ? result : operation_remove(&request->scope, request->path);
}

static int take_special_or_path(struct request *request, const char *given)
{
    if (!given || !path_is_special(given))
        return take_path(request, given);
    snprintf(request->path, sizeof(request->path), "%s", given);
    return 0;
}

static int handle_get_perms(struct request *request)
{
    struct permissions *permissions;
    char text[PERMISSION_TEXT_BYTES];
    const char *given;
    int result = split(request, &given, 1);

    if (!result)
        result = take_special_or_path(request, given);
    if (!result)
        result = operation_get_permissions(&request->scope, request->path, &permissions);
    for (uint32_t i = 0; !result && i < permissions->count; i++)
        result = answer(request, text, permission_format(text, &permissions->list[i]));
    return result;
}

static int parse_permissions(const struct request *request, size_t offset, struct permissions **out)
{
    struct store_permission list[XENSTORE_PAYLOAD_MAX / 3 + 1];
    size_t count = 0;

    while (offset < request->bytes) {
        const char *text = text_at(request, offset);

        if (!text || permission_parse(text, &list[count]))
            return -EINVAL;
        offset += strlen(text) + 1;
        count++;
    }
    if (!count)
        return -EINVAL;
    *out = permissions_create(list, count);
    return 0;
}

static int handle_set_perms(struct request *request)
{
    const char *given = text_at(request, 0);
    struct permissions *permissions;
    int result = take_special_or_path(request, given);

    if (!result)
        result = parse_permissions(request, strlen(given) + 1, &permissions);
    if (result)
        return result;
    result = operation_set_permissions(&request->scope, request->path, permissions);
    permissions_put(permissions);
    return result;
}

/* --- Watches and transactions ------------------------------------------------------------------ */

static int take_watch(struct request *request, const char **token, bool *is_relative)
{
    const char *texts[2];
    int result = split(request, texts, 2);

    if (result)
        return result;
    *token = texts[1];
    *is_relative = texts[0][0] != '/' && texts[0][0] != '@';
    if (texts[0][0] == '@' && !path_is_special(texts[0]))
        return -EINVAL;
    return take_special_or_path(request, texts[0]);
}

static int handle_watch(struct request *request)
{
    struct store_connection *connection = request->connection;
    bool is_relative;
    const char *token;
    int result = take_watch(request, &token, &is_relative);

    if (result)
        return result;
    if (watch_find(connection, request->path, token))
        return -EEXIST;
    if (!connection->who.is_privileged && connection->watch_count >= QUOTA_WATCHES)
        return -E2BIG;
    request->new_watch = watch_add(connection, request->path, token, is_relative);
    return 0;
}

static int handle_unwatch(struct request *request)
{
    struct store_watch *watch;
    bool is_relative;
    const char *token;
    int result = take_watch(request, &token, &is_relative);

    if (result)
        return result;
    watch = watch_find(request->connection, request->path, token);
    if (!watch)
        return -ENOENT;
    watch_remove(watch);
    return 0;
}

static int handle_reset_watches(struct request *request)
{
    transaction_end_all(request->connection);
    watch_remove_all(request->connection);
    return 0;
}

static uint32_t new_transaction_id(struct store_connection *connection)
{
    do {
        connection->last_transaction++;
    } while (!connection->last_transaction ||
             transaction_find(connection, connection->last_transaction));
    return connection->last_transaction;
}

static int handle_transaction_start(struct request *request)
{
    struct store_connection *connection = request->connection;
    char text[16];

    if (request->scope.transaction)
        return -EBUSY;
    if (!connection->who.is_privileged && connection->transaction_count >= QUOTA_TRANSACTIONS)
        return -ENOSPC;
    snprintf(text, sizeof(text), "%u",
             transaction_start(connection, new_transaction_id(connection))->id);
    return answer_text(request, text);
}

static int handle_transaction_end(struct request *request)
{
    const char *text;

    if (split(request, &text, 1) || (strcmp(text, "T") != 0 && strcmp(text, "F") != 0))
        return -EINVAL;
    if (!request->scope.transaction)
        return -ENOENT;
    return transaction_end(request->scope.transaction, text[0] == 'T');
}

/* --- Domains ----------------------------------------------------------------------------------- */

static int handle_introduce(struct request *request)
{
    const struct store_domain_handler *handler = request->scope.store->domain_handler;
    unsigned long domid, gfn, port;
    const char *texts[3];

    if (split(request, texts, 3) || take_number(texts[0], MAX_DOMID, &domid) ||
        take_number(texts[1], ~0UL, &gfn) || take_number(texts[2], UINT32_MAX, &port))
        return -EINVAL;
    if (!handler)
        return -ENOSYS;
    return handler->introduce(handler->context, (uint16_t)domid, (uint32_t)port);
}

static int handle_release(struct request *request)
{
    const struct store_domain_handler *handler = request->scope.store->domain_handler;
    uint16_t domid;

    if (take_domid(request, &domid) || domid == 0)
        return -EINVAL;
    if (!handler)
        return -ENOSYS;
    return handler->release(handler->context, domid);
}

static int handle_get_domain_path(struct request *request)
{
    char text[32];
    uint16_t domid;

    if (take_domid(request, &domid))
        return -EINVAL;
    snprintf(text, sizeof(text), "/local/domain/%u", domid);
    return answer_text(request, text);
}

static int handle_is_domain_introduced(struct request *request)
{
    uint16_t domid;

    if (take_domid(request, &domid))
        return -EINVAL;
    return answer_text(request, domain_find(request->scope.store, domid) ? "T" : "F");
}

/* A domain that was shut down for suspend runs on: nothing is kept here that it would change. */
static int handle_resume(struct request *request)
{
    uint16_t domid;

    if (take_domid(request, &domid))
        return -EINVAL;
    return domain_find(request->scope.store, domid) ? 0 : -ENOENT;
}

static int handle_set_target(struct request *request)
{
    unsigned long domid, target;
    const char *texts[2];
    struct domain *domain;

    if (split(request, texts, 2) || take_number(texts[0], MAX_DOMID, &domid) ||
        take_number(texts[1], MAX_DOMID, &target))
        return -EINVAL;
    domain = domain_find(request->scope.store, (uint16_t)domid);
    if (!domain || !domain_find(request->scope.store, (uint16_t)target))
        return -ENOENT;
    domain->connection->who.target = (uint16_t)target;
    persist_domain(request->scope.store, domain);
    return 0;
}

static int handle_control(struct request *request)
{
    const char *command = text_at(request, 0);
    const char *text;

    if (!command)
        return -EINVAL;
    if (!strcmp(command, "help"))
        return answer_text(request, "help\nprint TEXT\ncheck\nmemreport\n");
    if (!strcmp(command, "check"))
        return 0;
    if (!strcmp(command, "print")) {
        text = text_at(request, strlen(command) + 1);
        if (!text)
            return -EINVAL;
        log_info("store: %s", text);
        return 0;
    }
    if (!strcmp(command, "memreport")) {
        char report[64];

        snprintf(report, sizeof(report), "nodes: %zu bytes\n", node_bytes_in_use());
        return answer_text(request, report);
    }
    return -EINVAL;
}

/* --- Dispatch ---------------------------------------------------------------------------------- */

enum { ANY, PRIVILEGED };

static const struct {
    int (*handle)(struct request *request);
    int who;
} rows[XS_TYPE_COUNT] = {
#define STORE_REQUEST(type, handler, who) [type] = { handle_##handler, who },
#include "requests.def"
#undef STORE_REQUEST
};

static const char *error_name(int error)
{
    switch (-error) {
#define XENSTORE_ERROR(name)                                                                       \
    case name:                                                                                     \
        return #name;
#include "hypercall-abi/tables/xenstore_errors.def"
#undef XENSTORE_ERROR
    default:
        return "EINVAL";
    }
}

/* Returns a negative error, 0 for `OK` or what was set, 1 for what was set even if that is nothing. */
static int dispatch(struct request *request)
{
    const struct xsd_sockmsg *head = request->head;

    if (head->type >= XS_TYPE_COUNT || !rows[head->type].handle)
        return -ENOSYS;
    if (rows[head->type].who == PRIVILEGED && !request->scope.who->is_privileged)
        return -EACCES;
    if (head->tx_id) {
        request->scope.transaction = transaction_find(request->connection, head->tx_id);
        if (!request->scope.transaction)
            return -ENOENT;
    }
    return rows[head->type].handle(request);
}

void request_serve(struct store_connection *connection)
{
    struct xsd_sockmsg head;
    struct request request = {
        .connection = connection,
        .scope = { .store = connection->store, .who = &connection->who },
        .head = &head,
        .payload = (const char *)connection->input + sizeof(head),
    };
    int result;

    memcpy(&head, connection->input, sizeof(head));
    request.bytes = head.len;
    result = dispatch(&request);
    if (result < 0) {
        const char *name = error_name(result);

        head.type = XS_ERROR;
        head.len = (uint32_t)strlen(name) + 1;
        output_message(&connection->output, &head, name);
        return;
    }
    if (result == 0 && !request.answer_bytes && answer_text(&request, "OK"))
        return;
    head.len = (uint32_t)request.answer_bytes;
    output_message(&connection->output, &head, request.answer);
    if (request.new_watch)
        event_add(request.new_watch, request.new_watch->path);
}
