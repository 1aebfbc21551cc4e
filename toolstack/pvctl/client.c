/* SPDX-License-Identifier: MIT */
#include "pvctl/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/connect.h"
#include "common/file.h"
#include "pvctl/interrupt.h"
#include "testbed/port_client.h"

#define RELAY_BYTES 65536u
#define INPUT_BYTES 4096u
#define ANSWER_MS   30000 /* a control domain that others keep busy has so long to answer */

struct client {
    int fd;
    pid_t ssh;     /* 0: none */
    int port_lock; /* of a testbed's port; -1: none */
    json_int_t id;
    char *buffer; /* PROTOCOL_LINE_BYTES_MAX */
    size_t used;
};

static const struct {
    const char *name;
    enum request_access access;
} requests[] = {
#define REQUEST(name, access, flow) [REQUEST_ID_##name] = { #name, REQUEST_##access },
#include "config/requests.def"
#undef REQUEST
};

/* --- Connecting --- */

static int connection_error(const char *path, struct error *error)
{
    if (errno == EACCES || errno == EPERM) {
        error_set(error, ERROR_PERMISSION, "PV-E0820", "no right to use pvd's socket %s", path);
        return error_hint(error, "be root, or in the group pvctl");
    }
    error_set(error, ERROR_CONNECTION, "PV-E0910", "pvd does not answer at %s: %s", path,
              strerror(errno));
    return error_hint(error, "in a control domain, start it: pvd; elsewhere, start a testbed: "
                             "pvctl testbed up");
}

/* Requests that change nothing may use the socket that everyone may read. */
static int connect_local(const struct target *target, enum request_access access,
                         struct error *error)
{
    char read_only[SETTING_BYTES + 8];
    int fd = connect_unix(target->socket);

    if (fd < 0 && errno == EACCES && access == REQUEST_READ && target->is_default_socket) {
        snprintf(read_only, sizeof(read_only), "%s-ro", target->socket);
        fd = connect_unix(read_only);
    }
    return fd >= 0 ? fd : connection_error(target->socket, error);
}

static void run_ssh(int fd, const char *host)
{
    dup2(fd, STDIN_FILENO);
    dup2(fd, STDOUT_FILENO);
    execlp("ssh", "ssh", "-T", "--", host, "pvctl", "--stdio", (char *)NULL);
    fprintf(stderr, "pvctl: ssh cannot be started: %s\n", strerror(errno));
    _exit(127);
}

static int connect_remote(const struct target *target, pid_t *ssh, struct error *error)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return error_set(error, ERROR_FAILED, "PV-E0104", "no socket: %s", strerror(errno));
    *ssh = fork();
    if (!*ssh)
        run_ssh(pair[1], target->host);
    close(pair[1]);
    if (*ssh > 0)
        return pair[0];
    close(pair[0]);
    return error_set(error, ERROR_FAILED, "PV-E0104", "no process for ssh: %s", strerror(errno));
}

static int connect_target(struct client *client, const struct target *target,
                          enum request_access access, struct error *error)
{
    client->port_lock = -1;
    if (target->is_testbed)
        return port_client_open(target->testbed.name, NULL, ANSWER_MS, &client->port_lock, error);
    return target->is_remote ? connect_remote(target, &client->ssh, error)
                             : connect_local(target, access, error);
}

int client_open(const struct settings *settings, enum request_id request, struct client **client,
                struct error *error)
{
    struct target target;
    struct client *opened;

    if (target_parse(settings, &target, error))
        return -1;
    opened = calloc(1, sizeof(*opened));
    if (opened)
        opened->buffer = malloc(PROTOCOL_LINE_BYTES_MAX);
    if (!opened || !opened->buffer) {
        free(opened);
        return error_set(error, ERROR_RESOURCES, "PV-E0722", "no memory to talk to pvd");
    }
    opened->fd = connect_target(opened, &target, requests[request].access, error);
    if (opened->fd < 0) {
        free(opened->buffer);
        free(opened);
        return -1;
    }
    signal(SIGPIPE, SIG_IGN);
    *client = opened;
    return 0;
}

void client_close(struct client *client)
{
    if (!client)
        return;
    close(client->fd);
    if (client->port_lock >= 0)
        close(client->port_lock);
    if (client->ssh > 0)
        waitpid(client->ssh, NULL, 0);
    free(client->buffer);
    free(client);
}

int client_fd(const struct client *client)
{
    return client->fd;
}

bool client_has_line(const struct client *client)
{
    return memchr(client->buffer, '\n', client->used) != NULL;
}

/* --- Sending --- */

static int lost(struct error *error)
{
    error_set(error, ERROR_CONNECTION, "PV-E0911", "the connection to pvd is lost");
    return error_hint(error, "guests run on; pvctl daemon status shows whether pvd is back");
}

static int write_all(int fd, const void *bytes, size_t count, struct error *error)
{
    return file_write_all(fd, bytes, count) ? lost(error) : 0;
}

/* Takes over @message. */
static int send_line(struct client *client, json_t *message, struct error *error)
{
    char *line = message ? json_dumps(message, JSON_COMPACT) : NULL;
    size_t length = line ? strlen(line) : 0;
    int result;

    json_decref(message);
    if (!line)
        return error_set(error, ERROR_RESOURCES, "PV-E0722", "no memory to talk to pvd");
    if (length + 1 > PROTOCOL_LINE_BYTES_MAX) {
        free(line);
        return error_set(error, ERROR_INPUT, "PV-E0371", "the request has %zu bytes, too many",
                         length);
    }
    line[length] = '\n';
    result = write_all(client->fd, line, length + 1, error);
    free(line);
    return result;
}

int client_send(struct client *client, enum request_id request, json_t *arguments,
                struct error *error)
{
    return send_line(client,
                     json_pack("{s:I, s:s, s:o}", "id", ++client->id, "command",
                               requests[request].name, "arguments",
                               arguments ? arguments : json_object()),
                     error);
}

int client_send_input(struct client *client, const uint8_t *bytes, size_t count,
                      struct error *error)
{
    char text[BASE64_TEXT_BYTES(INPUT_BYTES)];

    while (count) {
        size_t here = count < INPUT_BYTES ? count : INPUT_BYTES;

        base64_encode(bytes, here, text);
        if (send_line(client, json_pack("{s:I, s:s}", "id", client->id, "input", text), error))
            return -1;
        bytes += here;
        count -= here;
    }
    return 0;
}

int client_cancel(struct client *client, struct error *error)
{
    return send_line(client, json_pack("{s:I, s:b}", "id", client->id, "cancel", 1), error);
}

/* --- Receiving --- */

/* -1: the user interrupts it. */
static int wait_for_bytes(int fd)
{
    struct pollfd polled[] = { { fd, POLLIN, 0 }, { interrupt_fd(), POLLIN, 0 } };

    while (poll(polled, 2, -1) < 0 && errno == EINTR && !interrupt_has_come())
        ;
    return interrupt_has_come() ? -1 : 0;
}

/* More bytes into the buffer. */
static int fill(struct client *client, struct error *error)
{
    ssize_t got;

    if (client->used == PROTOCOL_LINE_BYTES_MAX)
        return error_set(error, ERROR_CONNECTION, "PV-E0912", "pvd sent a line that is too long");
    if (wait_for_bytes(client->fd))
        return error_set(error, ERROR_FAILED, "PV-E0105", "interrupted");
    got = read(client->fd, client->buffer + client->used, PROTOCOL_LINE_BYTES_MAX - client->used);
    if (got < 0 && errno == EINTR)
        return 0;
    if (got <= 0)
        return lost(error);
    client->used += (size_t)got;
    return 0;
}

/* The next line as JSON, out of the buffer. */
static int next_message(struct client *client, json_t **message, struct error *error)
{
    char *end;
    size_t length;

    while (!(end = memchr(client->buffer, '\n', client->used))) {
        if (fill(client, error))
            return -1;
    }
    length = (size_t)(end - client->buffer) + 1;
    *message = json_loadb(client->buffer, length, 0, NULL);
    client->used -= length;
    memmove(client->buffer, client->buffer + length, client->used);
    if (json_is_null(json_object_get(*message, PORT_SESSION))) {
        json_decref(*message);
        return lost(error);
    }
    if (!json_is_object(*message)) {
        json_decref(*message);
        return error_set(error, ERROR_CONNECTION, "PV-E0912", "pvd sent a line that is no JSON");
    }
    return 0;
}

static const char *text_or(const json_t *object, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : otherwise;
}

int answered_error(const json_t *answer, struct error *error)
{
    json_int_t class = json_integer_value(json_object_get(answer, "code"));

    if (class < ERROR_FAILED || class > ERROR_HOST)
        class = ERROR_FAILED;
    error_set(error, (enum error_class) class, text_or(answer, "id", "PV-E0100"), "%s",
              text_or(answer, "message", "pvd answers with an error"));
    error_hint(error, "%s", text_or(answer, "hint", ""));
    return error_about(error, "%s", text_or(answer, "path", ""));
}

int client_receive(struct client *client, json_t **event, json_t **result, struct error *error)
{
    json_t *message, *answer;

    *event = *result = NULL;
    do {
        if (next_message(client, &message, error))
            return -1;
        /* Answers to requests that were given up may still come. */
        if (json_integer_value(json_object_get(message, "id")) == client->id)
            break;
        json_decref(message);
    } while (1);

    answer = json_object_get(message, "error");
    *event = json_incref(json_object_get(message, "event"));
    *result = *event ? NULL : json_incref(json_object_get(message, "result"));
    if (answer)
        answered_error(answer, error);
    else if (!*event && !*result)
        error_set(error, ERROR_CONNECTION, "PV-E0912", "pvd sent an answer without a result");
    json_decref(message);
    return *event || *result ? 0 : -1;
}

int client_ask(const struct settings *settings, enum request_id request, json_t *arguments,
               json_t **result, struct error *error)
{
    struct client *client = NULL;
    json_t *event = NULL;
    int outcome;

    if (client_open(settings, request, &client, error) || !client) {
        json_decref(arguments);
        return -1;
    }
    outcome = client_send(client, request, arguments, error);
    do {
        json_decref(event);
        event = NULL;
        outcome = outcome ? outcome : client_receive(client, &event, result, error);
    } while (!outcome && event);
    client_close(client);
    return outcome;
}

/* --- pvctl --stdio --- */

/* 1: copied, 0: the end, -1: an error. */
static int relay_once(int from, int to)
{
    char bytes[RELAY_BYTES];
    ssize_t got = read(from, bytes, sizeof(bytes));
    struct error ignored;

    if (got < 0 && errno == EINTR)
        return 1;
    if (got <= 0)
        return (int)got;
    return write_all(to, bytes, (size_t)got, &ignored) ? -1 : 1;
}

static int relay(int fd)
{
    struct pollfd polled[] = { { STDIN_FILENO, POLLIN, 0 }, { fd, POLLIN, 0 } };
    int going = 1;

    while (going > 0) {
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            return -1;
        if (polled[0].revents)
            going = relay_once(STDIN_FILENO, fd);
        if (going > 0 && polled[1].revents)
            going = relay_once(fd, STDOUT_FILENO);
    }
    return going;
}

int client_relay(const struct settings *settings, struct error *error)
{
    struct target target;
    struct client client = { .fd = -1 }; /* of which only the connection is used */
    int fd, result;

    if (target_parse(settings, &target, error))
        return -1;
    if (target.is_remote && !target.is_testbed)
        return error_set(error, ERROR_USAGE, "PV-E0231", "--stdio is for the host itself");
    fd = connect_target(&client, &target, REQUEST_READ, error);
    if (fd < 0)
        return -1;
    result = relay(fd);
    close(fd);
    return result ? lost(error) : 0;
}
