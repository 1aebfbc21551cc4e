/* SPDX-License-Identifier: MIT */
/*
 * hypercall-abi/io/ring.h against the public macros: both make the same moves on a page of their
 * own, and after each move the answers and the pages are the same.
 */
#include <stdint.h>
#include <string.h>

#include "hypercall-abi/io/ring.h"
#include "support/unit.h"

#define xen_mb()                        __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb()                       __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb()                       __atomic_thread_fence(__ATOMIC_RELEASE)
#define __XEN_INTERFACE_VERSION__       0x00040e00
#define XEN_RING_HAS_UNCONSUMED_IS_BOOL 1
#include <xen/io/ring.h>

#define PAGE_BYTES   4096
#define MOVES        4000
#define SEEDS        16
#define WRAP_START   0xfffffff0U
#define ENTRY_STRIDE 112

struct model_request {
    uint32_t words[ENTRY_STRIDE / 4];
};

struct model_response {
    uint32_t words[4];
};

DEFINE_RING_TYPES(model, struct model_request, struct model_response);

union page {
    uint8_t bytes[PAGE_BYTES];
    struct xen_sring ours;
    struct model_sring public;
};

/* The same ring twice. */
struct pair {
    union page our_page;
    union page public_page;
    struct xen_front_ring our_front;
    struct xen_back_ring our_back;
    struct model_front_ring public_front;
    struct model_back_ring public_back;
    uint32_t random;
};

static uint32_t pair_random(struct pair *pair, uint32_t limit)
{
    pair->random = pair->random * 1664525U + 1013904223U;
    return (pair->random >> 8) % limit;
}

static void pair_start(struct pair *pair, RING_IDX start, uint32_t seed)
{
    memset(pair, 0, sizeof(*pair));
    pair->random = seed;
    ring_init(&pair->our_page.ours);
    SHARED_RING_INIT(&pair->public_page.public);
    ck_assert_mem_eq(&pair->our_page, &pair->public_page, PAGE_BYTES);

    struct xen_sring moved = {
        .req_prod = start, .req_event = start + 1, .rsp_prod = start, .rsp_event = start + 1
    };
    pair->our_page.ours = moved;
    pair->public_page.ours = moved;
    front_ring_attach(&pair->our_front, &pair->our_page.ours, PAGE_BYTES, ENTRY_STRIDE, start);
    back_ring_attach(&pair->our_back, &pair->our_page.ours, PAGE_BYTES, ENTRY_STRIDE, start);
    FRONT_RING_ATTACH(&pair->public_front, &pair->public_page.public, start, PAGE_BYTES);
    BACK_RING_ATTACH(&pair->public_back, &pair->public_page.public, start, PAGE_BYTES);
    ck_assert_uint_eq(pair->our_front.entry_count, pair->public_front.nr_ents);
    ck_assert_uint_eq(pair->our_back.entry_count, pair->public_back.nr_ents);
}

static void produce_requests(struct pair *pair)
{
    uint32_t room = front_ring_free(&pair->our_front);
    ck_assert_uint_eq(room, RING_FREE_REQUESTS(&pair->public_front));

    for (uint32_t i = room ? pair_random(pair, room + 1) : 0; i > 0; i--) {
        uint32_t value = pair_random(pair, 1U << 24);
        struct model_request *mine =
            front_ring_entry(&pair->our_front, pair->our_front.req_prod_pvt++);
        struct model_request *theirs =
            RING_GET_REQUEST(&pair->public_front, pair->public_front.req_prod_pvt++);
        mine->words[0] = value;
        theirs->words[0] = value;
    }
}

static void push_requests(struct pair *pair)
{
    int notify;
    RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&pair->public_front, notify);
    ck_assert_int_eq(front_ring_push(&pair->our_front), notify);
}

static void answer_requests(struct pair *pair)
{
    uint32_t waiting = back_ring_unconsumed(&pair->our_back);
    ck_assert_uint_eq(waiting, XEN_RING_NR_UNCONSUMED_REQUESTS(&pair->public_back));
    ck_assert(back_ring_is_sane(&pair->our_back));

    for (uint32_t i = waiting ? pair_random(pair, waiting + 1) : 0; i > 0; i--) {
        struct model_request request, expected;
        ring_copy_entry(&request, back_ring_entry(&pair->our_back, pair->our_back.req_cons++),
                        sizeof(request));
        expected = *RING_GET_REQUEST(&pair->public_back, pair->public_back.req_cons++);
        ck_assert_mem_eq(&request, &expected, sizeof(request));

        struct model_response *mine =
            back_ring_entry(&pair->our_back, pair->our_back.rsp_prod_pvt++);
        struct model_response *theirs =
            RING_GET_RESPONSE(&pair->public_back, pair->public_back.rsp_prod_pvt++);
        mine->words[1] = request.words[0];
        theirs->words[1] = request.words[0];
    }
}

static void push_responses(struct pair *pair)
{
    int notify;
    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&pair->public_back, notify);
    ck_assert_int_eq(back_ring_push(&pair->our_back), notify);
}

static void take_responses(struct pair *pair)
{
    uint32_t waiting = front_ring_unconsumed(&pair->our_front);
    ck_assert_uint_eq(waiting, XEN_RING_NR_UNCONSUMED_RESPONSES(&pair->public_front));
    ck_assert(front_ring_is_sane(&pair->our_front));

    uint32_t taken = waiting ? pair_random(pair, waiting + 1) : 0;
    pair->our_front.rsp_cons += taken;
    pair->public_front.rsp_cons += taken;
}

static void wait_for_requests(struct pair *pair)
{
    int work;
    RING_FINAL_CHECK_FOR_REQUESTS(&pair->public_back, work);
    ck_assert_int_eq(back_ring_final_check(&pair->our_back), work);
}

static void wait_for_responses(struct pair *pair)
{
    int work;
    RING_FINAL_CHECK_FOR_RESPONSES(&pair->public_front, work);
    ck_assert_int_eq(front_ring_final_check(&pair->our_front), work);
}

static void (*const moves[])(struct pair *) = {
    produce_requests, push_requests,     answer_requests,    push_responses,
    take_responses,   wait_for_requests, wait_for_responses,
};

TEST(ring, makes_the_same_moves_as_the_public_macros)
{
    static struct pair pair;

    for (uint32_t seed = 0; seed < SEEDS; seed++) {
        pair_start(&pair, seed % 2 ? WRAP_START : 0, seed);
        for (int i = 0; i < MOVES; i++) {
            moves[pair_random(&pair, sizeof(moves) / sizeof(moves[0]))](&pair);
            ck_assert_mem_eq(&pair.our_page, &pair.public_page, PAGE_BYTES);
        }
        ck_assert_uint_gt(pair.our_front.rsp_cons - (seed % 2 ? WRAP_START : 0), MOVES / 10);
    }
}

TEST(ring, sees_a_frontend_that_produces_too_much)
{
    static struct pair pair;

    pair_start(&pair, WRAP_START, 0);
    for (uint32_t excess = 0; excess < 100; excess++) {
        RING_IDX produced = WRAP_START + excess;
        pair.our_page.ours.req_prod = produced;
        ck_assert_int_eq(!back_ring_is_sane(&pair.our_back),
                         RING_REQUEST_PROD_OVERFLOW(&pair.public_back, produced));
        ck_assert_uint_le(back_ring_unconsumed(&pair.our_back), pair.our_back.entry_count);
    }
    pair.our_page.ours.req_prod = WRAP_START - 1;
    ck_assert(!back_ring_is_sane(&pair.our_back));
}

TEST(ring, sees_a_backend_that_answers_what_was_not_asked)
{
    static struct pair pair;

    pair_start(&pair, 0, 0);
    pair.our_front.req_prod_pvt = 3;
    pair.our_page.ours.rsp_prod = 3;
    ck_assert(front_ring_is_sane(&pair.our_front));
    pair.our_page.ours.rsp_prod = 4;
    ck_assert(!front_ring_is_sane(&pair.our_front));
    pair.our_page.ours.rsp_prod = UINT32_MAX;
    ck_assert(!front_ring_is_sane(&pair.our_front));
}

TEST(ring, has_no_entry_when_none_fits)
{
    ck_assert_uint_eq(ring_entry_count(64 + ENTRY_STRIDE - 1, ENTRY_STRIDE), 0);
    ck_assert_uint_eq(ring_entry_count(64 + ENTRY_STRIDE, ENTRY_STRIDE), 1);
    ck_assert_uint_eq(ring_entry_count(0, ENTRY_STRIDE), 0);
}
