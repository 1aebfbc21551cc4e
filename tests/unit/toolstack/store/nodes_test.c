/* SPDX-License-Identifier: MIT */
/* Nodes, permissions, quotas and messages, as programs and guests ask for them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/limits.h"
#include "support/store/must_say.h"

static struct store *store;
static struct peer *program, *guest;

/* A domain with a home that it reads, and a folder that it owns. */
static void begin(void)
{
    store = test_store();
    program = peer_program(store);
    MUST_SAY(program, XS_WRITE, 0, "/local/domain/7/name\0seven", "OK");
    MUST_SAY(program, XS_SET_PERMS, 0, "/local/domain/7\0n0\0r7\0", "OK");
    MUST_SAY(program, XS_SET_PERMS, 0, "/local/domain/7/name\0n0\0r7\0", "OK");
    MUST_SAY(program, XS_MKDIR, 0, "/local/domain/7/data\0", "OK");
    MUST_SAY(program, XS_SET_PERMS, 0, "/local/domain/7/data\0n7\0", "OK");
    guest = peer_guest(store, 7);
}

static void end(void)
{
    test_store_end(store);
    peer_free(program);
    peer_free(guest);
}

TEST(nodes, write_makes_parents_and_read_gives_the_value)
{
    begin();
    MUST_SAY(program, XS_WRITE, 0, "/a/b/c\0value", "OK");
    MUST_SAY(program, XS_READ, 0, "/a/b/c\0", "value");
    MUST_SAY(program, XS_READ, 0, "/a/b\0", "");
    ck_assert_uint_eq(ASK(program, XS_READ, 0, "/a/b\0").head.len, 0);
    MUST_SAY(program, XS_WRITE, 0, "/a/b/c\0", "OK");
    ck_assert_uint_eq(ASK(program, XS_READ, 0, "/a/b/c\0").head.len, 0);
    end();
}

TEST(nodes, values_may_hold_any_byte)
{
    struct answer answer;

    begin();
    MUST_SAY(program, XS_WRITE, 0, "/a\0x\0y\xff", "OK");
    answer = ASK(program, XS_READ, 0, "/a\0");
    ck_assert_uint_eq(answer.head.len, 4);
    ck_assert_int_eq(memcmp(answer.payload, "x\0y\xff", 4), 0);
    end();
}

TEST(nodes, directory_is_sorted_and_shows_own_children_only)
{
    struct answer answer;

    begin();
    MUST_SAY(program, XS_MKDIR, 0, "/d/b\0", "OK");
    MUST_SAY(program, XS_MKDIR, 0, "/d/a/x\0", "OK");
    MUST_SAY(program, XS_MKDIR, 0, "/d/ab\0", "OK");
    answer = ASK(program, XS_DIRECTORY, 0, "/d\0");
    ck_assert_uint_eq(answer.head.len, 7);
    ck_assert_int_eq(memcmp(answer.payload, "a\0ab\0b\0", 7), 0);
    ck_assert_uint_eq(ASK(program, XS_DIRECTORY, 0, "/d/b\0").head.len, 0);
    MUST_SAY(program, XS_DIRECTORY, 0, "/e\0", "ENOENT");
    end();
}

/* 1000 names of 9 bytes do not fit one answer: they come in parts, and each of them once. */
TEST(nodes, a_long_directory_comes_in_parts)
{
    char text[64], generation[32] = "";
    unsigned int offset = 0, seen = 0;
    bool is_last = false;

    begin();
    for (unsigned int i = 0; i < 1000; i++) {
        snprintf(text, sizeof(text), "/long/child%04u", i);
        ck_assert_int_eq(store_mkdir(store, NULL, text), 0);
    }
    MUST_SAY(program, XS_DIRECTORY, 0, "/long\0", "E2BIG");
    while (!is_last) {
        size_t bytes = (size_t)snprintf(text, sizeof(text), "/long%c%u", 0, offset) + 1;
        struct answer part = peer_ask(program, XS_DIRECTORY_PART, 0, text, bytes);
        const char *at = part.payload + strlen(part.payload) + 1;

        ck_assert_uint_eq(part.head.type, XS_DIRECTORY_PART);
        if (generation[0])
            ck_assert_str_eq(part.payload, generation);
        snprintf(generation, sizeof(generation), "%s", part.payload);
        for (; at < part.payload + part.head.len; at += strlen(at) + 1) {
            is_last = !*at;
            if (is_last)
                break;
            snprintf(text, sizeof(text), "child%04u", seen++);
            ck_assert_str_eq(at, text);
            offset += 10;
        }
    }
    ck_assert_uint_eq(seen, 1000);
    end();
}

TEST(nodes, remove_takes_all_below)
{
    begin();
    MUST_SAY(program, XS_WRITE, 0, "/a/b/c\0x", "OK");
    MUST_SAY(program, XS_RM, 0, "/a\0", "OK");
    MUST_SAY(program, XS_READ, 0, "/a/b/c\0", "ENOENT");
    MUST_SAY(program, XS_RM, 0, "/a\0", "OK");
    MUST_SAY(program, XS_RM, 0, "/a/b\0", "ENOENT");
    MUST_SAY(program, XS_RM, 0, "/\0", "EINVAL");
    end();
}

TEST(nodes, mkdir_of_what_is_there_changes_nothing)
{
    begin();
    MUST_SAY(program, XS_WRITE, 0, "/a\0x", "OK");
    MUST_SAY(program, XS_MKDIR, 0, "/a\0", "OK");
    MUST_SAY(program, XS_READ, 0, "/a\0", "x");
    end();
}

TEST(nodes, paths_that_are_none_are_refused)
{
    static const char *const paths[] = { "",     "//",    "/a/",  "/a//b", "/a b",
                                         "/a.b", "/\xe4", "a//b", "/a/\n", "@releaseDomain" };
    static const uint32_t types[] = { XS_READ, XS_DIRECTORY, XS_MKDIR, XS_RM };

    begin();
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        for (size_t j = 0; j < sizeof(types) / sizeof(types[0]); j++) {
            struct answer answer = peer_ask(program, types[j], 0, paths[i], strlen(paths[i]) + 1);

            /* "@..." is relative and could be a name: it is below the domain's home. */
            if (paths[i][0] == '@')
                ck_assert_str_eq(answer.payload,
                                 types[j] == XS_MKDIR || types[j] == XS_RM ? "OK" : "ENOENT");
            else
                ck_assert_str_eq(answer.payload, "EINVAL");
            if (types[j] == XS_RM && paths[i][0] == '@')
                break;
        }
    }
    end();
}

TEST(nodes, the_longest_path_is_taken_and_a_longer_one_refused)
{
    char path[XENSTORE_ABS_PATH_MAX + 3];

    begin();
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[XENSTORE_ABS_PATH_MAX] = '\0';
    ck_assert_str_eq(peer_ask(program, XS_MKDIR, 0, path, XENSTORE_ABS_PATH_MAX + 1).payload, "OK");
    path[XENSTORE_ABS_PATH_MAX] = 'a';
    path[XENSTORE_ABS_PATH_MAX + 1] = '\0';
    ck_assert_str_eq(peer_ask(program, XS_MKDIR, 0, path, XENSTORE_ABS_PATH_MAX + 2).payload,
                     "EINVAL");
    /* The deepest tree there can be. */
    for (size_t i = 0; i < XENSTORE_ABS_PATH_MAX; i += 2)
        path[i] = '/';
    path[XENSTORE_ABS_PATH_MAX] = '\0';
    ck_assert_str_eq(peer_ask(program, XS_MKDIR, 0, path, XENSTORE_ABS_PATH_MAX + 1).payload, "OK");
    MUST_SAY(program, XS_RM, 0, "/a\0", "OK");
    end();
}

TEST(nodes, relative_paths_are_below_the_home_of_the_domain)
{
    begin();
    MUST_SAY(guest, XS_READ, 0, "name\0", "seven");
    MUST_SAY(guest, XS_READ, 0, "/local/domain/7/name\0", "seven");
    MUST_SAY(guest, XS_WRITE, 0, "data/x\0y", "OK");
    MUST_SAY(program, XS_READ, 0, "/local/domain/7/data/x\0", "y");
    end();
}

/* --- Permissions ------------------------------------------------------------------------------- */

TEST(permissions, a_guest_sees_and_changes_only_what_it_was_given)
{
    begin();
    MUST_SAY(program, XS_WRITE, 0, "/secret\0x", "OK");
    MUST_SAY(guest, XS_READ, 0, "/secret\0", "EACCES");
    MUST_SAY(guest, XS_READ, 0, "/missing\0", "EACCES");
    MUST_SAY(guest, XS_READ, 0, "missing\0", "ENOENT");
    MUST_SAY(guest, XS_WRITE, 0, "name\0eight", "EACCES");
    MUST_SAY(guest, XS_WRITE, 0, "new\0x", "EACCES");
    MUST_SAY(guest, XS_MKDIR, 0, "name\0", "EACCES");
    MUST_SAY(guest, XS_RM, 0, "name\0", "EACCES");
    MUST_SAY(guest, XS_RM, 0, "/local\0", "EACCES");
    MUST_SAY(guest, XS_DIRECTORY, 0, "/local/domain\0", "EACCES");
    MUST_SAY(guest, XS_GET_PERMS, 0, "/secret\0", "EACCES");
    MUST_SAY(guest, XS_SET_PERMS, 0, "name\0b7\0", "EACCES");
    MUST_SAY(program, XS_READ, 0, "/local/domain/7/name\0", "seven");
    end();
}

TEST(permissions, single_domains_are_told_apart)
{
    struct peer *other;

    begin();
    other = peer_guest(store, 8);
    MUST_SAY(guest, XS_WRITE, 0, "data/x\0y", "OK");
    MUST_SAY(other, XS_READ, 0, "/local/domain/7/data/x\0", "EACCES");
    MUST_SAY(guest, XS_SET_PERMS, 0, "data/x\0n7\0r8\0", "OK");
    MUST_SAY(other, XS_READ, 0, "/local/domain/7/data/x\0", "y");
    MUST_SAY(other, XS_WRITE, 0, "/local/domain/7/data/x\0z", "EACCES");
    MUST_SAY(guest, XS_SET_PERMS, 0, "data/x\0n7\0w8\0", "OK");
    MUST_SAY(other, XS_READ, 0, "/local/domain/7/data/x\0", "EACCES");
    MUST_SAY(other, XS_WRITE, 0, "/local/domain/7/data/x\0z", "OK");
    MUST_SAY(guest, XS_SET_PERMS, 0, "data/x\0b7\0n8\0", "OK");
    MUST_SAY(other, XS_READ, 0, "/local/domain/7/data/x\0", "EACCES");
    end();
    peer_free(other);
}

TEST(permissions, new_nodes_inherit_and_belong_to_the_guest_that_makes_them)
{
    struct answer answer;

    begin();
    MUST_SAY(program, XS_SET_PERMS, 0, "/local/domain/7/data\0n0\0b7\0r9\0", "OK");
    MUST_SAY(guest, XS_WRITE, 0, "data/mine\0x", "OK");
    answer = ASK(program, XS_GET_PERMS, 0, "/local/domain/7/data/mine\0");
    ck_assert_uint_eq(answer.head.len, 9);
    ck_assert_int_eq(memcmp(answer.payload, "n7\0b7\0r9\0", 9), 0);
    MUST_SAY(program, XS_WRITE, 0, "/local/domain/7/data/mine/theirs\0x", "OK");
    answer = ASK(program, XS_GET_PERMS, 0, "/local/domain/7/data/mine/theirs\0");
    ck_assert_int_eq(memcmp(answer.payload, "n7\0b7\0r9\0", 9), 0);
    end();
}

TEST(permissions, owners_do_not_give_their_nodes_away)
{
    begin();
    MUST_SAY(guest, XS_SET_PERMS, 0, "data\0n8\0r7\0", "EPERM");
    MUST_SAY(guest, XS_SET_PERMS, 0, "data\0", "EINVAL");
    MUST_SAY(guest, XS_SET_PERMS, 0, "data\0x7\0", "EINVAL");
    MUST_SAY(guest, XS_SET_PERMS, 0, "data\0n\0", "EINVAL");
    MUST_SAY(guest, XS_SET_PERMS, 0, "data\0n65536\0", "EINVAL");
    MUST_SAY(guest, XS_SET_PERMS, 0, "data\0n7x\0", "EINVAL");
    MUST_SAY(program, XS_SET_PERMS, 0, "/local/domain/7/data\0n8\0", "OK");
    MUST_SAY(guest, XS_WRITE, 0, "data/x\0y", "EACCES");
    end();
}

TEST(permissions, a_target_lends_its_rights)
{
    struct peer *helper;

    begin();
    helper = peer_guest(store, 9);
    MUST_SAY(helper, XS_WRITE, 0, "/local/domain/7/data/x\0y", "EACCES");
    MUST_SAY(guest, XS_SET_TARGET, 0,
             "9\0"
             "7\0",
             "EACCES");
    MUST_SAY(program, XS_SET_TARGET, 0,
             "9\0"
             "55\0",
             "ENOENT");
    MUST_SAY(program, XS_SET_TARGET, 0,
             "9\0"
             "7\0",
             "OK");
    MUST_SAY(helper, XS_WRITE, 0, "/local/domain/7/data/x\0y", "OK");
    end();
    peer_free(helper);
}

/* A later domain of the same number must find nothing open that was meant for the first. */
TEST(permissions, a_released_domain_leaves_no_rights_behind)
{
    struct peer *second;

    begin();
    MUST_SAY(guest, XS_WRITE, 0, "data/x\0y", "OK");
    MUST_SAY(program, XS_WRITE, 0, "/shared\0z", "OK");
    MUST_SAY(program, XS_SET_PERMS, 0, "/shared\0n0\0r7\0r9\0", "OK");
    MUST_SAY(program, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r7\0", "OK");
    ck_assert_int_eq(store_domain_release(store, 7), 0);
    ck_assert(guest->has_ended);
    ck_assert_uint_eq(ASK(program, XS_GET_PERMS, 0, "@releaseDomain\0").head.len, 3);
    ck_assert_int_eq(store_domain_release(store, 7), -ENOENT);
    MUST_SAY(program, XS_READ, 0, "/local/domain/7/data\0", "ENOENT");
    second = peer_guest(store, 7);
    MUST_SAY(second, XS_READ, 0, "/shared\0", "EACCES");
    MUST_SAY(second, XS_READ, 0, "name\0", "EACCES");
    ck_assert_int_eq(memcmp(ASK(program, XS_GET_PERMS, 0, "/shared\0").payload, "n0\0r9\0", 6), 0);
    end();
    peer_free(second);
}

/* --- Quotas ------------------------------------------------------------------------------------ */

static const char *write_numbered(struct peer *peer, uint32_t transaction, unsigned int number)
{
    static struct answer answer;
    char text[32];
    size_t bytes = (size_t)snprintf(text, sizeof(text), "data/%u", number) + 1;

    answer = peer_ask(peer, XS_WRITE, transaction, text, bytes);
    return answer.payload;
}

/* `data` itself is the first node that the guest owns. */
TEST(quotas, a_guest_owns_so_many_nodes_and_no_more)
{
    begin();
    for (unsigned int i = 1; i < QUOTA_NODES; i++)
        ck_assert_str_eq(write_numbered(guest, 0, i), "OK");
    ck_assert_str_eq(write_numbered(guest, 0, QUOTA_NODES), "ENOSPC");
    ck_assert_str_eq(write_numbered(guest, 0, 1), "OK");
    MUST_SAY(guest, XS_RM, 0, "data/2\0", "OK");
    MUST_SAY(guest, XS_WRITE, 0, "data/two/nodes\0x", "ENOSPC");
    ck_assert_str_eq(write_numbered(guest, 0, QUOTA_NODES), "OK");
    ck_assert_str_eq(write_numbered(guest, 0, QUOTA_NODES + 1), "ENOSPC");
    ck_assert_int_eq(store_write(store, NULL, "/local/domain/7/data/of-domain-0", ""), 0);
    end();
}

TEST(quotas, transactions_do_not_lead_around_them)
{
    begin();
    for (unsigned int i = 1; i < QUOTA_NODES - 10; i++)
        ck_assert_str_eq(write_numbered(guest, 0, i), "OK");
    MUST_SAY(guest, XS_TRANSACTION_START, 0, "\0", "1");
    MUST_SAY(guest, XS_TRANSACTION_START, 0, "\0", "2");
    for (unsigned int i = 0; i < 10; i++) {
        ck_assert_str_eq(write_numbered(guest, 1, 2000 + i), "OK");
        ck_assert_str_eq(write_numbered(guest, 2, 3000 + i), "OK");
    }
    ck_assert_str_eq(write_numbered(guest, 1, 2010), "ENOSPC");
    MUST_SAY(guest, XS_TRANSACTION_END, 1, "T\0", "OK");
    MUST_SAY(guest, XS_TRANSACTION_END, 2, "T\0", "ENOSPC");
    MUST_SAY(guest, XS_READ, 0, "data/3000\0", "ENOENT");
    end();
}

TEST(quotas, a_transaction_holds_so_much)
{
    struct answer answer;

    begin();
    MUST_SAY(guest, XS_TRANSACTION_START, 0, "\0", "1");
    for (unsigned int i = 0; i < QUOTA_TRANSACTION_ENTRIES; i++)
        answer = ASK(guest, XS_WRITE, 1, "data/x\0y");
    ck_assert_str_eq(answer.payload, "ENOSPC");
    MUST_SAY(guest, XS_READ, 1, "data/x\0", "ENOSPC");
    MUST_SAY(guest, XS_TRANSACTION_END, 1, "F\0", "OK");
    end();
}

TEST(quotas, values_lists_and_paths_have_limits)
{
    char text[4096];

    begin();
    memset(text, 'x', sizeof(text));
    memcpy(text, "data/v", 7);
    ck_assert_str_eq(peer_ask(guest, XS_WRITE, 0, text, 7 + QUOTA_NODE_BYTES - 8).payload, "OK");
    ck_assert_str_eq(peer_ask(guest, XS_WRITE, 0, text, 7 + QUOTA_NODE_BYTES).payload, "ENOSPC");
    MUST_SAY(guest, XS_SET_PERMS, 0, "data\0n7\0r1\0r2\0r3\0r4\0", "OK");
    MUST_SAY(guest, XS_SET_PERMS, 0, "data\0n7\0r1\0r2\0r3\0r4\0r5\0", "ENOSPC");
    memset(text, 'a', sizeof(text));
    memcpy(text, "data/", 5);
    text[QUOTA_PATH_BYTES] = '\0';
    ck_assert_str_eq(peer_ask(guest, XS_MKDIR, 0, text, QUOTA_PATH_BYTES + 1).payload, "EINVAL");
    text[QUOTA_PATH_BYTES - 20] = '\0';
    ck_assert_str_eq(peer_ask(guest, XS_MKDIR, 0, text, QUOTA_PATH_BYTES - 19).payload, "OK");
    end();
}

TEST(quotas, watches_and_transactions_are_counted)
{
    char text[32];

    begin();
    for (unsigned int i = 0; i < QUOTA_WATCHES; i++) {
        size_t bytes = (size_t)snprintf(text, sizeof(text), "data%c%u", 0, i) + 1;

        ck_assert_str_eq(peer_ask(guest, XS_WATCH, 0, text, bytes).payload, "OK");
    }
    MUST_SAY(guest, XS_WATCH, 0, "data\0more\0", "E2BIG");
    MUST_SAY(guest, XS_UNWATCH, 0,
             "data\0"
             "1\0",
             "OK");
    MUST_SAY(guest, XS_WATCH, 0, "data\0more\0", "OK");
    for (unsigned int i = 0; i < QUOTA_TRANSACTIONS; i++)
        ck_assert_uint_eq(ASK(guest, XS_TRANSACTION_START, 0, "\0").head.type,
                          XS_TRANSACTION_START);
    MUST_SAY(guest, XS_TRANSACTION_START, 0, "\0", "ENOSPC");
    MUST_SAY(guest, XS_RESET_WATCHES, 0, "\0", "OK");
    ck_assert_uint_eq(ASK(guest, XS_TRANSACTION_START, 0, "\0").head.type, XS_TRANSACTION_START);
    MUST_SAY(guest, XS_WATCH, 0,
             "data\0"
             "2\0",
             "OK");
    end();
}

/* --- Messages ---------------------------------------------------------------------------------- */

TEST(messages, unknown_types_are_not_implemented)
{
    static const uint32_t types[] = {
        XS_WATCH_EVENT, XS_ERROR, 20, XS_TYPE_COUNT, XS_INVALID, ~0u
    };

    begin();
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct answer answer = peer_ask(program, types[i], 0, "/\0", 2);

        ck_assert_uint_eq(answer.head.type, XS_ERROR);
        ck_assert_str_eq(answer.payload, "ENOSYS");
    }
    end();
}

TEST(messages, every_type_refuses_an_empty_or_endless_payload)
{
    begin();
    for (uint32_t type = 0; type < XS_TYPE_COUNT; type++) {
        bool takes_nothing = type == XS_TRANSACTION_START || type == XS_RESET_WATCHES;
        bool is_none = type == XS_WATCH_EVENT || type == XS_ERROR || type == 20;

        if (takes_nothing)
            continue;
        ck_assert_str_eq(peer_ask(program, type, 0, "", 0).payload, is_none ? "ENOSYS" : "EINVAL");
        ck_assert_str_eq(peer_ask(program, type, 0, "/a", 2).payload,
                         is_none ? "ENOSYS" : "EINVAL");
    }
    end();
}

TEST(messages, additional_texts_are_refused)
{
    begin();
    MUST_SAY(program, XS_READ, 0, "/local\0/local\0", "EINVAL");
    MUST_SAY(program, XS_WATCH, 0, "/a\0b\0c\0", "EINVAL");
    MUST_SAY(program, XS_TRANSACTION_END, 0, "X\0", "EINVAL");
    MUST_SAY(program, XS_GET_DOMAIN_PATH, 0, "x\0", "EINVAL");
    MUST_SAY(program, XS_GET_DOMAIN_PATH, 0, "-1\0", "EINVAL");
    MUST_SAY(program, XS_GET_DOMAIN_PATH, 0, "99999999999999999999\0", "EINVAL");
    end();
}

TEST(messages, may_come_byte_by_byte)
{
    const char message[] = "\2\0\0\0\11\0\0\0\0\0\0\0\5\0\0\0name"; /* and its NUL */
    struct answer answer;

    begin();
    for (size_t i = 0; i < sizeof(message); i++) {
        ck_assert(!peer_receive(guest, &answer));
        ck_assert_uint_eq(peer_send(guest, message + i, 1), 1);
    }
    ck_assert(peer_receive(guest, &answer));
    ck_assert_uint_eq(answer.head.req_id, 9);
    ck_assert_str_eq(answer.payload, "seven");
    end();
}

TEST(messages, answers_come_in_the_order_of_the_requests)
{
    begin();
    for (unsigned int i = 1; i <= 100; i++)
        peer_request(guest, XS_READ, i % 3 ? 0 : 99, "name", 5);
    for (unsigned int i = 1; i <= 100; i++) {
        struct answer answer;

        ck_assert(peer_receive(guest, &answer));
        ck_assert_uint_eq(answer.head.req_id, i);
        ck_assert_str_eq(answer.payload, i % 3 ? "seven" : "ENOENT");
        ck_assert_uint_eq(answer.head.tx_id, i % 3 ? 0 : 99);
    }
    end();
}

TEST(messages, of_impossible_length_end_the_connection)
{
    struct xsd_sockmsg head = { .type = XS_READ, .len = XENSTORE_PAYLOAD_MAX + 1 };

    begin();
    peer_send(program, &head, sizeof(head));
    peer_turns(program);
    ck_assert(program->has_ended);
    peer_send(guest, &head, sizeof(head));
    peer_turns(guest);
    ck_assert(guest->is_faulty && !guest->has_ended);
    ck_assert_uint_eq(guest->page.error, XENSTORE_ERROR_PROTO);
    end();
}

TEST(messages, only_the_control_domain_manages_domains)
{
    begin();
    MUST_SAY(guest, XS_INTRODUCE, 0,
             "9\0"
             "1\0"
             "2\0",
             "EACCES");
    MUST_SAY(guest, XS_RELEASE, 0, "7\0", "EACCES");
    MUST_SAY(guest, XS_RESUME, 0, "7\0", "EACCES");
    MUST_SAY(guest, XS_CONTROL, 0, "help\0", "EACCES");
    MUST_SAY(guest, XS_GET_DOMAIN_PATH, 0, "9\0", "/local/domain/9");
    MUST_SAY(guest, XS_IS_DOMAIN_INTRODUCED, 0, "7\0", "T");
    MUST_SAY(guest, XS_IS_DOMAIN_INTRODUCED, 0, "9\0", "F");
    MUST_SAY(program, XS_RESUME, 0, "7\0", "OK");
    MUST_SAY(program, XS_RESUME, 0, "9\0", "ENOENT");
    MUST_SAY(program, XS_CONTROL, 0, "check\0", "OK");
    MUST_SAY(program, XS_CONTROL, 0, "nonsense\0", "EINVAL");
    MUST_SAY(program, XS_INTRODUCE, 0,
             "9\0"
             "1\0"
             "2\0",
             "ENOSYS");
    end();
}
