/* SPDX-License-Identifier: MIT */
/*
 * CR4.FSGSBASE cannot be had: the feature is hidden, the bit is ignored when it is written, and the instructions are #UD in kernel and
 * user mode. Otherwise user mode could change bases that the hypervisor has noted (XSA-293; abi-facts 3.12).
 */
#include "privileged.h"

USER_CODE_BLOCK(user_wrgsbase, ".byte 0xf3, 0x48, 0x0f, 0xae, 0xd8\nud2");

void test_main(void)
{
    static const uint8_t wrfsbase[] = { 0xf3, 0x48, 0x0f, 0xae, 0xd0 };
    static const uint8_t rdgsbase[] = { 0xf3, 0x48, 0x0f, 0xae, 0xc8 };
    uint64_t cr4 = 0, after = 0;
    struct try_result result;

    require(!try_read_cr(4, &cr4).trapped, "CR4");
    expect(!try_write_cr(4, cr4 | BIT(16)).trapped, "CR4 with FSGSBASE");
    require(!try_read_cr(4, &after).trapped, "CR4");
    expect_eq(after, cr4, "the bit is not set");
    expect_eq(try_bytes(wrfsbase, sizeof(wrfsbase)).vector, VECTOR_UD, "WRFSBASE");
    expect_eq(try_bytes(rdgsbase, sizeof(rdgsbase)).vector, VECTOR_UD, "RDGSBASE");
    result = try_user(CODE(user_wrgsbase), 0);
    expect_eq(result.vector, VECTOR_UD, "WRGSBASE in user mode");
    expect_eq(result.rip, USER_CODE, "at the instruction");
}
