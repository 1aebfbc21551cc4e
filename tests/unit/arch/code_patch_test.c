/* SPDX-License-Identifier: MIT */
/* Patching bytes that nobody executes: a table as parapet.ld would gather it, and its targets. */
#include "arch/code_patch.h"

#include <string.h>

#include "support/unit.h"

#define CALL_MEASURE 0x1u
#define JUMP_MEASURE 0x6u

/* code_patch_test_table.S */
extern uint8_t patched_call[], patched_jump[], patch_target[];

static void check_branch(const uint8_t *site, uint8_t opcode)
{
    int32_t displacement;

    ck_assert_uint_eq(site[0], opcode);
    memcpy(&displacement, site + 1, sizeof(displacement));
    ck_assert_ptr_eq(site + PATCH_MIN_LENGTH + displacement, patch_target);
}

TEST(code_patch, nothing_is_touched_without_its_measure)
{
    ck_assert_uint_eq(code_patch_apply(0x8), 0);
    ck_assert_uint_eq(patched_call[0], 0x11);
    ck_assert_uint_eq(patched_jump[0], 0x22);
}

TEST(code_patch, a_call_takes_the_place_and_nops_the_rest)
{
    ck_assert_uint_eq(code_patch_apply(CALL_MEASURE), 1);
    check_branch(patched_call, PATCH_OPCODE_CALL);
    for (unsigned i = PATCH_MIN_LENGTH; i < 8; i++)
        ck_assert_uint_eq(patched_call[i], 0x90);
    ck_assert_uint_eq(patched_call[8], 0x11);
    ck_assert_uint_eq(patched_jump[0], 0x22);
}

TEST(code_patch, any_of_its_measures_is_enough)
{
    ck_assert_uint_eq(code_patch_apply(0x4), 1);
    check_branch(patched_jump, PATCH_OPCODE_JUMP);
    ck_assert_uint_eq(patched_jump[PATCH_MIN_LENGTH], 0x22);
    ck_assert_uint_eq(code_patch_apply(JUMP_MEASURE | CALL_MEASURE), 2);
}
