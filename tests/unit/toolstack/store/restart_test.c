/* SPDX-License-Identifier: MIT */
/* Rings, and what is left of a store whose process was killed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "store/limits.h"
#include "support/store/must_say.h"

static struct store *store;
static struct peer *program, *guest;

static void begin(void)
{
    store = test_store();
    program = peer_program(store);
    MUST_SAY(program, XS_MKDIR, 0, "/local/domain/7/data\0", "OK");
    MUST_SAY(program, XS_SET_PERMS, 0, "/local/domain/7\0n0\0r7\0", "OK");
    MUST_SAY(program, XS_SET_PERMS, 0, "/local/domain/7/data\0n7\0", "OK");
    guest = peer_guest(store, 7);
}

/* The process is killed and another one takes its place; programs have to connect again. */
static void restart(void)
{
    store = test_store_again(store);
    peer_free(program);
    program = peer_program(store);
    peer_attach_again(guest, store);
}

static void end(void)
{
    test_store_end(store);
    peer_free(program);
    peer_free(guest);
}

/* --- Rings ------------------------------------------------------------------------------------- */

static void must_be_broken(uint32_t error)
{
    peer_turns(guest);
    ck_assert(guest->is_faulty && !guest->has_ended);
    ck_assert_uint_eq(guest->page.error, error);
    /* Others do not notice. */
    MUST_SAY(program, XS_WRITE, 0, "/local/domain/7/data\0x", "OK");
    MUST_SAY(program, XS_READ, 0, "/local/domain/7/data\0", "x");
}

TEST(rings, with_a_producer_too_far_ahead_are_broken)
{
    begin();
    guest->page.req_prod += XENSTORE_RING_SIZE + 1;
    store_connection_ready(guest->connection);
    must_be_broken(XENSTORE_ERROR_RINGIDX);
    end();
}

TEST(rings, with_a_producer_behind_are_broken)
{
    begin();
    guest->page.req_prod--;
    store_connection_ready(guest->connection);
    must_be_broken(XENSTORE_ERROR_RINGIDX);
    end();
}

TEST(rings, with_a_reader_ahead_are_broken)
{
    begin();
    MUST_SAY(guest, XS_READ, 0, "data\0", "");
    guest->page.rsp_cons++;
    guest->does_not_read = true;
    peer_request(guest, XS_READ, 0, "data", 5);
    must_be_broken(XENSTORE_ERROR_RINGIDX);
    end();
}

/* The store's own indices are not what the page says. */
TEST(rings, whose_store_indices_are_overwritten_go_on)
{
    begin();
    MUST_SAY(guest, XS_READ, 0, "data\0", "");
    guest->page.req_cons = 0x12345678;
    guest->page.rsp_prod = 0x9abcdef0;
    store_connection_ready(guest->connection);
    peer_turns(guest);
    ck_assert(!guest->is_faulty);
    ck_assert_uint_eq(guest->page.req_cons, guest->page.req_prod);
    ck_assert_uint_eq(guest->page.rsp_prod, guest->page.rsp_cons);
    end();
}

TEST(rings, whose_indices_wrap_around_go_on)
{
    begin();
    ck_assert_int_eq(store_domain_release(store, 7), 0);
    ck_assert_int_eq(store_mkdir(store, NULL, "/local/domain/7/data"), 0);
    guest->page.req_cons = guest->page.req_prod = UINT32_MAX - 20;
    guest->page.rsp_cons = guest->page.rsp_prod = UINT32_MAX - 3;
    peer_attach_again(guest, store);
    for (int i = 0; i < 100; i++)
        MUST_SAY(guest, XS_GET_DOMAIN_PATH, 0, "7\0", "/local/domain/7");
    end();
}

TEST(rings, that_are_broken_may_start_anew)
{
    begin();
    MUST_SAY(guest, XS_WATCH, 0, "data\0t\0", "OK");
    guest->page.req_prod--;
    store_connection_ready(guest->connection);
    must_be_broken(XENSTORE_ERROR_RINGIDX);
    guest->is_faulty = false;
    guest->page.connection = XENSTORE_RECONNECT;
    guest->from_store_bytes = 0;
    store_connection_ready(guest->connection);
    peer_turns(guest);
    ck_assert_uint_eq(guest->page.connection, XENSTORE_CONNECTED);
    ck_assert_uint_eq(guest->page.error, XENSTORE_ERROR_NONE);
    MUST_SAY(guest, XS_WRITE, 0, "data\0x", "OK");
    MUST_HEAR(guest, NULL);
    end();
}

/* The guest does not notify of what it does while the store's indices are behind. */
TEST(rings, are_looked_at_again_after_the_indices_were_published)
{
    const struct xsd_sockmsg head = { .type = XS_READ, .req_id = 5, .len = 5 };
    char value[2000];
    struct answer answer;
    uint32_t start;

    begin();
    guest->late = (const uint8_t *)"data";
    guest->late_bytes = 5;
    peer_send(guest, &head, sizeof(head));
    ck_assert(peer_receive(guest, &answer));
    ck_assert_uint_eq(answer.head.req_id, 5);

    /* An answer of twice the ring's length: the guest takes a part and notifies, because the ring was
     * full, then the rest while the store fills the room. */
    memset(value, 'v', sizeof(value));
    memcpy(value, "data", 5);
    ck_assert_str_eq(peer_ask(guest, XS_WRITE, 0, value, sizeof(value)).payload, "OK");
    guest->does_not_read = true;
    start = guest->page.rsp_prod;
    peer_request(guest, XS_READ, 0, "data", 5);
    peer_turns(guest);
    ck_assert_uint_eq(guest->page.rsp_prod - start, XENSTORE_RING_SIZE);
    guest->page.rsp_cons += 500;
    guest->reads_late = true;
    store_connection_ready(guest->connection);
    peer_turns(guest);
    ck_assert_uint_eq(guest->page.rsp_prod - start, sizeof(head) + sizeof(value) - 5);
    end();
}

TEST(rings, say_what_the_store_can)
{
    begin();
    ck_assert_uint_eq(guest->page.server_features,
                      XENSTORE_SERVER_FEATURE_RECONNECTION | XENSTORE_SERVER_FEATURE_ERROR);
    end();
}

/* A guest that asks without reading stops being served, and others go on. */
TEST(rings, that_nobody_reads_hold_a_bounded_number_of_answers)
{
    char value[2000];
    unsigned int sent = 0;

    begin();
    memset(value, 'v', sizeof(value));
    memcpy(value, "data", 5);
    ck_assert_str_eq(peer_ask(guest, XS_WRITE, 0, value, sizeof(value)).payload, "OK");
    guest->does_not_read = true;
    for (unsigned int i = 0; i < 1000; i++) {
        struct xsd_sockmsg head = { .type = XS_READ, .len = 5 };
        char message[sizeof(head) + 5] = { 0 };

        memcpy(message, &head, sizeof(head));
        memcpy(message + sizeof(head), "data", 5);
        if (XENSTORE_RING_SIZE - (guest->page.req_prod - guest->page.req_cons) < sizeof(message))
            break;
        peer_send(guest, message, sizeof(message));
        peer_turns(guest);
        sent++;
    }
    ck_assert_uint_lt(sent, 200);
    MUST_SAY(program, XS_READ, 0, "/local/domain/0\0", "ENOENT");
    guest->does_not_read = false;
    store_connection_ready(guest->connection);
    for (unsigned int i = 0; i < sent; i++) {
        struct answer answer;

        ck_assert(peer_receive(guest, &answer));
        ck_assert_uint_eq(answer.head.len, sizeof(value) - 5);
    }
    end();
}

/* --- Restarts ---------------------------------------------------------------------------------- */

TEST(restart, brings_nodes_and_rights_back)
{
    begin();
    MUST_SAY(guest, XS_WRITE, 0, "data/x\0value", "OK");
    MUST_SAY(guest, XS_SET_PERMS, 0, "data/x\0n7\0r9\0", "OK");
    MUST_SAY(program, XS_WRITE, 0, "/gone/x\0y", "OK");
    MUST_SAY(program, XS_RM, 0, "/gone\0", "OK");
    MUST_SAY(program, XS_SET_PERMS, 0, "@introduceDomain\0n0\0r7\0", "OK");
    for (int i = 0; i < 3; i++) {
        restart();
        MUST_SAY(guest, XS_READ, 0, "data/x\0", "value");
        ck_assert_int_eq(memcmp(ASK(program, XS_GET_PERMS, 0, "/local/domain/7/data/x\0").payload,
                                "n7\0r9\0", 6),
                         0);
        MUST_SAY(program, XS_READ, 0, "/gone\0", "ENOENT");
        ck_assert_int_eq(memcmp(ASK(program, XS_GET_PERMS, 0, "@introduceDomain\0").payload,
                                "n0\0r7\0", 6),
                         0);
    }
    end();
}

TEST(restart, counts_nodes_as_before)
{
    char text[32];

    begin();
    for (unsigned int i = 1; i < QUOTA_NODES; i++) {
        size_t bytes = (size_t)snprintf(text, sizeof(text), "data/%u", i) + 1;

        ck_assert_str_eq(peer_ask(guest, XS_WRITE, 0, text, bytes).payload, "OK");
    }
    restart();
    MUST_SAY(guest, XS_WRITE, 0, "data/more\0x", "ENOSPC");
    MUST_SAY(guest, XS_RM, 0, "data/3\0", "OK");
    MUST_SAY(guest, XS_WRITE, 0, "data/more\0x", "OK");
    end();
}

TEST(restart, keeps_the_watches_of_guests)
{
    const char *token;

    begin();
    MUST_SAY(guest, XS_WATCH, 0, "data\0token\0", "OK");
    MUST_SAY(guest, XS_WATCH, 0, "data\0dropped\0", "OK");
    MUST_SAY(guest, XS_UNWATCH, 0, "data\0dropped\0", "OK");
    MUST_HEAR(guest, "data");
    MUST_HEAR(guest, "data");
    restart();
    MUST_HEAR(guest, NULL);
    MUST_SAY(program, XS_WRITE, 0, "/local/domain/7/data/x\0y", "OK");
    ck_assert_pstr_eq(peer_event(guest, &token), "data/x");
    ck_assert_str_eq(token, "token");
    MUST_HEAR(guest, NULL);
    end();
}

TEST(restart, keeps_events_that_were_not_sent)
{
    char text[64];
    unsigned int heard = 0;

    begin();
    MUST_SAY(guest, XS_WATCH, 0, "data\0t\0", "OK");
    MUST_HEAR(guest, "data");
    guest->does_not_read = true;
    for (unsigned int i = 0; i < 150; i++) {
        snprintf(text, sizeof(text), "/local/domain/7/data/%u", i);
        ck_assert_int_eq(store_write(store, NULL, text, ""), 0);
    }
    peer_turns(guest);
    guest->does_not_read = false;
    for (unsigned int i = 0; i < 150; i++) {
        const char *path;

        if (i % 50 == 0)
            restart();
        path = peer_event(guest, NULL);
        snprintf(text, sizeof(text), "data/%u", i);
        ck_assert_pstr_eq(path, text);
        heard++;
    }
    MUST_HEAR(guest, NULL);
    end();
}

/* A request of which the store had taken a part, and an answer that had not gone out. */
TEST(restart, goes_on_within_messages)
{
    char value[2000];
    struct answer answer;

    begin();
    memset(value, 'v', sizeof(value));
    memcpy(value, "data", 5);
    for (size_t cut = 1; cut < 40; cut++) {
        struct xsd_sockmsg head = { .type = XS_WRITE,
                                    .req_id = (uint32_t)cut,
                                    .len = sizeof(value) };
        uint8_t message[sizeof(head) + sizeof(value)];
        size_t sent = 0;

        memcpy(message, &head, sizeof(head));
        memcpy(message + sizeof(head), value, sizeof(value));
        while (sent < sizeof(message)) {
            size_t part = sent == 0 ? cut : 97;

            sent += peer_send(guest, message + sent,
                              part < sizeof(message) - sent ? part : sizeof(message) - sent);
            peer_turns(guest);
            if (sent < 300 || sent % 5 == 0)
                restart();
        }
        ck_assert(peer_receive(guest, &answer));
        ck_assert_uint_eq(answer.head.req_id, cut);
        ck_assert_str_eq(answer.payload, "OK");
        /* Its answer is twice as long as the ring. */
        guest->does_not_read = true;
        peer_request(guest, XS_READ, 0, "data", 5);
        peer_turns(guest);
        guest->does_not_read = false;
        restart();
        ck_assert(peer_receive(guest, &answer));
        ck_assert_uint_eq(answer.head.len, sizeof(value) - 5);
    }
    end();
}

/* Killed between the journal and the page: the guest's view is of before, the journal's of after. */
TEST(restart, publishes_what_the_journal_knows)
{
    struct xenstore_domain_interface before;
    struct answer answer;

    begin();
    peer_request(guest, XS_WRITE, 0, "data/once\0x", 11);
    before = guest->page;
    guest->does_not_read = true;
    peer_turns(guest);
    ck_assert_uint_ne(guest->page.req_cons, before.req_cons);
    guest->page.req_cons = before.req_cons;
    guest->page.rsp_prod = before.rsp_prod;
    restart();
    guest->does_not_read = false;
    ck_assert(peer_receive(guest, &answer));
    ck_assert_str_eq(answer.payload, "OK");
    ck_assert(!peer_receive(guest, &answer));
    end();
}

TEST(restart, ends_transactions_in_eagain)
{
    begin();
    MUST_SAY(guest, XS_WRITE, 0, "data/x\0old", "OK");
    MUST_SAY(guest, XS_TRANSACTION_START, 0, "\0", "1");
    MUST_SAY(guest, XS_TRANSACTION_START, 0, "\0", "2");
    MUST_SAY(guest, XS_TRANSACTION_END, 2, "F\0", "OK");
    MUST_SAY(guest, XS_WRITE, 1, "data/x\0new", "OK");
    restart();
    MUST_SAY(guest, XS_READ, 1, "data/x\0", "old");
    MUST_SAY(guest, XS_WRITE, 1, "data/y\0new", "OK");
    MUST_SAY(guest, XS_TRANSACTION_END, 1, "T\0", "EAGAIN");
    MUST_SAY(guest, XS_READ, 0, "data/y\0", "ENOENT");
    MUST_SAY(guest, XS_READ, 2, "data/x\0", "ENOENT");
    MUST_SAY(guest, XS_TRANSACTION_START, 0, "\0", "3");
    MUST_SAY(guest, XS_TRANSACTION_END, 3, "T\0", "OK");
    end();
}

static void note_domain(void *context, uint16_t domid, uint32_t port, uint32_t gref)
{
    unsigned int *sum = context;

    *sum += domid * 1000000u + port * 1000u + gref;
}

TEST(restart, knows_the_domains_that_there_were)
{
    struct peer *other;
    unsigned int sum = 0;

    begin();
    other = peer_guest(store, 8);
    ck_assert_int_eq(store_domain_release(store, 8), 0);
    store_sync(store);
    restart();
    store_domain_each(store, note_domain, &sum);
    ck_assert_uint_eq(sum, 7107001u);
    MUST_SAY(program, XS_WATCH, 0, "@introduceDomain\0t\0", "OK");
    MUST_HEAR(program, "@introduceDomain");
    peer_attach_again(guest, store);
    MUST_HEAR(program, NULL);
    end();
    peer_free(other);
}

TEST(restart, keeps_a_broken_ring_broken)
{
    begin();
    guest->page.req_prod--;
    store_connection_ready(guest->connection);
    must_be_broken(XENSTORE_ERROR_RINGIDX);
    restart();
    guest->page.req_prod++;
    ck_assert_uint_eq(ASK(guest, XS_READ, 0, "data\0").head.type, XS_INVALID);
    end();
}

/* However short the file became, the store comes up with what was whole before the end. */
TEST(journal, torn_anywhere_gives_an_earlier_state)
{
    struct buffer whole;
    struct error error;
    unsigned int last = 0;

    begin();
    for (unsigned int i = 0; i <= 20; i++) {
        ck_assert_int_eq(store_printf(store, NULL, "/count", NULL, "%u", i), 0);
        store_sync(store);
    }
    ck_assert_int_eq(file_read(test_journal(), 1u << 20, &whole, &error), 0);
    for (size_t bytes = 0; bytes <= whole.bytes; bytes += 1 + bytes % 3) {
        struct store *torn;
        uint64_t count;
        char *copy = malloc(whole.bytes);

        /* A copy of exactly that size, with rubbish where the rest of a batch would be. */
        memcpy(copy, whole.data, bytes);
        ck_assert_int_eq(file_write(test_journal(), copy, bytes, &error), 0);
        free(copy);
        torn = test_store_again(store);
        store = torn;
        if (store_read_number(store, NULL, "/count", &count) == 0) {
            ck_assert_uint_ge(count, last);
            last = (unsigned int)count;
        }
    }
    ck_assert_uint_ge(last, 19);
    free(whole.data);
    test_store_end(store);
    peer_free(program);
    peer_free(guest);
}

TEST(journal, with_a_flipped_bit_gives_an_earlier_state)
{
    struct buffer whole;
    struct error error;

    begin();
    ck_assert_int_eq(store_write(store, NULL, "/good", "x"), 0);
    store_sync(store);
    ck_assert_int_eq(store_write(store, NULL, "/bad", "x"), 0);
    store_sync(store);
    ck_assert_int_eq(file_read(test_journal(), 1u << 20, &whole, &error), 0);
    whole.data[whole.bytes - 3] ^= 1;
    ck_assert_int_eq(file_write(test_journal(), whole.data, whole.bytes, &error), 0);
    free(whole.data);
    store = test_store_again(store);
    ck_assert(store_exists(store, NULL, "/good"));
    ck_assert(!store_exists(store, NULL, "/bad"));
    ck_assert(!store_exists(store, NULL, "/bae"));
    test_store_end(store);
    peer_free(program);
    peer_free(guest);
}

TEST(journal, is_written_anew_when_it_has_grown)
{
    struct buffer file;
    struct error error;
    char value[1000];

    begin();
    memset(value, 'x', sizeof(value));
    for (unsigned int i = 0; i < 10000; i++) {
        ck_assert_int_eq(store_write_bytes(store, NULL, "/x", value, sizeof(value)), 0);
        store_sync(store);
    }
    ck_assert_int_eq(file_read(test_journal(), 1u << 28, &file, &error), 0);
    ck_assert_uint_lt(file.bytes, 2u << 20);
    free(file.data);
    restart();
    ck_assert_uint_eq(ASK(program, XS_READ, 0, "/x\0").head.len, sizeof(value));
    end();
}
