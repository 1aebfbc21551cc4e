/* SPDX-License-Identifier: MIT */
#include "mm/frame_alloc.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "arch/tlb.h"
#include "lib/bits.h"
#include "mm/m2p.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

#define GIB (1UL << 30)

static uint64_t address_of(const struct frame *frame)
{
    return mfn_to_maddr(frame_to_mfn(frame)).value;
}

static bool is_zero(const struct frame *frame, unsigned order)
{
    const uint64_t *words = mfn_to_virt(frame_to_mfn(frame));

    for (size_t i = 0; i < (PAGE_SIZE << order) / sizeof(*words); i++) {
        if (words[i])
            return false;
    }
    return true;
}

static void fill(const struct frame *frame, unsigned order)
{
    memset(mfn_to_virt(frame_to_mfn(frame)), 0xee, PAGE_SIZE << order);
}

/* A machine with memory below 16 MiB, below 4 GiB and above. */
static void start_wide(void)
{
    static const struct memory_range ranges[] = {
        { 0x100000, 0x8000000 },
        { 0x40000000, 0x44000000 },
        { 4 * GIB, 6 * GIB },
    };

    fake_machine_start_with(ranges, 3);
}

TEST(frame_alloc, all_memory_is_free_at_first)
{
    fake_machine_start(64);
    ck_assert_uint_eq(frames_managed_total(), 63 * 256);
    ck_assert_uint_eq(frames_free_total(), 63 * 256);
    frame_alloc_check();
}

TEST(frame_alloc, a_block_is_aligned_and_fresh)
{
    fake_machine_start(64);
    for (unsigned order = 0; order <= 12; order++) {
        struct frame *frame = frame_alloc(order, FRAME_ADDRESS_ANY, FRAME_ALLOC_ZERO);

        ck_assert_ptr_nonnull(frame);
        ck_assert(is_aligned(frame_to_mfn(frame).number, 1UL << order));
        for (unsigned i = 0; i < 1u << order; i++) {
            ck_assert_uint_eq(frame[i].count, 0);
            ck_assert_uint_eq(frame[i].type, 0);
            ck_assert_uint_eq(atomic_load(&frame[i].owner), 0);
            ck_assert_int_eq(frame[i].state, FRAME_STATE_USED);
        }
        frame_alloc_check();
        frame_free(frame, order);
        frame_alloc_check();
    }
    ck_assert_uint_eq(frames_free_total(), 63 * 256);
}

TEST(frame_alloc, freed_blocks_join_again)
{
    struct frame *frames[512];

    fake_machine_start(64);
    for (int i = 0; i < 512; i++) {
        frames[i] = frame_alloc(0, FRAME_ADDRESS_BITS_MIN + 1, 0);
        ck_assert_ptr_nonnull(frames[i]);
    }
    for (int i = 511; i >= 0; i -= 2)
        frame_free(frames[i], 0);
    for (int i = 0; i < 512; i += 2)
        frame_free(frames[i], 0);
    frame_alloc_check();
    ck_assert_uint_eq(frames_free_total(), 63 * 256);
    /* The largest block there can be: 32 MiB at 32 MiB; what the caches hold is given back. */
    ck_assert_ptr_nonnull(frame_alloc(13, FRAME_ADDRESS_ANY, 0));
}

TEST(frame_alloc, what_is_impossible_is_refused)
{
    fake_machine_start(64);
    ck_assert_ptr_null(frame_alloc(FRAME_ORDER_MAX + 1, FRAME_ADDRESS_ANY, 0));
    ck_assert_ptr_null(frame_alloc(0, FRAME_ADDRESS_BITS_MIN - 1, 0));
    ck_assert_ptr_null(frame_alloc(14, FRAME_ADDRESS_ANY, 0));
    ck_assert_uint_eq(frames_free_total(), 63 * 256);
}

TEST(frame_alloc, ends_when_memory_ends_and_recovers)
{
    struct frame *frame, *all = NULL;
    uint64_t count = 0;

    fake_machine_start(8);
    /* The frames themselves remember each other. */
    while ((frame = frame_alloc(0, FRAME_ADDRESS_ANY, 0)) != NULL) {
        *(struct frame **)mfn_to_virt(frame_to_mfn(frame)) = all;
        all = frame;
        count++;
    }
    ck_assert_uint_eq(count, 7 * 256);
    ck_assert_uint_eq(frames_free_total(), 0);
    frame_alloc_check();
    while (all) {
        struct frame *next = *(struct frame **)mfn_to_virt(frame_to_mfn(all));
        frame_free(all, 0);
        all = next;
    }
    ck_assert_uint_eq(frames_free_total(), 7 * 256);
    frame_alloc_check();
    ck_assert_ptr_nonnull(frame_alloc(10, FRAME_ADDRESS_ANY, 0));
}

TEST(frame_alloc, high_memory_goes_first)
{
    start_wide();
    ck_assert_uint_ge(address_of(frame_alloc(0, FRAME_ADDRESS_ANY, 0)), 4 * GIB);
    ck_assert_uint_ge(address_of(frame_alloc(6, FRAME_ADDRESS_ANY, 0)), 4 * GIB);
    ck_assert_uint_ge(address_of(frame_alloc(18, FRAME_ADDRESS_ANY, 0)), 4 * GIB);
}

TEST(frame_alloc, address_width_is_kept)
{
    start_wide();
    for (unsigned bits = FRAME_ADDRESS_BITS_MIN; bits <= 34; bits++) {
        for (unsigned order = 0; order <= 9; order++) {
            struct frame *frame = frame_alloc(order, bits, 0);

            ck_assert_ptr_nonnull(frame);
            ck_assert_uint_le(address_of(frame) + (PAGE_SIZE << order), 1UL << bits);
            frame_free(frame, order);
        }
    }
    frame_alloc_check();
}

TEST(frame_alloc, low_memory_lasts_longest)
{
    uint64_t low;

    start_wide();
    low = frames_free_below(32);
    while (frame_alloc(9, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY)) {
        if (frames_free_below(33) > frames_free_below(32))
            ck_assert_uint_eq(frames_free_below(32), low);
    }
}

TEST(frame_alloc, an_order_6_block_below_4_gib_stays_available)
{
    start_wide();
    for (int i = 0; i < 1000; i++)
        ck_assert_ptr_nonnull(frame_alloc(0, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY));
    for (int i = 0; i < 100; i++)
        ck_assert_ptr_nonnull(frame_alloc(6, 32, FRAME_ALLOC_DIRTY));
}

TEST(frame_alloc, nobody_sees_what_another_left)
{
    struct frame *frame;

    fake_machine_start(32);
    /* What was there at boot. */
    memset(fake_memory, 0xee, 32UL << 20);
    for (unsigned order = 0; order < 5; order++)
        ck_assert(is_zero(frame_alloc(order, FRAME_ADDRESS_ANY, 0), order));

    frame = frame_alloc(11, FRAME_ADDRESS_ANY, 0);
    ck_assert(is_zero(frame, 11));
    fill(frame, 11);
    frame_free(frame, 11);
    while ((frame = frame_alloc(3, FRAME_ADDRESS_ANY, 0)) != NULL)
        ck_assert(is_zero(frame, 3));
}

TEST(frame_alloc, a_cached_frame_is_cleared_too)
{
    struct frame *frame;

    fake_machine_start(64);
    frame = frame_alloc(0, FRAME_ADDRESS_ANY, 0);
    fill(frame, 0);
    frame_free(frame, 0);
    ck_assert_ptr_eq(frame_alloc(0, FRAME_ADDRESS_ANY, 0), frame);
    ck_assert(is_zero(frame, 0));
}

TEST(frame_alloc, a_dirty_block_costs_no_clearing_and_is_dirty_afterwards)
{
    struct frame *frame;

    fake_machine_start(64);
    frame = frame_alloc(0, FRAME_ADDRESS_ANY, 0);
    fill(frame, 0);
    frame_free(frame, 0);
    ck_assert_ptr_eq(frame_alloc(0, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY), frame);
    ck_assert(!is_zero(frame, 0));
    frame_free(frame, 0);
    ck_assert_ptr_eq(frame_alloc(0, FRAME_ADDRESS_ANY, 0), frame);
    ck_assert(is_zero(frame, 0));
}

TEST(frame_alloc, a_part_of_a_block_can_be_freed)
{
    struct frame *frame;

    fake_machine_start(64);
    frame = frame_alloc(4, FRAME_ADDRESS_ANY, 0);
    for (int i = 15; i >= 0; i--)
        frame_free(frame + i, 0);
    frame_alloc_check();
    ck_assert_uint_eq(frames_free_total(), 63 * 256);
}

TEST(frame_alloc, start_up_touches_no_large_block)
{
    struct memory_range all = { 4 * GIB, 12 * GIB };
    uint64_t *probe = (uint64_t *)(FRAME_TABLE_VIRT + (8 * GIB >> PAGE_SHIFT) * 32);

    *probe = 0x1122334455667788;
    fake_machine_start_with(&all, 1);
    ck_assert_uint_eq(*probe, 0x1122334455667788);
    ck_assert_uint_eq(frames_free_total(), 8 * GIB / PAGE_SIZE);
    frame_alloc_check();
}

TEST(frame_alloc, only_what_was_given_out_is_valid)
{
    struct frame *frame;

    start_wide();
    ck_assert(!mfn_valid(MFN_INVALID));
    ck_assert(!mfn_valid(mfn(frame_count)));
    ck_assert(!mfn_valid(mfn(0x20000)));               /* a hole: 512 MiB */
    ck_assert(!mfn_valid(mfn(4 * GIB >> PAGE_SHIFT))); /* pristine */
    frame = frame_alloc(10, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY);
    for (unsigned i = 0; i < 1024; i++)
        ck_assert(mfn_valid(mfn_add(frame_to_mfn(frame), i)));
    frame_free(frame, 10);
    ck_assert(mfn_valid(frame_to_mfn(frame)));
    /* The rest of a chunk that is only partly RAM is valid, and nobody's. */
    ck_assert(mfn_valid(mfn(0x80)));
    ck_assert_int_eq(mfn_to_frame(mfn(0x80))->state, FRAME_STATE_RESERVED);
}

TEST(frame_alloc, m2p_of_a_fresh_frame_is_invalid)
{
    struct frame *frame;

    fake_machine_start(64);
    memset((void *)M2P_WRITE_VIRT, 0x11, (64UL << 20) / PAGE_SIZE * 8);
    frame = frame_alloc(0, FRAME_ADDRESS_ANY, 0);
    ck_assert_uint_eq(m2p_get(frame_to_mfn(frame)), M2P_INVALID);
    m2p_set(frame_to_mfn(frame), 42);
    ck_assert_uint_eq(m2p_get(frame_to_mfn(frame)), 42);
    ck_assert_uint_eq(m2p_get(mfn(frame_count)), M2P_INVALID);
}

TEST(frame_alloc, memory_can_be_added_later)
{
    fake_machine_start(16);
    frame_count = 0x2000; /* as if the table had been made for 32 MiB */
    ck_assert_uint_eq(frames_free_total(), 15 * 256);
    frame_count = 0x1000;

    static const struct memory_range parts[] = { { 0x100000, 0x500000 }, { 0x700000, 0x1000000 } };
    fake_machine_start_with(parts, 2);
    frame_alloc_check();
    /* The module of the boot loader is not needed any more. */
    frame_alloc_add_region(mfn(0x500), mfn(0x6ff));
    frame_alloc_add_region(mfn(0x6ff), mfn(0x700));
    frame_alloc_check();
    ck_assert_uint_eq(frames_free_total(), 15 * 256);
    ck_assert_ptr_nonnull(frame_alloc(10, FRAME_ADDRESS_ANY, 0));
    ck_assert_ptr_nonnull(frame_alloc(11, FRAME_ADDRESS_ANY, 0));
}

TEST(frame_alloc, blocks_do_not_cross_address_widths)
{
    struct memory_range all = { 0, 64UL << 20 };

    /* From 0 on, where the natural blocks would cover all widths at once. */
    fake_machine_start_with(&all, 1);
    frame_alloc_check();
    ck_assert_uint_eq(frames_free_below(24), 4096);
    ck_assert_uint_eq(frames_free_below(25), 8192);
    ck_assert_uint_eq(frames_free_below(26), 16384);
    struct frame *low = frame_alloc(12, 24, 0);
    ck_assert_ptr_nonnull(low);
    frame_free(low, 12);
    frame_alloc_check();
    ck_assert_uint_eq(frames_free_below(24), 4096);
}

TEST(frame_alloc, old_translations_are_flushed_before_reuse)
{
    struct frame *frame;

    fake_machine_start(64);
    fake_cpus_start(2);
    frame = frame_alloc(0, FRAME_ADDRESS_ANY, 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 0);
    frame->tlb_stamp = tlb_stamp_now();
    frame_free(frame, 0);
    ck_assert_ptr_eq(frame_alloc(0, FRAME_ADDRESS_ANY, 0), frame);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
    ck_assert_uint_eq(fake_requests.flush_mask, 3);
    /* All have flushed since. */
    frame_free(frame, 0);
    ck_assert_ptr_eq(frame_alloc(0, FRAME_ADDRESS_ANY, 0), frame);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
}

TEST(frame_alloc, another_cpus_cache_is_found_when_memory_is_short)
{
    struct frame *frames[16];

    fake_machine_start(32);
    fake_cpus_start(2);
    fake_cpu_become(1);
    for (int i = 0; i < 16; i++)
        frames[i] = frame_alloc(0, FRAME_ADDRESS_ANY, 0);
    for (int i = 0; i < 16; i++)
        frame_free(frames[i], 0);
    fake_cpu_become(0);
    uint64_t count = 0;
    while (frame_alloc(0, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY))
        count++;
    ck_assert_uint_eq(count, 31 * 256);
}

TEST_ABORTS(frame_alloc, freeing_twice_stops_the_machine)
{
    struct frame *frame;

    fake_machine_start(64);
    frame = frame_alloc(0, FRAME_ADDRESS_ANY, 0);
    frame_free(frame, 0);
    frame_free(frame, 0);
}

TEST_ABORTS(frame_alloc, freeing_a_frame_in_use_stops_the_machine)
{
    struct frame *frame;

    fake_machine_start(64);
    frame = frame_alloc(0, FRAME_ADDRESS_ANY, 0);
    frame->count = 1;
    frame_free(frame, 0);
}

TEST_ABORTS(frame_alloc, freeing_a_misaligned_block_stops_the_machine)
{
    struct frame *frame;

    fake_machine_start(64);
    frame = frame_alloc(4, FRAME_ADDRESS_ANY, 0);
    frame_free(frame + 1, 3);
}

TEST_ABORTS(frame_alloc, adding_memory_twice_stops_the_machine)
{
    fake_machine_start(64);
    frame_alloc_add_region(mfn(0x101), mfn(0x102));
}

/* Blocks of all sizes in random order, with a model of who has what. */
TEST(frame_alloc, random_use_keeps_every_invariant)
{
    static struct {
        struct frame *frame;
        unsigned order;
    } held[400];
    uint32_t random = 12345;
    uint64_t used = 0;

    start_wide();
    uint64_t all = frames_free_total();
    for (int round = 0; round < 20000; round++) {
        random = random * 1664525 + 1013904223;
        unsigned slot = (random >> 8) % 400;
        if (held[slot].frame) {
            frame_free(held[slot].frame, held[slot].order);
            used -= 1UL << held[slot].order;
            held[slot].frame = NULL;
        } else {
            unsigned order = (random >> 20) % 8;
            unsigned bits = (random >> 28) & 1 ? FRAME_ADDRESS_ANY : 27 + ((random >> 29) & 3);
            struct frame *frame = frame_alloc(order, bits, FRAME_ALLOC_DIRTY);
            if (frame) {
                held[slot].frame = frame;
                held[slot].order = order;
                used += 1UL << order;
                for (unsigned i = 0; i < 1u << order; i++)
                    ck_assert_int_eq(frame[i].state, FRAME_STATE_USED);
            }
        }
        ck_assert_uint_eq(frames_free_total() + used, all);
        if (round % 2000 == 0)
            frame_alloc_check();
    }
    for (int slot = 0; slot < 400; slot++) {
        if (held[slot].frame)
            frame_free(held[slot].frame, held[slot].order);
    }
    frame_alloc_check();
    ck_assert_uint_eq(frames_free_total(), all);
}

#define THREADS 4

/* A CPU that takes and gives single frames and small blocks, and marks each as its own. */
static void *work(void *argument)
{
    uint64_t me = (uint64_t)(uintptr_t)argument;
    struct frame *held[40] = { NULL };
    uint32_t random = (uint32_t)me;

    fake_cpu_become((uint32_t)me);
    for (int round = 0; round < 20000; round++) {
        random = random * 1664525 + 1013904223;
        unsigned slot = (random >> 8) % 40;
        unsigned order = slot % 4 == 0 ? 2 : 0;
        if (!held[slot]) {
            held[slot] = frame_alloc(order, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY);
            if (held[slot])
                *(uint64_t *)mfn_to_virt(frame_to_mfn(held[slot])) = me;
        } else {
            if (*(uint64_t *)mfn_to_virt(frame_to_mfn(held[slot])) != me)
                abort();
            frame_free(held[slot], order);
            held[slot] = NULL;
        }
    }
    for (unsigned slot = 0; slot < 40; slot++) {
        if (held[slot])
            frame_free(held[slot], slot % 4 == 0 ? 2 : 0);
    }
    return NULL;
}

TEST(frame_alloc, cpus_share_it)
{
    pthread_t threads[THREADS];

    /* So little memory that caches are drained by others now and then. */
    fake_machine_start(17);
    fake_cpus_start(THREADS);
    uint64_t all = frames_free_total();
    for (uint64_t i = 0; i < 3900; i++)
        ck_assert_ptr_nonnull(frame_alloc(0, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY));
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    frame_alloc_check();
    ck_assert_uint_eq(frames_free_total(), all - 3900);
}
