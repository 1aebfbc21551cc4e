/* SPDX-License-Identifier: MIT */
/*
 * Exceptions in handlers of exceptions are delivered like any other, each on top of the last frame, and
 * undone in order.
 */
#include "guest.h"

#define DEPTH 20u

static unsigned depth, deepest;

static void fault_again(struct guest_frame *frame)
{
    uint64_t own = (uint64_t)frame;

    frame->rip += 2;
    expect(frame->rsp > own, "the frame is below the interrupted stack");
    if (++depth > deepest)
        deepest = depth;
    if (depth < DEPTH)
        __asm__ volatile("ud2" : : : "memory");
    depth--;
}

void test_main(void)
{
    on_entry(VECTOR_UD, fault_again);
    __asm__ volatile("ud2" : : : "memory");
    expect_eq(deepest, DEPTH, "nesting");
    expect_eq(depth, 0, "all of them have returned");
}
