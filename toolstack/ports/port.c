/* SPDX-License-Identifier: MIT */
/*
 * Both ends are watched for changes only (EPOLLET): a port whose host has gone would be ready
 * forever. So whatever happens, port_move() moves all that can be moved, until both ends wait.
 */
#include "ports/port.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/connect.h"
#include "common/memory.h"
#include "config/protocol.h"

#define READ_BYTES    65536u
#define PENDING_BYTES (256u << 10) /* in one direction, before no more is read */
#define MOVES_MAX     16u          /* in one turn of the loop */
#define GONE_MS       2000u        /* nobody there for so long: the client has gone */
#define CHANGES       (EPOLLIN | EPOLLOUT | (unsigned)EPOLLET)

static void bytes_add(struct bytes *bytes, const void *data, size_t count)
{
    bytes->data = memory_resize(bytes->data, bytes->count + count);
    memcpy(bytes->data + bytes->count, data, count);
    bytes->count += count;
}

static void bytes_drop(struct bytes *bytes, size_t count)
{
    bytes->count -= count;
    memmove(bytes->data, bytes->data + count, bytes->count);
}

/* --- Sessions --- */

static void end_session(struct port *port)
{
    if (port->daemon.fd >= 0) {
        event_fd_stop(&port->daemon);
        close(port->daemon.fd);
    }
    port->daemon.fd = -1;
    port->to_daemon.count = 0;
}

static void say(struct port *port, json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT);

    json_decref(object);
    if (line) {
        bytes_add(&port->to_host, line, strlen(line));
        bytes_add(&port->to_host, "\n", 1);
    }
    free(line);
}

/* pvd has gone, or was told nonsense. */
static void lose_session(struct port *port)
{
    if (port->daemon.fd >= 0)
        say(port, json_pack("{s:n}", PORT_SESSION));
    end_session(port);
}

static void port_move(void *context);

static void changed(void *context, uint32_t events)
{
    (void)events;
    port_move(context);
}

static int open_session(struct port *port)
{
    int fd = connect_unix(port->socket);

    if (fd < 0)
        return -1;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    port->daemon.handler = changed;
    port->daemon.context = port;
    if (event_fd_start(port->loop, &port->daemon, fd, CHANGES)) {
        close(fd);
        return -1;
    }
    return 0;
}

/* {"session":NAME}, perhaps with "request":"poweroff". */
static void begin_session(struct port *port, const char *line, size_t bytes)
{
    json_t *object = json_loadb(line, bytes, 0, NULL);
    json_t *name = json_object_get(object, PORT_SESSION);
    const char *request = json_string_value(json_object_get(object, PORT_REQUEST));

    end_session(port);
    if (json_is_string(name)) {
        json_t *answer = json_pack("{s:O}", PORT_SESSION, name);

        if (request && !strcmp(request, PORT_POWER_OFF))
            port->power_off();
        else if (open_session(port))
            json_object_set_new(answer, PORT_ERROR, json_string(strerror(errno)));
        say(port, answer);
    }
    json_decref(object);
}

/* --- Moving --- */

static void take_line(struct port *port, const char *line, size_t bytes)
{
    static const char beginning[] = "{\"" PORT_SESSION "\"";

    if (bytes >= sizeof(beginning) && !memcmp(line, beginning, sizeof(beginning) - 1))
        begin_session(port, line, bytes);
    else if (port->daemon.fd >= 0 && bytes > 1)
        bytes_add(&port->to_daemon, line, bytes);
}

static void take_lines(struct port *port)
{
    size_t done = 0;
    char *end;

    while ((end = memchr(port->from_host.data + done, '\n', port->from_host.count - done))) {
        size_t bytes = (size_t)(end - port->from_host.data) + 1 - done;

        take_line(port, port->from_host.data + done, bytes);
        done += bytes;
    }
    bytes_drop(&port->from_host, done);
    if (port->from_host.count > PROTOCOL_LINE_BYTES_MAX) {
        port->from_host.count = 0;
        lose_session(port);
    }
}

/* Each of these says whether anything was moved. */
static bool read_host(struct port *port)
{
    char data[READ_BYTES];
    ssize_t got;

    if (port->to_daemon.count >= PENDING_BYTES)
        return false;
    got = read(port->host.fd, data, sizeof(data));
    if (got > 0) {
        bytes_add(&port->from_host, data, (size_t)got);
        take_lines(port);
    }
    /* The driver hears of clients that come and go later than of what they write, so a client whose
     * first line is here may still be hidden behind the end of the one before. */
    if (got)
        event_timer_stop(&port->gone);
    else if (!port->gone.loop)
        event_timer_start(port->loop, &port->gone, GONE_MS);
    return got > 0;
}

static void client_has_gone(void *context)
{
    struct port *port = context;

    end_session(port);
    port->from_host.count = port->to_host.count = 0;
}

static bool read_daemon(struct port *port)
{
    char data[READ_BYTES];
    ssize_t got;

    if (port->daemon.fd < 0 || port->to_host.count >= PENDING_BYTES)
        return false;
    got = read(port->daemon.fd, data, sizeof(data));
    if (got > 0)
        bytes_add(&port->to_host, data, (size_t)got);
    else if (got == 0 || errno == ECONNRESET)
        lose_session(port);
    return got >= 0;
}

static bool write_pending(int fd, struct bytes *bytes)
{
    ssize_t put = bytes->count && fd >= 0 ? write(fd, bytes->data, bytes->count) : 0;

    if (put > 0)
        bytes_drop(bytes, (size_t)put);
    return put > 0;
}

static void port_move(void *context)
{
    struct port *port = context;
    bool has_moved = true;

    for (unsigned i = 0; has_moved && i < MOVES_MAX; i++) {
        has_moved = read_host(port);
        has_moved |= write_pending(port->daemon.fd, &port->to_daemon);
        has_moved |= read_daemon(port);
        has_moved |= write_pending(port->host.fd, &port->to_host);
    }
    if (has_moved)
        event_call_defer(port->loop, &port->more);
}

int port_start(struct port *port, struct event_loop *loop, int host_fd, const char *socket,
               void (*power_off)(void))
{
    *port = (struct port){ .loop = loop, .socket = socket, .power_off = power_off };
    port->daemon.fd = -1;
    port->host.handler = changed;
    port->host.context = port;
    port->more.handler = port_move;
    port->more.context = port;
    port->gone.handler = client_has_gone;
    port->gone.context = port;
    return event_fd_start(loop, &port->host, host_fd, CHANGES);
}

void port_stop(struct port *port)
{
    end_session(port);
    event_call_cancel(&port->more);
    event_timer_stop(&port->gone);
    event_fd_stop(&port->host);
    close(port->host.fd);
    free(port->from_host.data);
    free(port->to_daemon.data);
    free(port->to_host.data);
}
