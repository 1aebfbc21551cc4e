/* SPDX-License-Identifier: MIT */
/*
 * The network front end against a backend made by hand: packets of every shape both ways, what both
 * can agree on, coming and going, and backends that misbehave.
 */
#include <string.h>

#include "devices/network.h"
#include "fake_netback.h"
#include "fake_store.h"
#include "hypercall-abi/io/netif.h"
#include "hypercall-abi/io/xenbus.h"
#include "kernel/page.h"
#include "pv/grant.h"
#include "pv/xenbus.h"
#include "support/unit.h"
#include "world.h"

static const struct netback_options all_features = {
    .max_queues = 2, .has_split = true, .has_sg = true, .has_gso = true
};

static struct netback_packet wire;
static uint64_t pages_before;

static void run_bus(void)
{
    bool was_busy = true;

    while (was_busy) {
        was_busy = xenbus_step(1);
        was_busy |= world_turn();
    }
}

static struct network_device *card(void)
{
    return network_find(0);
}

static void start_with(const char *command_line, const struct netback_options *options)
{
    world_start(command_line);
    pages_before = page_free_count();
    fake_store_start();
    fake_netback_create(options);
    xenbus_init();
    run_bus();
}

static const char *frontend_state(void)
{
    return fake_store_get(FAKE_NET_FRONTEND "/state");
}

/* ---- packets that say what they are ---- */

static uint8_t byte_of(uint32_t number, uint32_t at)
{
    return (uint8_t)(number * 31 + at * 7 + at / 251);
}

static struct packet *make_packet(uint32_t number, uint32_t head, uint32_t bytes)
{
    struct packet *packet = packet_alloc(head, bytes);

    ck_assert_ptr_nonnull(packet);
    for (uint32_t at = 0; at < bytes; at++) {
        uint8_t byte = byte_of(number, at);

        ck_assert(packet_write(packet, at, &byte, 1));
    }
    return packet;
}

static void expect_sent(uint32_t number, uint32_t bytes)
{
    ck_assert(fake_netback_take(&wire));
    ck_assert_uint_eq(wire.bytes, bytes);
    for (uint32_t at = 0; at < bytes; at++)
        ck_assert_uint_eq(wire.data[at], byte_of(number, at));
}

static void give(uint32_t number, uint32_t bytes, uint32_t piece)
{
    wire = (struct netback_packet){ .bytes = bytes };
    for (uint32_t at = 0; at < bytes; at++)
        wire.data[at] = byte_of(number, at);
    fake_netback_give(&wire, piece);
}

static struct packet *expect_received(uint32_t number, uint32_t bytes)
{
    static uint8_t data[FAKE_NET_BYTES];
    struct packet *packet = network_take(card(), 1000000000000);

    ck_assert_ptr_nonnull(packet);
    ck_assert_uint_eq(packet->bytes, bytes);
    ck_assert(packet_read(packet, 0, data, bytes));
    for (uint32_t at = 0; at < bytes; at++)
        ck_assert_uint_eq(data[at], byte_of(number, at));
    return packet;
}

static void receive_one(uint32_t number, uint32_t bytes, uint32_t piece)
{
    give(number, bytes, piece);
    packet_free(expect_received(number, bytes));
    card()->driver->refill(card());
}

/* ---- what both agree on ---- */

TEST(netfront, uses_all_that_is_offered)
{
    start_with("", &all_features);
    ck_assert_ptr_nonnull(card());
    ck_assert_str_eq(frontend_state(), "4");
    ck_assert_uint_eq(fake_netback_queues(), 2);
    ck_assert(fake_netback_has_split_ports());
    ck_assert(card()->can_scatter && card()->can_checksum && card()->can_gso);
    ck_assert_uint_eq(card()->mac[2], 0x3e);
    ck_assert_uint_eq(card()->mac[4], 0xbc);
    ck_assert_str_eq(fake_store_get(FAKE_NET_FRONTEND "/feature-gso-tcpv4"), "1");
}

TEST(netfront, gets_along_with_a_backend_that_offers_nothing)
{
    const struct netback_options nothing = { .no_checksum = true };

    start_with("", &nothing);
    ck_assert_uint_eq(fake_netback_queues(), 1);
    ck_assert(!fake_netback_has_split_ports());
    ck_assert(!card()->can_scatter && !card()->can_checksum && !card()->can_gso);
    network_send(card(), make_packet(1, 42, 1400));
    run_bus();
    expect_sent(1, 1400);
    ck_assert_uint_eq(wire.pieces, 1);
    receive_one(2, 1500, 4096);
}

TEST(netfront, leaves_out_what_the_command_line_forbids)
{
    start_with("netfront.queues=1 netfront.split=0 netfront.sg=0 netfront.checksum=0",
               &all_features);
    ck_assert_uint_eq(fake_netback_queues(), 1);
    ck_assert(!fake_netback_has_split_ports());
    ck_assert_str_eq(fake_store_get(FAKE_NET_FRONTEND "/feature-sg"), "0");
    ck_assert_str_eq(fake_store_get(FAKE_NET_FRONTEND "/feature-gso-tcpv4"), "0");
    ck_assert_str_eq(fake_store_get(FAKE_NET_FRONTEND "/feature-no-csum-offload"), "1");
}

TEST(netfront, refuses_a_backend_that_does_not_copy)
{
    struct netback_options options = all_features;

    options.no_copy = true;
    start_with("", &options);
    ck_assert_ptr_null(card());
    ck_assert_str_eq(frontend_state(), "6");
}

TEST(netfront, refuses_an_address_that_is_none)
{
    world_start("");
    fake_store_start();
    fake_netback_create(&all_features);
    fake_store_set(FAKE_NET_FRONTEND "/mac", "00:16:3e:0g:00:01");
    xenbus_init();
    run_bus();
    ck_assert_ptr_null(card());
    ck_assert(world_said("no address"));
}

/* ---- packets ---- */

TEST(netfront, sends_packets_of_every_length)
{
    start_with("", &all_features);
    for (uint32_t number = 0; number < 600; number++) {
        uint32_t bytes = 60 + number * 37 % 1455;

        network_send(card(), make_packet(number, number % 3 ? 42 : 0, bytes));
        run_bus();
        expect_sent(number, bytes);
    }
    ck_assert_uint_eq(card()->packets_dropped, 0);
}

TEST(netfront, sends_more_than_a_ring_at_once)
{
    start_with("netfront.queues=1", &all_features);
    for (uint32_t number = 0; number < 400; number++)
        network_send(card(), make_packet(number, 42, 200));
    run_bus();
    for (uint32_t number = 0; number < 400; number++)
        expect_sent(number, 200);
}

TEST(netfront, sends_large_packets_to_be_cut)
{
    start_with("", &all_features);
    struct packet *packet = make_packet(5, 66, 61000);

    packet->gso = PACKET_GSO_TCPV4;
    packet->gso_bytes = 1448;
    packet->checksum_is_blank = true;
    network_send(card(), packet);
    run_bus();
    expect_sent(5, 61000);
    ck_assert(wire.csum_blank);
    ck_assert_uint_eq(wire.gso_type, XEN_NETIF_GSO_TYPE_TCPV4);
    ck_assert_uint_eq(wire.gso_size, 1448);
    ck_assert_uint_eq(wire.pieces, 16);
    /* The slot of the extra was answered, too: many more go through the same ring. */
    for (uint32_t number = 0; number < 600; number++) {
        packet = make_packet(number, 66, 3000);
        packet->gso = PACKET_GSO_TCPV6;
        packet->gso_bytes = 1000;
        network_send(card(), packet);
        run_bus();
        expect_sent(number, 3000);
    }
}

TEST(netfront, drops_what_the_device_cannot_cut)
{
    struct netback_options options = all_features;

    options.has_gso = false;
    start_with("", &options);
    struct packet *packet = make_packet(5, 66, 5000);

    packet->gso = PACKET_GSO_TCPV4;
    network_send(card(), packet);
    run_bus();
    ck_assert(!fake_netback_take(&wire));
    ck_assert_uint_eq(card()->packets_dropped, 1);
}

TEST(netfront, fills_in_checksums_for_a_backend_that_does_not)
{
    struct netback_options options = all_features;
    uint16_t field = 0;

    options.no_checksum = true;
    start_with("", &options);
    struct packet *packet = make_packet(5, 42, 301);

    packet->checksum_is_blank = true;
    packet->checksum_start = 34;
    packet->checksum_offset = 6;
    ck_assert(packet_write(packet, 40, &field, sizeof(field)));
    network_send(card(), packet);
    run_bus();
    ck_assert(fake_netback_take(&wire));
    ck_assert(!wire.csum_blank);
    ck_assert_uint_eq(sum_fold(sum_bytes(wire.data + 34, 301 - 34, 0)), 0xffff);
}

TEST(netfront, receives_packets_of_every_length)
{
    start_with("", &all_features);
    for (uint32_t number = 0; number < 1500; number++)
        receive_one(number, 60 + number * 37 % 1455, number % 2 ? 4096 : 500);
}

TEST(netfront, receives_large_packets)
{
    start_with("", &all_features);
    wire = (struct netback_packet){
        .bytes = 61000, .csum_blank = true, .gso_type = XEN_NETIF_GSO_TYPE_TCPV4, .gso_size = 1448
    };
    for (uint32_t at = 0; at < wire.bytes; at++)
        wire.data[at] = byte_of(9, at);
    for (uint32_t i = 0; i < 100; i++) {
        fake_netback_give(&wire, 4096);
        struct packet *packet = expect_received(9, 61000);

        ck_assert_int_eq(packet->gso, PACKET_GSO_TCPV4);
        ck_assert_uint_eq(packet->gso_bytes, 1448);
        ck_assert(packet->checksum_is_blank && packet->checksum_is_valid);
        packet_free(packet);
        card()->driver->refill(card());
    }
}

TEST(netfront, drops_packets_of_too_many_pieces)
{
    start_with("", &all_features);
    give(1, 1900, 100);
    receive_one(2, 100, 100);
}

TEST(netfront, catches_up_after_a_long_silence)
{
    start_with("", &all_features);
    for (uint32_t number = 0; number < 300; number++)
        give(number, 100, 100);
    for (uint32_t number = 0; number < 300; number++) {
        struct packet *packet = network_take(card(), 1000000000000);

        ck_assert_ptr_nonnull(packet);
        packet_free(packet);
    }
}

/* ---- coming and going ---- */

TEST(netfront, lets_go_and_comes_back)
{
    start_with("", &all_features);
    for (uint32_t i = 0; i < 5; i++) {
        network_send(card(), make_packet(i, 42, 200));
        receive_one(i, 200, 200);
        fake_netback_set_state(XenbusStateClosing);
        run_bus();
        ck_assert_ptr_null(card());
        ck_assert_str_eq(frontend_state(), "6");
        grant_end(grant_access(0, 100, false), 100);
        ck_assert_uint_eq(grant_count_used(), 0);
        ck_assert_uint_eq(world_open_ports(), 1);
        ck_assert_uint_ge(page_free_count() + 8, pages_before);
        while (fake_netback_take(&wire))
            ;
        fake_netback_set_state(XenbusStateInitWait);
        run_bus();
        ck_assert_str_eq(frontend_state(), "4");
    }
}

TEST(netfront, survives_a_folder_that_vanishes)
{
    start_with("", &all_features);
    fake_store_set(FAKE_NET_FRONTEND, NULL);
    run_bus();
    ck_assert_ptr_null(card());
    fake_netback_end();
    grant_end(grant_access(0, 100, false), 100);
    ck_assert_uint_eq(grant_count_used(), 0);
}

/* ---- backends that misbehave ---- */

static void misbehave(enum netback_misdeed misdeed)
{
    start_with("netfront.queues=1", &all_features);
    fake_netback_misbehave(misdeed);
    for (uint32_t number = 0; number < 3; number++) {
        network_send(card(), make_packet(number, 42, 200));
        give(number, 200, 100);
        run_bus();
        if (!card())
            break;
    }
}

#define GIVES_UP(sentence, misdeed)                                                                \
    TEST(netfront_hostile, sentence)                                                               \
    {                                                                                              \
        misbehave(misdeed);                                                                        \
        ck_assert(world_said("the backend is given up"));                                          \
        ck_assert_ptr_null(card());                                                                \
        ck_assert_str_eq(frontend_state(), "6");                                                   \
    }

GIVES_UP(sent_wrong_id, NETBACK_TX_WRONG_ID)
GIVES_UP(sent_id_of_nothing, NETBACK_TX_FREE_ID)
GIVES_UP(sent_same_twice, NETBACK_TX_SAME_TWICE)
GIVES_UP(sent_too_many, NETBACK_TX_TOO_MANY)
GIVES_UP(received_wrong_id, NETBACK_RX_WRONG_ID)
GIVES_UP(received_too_long, NETBACK_RX_TOO_LONG)
GIVES_UP(received_too_far, NETBACK_RX_TOO_FAR)
GIVES_UP(received_too_many, NETBACK_RX_TOO_MANY)

TEST(netfront_hostile, errors_are_dropped)
{
    misbehave(NETBACK_RX_ERROR);
    ck_assert_ptr_nonnull(card());
    ck_assert_uint_eq(card()->packets_received, 0);
    fake_netback_misbehave(NETBACK_BEHAVES);
    receive_one(7, 300, 100);
}

TEST(netfront_hostile, packets_without_end_are_dropped)
{
    uint64_t pages;

    start_with("netfront.queues=1", &all_features);
    fake_netback_misbehave(NETBACK_RX_NEVER_ENDS);
    pages = page_free_count();
    for (uint32_t number = 0; number < 1000; number++) {
        give(number, 200, 100);
        run_bus();
    }
    ck_assert_uint_ge(page_free_count() + 32, pages);
    ck_assert_uint_eq(card()->packets_received, 0);
}

TEST(netfront_hostile, pages_that_it_keeps_are_not_read)
{
    misbehave(NETBACK_RX_KEEPS_PAGES);
    ck_assert_uint_eq(card()->packets_received, 0);
    ck_assert_uint_gt(grant_count_lingering(), 0);
}
