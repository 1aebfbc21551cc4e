/* SPDX-License-Identifier: MIT */
/*
 * The sockets for pvctl: clients, their lines in and out, and the way of a request to its handler.
 * The protocol is in config/protocol.h. A client that does not read what it asked for, or sends
 * what is none of it, loses its connection.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/text.h"
#include "pvd/request.h"

#define CLIENTS_MAX       64u
#define REQUESTS_MAX      64u         /* of one client, under way */
#define OUTPUT_BYTES_MAX  (8UL << 20) /* that a client may leave unread */
#define OUTPUT_BYTES_SOFT (256UL << 10)
#define READ_BYTES        65536u
#define SOCKET_MODE       0660
#define SOCKET_GROUP      "pvctl"

struct client {
    struct server *server;
    struct list link;
    struct event_fd fd;
    struct event_call close_later;
    bool may_write;
    char *input;
    size_t input_bytes;
    char *output;
    size_t output_bytes;
    struct list requests;
    unsigned request_count;
};

struct listener {
    struct server *server;
    struct event_fd fd;
    bool may_write;
    char *path;
};

struct server {
    struct pvd *pvd;
    struct listener listeners[2];
    struct list clients;
    unsigned client_count;
};

static struct server server;

struct command_row {
    const char *name;
    enum request_access access;
    void (*handler)(struct request *request);
};

#define REQUEST(name, access, flow) { #name, REQUEST_##access, request_##name },
static const struct command_row commands[] = {
#include "config/requests.def"
};
#undef REQUEST

/* ---- output ---- */

static void close_client_later(struct client *client)
{
    event_fd_change(&client->fd, 0);
    event_call_defer(client->server->pvd->loop, &client->close_later);
}

static void send_output(struct client *client)
{
    while (client->output_bytes) {
        ssize_t put = send(client->fd.fd, client->output, client->output_bytes, MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (put <= 0) {
            client->output_bytes = 0;
            close_client_later(client);
            return;
        }
        client->output_bytes -= (size_t)put;
        memmove(client->output, client->output + put, client->output_bytes);
    }
    event_fd_change(&client->fd, EPOLLIN | (client->output_bytes ? (unsigned)EPOLLOUT : 0));
}

/* Takes the reference. */
static void send_object(struct client *client, json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT);
    size_t bytes = line ? strlen(line) : 0;

    json_decref(object);
    if (!line || client->output_bytes + bytes + 1 > OUTPUT_BYTES_MAX) {
        close_client_later(client);
        free(line);
        return;
    }
    client->output = memory_resize(client->output, client->output_bytes + bytes + 1);
    memcpy(client->output + client->output_bytes, line, bytes);
    client->output[client->output_bytes + bytes] = '\n';
    client->output_bytes += bytes + 1;
    free(line);
    send_output(client);
}

static void send_part(const struct request *request, const char *name, json_t *value)
{
    if (!request->client) {
        json_decref(value);
        return;
    }
    send_object(request->client,
                json_pack("{s:I, s:o}", "id", (json_int_t)request->id, name, value));
}

static void request_end(struct request *request)
{
    if (request->client)
        request->client->request_count--;
    list_remove(&request->client_link);
    list_remove(&request->link);
    json_decref(request->arguments);
    free(request);
}

void request_answer(struct request *request, json_t *result)
{
    store_sync(request->pvd->store);
    send_part(request, "result", result ? result : json_object());
    request_end(request);
}

json_t *request_error_to_json(const struct error *error)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s}", "id", error->id, "code", (int)error->class,
                     "message", error->message, "hint", error->hint, "path", error->path);
}

void request_fail(struct request *request, const struct error *error)
{
    json_t *json = request_error_to_json(error);

    /* A message with bytes that are no UTF-8 (names of files) cannot travel in JSON. */
    if (!json)
        json = json_pack("{s:s, s:i, s:s}", "id", error->id, "code", (int)error->class, "message",
                         "the daemon's message cannot be shown");
    send_part(request, "error", json);
    request_end(request);
}

void request_event(struct request *request, json_t *event)
{
    send_part(request, "event", event);
}

void request_event_bytes(struct request *request, const void *bytes, size_t count)
{
    char *text = memory_alloc(BASE64_TEXT_BYTES(count));

    base64_encode(bytes, count, text);
    request_event(request, json_pack("{s:s}", "data", text));
    free(text);
}

size_t request_room(const struct request *request)
{
    if (!request->client || request->client->output_bytes >= OUTPUT_BYTES_SOFT)
        return 0;
    return OUTPUT_BYTES_SOFT - request->client->output_bytes;
}

/* ---- arguments ---- */

int request_string(const struct request *request, const char *name, const char **text,
                   struct error *error)
{
    *text = json_string_value(json_object_get(request->arguments, name));
    return *text
               ? 0
               : error_set(error, ERROR_USAGE, "PV-E0210", "the request has no text \"%s\"", name);
}

int request_number(const struct request *request, const char *name, uint64_t max, uint64_t *number,
                   struct error *error)
{
    const json_t *value = json_object_get(request->arguments, name);

    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > max)
        return error_set(error, ERROR_USAGE, "PV-E0211",
                         "the request has no number \"%s\" from 0 to %llu", name,
                         (unsigned long long)max);
    *number = (uint64_t)json_integer_value(value);
    return 0;
}

bool request_flag(const struct request *request, const char *name)
{
    return json_is_true(json_object_get(request->arguments, name));
}

uint64_t request_number_or(const struct request *request, const char *name, uint64_t otherwise)
{
    const json_t *value = json_object_get(request->arguments, name);

    return json_is_integer(value) && json_integer_value(value) >= 0
               ? (uint64_t)json_integer_value(value)
               : otherwise;
}

/* ---- input ---- */

static const struct command_row *command_of(const char *name)
{
    for (size_t i = 0; name && i < REQUEST_COUNT; i++) {
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    }
    return NULL;
}

static struct request *request_of(struct client *client, uint64_t id)
{
    list_for_each(link, &client->requests)
    {
        struct request *request = container_of(link, struct request, client_link);

        if (request->id == id)
            return request;
    }
    return NULL;
}

static void continue_request(struct request *request, const json_t *line)
{
    const json_t *input = json_object_get(line, "input");

    if (json_is_true(json_object_get(line, "cancel"))) {
        if (request->on_cancel)
            request->on_cancel(request);
    } else if (json_is_string(input) && request->on_input) {
        size_t length = json_string_length(input);
        uint8_t *bytes = memory_alloc(length / 4 * 3 + 1);
        size_t count;

        if (base64_decode(json_string_value(input), bytes, &count) && count)
            request->on_input(request, bytes, count);
        free(bytes);
    }
}

static void start_request(struct client *client, uint64_t id, json_t *line)
{
    const char *name = json_string_value(json_object_get(line, "command"));
    const struct command_row *row = command_of(name);
    json_t *arguments = json_object_get(line, "arguments");
    struct request *request = memory_alloc(sizeof(*request));
    struct error error;

    request->pvd = client->server->pvd;
    request->client = client;
    request->id = id;
    request->arguments = json_is_object(arguments) ? json_incref(arguments) : json_object();
    list_init(&request->link);
    list_append(&client->requests, &request->client_link);
    client->request_count++;
    if (!row) {
        error_set(&error, ERROR_UNSUPPORTED, "PV-E0430", "the daemon has no command \"%s\"",
                  name ? name : "");
        error_hint(&error, "pvctl and pvd are of different versions");
        request_fail(request, &error);
    } else if (row->access == REQUEST_WRITE && !client->may_write) {
        error_set(&error, ERROR_PERMISSION, "PV-E0802",
                  "\"%s\" changes something, and this "
                  "connection is for reading",
                  name);
        request_fail(request, &error);
    } else {
        request->command = (enum request_id)(row - commands);
        row->handler(request);
    }
}

static void take_line(struct client *client, const char *text, size_t bytes)
{
    json_t *line = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
    json_int_t id = json_integer_value(json_object_get(line, "id"));
    struct request *request = id > 0 ? request_of(client, (uint64_t)id) : NULL;

    if (!json_is_object(line) || id <= 0 ||
        (!request && json_object_get(line, "command") && client->request_count >= REQUESTS_MAX))
        close_client_later(client);
    else if (request && !json_object_get(line, "command"))
        continue_request(request, line);
    else if (!request && json_object_get(line, "command"))
        start_request(client, (uint64_t)id, line);
    /* What is left is input of a request that was answered meanwhile, or an id used twice. */
    json_decref(line);
}

static void take_lines(struct client *client)
{
    char *end;

    while ((end = memchr(client->input, '\n', client->input_bytes))) {
        size_t bytes = (size_t)(end - client->input);
        char *line = memory_copy(client->input, bytes + 1);

        client->input_bytes -= bytes + 1;
        memmove(client->input, end + 1, client->input_bytes);
        take_line(client, line, bytes);
        free(line);
    }
    if (client->input_bytes > PROTOCOL_LINE_BYTES_MAX)
        close_client_later(client);
}

static void close_client(void *context)
{
    struct client *client = context;

    event_fd_stop(&client->fd);
    event_call_cancel(&client->close_later);
    close(client->fd.fd);
    list_for_each(link, &client->requests)
    {
        struct request *request = container_of(link, struct request, client_link);

        list_remove(&request->client_link);
        request->client = NULL;
        if (request->on_cancel)
            request->on_cancel(request);
    }
    list_remove(&client->link);
    client->server->client_count--;
    free(client->input);
    free(client->output);
    free(client);
}

static void serve_client(void *context, uint32_t events)
{
    struct client *client = context;
    ssize_t got = 0;

    if (events & EPOLLOUT)
        send_output(client);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        client->input = memory_resize(client->input, client->input_bytes + READ_BYTES);
        got = recv(client->fd.fd, client->input + client->input_bytes, READ_BYTES, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            close_client_later(client);
            return;
        }
    }
    if (got > 0) {
        client->input_bytes += (size_t)got;
        take_lines(client);
    }
}

/* ---- sockets ---- */

static void accept_client(void *context, uint32_t events)
{
    struct listener *listener = context;
    struct server *owner = listener->server;
    int fd = accept4(listener->fd.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *client;

    (void)events;
    if (fd < 0)
        return;
    if (owner->client_count >= CLIENTS_MAX) {
        close(fd);
        return;
    }
    client = memory_alloc(sizeof(*client));
    client->server = owner;
    client->may_write = listener->may_write;
    client->fd.handler = serve_client;
    client->fd.context = client;
    client->close_later.handler = close_client;
    client->close_later.context = client;
    list_init(&client->requests);
    if (event_fd_start(owner->pvd->loop, &client->fd, fd, EPOLLIN)) {
        close(fd);
        free(client);
        return;
    }
    list_append(&owner->clients, &client->link);
    owner->client_count++;
}

static int bind_socket(int fd, const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const struct group *group = getgrnam(SOCKET_GROUP);

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    TEXT_SET(address.sun_path, path);
    unlink(path); /* of a daemon that ended without a stop */
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) || chmod(path, SOCKET_MODE))
        return -1;
    if (group && chown(path, (uid_t)-1, group->gr_gid))
        log_warning("%s cannot be given to the group " SOCKET_GROUP, path);
    return listen(fd, CLIENTS_MAX);
}

static int listen_at(struct listener *listener, char *path, bool may_write, struct error *error)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    listener->path = path;
    listener->server = &server;
    listener->may_write = may_write;
    listener->fd.handler = accept_client;
    listener->fd.context = listener;
    listener->fd.fd = fd;
    if (fd < 0 || bind_socket(fd, path) ||
        event_fd_start(server.pvd->loop, &listener->fd, fd, EPOLLIN))
        return error_set(error, ERROR_FAILED, "PV-E0110", "%s cannot be made: %s", path,
                         strerror(errno));
    return 0;
}

static int requests_start(struct pvd *pvd, struct error *error)
{
    server.pvd = pvd;
    list_init(&server.clients);
    if (listen_at(&server.listeners[0], memory_string(pvd->options.socket), true, error))
        return -1;
    return listen_at(&server.listeners[1], memory_format("%s-ro", pvd->options.socket), false,
                     error);
}

static void requests_stop(struct pvd *pvd)
{
    (void)pvd;
    list_for_each(link, &server.clients) close_client(container_of(link, struct client, link));
    for (size_t i = 0; i < 2; i++) {
        event_fd_stop(&server.listeners[i].fd);
        close(server.listeners[i].fd.fd);
        unlink(server.listeners[i].path);
        free(server.listeners[i].path);
    }
}

const struct pvd_module pvd_requests_module = { .name = "requests",
                                                .start = requests_start,
                                                .stop = requests_stop };
