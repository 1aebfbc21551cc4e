/* SPDX-License-Identifier: MIT */
/*
 * The block front end against a backend in memory: each way that both can agree on, with the
 * guest's own test of disks; coming and going; and backends that misbehave, after which the
 * kernel goes on, every request has ended, and no page is lost.
 */
#include <string.h>

#include "devices/block.h"
#include "devices/tests.h"
#include "fake_blkback.h"
#include "fake_store.h"
#include "hypercall-abi/io/xenbus.h"
#include "kernel/page.h"
#include "pv/grant.h"
#include "pv/xenbus.h"
#include "support/unit.h"
#include "world.h"

#define REQUESTS 40u

static const struct blkback_options all_features = { .max_queues = 2,
                                                     .max_order = 4,
                                                     .max_indirect = 256,
                                                     .has_persistent = true,
                                                     .has_flush = true,
                                                     .has_discard = true };

static uint64_t pages_before;

/* The bus's thread, one step at a time: as long as somebody has something to do. */
static void run_bus(void)
{
    bool was_busy = true;

    while (was_busy) {
        was_busy = xenbus_step(1);
        was_busy |= world_turn();
    }
}

static void start_with(const char *command_line, const struct blkback_options *options)
{
    world_start(command_line);
    pages_before = page_free_count();
    fake_store_start();
    fake_blkback_create(options);
    xenbus_init();
    run_bus();
}

static struct block_device *disk(void)
{
    return block_find("xvda", 0);
}

static const char *frontend_state(void)
{
    return fake_store_get(FAKE_BLK_FRONTEND "/state");
}

static void test_the_disk(const char *command_line, const struct blkback_options *options)
{
    start_with(command_line, options);
    ck_assert_ptr_nonnull(disk());
    ck_assert_str_eq(frontend_state(), "4");
    ck_assert(block_test("xvda", REQUESTS, 1));
    ck_assert_uint_eq(fake_blkback_counts()->map_failures, 0);
}

TEST(blkfront, uses_all_that_is_offered)
{
    test_the_disk("", &all_features);
    const struct blkback_counts *counts = fake_blkback_counts();

    ck_assert_uint_eq(counts->queues, 2);
    ck_assert_uint_eq(counts->rings, 2 * 4);
    ck_assert_uint_gt(counts->indirect, 0);
    ck_assert_uint_gt(counts->direct, 0);
    ck_assert_uint_gt(counts->flushes, 0);
    ck_assert_uint_eq(counts->discards, 1);
    ck_assert(world_said("persistent grants"));
}

TEST(blkfront, gets_along_with_a_backend_that_offers_nothing)
{
    const struct blkback_options nothing = { .max_queues = 0 };

    test_the_disk("", &nothing);
    const struct blkback_counts *counts = fake_blkback_counts();

    ck_assert_uint_eq(counts->queues, 1);
    ck_assert_uint_eq(counts->rings, 1);
    ck_assert_uint_eq(counts->indirect + counts->flushes + counts->discards, 0);
}

TEST(blkfront, leaves_out_what_the_command_line_forbids)
{
    test_the_disk("blkfront.queues=1 blkfront.ring-order=0 blkfront.segments=0 "
                  "blkfront.persistent=0 blkfront.flush=0 blkfront.discard=0",
                  &all_features);
    const struct blkback_counts *counts = fake_blkback_counts();

    ck_assert_uint_eq(counts->queues, 1);
    ck_assert_uint_eq(counts->rings, 1);
    ck_assert_uint_eq(counts->indirect + counts->flushes + counts->discards, 0);
    ck_assert(world_said("single grants"));
}

TEST(blkfront, does_without_persistent_grants)
{
    test_the_disk("blkfront.persistent=0", &all_features);
    ck_assert_uint_gt(fake_blkback_counts()->indirect, 0);
}

TEST(blkfront, does_without_indirect_requests)
{
    test_the_disk("blkfront.segments=0", &all_features);
    ck_assert_uint_eq(fake_blkback_counts()->indirect, 0);
}

TEST(blkfront, takes_as_few_segments_as_the_backend)
{
    struct blkback_options options = all_features;

    options.max_indirect = 20;
    test_the_disk("", &options);
    ck_assert_uint_eq(disk()->segment_limit, 20);
}

TEST(blkfront, knows_large_sectors)
{
    struct blkback_options options = all_features;

    options.sector_bytes = 4096;
    test_the_disk("", &options);
    ck_assert_uint_eq(disk()->sector_bytes, 4096);
}

TEST(blkfront, refuses_impossible_sectors)
{
    struct blkback_options options = all_features;

    options.sector_bytes = 768;
    start_with("", &options);
    ck_assert_ptr_null(disk());
    ck_assert_str_eq(frontend_state(), "6");
    ck_assert(world_said("impossible size"));
}

TEST(blkfront, writes_nothing_to_a_read_only_disk)
{
    struct blkback_options options = all_features;
    struct block_request request = { .operation = BLOCK_WRITE, .segment_count = 1 };

    options.is_read_only = true;
    start_with("", &options);
    ck_assert(disk()->is_read_only);
    request.segments[0] = (struct block_segment){ page_alloc(), 0, 512 };
    ck_assert_int_eq(block_do(disk(), &request), BLOCK_ERROR);
    request.operation = BLOCK_READ;
    ck_assert_int_eq(block_do(disk(), &request), BLOCK_OK);
    ck_assert(!block_test("xvda", 1, 1));
}

TEST(blkfront, publishes_again_after_a_conflict)
{
    world_start("");
    fake_store_start();
    fake_blkback_create(&all_features);
    fake_store_make_conflicts(3);
    xenbus_init();
    run_bus();
    ck_assert_ptr_nonnull(disk());
}

/* ---- coming and going ---- */

/* Everything that was granted, opened or allocated is back, but for the struct of the device. */
static void expect_nothing_is_left(void)
{
    ck_assert_uint_eq(grant_count_used(), 0);
    ck_assert_uint_eq(grant_count_lingering(), 0);
    ck_assert_uint_eq(world_open_ports(), 1);                /* the store's */
    ck_assert_uint_ge(page_free_count() + 64, pages_before); /* small objects keep their pages */
}

TEST(blkfront, lets_go_when_asked)
{
    test_the_disk("", &all_features);
    fake_blkback_set_state(XenbusStateClosing);
    run_bus();
    ck_assert_ptr_null(disk());
    ck_assert_str_eq(frontend_state(), "6");
    ck_assert_str_eq(fake_store_get(FAKE_BLK_BACKEND "/state"), "6");
    /* Pages that were mapped at that moment go back with the next grant that ends. */
    grant_end(grant_access(0, 100, false), 100);
    expect_nothing_is_left();
}

TEST(blkfront, forgets_a_device_whose_folder_is_gone)
{
    test_the_disk("", &all_features);
    fake_blkback_set_state(XenbusStateClosing);
    run_bus();
    fake_store_set(FAKE_BLK_FRONTEND, NULL);
    fake_store_set(FAKE_BLK_BACKEND, NULL);
    run_bus();
    ck_assert_uint_eq(fake_store_watch_count(), 1); /* of `device` */
}

TEST(blkfront, comes_back_ten_times)
{
    uint64_t pages_after_first = 0;

    start_with("", &all_features);
    for (int i = 0; i < 10; i++) {
        ck_assert(block_test("xvda", 4, 1));
        fake_blkback_set_state(XenbusStateClosing);
        run_bus();
        fake_store_set(FAKE_BLK_FRONTEND, NULL);
        fake_store_set(FAKE_BLK_BACKEND, NULL);
        run_bus();
        grant_end(grant_access(0, 100, false), 100);
        ck_assert_uint_eq(grant_count_used(), 0);
        if (i == 0)
            pages_after_first = page_free_count();
        fake_blkback_create(&all_features);
        run_bus();
    }
    fake_blkback_set_state(XenbusStateClosing);
    run_bus();
    grant_end(grant_access(0, 100, false), 100);
    /* Each struct of a device stays, a page at the most. */
    ck_assert_uint_ge(page_free_count() + 10, pages_after_first);
}

TEST(blkfront, reconnects_to_a_backend_that_begins_again)
{
    test_the_disk("", &all_features);
    fake_blkback_set_state(XenbusStateClosing);
    run_bus();
    fake_blkback_set_state(XenbusStateInitWait);
    run_bus();
    ck_assert_str_eq(frontend_state(), "4");
    ck_assert(block_test("xvda", 4, 1));
}

TEST(blkfront, survives_a_folder_that_vanishes_at_work)
{
    test_the_disk("", &all_features);
    fake_store_set(FAKE_BLK_FRONTEND, NULL);
    run_bus();
    ck_assert_ptr_null(disk());
    fake_blkback_end();
    grant_end(grant_access(0, 100, false), 100);
    ck_assert_uint_eq(grant_count_used(), 0);
}

/* ---- backends that misbehave ---- */

#define REQUEST_COUNT 8u

static struct block_request requests[REQUEST_COUNT];
static uint32_t done_count, done_well;

static void count_done(struct block_request *request)
{
    done_count++;
    done_well += request->status == BLOCK_OK;
}

static void submit_requests(enum block_operation operation)
{
    for (uint32_t i = 0; i < REQUEST_COUNT; i++) {
        requests[i] = (struct block_request){
            .operation = operation, .sector = i * 64, .segment_count = 1, .done = count_done
        };
        if (operation == BLOCK_DISCARD)
            requests[i].sector_count = 8;
        requests[i].segments[0] = (struct block_segment){ page_alloc(), 0, 4096 };
        block_submit(disk(), &requests[i]);
    }
}

static void misbehave(enum blkback_misdeed misdeed, const char *command_line)
{
    start_with(command_line, &all_features);
    ck_assert_ptr_nonnull(disk());
    fake_blkback_misbehave(misdeed);
    submit_requests(BLOCK_READ);
    run_bus();
}

static void expect_given_up(void)
{
    ck_assert(world_said("the backend is given up"));
    ck_assert_uint_eq(done_count, REQUEST_COUNT);
    ck_assert_ptr_null(disk());
    ck_assert_str_eq(frontend_state(), "6");
    /* It does not begin again with such a backend. */
    fake_blkback_set_state(XenbusStateInitWait);
    run_bus();
    ck_assert_str_eq(frontend_state(), "6");
}

#define GIVES_UP(sentence, misdeed)                                                                \
    TEST(blkfront_hostile, sentence)                                                               \
    {                                                                                              \
        misbehave(misdeed, "");                                                                    \
        expect_given_up();                                                                         \
    }                                                                                              \
    TEST(blkfront_hostile, sentence##_with_single_grants)                                          \
    {                                                                                              \
        misbehave(misdeed, "blkfront.persistent=0");                                               \
        expect_given_up();                                                                         \
    }

GIVES_UP(wrong_id, BLKBACK_WRONG_ID)
GIVES_UP(id_of_no_request, BLKBACK_FREE_ID)
GIVES_UP(same_response_twice, BLKBACK_SAME_TWICE)
GIVES_UP(wrong_operation, BLKBACK_WRONG_OPERATION)
GIVES_UP(more_responses_than_requests, BLKBACK_TOO_MANY)
GIVES_UP(index_that_goes_back, BLKBACK_INDEX_BACK)

TEST(blkfront_hostile, errors_are_passed_on)
{
    misbehave(BLKBACK_ERROR_STATUS, "");
    ck_assert_uint_eq(done_count, REQUEST_COUNT);
    ck_assert_uint_eq(done_well, 0);
    ck_assert_ptr_nonnull(disk());
}

TEST(blkfront_hostile, a_status_that_means_nothing_is_an_error)
{
    misbehave(BLKBACK_ODD_STATUS, "");
    ck_assert_uint_eq(done_count, REQUEST_COUNT);
    ck_assert_uint_eq(done_well, 0);
}

TEST(blkfront_hostile, features_that_do_not_work_are_not_used_again)
{
    start_with("", &all_features);
    fake_blkback_misbehave(BLKBACK_UNSUPPORTED);
    submit_requests(BLOCK_DISCARD);
    run_bus();
    ck_assert_uint_eq(done_well, 0);
    ck_assert(!disk()->can_discard);
    struct block_request flush = { .operation = BLOCK_FLUSH };

    ck_assert_int_eq(block_do(disk(), &flush), BLOCK_UNSUPPORTED);
    ck_assert_int_eq(block_do(disk(), &flush), BLOCK_ERROR);
}

TEST(blkfront_hostile, pages_that_it_keeps_are_used_for_nothing_else)
{
    misbehave(BLKBACK_KEEPS_PAGES, "blkfront.persistent=0");
    ck_assert_uint_eq(done_count, REQUEST_COUNT);
    ck_assert_uint_eq(grant_count_lingering(), REQUEST_COUNT);
    for (uint32_t i = 0; i < REQUEST_COUNT; i++) {
        page_put(requests[i].segments[0].pfn);
        ck_assert_uint_eq(page_users(requests[i].segments[0].pfn), 1);
    }
    fake_blkback_end();
    grant_end(grant_access(0, 100, false), 100);
    ck_assert_uint_eq(grant_count_lingering(), 0);
    for (uint32_t i = 0; i < REQUEST_COUNT; i++)
        ck_assert_uint_eq(page_users(requests[i].segments[0].pfn), 0);
}

TEST(blkfront_hostile, silence_ends_with_the_device)
{
    misbehave(BLKBACK_SILENT, "");
    ck_assert_uint_eq(done_count, 0);
    fake_blkback_set_state(XenbusStateClosing); /* it is given time, but not for ever */
    run_bus();
    ck_assert_uint_eq(done_count, REQUEST_COUNT);
    ck_assert_uint_eq(done_well, 0);
    ck_assert_str_eq(frontend_state(), "6");
}

TEST(blkfront_hostile, a_backend_that_dies_ends_all_requests)
{
    misbehave(BLKBACK_SILENT, "");
    fake_blkback_set_state(XenbusStateClosed);
    run_bus();
    ck_assert_uint_eq(done_count, REQUEST_COUNT);
    ck_assert_ptr_null(disk());
}
