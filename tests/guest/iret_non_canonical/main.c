/* SPDX-License-Identifier: MIT */
/*
 * iret to an address that is not canonical is #GP(0) at that address, in guest-kernel and in guest-user mode, by the
 * way of IRETQ and by that of SYSRET (XSA-7; abi-facts 3.8).
 */
#include "guest.h"

static NOINLINE void check(uint64_t rip, uint64_t cs, uint64_t flags)
{
    struct iret_context context = { .rip = rip,
                                    .rcx = rip,
                                    .r11 = 0x202,
                                    .flags = flags,
                                    .cs = cs,
                                    .rflags = 0x202,
                                    .rsp = (uint64_t)spare_stack + SPARE_STACK_BYTES,
                                    .ss = FLAT_KERNEL_SS };
    struct try_result result = try_iret(&context);

    expect(is_fetch_of(&result, rip), "#GP where it goes to");
    expect_eq(result.frame.cs & 0xffff, cs, "its CS");
    expect_eq(result.frame.rsp, context.rsp, "its RSP");
}

USER_CODE_BLOCK(nothing, USER_RETURN);

void test_main(void)
{
    static const uint64_t bad[] = { 0x0000800000000000, 0xffff7fffffffffff, 0x8000000000000000,
                                    0x7fffffffffffffff, 0x1234567887654321 };

    (void)user_run(CODE(nothing), 0);
    for (unsigned i = 0; i < ARRAY_COUNT(bad); i++) {
        check(bad[i], FLAT_KERNEL_CS & ~3u, 0);
        check(bad[i], FLAT_KERNEL_CS & ~3u, VGCF_in_syscall);
        check(bad[i], FLAT_USER_CS, 0);
        check(bad[i], FLAT_USER_CS, VGCF_in_syscall);
    }
}
