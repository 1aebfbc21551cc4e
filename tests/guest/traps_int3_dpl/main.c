/* SPDX-License-Identifier: MIT */
/*
 * INT3 reaches the guest whatever the DPL of its entry 3 is, from user mode too (abi-facts 3.3).
 */
#include "guest.h"

USER_CODE_BLOCK(user_int3, "nop\nint3\n" USER_RETURN);

void test_main(void)
{
    struct try_result result;

    require_eq(trap_set(VECTOR_BP, 0, entry_point(VECTOR_BP)), 0, "DPL 0");
    result = try_user(CODE(user_int3), 0);
    expect_eq(result.vector, VECTOR_BP, "#BP from user mode");
    expect_eq(result.rip, USER_CODE + 2, "RIP is behind the instruction");
}
