/* SPDX-License-Identifier: MIT */
/*
 * pvd-ports' port: a pair of sockets stands for the virtio port, a listening one for pvd. Clients
 * come and go without an end of the stream that the port could see.
 */
#include "ports/port.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/listen.h"
#include "folder.h"

#define TURNS 64

static char *folder, socket_path[64];
static struct event_loop *loop;
static struct port port;
static int host, listener, daemon_fd;
static unsigned power_offs;

static void count_power_off(void)
{
    power_offs++;
}

static void set_up(void)
{
    struct error error;
    int pair[2];

    folder = folder_make();
    snprintf(socket_path, sizeof(socket_path), "%s/pvd", folder);
    listener = listen_unix(socket_path, 0600, &error);
    ck_assert_int_ge(listener, 0);
    loop = event_loop_create(&error);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    host = pair[0];
    daemon_fd = -1;
    ck_assert_int_eq(port_start(&port, loop, pair[1], socket_path, count_power_off), 0);
}

static void tear_down(void)
{
    port_stop(&port);
    event_loop_destroy(loop);
    close(host);
    close(listener);
    if (daemon_fd >= 0)
        close(daemon_fd);
    folder_remove(folder);
}

static void turn(void)
{
    for (unsigned i = 0; i < TURNS; i++)
        event_loop_turn(loop, 0);
}

static void type(const char *text)
{
    ck_assert_int_eq(write(host, text, strlen(text)), (ssize_t)strlen(text));
    turn();
}

static void accept_session(void)
{
    if (daemon_fd >= 0)
        close(daemon_fd);
    daemon_fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    ck_assert_int_ge(daemon_fd, 0);
}

static void expect(int fd, const char *text)
{
    char got[1024];
    ssize_t count = read(fd, got, sizeof(got) - 1);

    got[count > 0 ? count : 0] = '\0';
    ck_assert_str_eq(got, text);
}

TEST(port, a_session_reaches_pvd)
{
    set_up();
    type("\n{\"session\":\"a\"}\n");
    expect(host, "{\"session\":\"a\"}\n");
    accept_session();
    type("{\"id\":1,\"command\":\"list\"}\n");
    expect(daemon_fd, "{\"id\":1,\"command\":\"list\"}\n");
    ck_assert_int_eq(write(daemon_fd, "{\"id\":1}\n", 9), 9);
    turn();
    expect(host, "{\"id\":1}\n");
    tear_down();
}

TEST(port, nothing_before_a_session)
{
    set_up();
    type("{\"id\":1,\"command\":\"list\"}\n");
    ck_assert_int_eq(accept4(listener, NULL, NULL, SOCK_NONBLOCK), -1);
    expect(host, "");
    tear_down();
}

/* The first client was killed in the middle of a line, and nobody noticed. */
TEST(port, the_next_client_begins_anew)
{
    int first;

    set_up();
    type("\n{\"session\":\"a\"}\n{\"id\":1}\n{\"id\":2,\"comm");
    accept_session();
    first = dup(daemon_fd);
    expect(host, "{\"session\":\"a\"}\n");
    type("\n{\"session\":\"b\"}\n");
    expect(host, "{\"session\":\"b\"}\n");
    /* pvd sees the end of the first: whole lines only, then nothing more. */
    expect(first, "{\"id\":1}\n");
    ck_assert_int_eq(read(first, folder, 1), 0);
    close(first);
    accept_session();
    type("{\"id\":1,\"command\":\"info\"}\n");
    expect(daemon_fd, "{\"id\":1,\"command\":\"info\"}\n");
    tear_down();
}

TEST(port, says_that_pvd_is_not_there)
{
    set_up();
    ck_assert_int_eq(unlink(socket_path), 0);
    type("{\"session\":\"a\"}\n");
    expect(host, "{\"session\":\"a\",\"error\":\"No such file or directory\"}\n");
    tear_down();
}

TEST(port, says_that_pvd_has_gone)
{
    set_up();
    type("{\"session\":\"a\"}\n");
    expect(host, "{\"session\":\"a\"}\n");
    accept_session();
    close(daemon_fd);
    daemon_fd = -1;
    turn();
    expect(host, "{\"session\":null}\n");
    /* And goes on with the next. */
    type("{\"session\":\"b\"}\n");
    expect(host, "{\"session\":\"b\"}\n");
    accept_session();
    tear_down();
}

TEST(port, powers_off_when_asked)
{
    set_up();
    power_offs = 0;
    type("{\"session\":\"a\",\"request\":\"poweroff\"}\n");
    expect(host, "{\"session\":\"a\"}\n");
    ck_assert_uint_eq(power_offs, 1);
    ck_assert_int_eq(accept4(listener, NULL, NULL, SOCK_NONBLOCK), -1);
    tear_down();
}

TEST(port, refuses_a_line_without_end)
{
    char text[65536];
    size_t sent = 0;

    set_up();
    type("{\"session\":\"a\"}\n");
    expect(host, "{\"session\":\"a\"}\n");
    accept_session();
    memset(text, 'x', sizeof(text));
    while (sent < (2u << 20)) {
        ssize_t put = write(host, text, sizeof(text));

        sent += put > 0 ? (size_t)put : 0;
        turn();
    }
    expect(host, "{\"session\":null}\n");
    tear_down();
}

/* A client that does not read holds pvd up, and nothing is lost. */
TEST(port, waits_for_a_slow_client)
{
    static char text[65536];
    size_t sent = 0, got = 0;

    set_up();
    type("{\"session\":\"a\"}\n");
    expect(host, "{\"session\":\"a\"}\n");
    accept_session();
    memset(text, 'y', sizeof(text));
    for (unsigned i = 0; i < 256; i++) {
        ssize_t put = write(daemon_fd, text, sizeof(text));

        sent += put > 0 ? (size_t)put : 0;
        turn();
    }
    ck_assert_uint_lt(sent, 256 * sizeof(text));
    ck_assert_uint_gt(sent, 256u << 10);
    for (unsigned i = 0; i < 1024 && got < sent; i++) {
        ssize_t count = read(host, text, sizeof(text));

        got += count > 0 ? (size_t)count : 0;
        turn();
    }
    ck_assert_uint_eq(got, sent);
    tear_down();
}
