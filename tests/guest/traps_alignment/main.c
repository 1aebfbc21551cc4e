/* SPDX-License-Identifier: MIT */
/*
 * With AC set, an unaligned access is #AC with error code 0, in guest kernel and user mode
 * (CR0.AM is set, and both are ring 3; SDM 3A 2.5, abi-facts 3.3).
 */
#include "guest.h"

static uint64_t words[2];

static void read_unaligned(void *unused)
{
    uint64_t value;

    (void)unused;
    write_flags(RFLAGS_AC);
    __asm__ volatile("mov 1(%1), %0" : "=r"(value) : "r"(words));
    write_flags(0);
}

USER_CODE_BLOCK(user_unaligned, "pushq $0x40002\n"
                                "popfq\n"
                                "mov -9(%rsp), %rax\n" USER_RETURN);

void test_main(void)
{
    struct try_result result = try(read_unaligned, NULL);

    if (!result.trapped && machine_is_tcg())
        skip("TCG does not check alignment");
    expect_eq(result.vector, VECTOR_AC, "the exception in kernel mode");
    expect_eq(result.error_code, 0, "its error code");
    result = try_user(CODE(user_unaligned), 0);
    expect(result.trapped, "an exception in user mode");
    expect_eq(result.vector, VECTOR_AC, "the exception in user mode");
    expect(!(result.rflags & RFLAGS_AC), "the handler starts without AC");
}
