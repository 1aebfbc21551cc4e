/* SPDX-License-Identifier: MIT */
/* The store's client: requests, errors, watches, transactions, and a store that misbehaves. */
#include "pv/store.h"

#include <string.h>

#include "fake_store.h"
#include "support/unit.h"
#include "world.h"

static void start(void)
{
    world_start("");
    fake_store_start();
}

static uint32_t changes;

static void count_change(void *context)
{
    changes += *(uint32_t *)context;
}

static void run_watches(void)
{
    while (store_run_watches(1))
        ;
}

TEST(store, reads_what_was_written)
{
    char value[32];

    start();
    ck_assert_int_eq(store_write(0, "data/greeting", "hello there"), 0);
    ck_assert_str_eq(fake_store_get(FAKE_STORE_HOME "/data/greeting"), "hello there");
    ck_assert_int_eq(store_read(0, "data/greeting", value, sizeof(value)), 0);
    ck_assert_str_eq(value, "hello there");
}

TEST(store, gives_errors_as_numbers)
{
    char value[4];

    start();
    ck_assert_int_eq(store_read(0, "nothing", value, sizeof(value)), -XEN_ENOENT);
    fake_store_set(FAKE_STORE_HOME "/long", "12345");
    ck_assert_int_eq(store_read(0, "long", value, sizeof(value)), -XEN_E2BIG);
}

TEST(store, lists_names)
{
    char names[64];
    size_t used;

    start();
    fake_store_set(FAKE_STORE_HOME "/device/vbd/1/state", "1");
    fake_store_set(FAKE_STORE_HOME "/device/vif/0", "");
    ck_assert_int_eq(store_directory("device", names, sizeof(names), &used), 0);
    ck_assert_uint_eq(used, 8);
    ck_assert_str_eq(names, "vbd");
    ck_assert_str_eq(names + 4, "vif");
}

TEST(store, sends_messages_longer_than_the_ring)
{
    static char long_value[3000], value[4096];

    start();
    memset(long_value, 'x', sizeof(long_value) - 1);
    fake_store_set("/a", "short");
    /* The fake keeps 255 bytes; what matters is that all 3 KiB went through a ring of 1 KiB. */
    ck_assert_int_eq(store_write(0, "/a", long_value), 0);
    ck_assert_int_eq(store_read(0, "/a", value, sizeof(value)), 0);
    ck_assert_uint_eq(strlen(value), 255);
}

TEST(store, refuses_requests_that_no_message_holds)
{
    static char huge[5000];

    start();
    memset(huge, 'x', sizeof(huge) - 1);
    ck_assert_int_eq(store_write(0, "/a", huge), -XEN_E2BIG);
    ck_assert_int_eq(store_write(0, "/a", "still works"), 0);
}

TEST(store, calls_watches_at_first_and_at_changes)
{
    static uint32_t one = 1;

    start();
    struct store_watch *watch = store_watch("device", count_change, &one);

    ck_assert_ptr_nonnull(watch);
    run_watches();
    ck_assert_uint_eq(changes, 1);
    fake_store_set(FAKE_STORE_HOME "/device/vbd/5/state", "4");
    run_watches();
    ck_assert_uint_eq(changes, 2);
    fake_store_set(FAKE_STORE_HOME "/other", "4");
    run_watches();
    ck_assert_uint_eq(changes, 2);
    store_unwatch(watch);
    ck_assert_uint_eq(fake_store_watch_count(), 0);
    fake_store_set(FAKE_STORE_HOME "/device/vbd/5/state", "5");
    run_watches();
    ck_assert_uint_eq(changes, 2);
}

TEST(store, keeps_many_events_apart)
{
    static uint32_t one = 1, thousand = 1000;

    start();
    ck_assert_ptr_nonnull(store_watch("a", count_change, &one));
    ck_assert_ptr_nonnull(store_watch("b", count_change, &thousand));
    run_watches();
    changes = 0;
    for (int i = 0; i < 500; i++)
        fake_store_set(FAKE_STORE_HOME "/b", "again");
    run_watches();
    ck_assert_uint_ge(changes, 1000);
    ck_assert_uint_eq(changes % 1000, 0);
}

TEST(store, runs_out_of_watches)
{
    static uint32_t one = 1;
    uint32_t count = 0;

    start();
    while (count < 63 && store_watch("a", count_change, &one))
        count++;
    ck_assert_uint_eq(count, 63);
    ck_assert_ptr_nonnull(store_watch("a", count_change, &one));
    ck_assert_ptr_null(store_watch("a", count_change, &one));
}

TEST(store, ends_transactions)
{
    uint32_t transaction;

    start();
    ck_assert_int_eq(store_begin(&transaction), 0);
    ck_assert_uint_ne(transaction, 0);
    ck_assert_int_eq(store_end(transaction, true), 0);
    fake_store_make_conflicts(1);
    ck_assert_int_eq(store_begin(&transaction), 0);
    ck_assert_int_eq(store_end(transaction, true), -XEN_EAGAIN);
}

TEST(store, takes_events_and_answers_of_others_for_nothing)
{
    struct xsd_sockmsg event = { .type = XS_WATCH_EVENT, .len = 4 };
    struct xsd_sockmsg reply = { .type = XS_READ, .req_id = 12345, .len = 2 };
    char value[8];

    start();
    fake_store_send(&event, sizeof(event));
    fake_store_send("ab\0", 4); /* a token that is empty */
    fake_store_send(&event, sizeof(event));
    fake_store_send("abcd", 4); /* no token at all */
    event.len = 0;
    fake_store_send(&event, sizeof(event));
    event.len = 8;
    fake_store_send(&event, sizeof(event));
    fake_store_send("a\00099999", 8); /* no such watch */
    fake_store_send(&reply, sizeof(reply));
    fake_store_send("no", 2);
    fake_store_set("/a", "yes");
    ck_assert_int_eq(store_read(0, "/a", value, sizeof(value)), 0);
    ck_assert_str_eq(value, "yes");
}

TEST(store, is_given_up_after_a_message_that_is_too_long)
{
    struct xsd_sockmsg message = { .type = XS_WATCH_EVENT, .len = XENSTORE_PAYLOAD_MAX + 1 };
    char value[8];

    start();
    fake_store_send(&message, sizeof(message));
    ck_assert_int_eq(store_read(0, "/a", value, sizeof(value)), -XEN_EIO);
    ck_assert(!store_is_there());
    ck_assert_int_eq(store_write(0, "/a", "b"), -XEN_ENODEV);
}

TEST(store, is_given_up_after_impossible_indices)
{
    char value[8];

    start();
    fake_store_ring()->rsp_prod = 5000;
    world_notify(FAKE_STORE_PORT);
    ck_assert(!store_is_there());
    ck_assert_int_eq(store_read(0, "/a", value, sizeof(value)), -XEN_ENODEV);
}

TEST(store, is_given_up_when_its_consumer_is_impossible)
{
    start();
    fake_store_ring()->req_cons = 100;
    ck_assert_int_lt(store_write(0, "/a", "b"), 0);
    ck_assert(!store_is_there());
}
