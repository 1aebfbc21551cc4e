/* SPDX-License-Identifier: MIT */
/*
 * The test helpers themselves: a sweep reaches each allocation once, and TEST_ABORTS sees abort().
 */
#include "support/unit.h"

#include <stdlib.h>

struct scenario_state {
    unsigned int runs;
    unsigned int refused;
};

static int three_allocations(void *context)
{
    struct scenario_state *state = context;
    state->runs++;
    for (int i = 0; i < 3; i++) {
        if (allocation_must_fail()) {
            state->refused++;
            return -12;
        }
    }
    return 0;
}

TEST(unit, sweep_fails_each_allocation_once)
{
    struct scenario_state state = { 0 };
    ck_assert_uint_eq(sweep_allocation_failures(three_allocations, &state), 3);
    ck_assert_uint_eq(state.runs, 4);
    ck_assert_uint_eq(state.refused, 3);
}

TEST(unit, no_allocation_fails_outside_a_sweep)
{
    ck_assert(!allocation_must_fail());
}

TEST_ABORTS(unit, abort_is_seen)
{
    abort();
}
