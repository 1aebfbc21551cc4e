/* SPDX-License-Identifier: MIT */
/*
 * XSETBV of a guest kernel is checked: x87 always, AVX only with SSE, nothing that is not on offer, no other register; and
 * only with CR4.OSXSAVE. User mode cannot (abi-facts 4.1; XSA-52).
 */
#include "privileged.h"

struct xsetbv {
    uint32_t index;
    uint64_t value;
};

static void do_xsetbv(void *argument)
{
    const struct xsetbv *x = argument;

    __asm__ volatile("xsetbv" : : "a"((uint32_t)x->value), "d"(x->value >> 32), "c"(x->index));
}

static NOINLINE bool sets(uint32_t index, uint64_t value)
{
    struct xsetbv x = { index, value };
    struct try_result result = try(do_xsetbv, &x);

    if (result.trapped && result.vector != VECTOR_GP)
        failure("a refused XSETBV is exception %u", result.vector);
    return !result.trapped;
}

static uint64_t xgetbv(void)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

USER_CODE_BLOCK(user_xsetbv, "xor %ecx, %ecx\nxor %edx, %edx\nmov $1, %eax\nxsetbv\nud2");

void test_main(void)
{
    uint64_t offered = cpuid_forced(0xd, 0).eax, cr4 = 0;

    if (!cpu_has_xsave())
        skip("no XSAVE on this processor");
    (void)try_read_cr(4, &cr4);
    expect(!sets(0, 1), "without CR4.OSXSAVE");
    require(!try_write_cr(4, cr4 | CR4_OSXSAVE).trapped, "CR4.OSXSAVE");
    expect_eq(xgetbv(), 1, "XCR0 at first");
    expect(sets(0, offered), "all that is on offer");
    expect_eq(xgetbv(), offered, "is set");
    expect(!sets(0, offered & ~1UL), "without x87");
    expect(!sets(0, 0), "nothing");
    expect(!sets(0, offered | BIT(9)), "with PKRU");
    expect(!sets(0, offered | BIT(63)), "with bit 63");
    expect(!sets(0, offered | BIT(17) | BIT(18)), "with AMX");
    expect(!sets(0, 5), "AVX without SSE");
    expect(!sets(1, 1), "another register");
    expect(!sets(~0u, 1), "the last register");
    expect_eq(xgetbv(), offered, "refused values change nothing");
    expect(sets(0, 3), "x87 and SSE");
    expect_eq(xgetbv(), 3, "is set");
    expect_eq(try_user(CODE(user_xsetbv), 0).vector, VECTOR_GP, "user mode");
}
