/* SPDX-License-Identifier: MIT */
/* Watches and transactions. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/limits.h"
#include "store/node.h"
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

static void end(void)
{
    test_store_end(store);
    peer_free(program);
    peer_free(guest);
}

TEST(watches, fire_once_at_the_start)
{
    const char *token;

    begin();
    MUST_SAY(program, XS_WATCH, 0, "/not/there\0token\0", "OK");
    ck_assert_str_eq(peer_event(program, &token), "/not/there");
    ck_assert_str_eq(token, "token");
    MUST_HEAR(program, NULL);
    end();
}

TEST(watches, fire_for_the_node_and_all_below)
{
    begin();
    MUST_SAY(program, XS_WATCH, 0, "/a\0t\0", "OK");
    MUST_HEAR(program, "/a");
    MUST_SAY(program, XS_WRITE, 0, "/a\0x", "OK");
    MUST_HEAR(program, "/a");
    MUST_SAY(program, XS_WRITE, 0, "/a/b/c\0x", "OK");
    MUST_HEAR(program, "/a/b/c");
    MUST_SAY(program, XS_MKDIR, 0, "/a/d\0", "OK");
    MUST_HEAR(program, "/a/d");
    MUST_SAY(program, XS_MKDIR, 0, "/a/d\0", "OK");
    MUST_SAY(program, XS_WRITE, 0, "/ab\0x", "OK");
    MUST_SAY(program, XS_READ, 0, "/a\0", "x");
    MUST_HEAR(program, NULL);
    MUST_SAY(program, XS_SET_PERMS, 0, "/a/d\0r0\0", "OK");
    MUST_HEAR(program, "/a/d");
    MUST_SAY(program, XS_RM, 0, "/a\0", "OK");
    MUST_HEAR(program, "/a");
    MUST_HEAR(program, NULL);
    MUST_SAY(program, XS_RM, 0, "/a\0", "OK");
    MUST_HEAR(program, NULL);
    end();
}

TEST(watches, of_the_root_hear_everything)
{
    begin();
    MUST_SAY(program, XS_WATCH, 0, "/\0t\0", "OK");
    MUST_HEAR(program, "/");
    MUST_SAY(program, XS_WRITE, 0, "/a/b\0x", "OK");
    MUST_HEAR(program, "/a/b");
    MUST_SAY(program, XS_WRITE, 0, "/\0x", "OK");
    MUST_HEAR(program, "/");
    MUST_HEAR(program, NULL);
    end();
}

TEST(watches, below_a_removed_node_hear_of_their_own_path)
{
    begin();
    MUST_SAY(program, XS_WRITE, 0, "/a/b/c\0x", "OK");
    MUST_SAY(program, XS_WATCH, 0, "/a/b/c\0t\0", "OK");
    MUST_SAY(program, XS_WATCH, 0, "/a/b/missing\0t\0", "OK");
    MUST_HEAR(program, "/a/b/c");
    MUST_HEAR(program, "/a/b/missing");
    MUST_SAY(program, XS_RM, 0, "/a\0", "OK");
    MUST_HEAR(program, "/a/b/c");
    MUST_HEAR(program, NULL);
    end();
}

TEST(watches, fire_for_who_was_served_earlier_in_the_same_turn)
{
    struct answer answer;

    begin();
    MUST_SAY(guest, XS_WATCH, 0, "data\0t\0", "OK");
    MUST_HEAR(guest, "data");
    peer_request(guest, XS_READ, 0, "data", 5);
    peer_request(program, XS_WRITE, 0, "/local/domain/7/data\0x", 22);
    ck_assert(peer_receive(guest, &answer));
    ck_assert_uint_eq(answer.head.type, XS_READ);
    MUST_HEAR(guest, "data");
    end();
}

TEST(watches, that_are_relative_get_relative_paths)
{
    begin();
    MUST_SAY(guest, XS_WATCH, 0, "data\0t\0", "OK");
    MUST_HEAR(guest, "data");
    MUST_SAY(guest, XS_WRITE, 0, "data/x\0y", "OK");
    MUST_HEAR(guest, "data/x");
    MUST_SAY(guest, XS_WATCH, 0, "/local/domain/7/data\0t2\0", "OK");
    MUST_HEAR(guest, "/local/domain/7/data");
    end();
}

TEST(watches, are_named_by_path_and_token)
{
    begin();
    MUST_SAY(program, XS_WATCH, 0, "/a\0t\0", "OK");
    MUST_SAY(program, XS_WATCH, 0, "/a\0t\0", "EEXIST");
    MUST_SAY(program, XS_WATCH, 0, "/a\0u\0", "OK");
    MUST_SAY(program, XS_UNWATCH, 0, "/a\0v\0", "ENOENT");
    MUST_SAY(program, XS_UNWATCH, 0, "/b\0t\0", "ENOENT");
    MUST_SAY(guest, XS_UNWATCH, 0, "/a\0t\0", "ENOENT");
    MUST_SAY(program, XS_UNWATCH, 0, "/a\0t\0", "OK");
    MUST_SAY(program, XS_UNWATCH, 0, "/a\0t\0", "ENOENT");
    MUST_HEAR(program, "/a");
    MUST_HEAR(program, "/a");
    MUST_SAY(program, XS_WRITE, 0, "/a\0x", "OK");
    MUST_HEAR(program, "/a");
    MUST_HEAR(program, NULL);
    end();
}

TEST(watches, do_not_tell_a_guest_what_it_may_not_see)
{
    begin();
    MUST_SAY(guest, XS_WATCH, 0, "/\0t\0", "OK");
    MUST_HEAR(guest, "/");
    MUST_SAY(program, XS_WRITE, 0, "/secret\0x", "OK");
    MUST_SAY(program, XS_RM, 0, "/secret\0", "OK");
    MUST_HEAR(guest, NULL);
    /* What it may read, and what has just become or ceased to be readable. */
    MUST_SAY(program, XS_WRITE, 0, "/open\0x", "OK");
    MUST_SAY(program, XS_SET_PERMS, 0, "/open\0n0\0r7\0", "OK");
    MUST_HEAR(guest, "/open");
    MUST_SAY(program, XS_WRITE, 0, "/open\0y", "OK");
    MUST_HEAR(guest, "/open");
    MUST_SAY(program, XS_SET_PERMS, 0, "/open\0n0\0", "OK");
    MUST_HEAR(guest, "/open");
    MUST_SAY(program, XS_WRITE, 0, "/open\0z", "OK");
    MUST_HEAR(guest, NULL);
    MUST_SAY(program, XS_SET_PERMS, 0, "/open\0n0\0r7\0", "OK");
    MUST_HEAR(guest, "/open");
    MUST_SAY(program, XS_RM, 0, "/open\0", "OK");
    MUST_HEAR(guest, "/open");
    end();
}

TEST(watches, of_special_paths_hear_of_domains)
{
    struct peer *other;

    begin();
    MUST_SAY(program, XS_WATCH, 0, "@introduceDomain\0i\0", "OK");
    MUST_SAY(program, XS_WATCH, 0, "@releaseDomain\0r\0", "OK");
    MUST_SAY(program, XS_WATCH, 0, "@other\0r\0", "EINVAL");
    MUST_SAY(guest, XS_WATCH, 0, "@releaseDomain\0r\0", "OK");
    MUST_HEAR(program, "@introduceDomain");
    MUST_HEAR(program, "@releaseDomain");
    MUST_HEAR(guest, "@releaseDomain");
    other = peer_guest(store, 8);
    MUST_HEAR(program, "@introduceDomain");
    store_domain_changed(store, 8);
    MUST_HEAR(program, "@releaseDomain");
    ck_assert_int_eq(store_domain_release(store, 8), 0);
    MUST_HEAR(program, "@releaseDomain");
    MUST_HEAR(program, NULL);
    MUST_HEAR(guest, NULL);
    /* Guests hear of it if the control domain lets them. */
    MUST_SAY(guest, XS_SET_PERMS, 0, "@releaseDomain\0r7\0", "EACCES");
    MUST_SAY(program, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r7\0", "OK");
    store_domain_changed(store, 8);
    MUST_HEAR(guest, "@releaseDomain");
    end();
    peer_free(other);
}

TEST(watches, are_all_gone_after_a_reset)
{
    begin();
    MUST_SAY(guest, XS_WATCH, 0, "data\0a\0", "OK");
    MUST_SAY(guest, XS_WATCH, 0, "data\0b\0", "OK");
    MUST_SAY(guest, XS_TRANSACTION_START, 0, "\0", "1");
    MUST_HEAR(guest, "data");
    MUST_HEAR(guest, "data");
    MUST_SAY(guest, XS_RESET_WATCHES, 0, "\0", "OK");
    MUST_SAY(guest, XS_WRITE, 0, "data\0x", "OK");
    MUST_HEAR(guest, NULL);
    MUST_SAY(guest, XS_TRANSACTION_END, 1, "T\0", "ENOENT");
    MUST_SAY(guest, XS_WATCH, 0, "data\0a\0", "OK");
    MUST_HEAR(guest, "data");
    end();
}

/* One event stands for changes of a node that nobody has heard of yet. */
TEST(watches, say_the_same_thing_once_to_who_does_not_listen)
{
    unsigned int events = 0;
    struct answer answer;

    begin();
    MUST_SAY(guest, XS_WATCH, 0, "data\0t\0", "OK");
    MUST_HEAR(guest, "data");
    guest->does_not_read = true;
    for (int i = 0; i < 1000; i++)
        MUST_SAY(program, XS_WRITE, 0, "/local/domain/7/data/x\0y", "OK");
    guest->does_not_read = false;
    store_connection_ready(guest->connection);
    while (peer_receive(guest, &answer))
        events++;
    ck_assert_uint_ge(events, 1);
    /* Those that had gone into the ring already, and one that waited. */
    ck_assert_uint_le(events, (XENSTORE_RING_SIZE + OUTPUT_BYTES_ENOUGH) / 24 + 8);
    end();
}

TEST(watches, keep_the_backlog_of_a_deaf_guest_small)
{
    size_t before;
    unsigned int events = 0;
    struct answer answer;
    char text[64];

    begin();
    MUST_SAY(guest, XS_WATCH, 0, "data\0t\0", "OK");
    MUST_HEAR(guest, "data");
    guest->does_not_read = true;
    for (unsigned int i = 0; i < 20000; i++) {
        snprintf(text, sizeof(text), "/local/domain/7/data/%u", i);
        ck_assert_int_eq(store_write(store, NULL, text, ""), 0);
        ck_assert_int_eq(store_remove(store, NULL, text), 0);
    }
    peer_turns(program);
    guest->does_not_read = false;
    store_connection_ready(guest->connection);
    before = guest->from_store_bytes;
    while (peer_receive(guest, &answer))
        events++;
    ck_assert_uint_le(events, 1000);
    ck_assert_uint_eq(before, 0);
    /* The last one says that something was missed: the watch's own path. */
    ck_assert_str_eq(answer.payload, "data");
    end();
}

/* --- In-process ---------------------------------------------------------------------------------- */

static unsigned int calls;
static struct store_watch *own_watch;

static void count_call(void *context, const char *path, const char *token)
{
    ck_assert_ptr_eq(context, &calls);
    ck_assert_str_eq(token, "mine");
    ck_assert_str_eq(path, calls ? "/own/x" : "/own");
    calls++;
    if (calls == 2)
        store_unwatch(own_watch);
}

TEST(watches, call_back_in_process_and_may_end_themselves)
{
    begin();
    own_watch = store_watch(store, "/own", "mine", count_call, &calls);
    peer_turns(program);
    ck_assert_uint_eq(calls, 1);
    ck_assert_int_eq(store_write(store, NULL, "/own/x", "1"), 0);
    ck_assert_uint_eq(calls, 1);
    peer_turns(program);
    ck_assert_uint_eq(calls, 2);
    ck_assert_int_eq(store_write(store, NULL, "/own/x", "2"), 0);
    peer_turns(program);
    ck_assert_uint_eq(calls, 2);
    end();
}

TEST(in_process, calls_do_what_messages_do)
{
    const struct store_permission list[] = { { 0, STORE_NONE }, { 7, STORE_READ } };
    struct store_transaction *transaction;
    struct store_names names;
    uint64_t number;
    char *text;

    begin();
    ck_assert_int_eq(store_printf(store, NULL, "/x", "n", "%d", 42), 0);
    ck_assert_int_eq(store_read_number(store, NULL, "/x/n", &number), 0);
    ck_assert_uint_eq(number, 42);
    ck_assert_int_eq(store_write(store, NULL, "/x/m", "4 2"), 0);
    ck_assert_int_eq(store_read_number(store, NULL, "/x/m", &number), -EINVAL);
    ck_assert_int_eq(store_write(store, NULL, "x", ""), -EINVAL);
    ck_assert_int_eq(store_list(store, NULL, "/x", &names), 0);
    ck_assert_uint_eq(names.count, 2);
    ck_assert_str_eq(names.names[0], "m");
    store_names_free(&names);
    ck_assert_int_eq(store_set_permissions(store, NULL, "/x/n", list, 2), 0);
    MUST_SAY(guest, XS_READ, 0, "/x/n\0", "42");

    transaction = store_transaction_start(store);
    ck_assert_int_eq(store_write(store, transaction, "/x/n", "43"), 0);
    text = store_read_string(store, NULL, "/x/n");
    ck_assert_str_eq(text, "42");
    free(text);
    ck_assert_int_eq(store_transaction_end(transaction, true), 0);
    text = store_read_string(store, NULL, "/x/n");
    ck_assert_str_eq(text, "43");
    free(text);
    ck_assert(!store_exists(store, NULL, "/x/o"));
    ck_assert_int_eq(store_remove(store, NULL, "/x"), 0);
    ck_assert_int_eq(store_remove(store, NULL, "/x/n"), -ENOENT);
    ck_assert_ptr_null(store_read_string(store, NULL, "/x/n"));
    end();
}

/* --- Transactions -------------------------------------------------------------------------------- */

TEST(transactions, see_their_own_changes_and_nobody_else_does)
{
    begin();
    MUST_SAY(program, XS_WRITE, 0, "/a\0old", "OK");
    MUST_SAY(program, XS_TRANSACTION_START, 0, "\0", "1");
    MUST_SAY(program, XS_WRITE, 1, "/a\0new", "OK");
    MUST_SAY(program, XS_WRITE, 1, "/b\0new", "OK");
    MUST_SAY(program, XS_READ, 1, "/a\0", "new");
    MUST_SAY(program, XS_READ, 0, "/a\0", "old");
    MUST_SAY(program, XS_READ, 0, "/b\0", "ENOENT");
    MUST_SAY(program, XS_TRANSACTION_END, 1, "T\0", "OK");
    MUST_SAY(program, XS_READ, 0, "/a\0", "new");
    MUST_SAY(program, XS_READ, 0, "/b\0", "new");
    MUST_SAY(program, XS_READ, 1, "/a\0", "ENOENT");
    end();
}

TEST(transactions, see_the_tree_as_it_was)
{
    begin();
    MUST_SAY(program, XS_WRITE, 0, "/a\0old", "OK");
    MUST_SAY(program, XS_TRANSACTION_START, 0, "\0", "1");
    MUST_SAY(program, XS_WRITE, 0, "/a\0new", "OK");
    MUST_SAY(program, XS_WRITE, 0, "/b\0new", "OK");
    MUST_SAY(program, XS_READ, 1, "/a\0", "old");
    MUST_SAY(program, XS_READ, 1, "/b\0", "ENOENT");
    MUST_SAY(program, XS_TRANSACTION_END, 1, "F\0", "OK");
    end();
}

TEST(transactions, that_are_aborted_leave_nothing)
{
    begin();
    MUST_SAY(program, XS_TRANSACTION_START, 0, "\0", "1");
    MUST_SAY(program, XS_WRITE, 1, "/a\0x", "OK");
    MUST_SAY(program, XS_RM, 1, "/local\0", "OK");
    MUST_SAY(program, XS_TRANSACTION_END, 1, "F\0", "OK");
    MUST_SAY(program, XS_READ, 0, "/a\0", "ENOENT");
    MUST_SAY(program, XS_READ, 0, "/local\0", "");
    end();
}

/* What the transaction does, what others do meanwhile, and how its commit ends. */
#define CONFLICT(sentence, own_type, own, other_type, other, result)                               \
    TEST(transactions, sentence)                                                                   \
    {                                                                                              \
        begin();                                                                                   \
        MUST_SAY(program, XS_WRITE, 0, "/a/b/c\0x", "OK");                                         \
        MUST_SAY(program, XS_WRITE, 0, "/a/d\0x", "OK");                                           \
        MUST_SAY(program, XS_TRANSACTION_START, 0, "\0", "1");                                     \
        ck_assert_uint_eq(ASK(program, own_type, 1, own).head.type, own_type);                     \
        ck_assert_uint_eq(ASK(program, other_type, 0, other).head.type, other_type);               \
        MUST_SAY(program, XS_WRITE, 1, "/own\0x", "OK");                                           \
        MUST_SAY(program, XS_TRANSACTION_END, 1, "T\0", result);                                   \
        MUST_SAY(program, XS_READ, 0, "/own\0", result[0] == 'O' ? "x" : "ENOENT");                \
        end();                                                                                     \
    }

CONFLICT(conflict_if_what_they_read_was_written, XS_READ, "/a/d\0", XS_WRITE, "/a/d\0y", "EAGAIN")
CONFLICT(conflict_if_what_they_wrote_was_written, XS_WRITE, "/a/d\0z", XS_WRITE, "/a/d\0y",
         "EAGAIN")
CONFLICT(conflict_if_what_they_read_was_removed, XS_READ, "/a/b/c\0", XS_RM, "/a\0", "EAGAIN")
CONFLICT(conflict_if_rights_changed, XS_READ, "/a/d\0", XS_SET_PERMS, "/a/d\0r0\0", "EAGAIN")
CONFLICT(conflict_if_a_list_of_names_grew, XS_DIRECTORY, "/a\0", XS_WRITE, "/a/e\0y", "EAGAIN")
CONFLICT(conflict_if_a_list_of_names_shrank, XS_DIRECTORY, "/a\0", XS_RM, "/a/d\0", "EAGAIN")
CONFLICT(conflict_if_others_made_the_same_node, XS_WRITE, "/a/n\0x", XS_WRITE, "/a/n\0y", "EAGAIN")
CONFLICT(conflict_if_others_made_the_same_parent, XS_WRITE, "/p/q\0x", XS_MKDIR, "/p\0", "EAGAIN")
CONFLICT(conflict_if_the_parent_of_a_new_node_went, XS_WRITE, "/a/b/n\0x", XS_RM, "/a/b\0",
         "EAGAIN")
CONFLICT(conflict_if_what_they_removed_was_changed, XS_RM, "/a\0", XS_WRITE, "/a/b/c\0y", "EAGAIN")
CONFLICT(do_not_conflict_over_other_nodes, XS_READ, "/a/d\0", XS_WRITE, "/a/b/c\0y", "OK")
CONFLICT(do_not_conflict_over_new_siblings, XS_WRITE, "/a/m\0x", XS_WRITE, "/a/n\0y", "OK")
CONFLICT(do_not_conflict_over_reads, XS_WRITE, "/a/d\0x", XS_READ, "/a/d\0", "OK")

TEST(transactions, conflict_over_what_was_missing)
{
    begin();
    MUST_SAY(program, XS_TRANSACTION_START, 0, "\0", "1");
    MUST_SAY(program, XS_READ, 1, "/a\0", "ENOENT");
    MUST_SAY(program, XS_WRITE, 0, "/a\0x", "OK");
    MUST_SAY(program, XS_TRANSACTION_END, 1, "T\0", "EAGAIN");
    end();
}

TEST(transactions, of_two_that_meet_the_first_one_wins)
{
    begin();
    MUST_SAY(program, XS_WRITE, 0,
             "/count\0"
             "1",
             "OK");
    MUST_SAY(program, XS_TRANSACTION_START, 0, "\0", "1");
    MUST_SAY(program, XS_TRANSACTION_START, 0, "\0", "2");
    MUST_SAY(program, XS_READ, 1, "/count\0", "1");
    MUST_SAY(program, XS_READ, 2, "/count\0", "1");
    MUST_SAY(program, XS_WRITE, 1,
             "/count\0"
             "2",
             "OK");
    MUST_SAY(program, XS_WRITE, 2,
             "/count\0"
             "3",
             "OK");
    MUST_SAY(program, XS_TRANSACTION_END, 2, "T\0", "OK");
    MUST_SAY(program, XS_TRANSACTION_END, 1, "T\0", "EAGAIN");
    MUST_SAY(program, XS_READ, 0, "/count\0", "3");
    end();
}

TEST(transactions, have_numbers_that_only_their_connection_knows)
{
    begin();
    MUST_SAY(program, XS_TRANSACTION_START, 0, "\0", "1");
    MUST_SAY(guest, XS_READ, 1, "data\0", "ENOENT");
    MUST_SAY(guest, XS_TRANSACTION_END, 1, "T\0", "ENOENT");
    MUST_SAY(program, XS_TRANSACTION_START, 1, "\0", "EBUSY");
    MUST_SAY(program, XS_TRANSACTION_END, 0, "T\0", "ENOENT");
    MUST_SAY(program, XS_TRANSACTION_END, 1, "maybe\0", "EINVAL");
    MUST_SAY(program, XS_TRANSACTION_END, 1, "T\0", "OK");
    end();
}

TEST(transactions, fire_watches_when_they_are_committed)
{
    begin();
    MUST_SAY(program, XS_WATCH, 0, "/a\0t\0", "OK");
    MUST_HEAR(program, "/a");
    MUST_SAY(program, XS_TRANSACTION_START, 0, "\0", "1");
    MUST_SAY(program, XS_WRITE, 1, "/a/x\0x", "OK");
    MUST_SAY(program, XS_WRITE, 1, "/a/y\0y", "OK");
    MUST_HEAR(program, NULL);
    MUST_SAY(program, XS_TRANSACTION_END, 1, "T\0", "OK");
    MUST_HEAR(program, "/a/x");
    MUST_HEAR(program, "/a/y");
    MUST_HEAR(program, NULL);
    end();
}

/* Old versions of nodes that a guest's open transactions hold are bounded: it loses its view. */
TEST(transactions, do_not_hold_old_versions_without_limit)
{
    struct store_transaction *holder;
    char value[4000];
    size_t before, after;

    begin();
    memset(value, 'x', sizeof(value));
    before = node_bytes_in_use();
    MUST_SAY(guest, XS_TRANSACTION_START, 0, "\0", "1");
    for (unsigned int i = 0; i < 10000; i++) {
        ck_assert_int_eq(store_write_bytes(store, NULL, "/local/domain/7/data/big", value,
                                           sizeof(value)),
                         0);
        holder = store_transaction_start(store);
        ck_assert(store_exists(store, holder, "/local/domain/7/data/big"));
    }
    after = node_bytes_in_use();
    ck_assert_uint_lt(after - before, 2 * LIMIT_OLD_NODE_BYTES);
    MUST_SAY(guest, XS_TRANSACTION_END, 1, "T\0", "EAGAIN");
    end();
}
