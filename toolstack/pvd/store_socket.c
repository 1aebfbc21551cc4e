/* SPDX-License-Identifier: MIT */
#include "pvd/store_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/listen.h"
#include "common/log.h"
#include "common/memory.h"
#include "store/connection.h"

#define CLIENTS_MAX 512u

struct store_socket {
    struct event_loop *loop;
    struct store *store;
    struct event_fd listener;
    char *path;
    unsigned int client_count;
    bool is_closed; /* and goes with its last client */
};

struct client {
    struct store_socket *socket;
    struct store_connection *connection;
    struct event_fd record;
};

static long client_take(void *context, void *to, size_t limit)
{
    struct client *client = context;
    ssize_t got = recv(client->record.fd, to, limit, MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return got > 0 ? got : TRANSPORT_BROKEN;
}

static long client_put(void *context, const void *from, size_t bytes)
{
    struct client *client = context;
    ssize_t put = send(client->record.fd, from, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (put < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return put >= 0 ? put : TRANSPORT_BROKEN;
}

static void client_wait(void *context, bool for_input, bool for_room)
{
    struct client *client = context;

    event_fd_change(&client->record,
                    (for_input ? (uint32_t)EPOLLIN : 0) | (for_room ? (uint32_t)EPOLLOUT : 0));
}

static void free_if_unused(struct store_socket *socket)
{
    if (socket->is_closed && !socket->client_count)
        free(socket);
}

static void client_end(void *context)
{
    struct client *client = context;

    event_fd_stop(&client->record);
    close(client->record.fd);
    client->socket->client_count--;
    free_if_unused(client->socket);
    free(client);
}

static const struct store_transport transport = {
    .take = client_take,
    .put = client_put,
    .wait = client_wait,
    .end = client_end,
};

static void client_is_ready(void *context, uint32_t events)
{
    struct client *client = context;

    (void)events;
    store_connection_ready(client->connection);
}

static void accept_client(void *context, uint32_t events)
{
    struct store_socket *socket = context;
    int fd = accept4(socket->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *client;

    (void)events;
    if (fd < 0)
        return;
    if (socket->client_count >= CLIENTS_MAX) {
        log_warning("store: more than %u programs are connected; one is refused", CLIENTS_MAX);
        close(fd);
        return;
    }
    client = memory_alloc(sizeof(*client));
    client->socket = socket;
    client->record.handler = client_is_ready;
    client->record.context = client;
    if (event_fd_start(socket->loop, &client->record, fd, EPOLLIN)) {
        close(fd);
        free(client);
        return;
    }
    socket->client_count++;
    client->connection = store_connect(socket->store, &transport, client);
}

struct store_socket *store_socket_open(struct event_loop *loop, struct store *store,
                                       const char *path, struct error *error)
{
    struct store_socket *socket = memory_alloc(sizeof(*socket));
    int fd = listen_unix(path, 0600, error);

    socket->loop = loop;
    socket->store = store;
    socket->listener.handler = accept_client;
    socket->listener.context = socket;
    if (fd < 0 || event_fd_start(loop, &socket->listener, fd, EPOLLIN)) {
        free(socket);
        return NULL;
    }
    socket->path = memory_string(path);
    return socket;
}

void store_socket_close(struct store_socket *socket)
{
    event_fd_stop(&socket->listener);
    close(socket->listener.fd);
    unlink(socket->path);
    free(socket->path);
    socket->is_closed = true;
    free_if_unused(socket);
}
