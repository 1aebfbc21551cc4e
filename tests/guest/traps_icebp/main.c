/* SPDX-License-Identifier: MIT */
/*
 * The instruction 0xf1 is #DB whatever the DPL of entry 1 is, with RIP behind it (SDM 2A, INT1).
 */
#include "guest.h"

extern uint8_t icebp_at[];

static void icebp(void *unused)
{
    (void)unused;
    __asm__ volatile("icebp_at: .byte 0xf1");
}

void test_main(void)
{
    struct try_result result = try(icebp, NULL);

    if (result.vector == VECTOR_UD && machine_is_tcg())
        skip("TCG has no INT1");
    expect_eq(result.vector, VECTOR_DB, "the exception");
    expect_eq(result.rip, icebp_at + 1, "RIP is behind the instruction");
}
