/* SPDX-License-Identifier: MIT */
/* Network operations with the peer, which runs this program's `serve`; pings need none. */
#include "io_program.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAYLOAD_BYTES 56u
#define STREAM_BYTES  65536u
#define TRIES         50
#define WAIT_MS       200 /* for an answer that was lost */

static struct sockaddr_in address_of(const char *host, unsigned port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

    if (host)
        must(inet_pton(AF_INET, host, &address.sin_addr) == 1, "address of the peer");
    return address;
}

/* The link may need a moment before the first packet gets through. */
static int connected(int type, int protocol, const char *host, unsigned port)
{
    struct sockaddr_in address = address_of(host, port);
    int on = 1;

    for (int tries = 0; tries < TRIES; tries++) {
        int fd = socket(AF_INET, type | SOCK_CLOEXEC, protocol);

        must(fd >= 0, "socket");
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
            if (type == SOCK_STREAM)
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            return fd;
        }
        close(fd);
        usleep(200000);
    }
    fail("connect");
}

/* ---- round trips ---- */

static bool has_answer(int fd)
{
    struct pollfd polled = { fd, POLLIN, 0 };

    return poll(&polled, 1, WAIT_MS) > 0;
}

/* Reads without poll() before it: that would be part of what is measured. A lost datagram is
 * noticed by the receive timeout. */
static void set_wait(int fd)
{
    struct timeval wait = { .tv_usec = WAIT_MS * 1000 };

    must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == 0, "SO_RCVTIMEO");
}

static uint64_t round_trips(int fd, const void *message, size_t bytes, size_t reply_offset,
                            uint64_t amount, struct samples *samples)
{
    char reply[256];
    unsigned lost = 0;

    set_wait(fd);
    for (uint64_t i = 0; i < amount;) {
        uint64_t start = ticks_now();
        ssize_t got;

        must(send(fd, message, bytes, 0) == (ssize_t)bytes || errno == ECONNREFUSED, "send");
        got = recv(fd, reply, sizeof(reply), 0);
        if (got < (ssize_t)(bytes + reply_offset)) {
            must(++lost < TRIES, "answers of the peer");
            continue;
        }
        note_sample(samples, ticks_now() - start);
        i++;
    }
    while (lost && has_answer(fd) && recv(fd, reply, sizeof(reply), 0) > 0)
        ; /* late ones */
    return amount * bytes;
}

uint64_t udp_test(const struct test *test, const struct run *run, uint64_t amount,
                  struct samples *samples)
{
    char message[PAYLOAD_BYTES] = "";
    int fd = connected(SOCK_DGRAM, 0, run->peer, PORT_ECHO);
    uint64_t bytes = round_trips(fd, message, sizeof(message), 0, amount, samples);

    (void)test;
    close(fd);
    return bytes;
}

static uint16_t checksum(const uint16_t *words, size_t count)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += words[i];
    sum = (sum >> 16) + (sum & 0xffff);
    sum += sum >> 16;
    return (uint16_t)~sum;
}

/* A raw socket's answers begin with the header of IP. */
uint64_t ping_test(const struct test *test, const struct run *run, uint64_t amount,
                   struct samples *samples)
{
    union {
        struct icmphdr header;
        uint16_t words[(sizeof(struct icmphdr) + PAYLOAD_BYTES) / 2];
    } packet = { .header = { .type = ICMP_ECHO, .un.echo.id = 1 } };
    const uint32_t all_but_replies = ~(1u << ICMP_ECHOREPLY);
    int fd = connected(SOCK_RAW, IPPROTO_ICMP, run->peer, 0);
    uint64_t bytes;

    (void)test;
    must(setsockopt(fd, SOL_RAW, 1 /* ICMP_FILTER */, &all_but_replies, sizeof(all_but_replies)) ==
             0,
         "ICMP_FILTER");
    packet.header.checksum = checksum(packet.words, sizeof(packet.words) / 2);
    bytes = round_trips(fd, &packet, sizeof(packet), sizeof(struct iphdr), amount, samples);
    close(fd);
    return bytes;
}

/* ---- streams ---- */

static void send_all(int fd, uint64_t bytes)
{
    static const char block[STREAM_BYTES];

    while (bytes) {
        ssize_t sent = send(fd, block, bytes < sizeof(block) ? bytes : sizeof(block), MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        bytes -= (uint64_t)sent;
    }
}

/* Until @bytes have come or the other side has closed; how many there were. */
static uint64_t receive_all(int fd, uint64_t bytes)
{
    static char block[STREAM_BYTES];
    uint64_t sum = 0;
    ssize_t got;

    while (sum < bytes && (got = recv(fd, block, sizeof(block), 0)) > 0)
        sum += (uint64_t)got;
    return sum;
}

uint64_t stream_out_test(const struct test *test, const struct run *run, uint64_t amount,
                         struct samples *samples)
{
    int fd = connected(SOCK_STREAM, 0, run->peer, PORT_SINK);
    char byte;

    (void)test;
    (void)samples;
    send_all(fd, amount);
    shutdown(fd, SHUT_WR);
    must(recv(fd, &byte, 1, 0) == 1, "end of the stream");
    close(fd);
    return amount;
}

uint64_t stream_in_test(const struct test *test, const struct run *run, uint64_t amount,
                        struct samples *samples)
{
    int fd = connected(SOCK_STREAM, 0, run->peer, PORT_SOURCE);

    (void)test;
    (void)samples;
    must(send(fd, &amount, sizeof(amount), 0) == sizeof(amount), "send");
    must(receive_all(fd, amount) == amount, "whole stream");
    close(fd);
    return amount;
}

/* ---- the other side ---- */

static int bound(int type, unsigned port)
{
    struct sockaddr_in address = address_of(NULL, port);
    int fd = socket(AF_INET, type, 0), on = 1;

    must(fd >= 0, "socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "bind");
    must(type != SOCK_STREAM || listen(fd, 16) == 0, "listen");
    return fd;
}

static void echo(int fd)
{
    char message[2048];
    struct sockaddr_in from;

    for (;;) {
        socklen_t bytes = sizeof(from);
        ssize_t got = recvfrom(fd, message, sizeof(message), 0, (struct sockaddr *)&from, &bytes);

        if (got >= 0)
            sendto(fd, message, (size_t)got, 0, (struct sockaddr *)&from, bytes);
    }
}

static void serve_stream(int fd, unsigned port)
{
    uint64_t bytes;

    if (port == PORT_SINK) {
        receive_all(fd, UINT64_MAX);
        send(fd, "", 1, MSG_NOSIGNAL);
    } else if (recv(fd, &bytes, sizeof(bytes), MSG_WAITALL) == sizeof(bytes)) {
        send_all(fd, bytes);
    }
}

static void accept_streams(int listening, unsigned port)
{
    for (;;) {
        int fd = accept(listening, NULL, NULL);

        if (fd < 0)
            continue;
        if (fork() == 0) {
            serve_stream(fd, port);
            _exit(0);
        }
        close(fd);
    }
}

int serve(void)
{
    static const unsigned ports[] = { PORT_SINK, PORT_SOURCE };

    signal(SIGCHLD, SIG_IGN);
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        int fd = bound(SOCK_STREAM, ports[i]);

        if (fork() == 0)
            accept_streams(fd, ports[i]);
        close(fd);
    }
    echo(bound(SOCK_DGRAM, PORT_ECHO));
    return 0;
}
