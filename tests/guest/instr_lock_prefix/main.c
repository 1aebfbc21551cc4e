/* SPDX-License-Identifier: MIT */
/*
 * LOCK before an instruction that has no such form is not emulated: the guest gets the exception that the processor
 * gives (SDM 2A, LOCK).
 */
#include "privileged.h"

static void expect_refused(const uint8_t *code, size_t bytes, const char *what)
{
    struct try_result result = try_bytes(code, bytes);

    expect(result.trapped, what);
    expect(result.vector == VECTOR_UD || result.vector == VECTOR_GP, what);
}

void test_main(void)
{
    static const uint8_t clts[] = { 0xf0, 0x0f, 0x06 }, rdmsr[] = { 0xf0, 0x0f, 0x32 };
    static const uint8_t in[] = { 0xf0, 0xec }, wbinvd[] = { 0xf0, 0x0f, 0x09 };
    static const uint8_t cr0[] = { 0xf0, 0x0f, 0x20, 0xc0 }; /* on AMD CR8, which is none either */

    require_eq(iopl_set(1), 0, "level 1");
    expect_refused(clts, sizeof(clts), "CLTS");
    expect_refused(rdmsr, sizeof(rdmsr), "RDMSR");
    expect_refused(in, sizeof(in), "IN");
    expect_refused(wbinvd, sizeof(wbinvd), "WBINVD");
    expect_refused(cr0, sizeof(cr0), "MOV from CR0");
}
