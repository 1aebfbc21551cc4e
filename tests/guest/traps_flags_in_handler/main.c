/* SPDX-License-Identifier: MIT */
/*
 * RFLAGS in a frame are the interrupted ones; the handler starts without AC, NT, RF and TF, and with DF as
 * it was, which only SYSCALL clears. (abi-facts 3.2)
 */
#include "guest.h"

static void fault_with(void *flags)
{
    write_flags(*(uint64_t *)flags);
    __asm__ volatile("ud2");
}

static void check(uint64_t flags, const char *what)
{
    struct try_result result = try(fault_with, &flags);

    expect_eq(result.vector, VECTOR_UD, what);
    expect_eq(result.frame.rflags & flags, flags, what);
    expect_eq(result.rflags & (RFLAGS_AC | RFLAGS_NT | RFLAGS_RF | RFLAGS_TF | RFLAGS_VM), 0, what);
    expect_eq(result.rflags & RFLAGS_DF, flags & RFLAGS_DF, what);
    expect(result.rflags & RFLAGS_IF, "the real IF is always set");
    expect_eq(result.rflags & RFLAGS_IOPL, 0, "the real IOPL is always 0");
}

void test_main(void)
{
    check(RFLAGS_AC, "AC");
    check(RFLAGS_NT, "NT");
    check(RFLAGS_DF, "DF");
    check(RFLAGS_CF | RFLAGS_ZF | RFLAGS_OF, "arithmetic flags");
    check(RFLAGS_ID, "ID");
}
