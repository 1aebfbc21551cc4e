/* SPDX-License-Identifier: MIT */
/*
 * The tests of a network device: echo requests, datagrams to a peer that sends them back, one at a
 * time and many at a time. The peer may be another pvguest, which answers all of them.
 *
 * Datagrams may get lost; then they are sent again. What comes back must be what was sent: each
 * one says its number, and all its bytes follow from it.
 */
#include "devices/ip.h"
#include "devices/random.h"
#include "devices/tests.h"
#include "kernel/bottom.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "kernel/text.h"

#define ADDRESS_BYTES  32u
#define PINGS          16u
#define CLIENT_PORT    4242u
#define COUNT_LIMIT    32768u
#define STREAM_WINDOW  32u
#define PATIENCE_NS    300000000UL
#define PATIENCE_TRIES 100u

struct exchange {
    const char *name;
    uint32_t peer;
    uint16_t peer_port;
    uint32_t count, window;
    uint8_t has_come[COUNT_LIMIT];
    uint32_t answered, first_open; /* all before this one have come back */
    uint64_t bytes, sent_again;
    bool is_wrong;
    struct semaphore progress;
};

static struct exchange exchange;

/* ---- data ---- */

static uint32_t size_of(uint32_t number)
{
    uint64_t state = number * 0x9e3779b97f4a7c15UL + 77;
    uint64_t size = random_next(&state) % (UDP_BYTES_MAX - sizeof(number) + 1);

    return (uint32_t)(sizeof(number) + (number % 4 ? size : UDP_BYTES_MAX - sizeof(number)));
}

static void make_data(uint32_t number, uint8_t *data, uint32_t bytes)
{
    uint64_t state = number + 0x123456789UL;

    memcpy(data, &number, sizeof(number));
    for (uint32_t i = sizeof(number); i < bytes; i++)
        data[i] = (uint8_t)random_next(&state);
}

/* In the thread of the network: an answer. */
static void take_answer(void *context, const struct ip_arrival *arrival)
{
    static uint8_t got[UDP_BYTES_MAX], wanted[UDP_BYTES_MAX];
    struct exchange *e = context;
    uint32_t number;

    if (arrival->bytes > sizeof(got) ||
        !packet_read(arrival->packet, arrival->offset, got, arrival->bytes) ||
        arrival->bytes < sizeof(number))
        return;
    memcpy(&number, got, sizeof(number));
    if (number >= e->count || arrival->bytes != size_of(number)) {
        e->is_wrong = true;
    } else if (!e->has_come[number]) {
        make_data(number, wanted, arrival->bytes);
        e->is_wrong |= memcmp(got, wanted, arrival->bytes) != 0;
        e->has_come[number] = 1;
        e->answered++;
        e->bytes += arrival->bytes;
    }
    semaphore_up(&e->progress);
}

/* ---- exchanges ---- */

static void send_number(struct exchange *e, uint32_t number)
{
    static uint8_t data[UDP_BYTES_MAX];
    uint32_t bytes = size_of(number);

    make_data(number, data, bytes);
    if (e->peer_port)
        udp_send(e->peer, e->peer_port, CLIENT_PORT, data, bytes);
    else
        icmp_send_request(e->peer, CLIENT_PORT, (uint16_t)number, data, bytes);
}

static void send_open_again(struct exchange *e, uint32_t end)
{
    for (uint32_t number = e->first_open; number < end; number++) {
        if (e->has_come[number])
            continue;
        e->sent_again++;
        send_number(e, number);
    }
}

static bool exchange_all(struct exchange *e)
{
    uint32_t next = 0, patience = PATIENCE_TRIES;

    while (e->answered < e->count && !e->is_wrong) {
        while (e->first_open < next && e->has_come[e->first_open])
            e->first_open++;
        if (next < e->count && next - e->first_open < e->window) {
            send_number(e, next++);
        } else if (semaphore_down_until(&e->progress, bottom_clock_ns() + PATIENCE_NS)) {
            patience = PATIENCE_TRIES;
        } else {
            if (!--patience)
                return false;
            send_open_again(e, next);
        }
    }
    return !e->is_wrong;
}

static bool run_exchange(struct exchange *e)
{
    if (!ip_resolve(e->peer)) {
        print("net: FAILED %s: nobody answers for %u.%u.%u.%u\n", e->name, IP_PARTS(e->peer));
        return false;
    }
    bool is_good = exchange_all(e);

    print("net: %s %s %u.%u.%u.%u: %u of %u came back, %lu KiB each way, %lu sent again%s\n",
          is_good ? "ok" : "FAILED", e->name, IP_PARTS(e->peer), e->answered, e->count,
          e->bytes / 1024, e->sent_again, e->is_wrong ? ", data are wrong" : "");
    return is_good;
}

/* ---- what the command line asks for ---- */

/* "ADDRESS" or "ADDRESS:PORT" of an option; false: there is no such option. */
static bool read_peer(const char *option, struct exchange *e)
{
    char text[ADDRESS_BYTES];
    const char *end;

    if (!option_value(boot_info.command_line, option, text, sizeof(text)))
        return false;
    if (!ip_parse(text, &e->peer, &end))
        panic("%s=%s is no address\n", option, text);
    e->peer_port = *end == ':' ? (uint16_t)parse_number(end + 1, NULL) : 0;
    return true;
}

static bool ping(void)
{
    exchange = (struct exchange){ .name = "ping", .count = PINGS, .window = 1 };
    if (!read_peer("ping", &exchange))
        return true;
    exchange.peer_port = 0;
    icmp_serve_replies(take_answer, &exchange);
    bool is_good = run_exchange(&exchange);

    icmp_serve_replies(NULL, NULL);
    return is_good;
}

static bool datagrams(const char *option, uint32_t count, uint32_t window)
{
    uint64_t wanted = option_number(boot_info.command_line, "netcount", count);

    exchange = (struct exchange){ .name = option, .window = window };
    exchange.count = wanted < COUNT_LIMIT ? (uint32_t)wanted : COUNT_LIMIT;
    if (!read_peer(option, &exchange))
        return true;
    if (!exchange.peer_port)
        exchange.peer_port = UDP_PORT_ECHO;
    if (!udp_serve(CLIENT_PORT, take_answer, &exchange))
        return false;
    bool is_good = run_exchange(&exchange);

    udp_forget(CLIENT_PORT);
    return is_good;
}

/* Until so many datagrams and echo requests of others were answered. */
static bool serve(void)
{
    uint64_t wanted = option_number(boot_info.command_line, "serve", 0);
    uint64_t end_ns = device_deadline_ns();
    const struct ip_counts *counts = ip_counts();

    if (!wanted)
        return true;
    print("net: serving\n");
    while (counts->datagrams_echoed + counts->echo_requests < wanted) {
        if (bottom_clock_ns() > end_ns) {
            print("net: FAILED serve: %lu datagrams, %lu echo requests\n", counts->datagrams_echoed,
                  counts->echo_requests);
            return false;
        }
        thread_sleep(1000000);
    }
    print("net: ok serve: %lu datagrams, %lu echo requests answered\n", counts->datagrams_echoed,
          counts->echo_requests);
    return true;
}

static bool read_config(struct ip_config *config)
{
    char text[ADDRESS_BYTES];
    const char *end;

    *config = (struct ip_config){ .mask = 0xffffff00 };
    if (!option_value(boot_info.command_line, "ip", text, sizeof(text)))
        return false;
    if (!ip_parse(text, &config->address, &end))
        panic("ip=%s is no address\n", text);
    uint64_t bits = *end == '/' ? parse_number(end + 1, NULL) : 24;

    if (bits >= 1 && bits <= 32)
        config->mask = ~0u << (32 - bits);
    if (option_value(boot_info.command_line, "gateway", text, sizeof(text)) &&
        !ip_parse(text, &config->gateway, &end))
        panic("gateway=%s is no address\n", text);
    return true;
}

static bool run_tests(void)
{
    bool is_good = ping();

    is_good &= datagrams("echo", 64, 1);
    is_good &= datagrams("stream", 2000, STREAM_WINDOW);
    return serve() && is_good;
}

enum devices_result net_run(void)
{
    static const char *const tests[] = { "ping", "echo", "stream", "serve" };
    struct ip_config config;
    bool has_test = false;

    for (uint32_t i = 0; i < ARRAY_LENGTH(tests); i++)
        has_test |= option_is_set(boot_info.command_line, tests[i]);
    if (!read_config(&config))
        return DEVICES_NO_TEST;
    struct network_device *device = network_find(device_deadline_ns());

    if (!device || !ip_start(device, &config)) {
        print("net: FAILED: there is no network device\n");
        return DEVICES_FAILED;
    }
    if (!has_test)
        return DEVICES_NO_TEST;
    bool is_good = run_tests();

    print("net: %s %s: %lu packets sent, %lu received, %lu dropped, %lu bad\n",
          is_good ? "ok" : "FAILED", device->name, device->packets_sent, device->packets_received,
          device->packets_dropped, ip_counts()->bad);
    return is_good ? DEVICES_PASSED : DEVICES_FAILED;
}
