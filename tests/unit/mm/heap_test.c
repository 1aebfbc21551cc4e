/* SPDX-License-Identifier: MIT */
#include "mm/heap.h"

#include <string.h>

#include "lib/bits.h"
#include "mm/frame_alloc.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

ALLOCATOR_THAT_CAN_FAIL(struct frame *, frame_alloc,
                        (unsigned order, unsigned address_bits, unsigned flags),
                        (order, address_bits, flags), NULL)

static bool is_zero(const void *memory, size_t bytes)
{
    const uint8_t *at = memory;

    for (size_t i = 0; i < bytes; i++) {
        if (at[i])
            return false;
    }
    return true;
}

TEST(heap, objects_are_zeroed_and_aligned)
{
    fake_machine_start(64);
    for (size_t bytes = 1; bytes < 20000; bytes += bytes < 3000 ? 1 : 997) {
        void *object = heap_alloc(bytes);

        ck_assert_ptr_nonnull(object);
        ck_assert(is_aligned((uint64_t)object, bytes > 2016 ? PAGE_SIZE : 16));
        ck_assert_msg(is_zero(object, bytes), "%zu bytes", bytes);
        memset(object, 0xee, bytes);
        heap_free(object);
    }
    ck_assert_uint_eq(heap_objects_in_use(), 0);
}

TEST(heap, an_object_that_comes_back_is_zeroed_again)
{
    fake_machine_start(64);
    void *first = heap_alloc(100);
    memset(first, 0xee, 100);
    heap_free(first);
    void *second = heap_alloc(90);
    ck_assert_ptr_eq(second, first);
    ck_assert(is_zero(second, 90));
}

TEST(heap, objects_do_not_overlap)
{
    static uint8_t *objects[600];

    fake_machine_start(64);
    for (size_t i = 0; i < 600; i++) {
        objects[i] = heap_alloc(i + 1);
        memset(objects[i], (int)(i & 0xff), i + 1);
    }
    for (size_t i = 0; i < 600; i++) {
        for (size_t j = 0; j <= i; j++)
            ck_assert_uint_eq(objects[i][j], i & 0xff);
    }
    ck_assert_uint_eq(heap_objects_in_use(), 600);
    for (size_t i = 0; i < 600; i++)
        heap_free(objects[i]);
    ck_assert_uint_eq(heap_objects_in_use(), 0);
}

TEST(heap, memory_goes_back)
{
    static void *objects[2000];

    fake_machine_start(64);
    heap_free(heap_alloc(256)); /* its class keeps one page */
    uint64_t before = frames_free_total();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 2000; i++)
            objects[i] = heap_alloc(256);
        ck_assert_uint_lt(frames_free_total(), before - 100);
        for (int i = 0; i < 2000; i++)
            heap_free(objects[(i * 7 + 3) % 2000]);
        ck_assert_uint_eq(frames_free_total(), before);
    }
}

TEST(heap, limits_are_refused)
{
    fake_machine_start(64);
    ck_assert_ptr_null(heap_alloc(0));
    ck_assert_ptr_null(heap_alloc(HEAP_BYTES_MAX + 1));
    ck_assert_ptr_null(heap_alloc(SIZE_MAX));
    ck_assert_ptr_null(heap_alloc(SIZE_MAX - 7));
    void *largest = heap_alloc(HEAP_BYTES_MAX);
    ck_assert_ptr_nonnull(largest);
    heap_free(largest);
    heap_free(NULL);
    page_free(NULL);
}

TEST(heap, pages_are_whole_zeroed_and_counted)
{
    fake_machine_start(64);
    void *page = page_alloc();
    ck_assert(is_aligned((uint64_t)page, PAGE_SIZE));
    ck_assert(is_zero(page, PAGE_SIZE));
    ck_assert_uint_eq(heap_objects_in_use(), 1);
    uint64_t free_with_page = frames_free_total();
    page_free(page);
    ck_assert_uint_eq(heap_objects_in_use(), 0);
    ck_assert_uint_eq(frames_free_total(), free_with_page + 1);
}

static int allocate_several(void *context)
{
    static const size_t sizes[] = { 16, 300, 2000, 5000, 16 };
    void *objects[5] = { NULL };
    int result = 0;

    (void)context;
    for (int i = 0; i < 5 && !result; i++) {
        objects[i] = heap_alloc(sizes[i]);
        if (!objects[i])
            result = -1;
    }
    for (int i = 0; i < 5; i++)
        heap_free(objects[i]);
    ck_assert_uint_eq(heap_objects_in_use(), 0);
    frame_alloc_check();
    return result;
}

TEST(heap, every_failure_is_answered_and_leaves_nothing)
{
    fake_machine_start(64);
    /* A class keeps one page, so each run has fewer allocations that can fail. */
    ck_assert_uint_ge(sweep_allocation_failures(allocate_several, NULL), 3);
}

TEST_ABORTS(heap, a_write_beyond_the_object_is_found)
{
    fake_machine_start(64);
    uint8_t *object = heap_alloc(20);
    object[20] = 1;
    heap_free(object);
}

TEST_ABORTS(heap, a_write_after_the_end_is_found)
{
    fake_machine_start(64);
    uint8_t *object = heap_alloc(40);
    heap_free(object);
    object[20] = 1;
    object = heap_alloc(40);
    (void)object;
}

TEST_ABORTS(heap, freeing_twice_is_found)
{
    fake_machine_start(64);
    void *object = heap_alloc(40);
    void *other = heap_alloc(40);
    heap_free(object);
    heap_free(object);
    heap_free(other);
}

TEST_ABORTS(heap, freeing_the_middle_of_an_object_is_found)
{
    fake_machine_start(64);
    uint8_t *object = heap_alloc(40);
    heap_free(object + 16);
}
