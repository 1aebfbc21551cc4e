/* SPDX-License-Identifier: MIT */
/*
 * Guests and a program that send the store messages of pieces and rubbish, write their ring pages
 * over, do not read, come and go; and the store's process is killed at times. The store must stay
 * consistent: nodes are counted for their owners, a new process has the same tree, and a program
 * that behaves is always answered.
 */
#include <string.h>

#include "store/limits.h"
#include "store/state.h"
#include "support/fuzz.h"
#include "support/store/peer.h"

#define GUESTS 3u
#define STEPS  60u

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct store *store;
static struct peer *program;
static struct peer *guests[GUESTS];

static const char *const pieces[] = {
    "/",
    "/a",
    "/a/b",
    "/a/b/c",
    "data",
    "data/x",
    "/local/domain/1/data",
    "@releaseDomain",
    "n1",
    "b2",
    "r0",
    "w3",
    "T",
    "F",
    "token",
    "value",
    "0",
    "1",
    "2",
    "65536",
    "@intro",
    "/a//b",
    "/local/domain/2/data/y",
    "-",
    "help",
    "print",
    "\xff",
    "",
    "n0",
    "/a/",
    "data/y/z",
    "domid",
};

static size_t make_payload(struct random *random, char *payload)
{
    size_t bytes = 0;

    for (uint64_t left = random_below(random, 5); left > 0; left--) {
        const char *piece = pieces[random_below(random, ARRAY_COUNT(pieces))];

        memcpy(payload + bytes, piece, strlen(piece) + 1);
        bytes += strlen(piece) + 1;
    }
    if (bytes && random_one_in(random, 3))
        bytes--;
    if (random_one_in(random, 8))
        random_mutate(random, (uint8_t *)payload, bytes);
    if (random_one_in(random, 16)) {
        memset(payload + bytes, 'v', 3000);
        bytes += random_below(random, 3000);
    }
    return bytes;
}

static struct peer *any_peer(struct random *random)
{
    uint64_t index = random_below(random, GUESTS + 1);

    return index < GUESTS ? guests[index] : program;
}

/* A message, mostly well formed; the head may be anything, the answer is not awaited. */
static void send_message(struct random *random)
{
    uint8_t message[MESSAGE_MAX_BYTES];
    struct peer *peer = any_peer(random);
    struct xsd_sockmsg head = { .type = (uint32_t)random_below(random, XS_TYPE_COUNT + 1),
                                .req_id = (uint32_t)random_u64(random),
                                .tx_id = random_one_in(random, 2)
                                             ? (uint32_t)random_below(random, 4)
                                             : 0 };

    if (!peer || peer->has_ended)
        return;
    head.len = (uint32_t)make_payload(random, (char *)message + sizeof(head));
    memcpy(message, &head, sizeof(head));
    if (random_one_in(random, 64))
        random_mutate(random, message, sizeof(head));
    if (peer->is_ring || head.len <= XENSTORE_PAYLOAD_MAX)
        peer_send(peer, message, sizeof(head) + head.len);
}

static struct peer *any_guest(struct random *random)
{
    return guests[random_below(random, GUESTS)];
}

/* The guest's page is the guest's. */
static void spoil_ring(struct random *random)
{
    struct peer *guest = any_guest(random);

    if (!guest)
        return;
    random_mutate(random, (uint8_t *)&guest->page, sizeof(guest->page));
    if (random_one_in(random, 2))
        guest->page.connection = XENSTORE_RECONNECT;
    guest->from_store_bytes = 0;
    store_connection_ready(guest->connection);
}

static void come_or_go(struct random *random)
{
    uint64_t index = random_below(random, GUESTS);
    uint16_t domid = (uint16_t)(index + 1);

    if (guests[index]) {
        FUZZ_CHECK(store_domain_release(store, domid) == 0);
        FUZZ_CHECK(guests[index]->has_ended);
        peer_free(guests[index]);
        guests[index] = NULL;
        return;
    }
    guests[index] = peer_guest(store, domid);
    for (int i = 0; i < 2; i++) {
        const struct store_permission owner = { .domid = domid, .access = STORE_NONE };
        const char *path = i ? domid == 1 ? "/local/domain/1/data" : "/local/domain/2/data" : "/a";

        FUZZ_CHECK(store_mkdir(store, NULL, path) == 0);
        FUZZ_CHECK(store_set_permissions(store, NULL, path, &owner, 1) == 0);
    }
}

/* --- Checks ------------------------------------------------------------------------------------ */

struct census {
    uint32_t nodes[DOMAIN_NUMBERS];
    uint64_t sum; /* of all paths, values and permissions */
};

static struct census census;

static void count_node(void *context, const char *path, struct node *node, struct node *parent)
{
    const struct permissions *permissions = node->permissions;

    (void)context;
    census.nodes[permissions->list[0].domid]++;
    census.sum = census.sum * 31 + hash_string(path);
    census.sum = census.sum * 31 + hash_bytes(node->value->data, node->value->bytes);
    for (uint32_t i = 0; i < permissions->count; i++)
        census.sum = census.sum * 31 + permissions->list[i].domid * 4 + permissions->list[i].access;
    FUZZ_CHECK(!parent || node->name_length > 0);
    for (uint32_t i = 1; i < node->child_count; i++)
        FUZZ_CHECK(strcmp(node->children[i - 1]->name, node->children[i]->name) < 0);
}

static uint64_t check_tree(void)
{
    memset(&census, 0, sizeof(census));
    tree_walk(store->tree.root, "/", count_node, NULL);
    FUZZ_CHECK(!memcmp(census.nodes, store->node_counts, sizeof(census.nodes)));
    return census.sum;
}

static void check_connections(void)
{
    list_for_each(link, &store->connections)
    {
        const struct store_connection *each = container_of(link, struct store_connection, link);

        FUZZ_CHECK(each->output.end - each->output.start <=
                   OUTPUT_BYTES_ENOUGH + 2 * MESSAGE_MAX_BYTES);
        if (each->who.is_privileged)
            continue;
        FUZZ_CHECK(each->watch_count <= QUOTA_WATCHES);
        FUZZ_CHECK(each->transaction_count <= QUOTA_TRANSACTIONS);
        FUZZ_CHECK(each->event_bytes <= (QUOTA_EVENT_BYTES + 4096) * QUOTA_WATCHES);
    }
}

static void turn(void)
{
    for (size_t i = 0; i < GUESTS; i++) {
        if (guests[i])
            guests[i]->from_store_bytes = 0;
    }
    program->from_store_bytes = 0;
    program->room = sizeof(program->from_store);
    store_turn(store);
}

static void restart(void)
{
    uint64_t sum;

    turn();
    store_sync(store);
    sum = check_tree();
    store = test_store_again(store);
    FUZZ_CHECK(check_tree() == sum);
    peer_free(program);
    program = peer_program(store);
    for (size_t i = 0; i < GUESTS; i++) {
        if (guests[i])
            peer_attach_again(guests[i], store);
    }
}

static void expect_an_answer(void)
{
    struct peer *polite = peer_program(store);
    struct answer answer = ASK(polite, XS_GET_DOMAIN_PATH, 0, "5\0");

    FUZZ_CHECK(!strcmp(answer.payload, "/local/domain/5"));
    store_disconnect(polite->connection);
    peer_free(polite);
}

static void step(struct random *random)
{
    struct peer *guest = any_guest(random);

    switch (random_below(random, 16)) {
    case 0:
        spoil_ring(random);
        break;
    case 1:
        come_or_go(random);
        break;
    case 2:
        if (guest)
            guest->does_not_read = !guest->does_not_read;
        break;
    case 3:
        if (guest && !guest->is_faulty && !guest->does_not_read)
            peer_turns(guest);
        break;
    default:
        send_message(random);
        break;
    }
    turn();
}

void fuzz_case(struct random *random)
{
    store = test_store();
    program = peer_program(store);
    for (unsigned int i = 0; i < STEPS; i++) {
        step(random);
        if (program->has_ended) {
            peer_free(program);
            program = peer_program(store);
        }
        if (random_one_in(random, 32))
            restart();
        check_connections();
    }
    check_tree();
    expect_an_answer();
    test_store_end(store);
    peer_free(program);
    for (size_t i = 0; i < GUESTS; i++) {
        peer_free(guests[i]);
        guests[i] = NULL;
    }
}
