/* SPDX-License-Identifier: MIT */
/*
 * The store as programs of the control domain see it: by pvd's socket, and through the kernel
 * (/dev/xen/xenbus). pvd is killed again and again meanwhile: whatever was answered must be there
 * afterwards, watches that were set through the kernel must fire, and requests that were under way
 * must be answered.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hypercall-abi/io/xs_wire.h"
#include "tests/control/must.h"

#define SOCKET   "/run/xenstored/socket"
#define PID_FILE "/run/pvd/pid"
#define KILLS    10
#define WRITES   200 /* between two kills */
#define WAIT_MS  60000

struct connection {
    int file;
    uint32_t last_request;
    unsigned events; /* that came while an answer was awaited */
};

struct message {
    struct xsd_sockmsg head;
    char payload[XENSTORE_PAYLOAD_MAX + 1];
};

static int connect_socket(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET };
    int file = socket(AF_UNIX, SOCK_STREAM, 0);

    MUST(file >= 0);
    /* A killed pvd is started again within a second or so. */
    for (int tries = 0; tries < WAIT_MS / 10; tries++) {
        if (connect(file, (const struct sockaddr *)&address, sizeof(address)) == 0)
            return file;
        usleep(10000);
    }
    MUST(!"a connection to the socket");
    return -1;
}

static void read_all(int file, void *to, size_t bytes)
{
    char *at = to;

    while (bytes) {
        struct pollfd wanted = { .fd = file, .events = POLLIN };
        ssize_t got;

        MUST(poll(&wanted, 1, WAIT_MS) == 1);
        got = read(file, at, bytes);
        MUST(got > 0);
        at += got;
        bytes -= (size_t)got;
    }
}

static void receive(struct connection *connection, struct message *message)
{
    read_all(connection->file, &message->head, sizeof(message->head));
    MUST(message->head.len <= XENSTORE_PAYLOAD_MAX);
    read_all(connection->file, message->payload, message->head.len);
    message->payload[message->head.len] = '\0';
}

/* A request of one or two texts; the second is without NUL in a write. */
static void ask(struct connection *connection, uint32_t type, uint32_t transaction,
                const char *first, const char *second, struct message *answer)
{
    size_t first_bytes = strlen(first) + 1;
    size_t second_bytes = second ? strlen(second) + (type != XS_WRITE) : 0;
    struct message request = { .head = { .type = type,
                                         .req_id = ++connection->last_request,
                                         .tx_id = transaction,
                                         .len = (uint32_t)(first_bytes + second_bytes) } };
    size_t bytes = sizeof(request.head) + request.head.len;

    memcpy(request.payload, first, first_bytes);
    if (second)
        memcpy(request.payload + first_bytes, second, second_bytes);
    MUST(write(connection->file, &request, bytes) == (ssize_t)bytes);
    for (;;) {
        receive(connection, answer);
        if (answer->head.type != XS_WATCH_EVENT)
            break;
        connection->events++;
    }
    MUST(answer->head.req_id == connection->last_request);
}

static void must_answer(struct connection *connection, uint32_t type, uint32_t transaction,
                        const char *first, const char *second)
{
    struct message answer;

    ask(connection, type, transaction, first, second, &answer);
    MUST(answer.head.type == type);
}

static void must_hold(struct connection *connection, const char *path, const char *value)
{
    struct message answer;

    ask(connection, XS_READ, 0, path, NULL, &answer);
    MUST(answer.head.type == XS_READ && !strcmp(answer.payload, value));
}

static void must_get_event(struct connection *connection, const char *path)
{
    struct message event;

    if (connection->events) {
        connection->events--;
        return;
    }
    receive(connection, &event);
    MUST(event.head.type == XS_WATCH_EVENT && !strcmp(event.payload, path));
}

static void kill_pvd(void)
{
    FILE *file = fopen(PID_FILE, "r");
    int pid = 0;

    MUST(file && fscanf(file, "%d", &pid) == 1 && pid > 1);
    fclose(file);
    MUST(kill(pid, SIGKILL) == 0);
    /* The next one writes another number. */
    for (int tries = 0; tries < WAIT_MS / 10 && kill(pid, 0) == 0; tries++)
        usleep(10000);
}

static void check_socket(void)
{
    struct connection socket = { .file = connect_socket() };

    must_hold(&socket, "/local/domain/0/name", "Domain-0");
    must_hold(&socket, "domid", "0");
    must_answer(&socket, XS_WRITE, 0, "/check/socket", "by the socket");
    must_hold(&socket, "/check/socket", "by the socket");
    close(socket.file);
    puts("check: the store answers at its socket");
}

static void check_transaction(struct connection *kernel)
{
    struct message answer;
    uint32_t transaction;

    ask(kernel, XS_TRANSACTION_START, 0, "", NULL, &answer);
    MUST(answer.head.type == XS_TRANSACTION_START);
    transaction = (uint32_t)strtoul(answer.payload, NULL, 10);
    must_answer(kernel, XS_WRITE, transaction, "/check/lost", "never");
    kill_pvd();
    must_answer(kernel, XS_WRITE, transaction, "/check/lost", "never");
    ask(kernel, XS_TRANSACTION_END, transaction, "T", NULL, &answer);
    MUST(answer.head.type == XS_ERROR && !strcmp(answer.payload, "EAGAIN"));
    ask(kernel, XS_READ, 0, "/check/lost", NULL, &answer);
    MUST(answer.head.type == XS_ERROR && !strcmp(answer.payload, "ENOENT"));
    puts("check: a transaction that pvd forgot has to be done again");
}

/* Another process kills pvd at any moment of these writes. */
static void write_while_killed(struct connection *kernel)
{
    char value[16] = "";
    pid_t killer;

    for (int kills = 0; kills < KILLS; kills++) {
        killer = fork();
        MUST(killer >= 0);
        if (killer == 0) {
            usleep((useconds_t)kills * 3000);
            kill_pvd();
            _exit(0);
        }
        for (int i = 0; i < WRITES; i++) {
            snprintf(value, sizeof(value), "%d.%d", kills, i);
            must_answer(kernel, XS_WRITE, 0, "/check/count", value);
            must_hold(kernel, "/check/count", value);
        }
        kernel->events = 0;
        close(connect_socket());
    }
    printf("check: %d writes through the kernel, pvd killed %d times\n", KILLS * WRITES, KILLS);
}

static void check_watch(struct connection *kernel)
{
    struct connection socket = { .file = -1 };

    must_answer(kernel, XS_WATCH, 0, "/check/watched", "token");
    must_get_event(kernel, "/check/watched");
    kill_pvd();
    socket.file = connect_socket();
    must_answer(&socket, XS_WRITE, 0, "/check/watched/below", "x");
    must_get_event(kernel, "/check/watched/below");
    must_hold(&socket, "/check/socket", "by the socket");
    close(socket.file);
    puts("check: a watch fires that was set before pvd was killed");
}

/* The kernel's own watch of `backend`: a device appears there. */
static void check_kernel_watch(void)
{
    const char *device = "/sys/bus/xen-backend/devices/vbd-77-51712";
    struct connection socket = { .file = connect_socket() };
    const char *backend = "/local/domain/0/backend/vbd/77/51712";
    const char *frontend = "/local/domain/77/device/vbd/51712";
    const char *const nodes[][2] = {
        { "frontend-id", "77" }, { "frontend", frontend }, { "online", "1" }, { "state", "1" }
    };
    char path[128];

    must_answer(&socket, XS_WRITE, 0, "/local/domain/77/device/vbd/51712/state", "1");
    for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", backend, nodes[i][0]);
        must_answer(&socket, XS_WRITE, 0, path, nodes[i][1]);
    }
    for (int tries = 0; tries < WAIT_MS / 10 && access(device, F_OK); tries++)
        usleep(10000);
    MUST(access(device, F_OK) == 0);
    kill_pvd();
    close(socket.file);
    socket.file = connect_socket();
    must_answer(&socket, XS_RM, 0, backend, NULL);
    must_answer(&socket, XS_RM, 0, "/local/domain/77", NULL);
    for (int tries = 0; tries < WAIT_MS / 10 && access(device, F_OK) == 0; tries++)
        usleep(10000);
    MUST(access(device, F_OK) != 0);
    close(socket.file);
    puts("check: the kernel hears of back ends before and after");
}

int main(void)
{
    struct connection kernel = { .file = open("/dev/xen/xenbus", O_RDWR) };

    setvbuf(stdout, NULL, _IONBF, 0);
    MUST(kernel.file >= 0);
    check_socket();
    check_watch(&kernel);
    check_transaction(&kernel);
    write_while_killed(&kernel);
    check_kernel_watch();
    return 0;
}
