/* SPDX-License-Identifier: MIT */
/*
 * A byte or word read changes only that part of RAX, a double word clears the upper half; the width that reaches the
 * device is the guest's (abi-facts 6.6). The last port is no reason to go beyond.
 */
#include "privileged.h"

static void check(uint16_t port, unsigned bytes)
{
    uint64_t mask = bytes == 4 ? ~0UL : (1UL << bytes * 8) - 1;
    uint64_t rax = 0x1122334455667788;

    expect(!try_in(port, bytes, &rax).trapped, "a read");
    expect_eq(rax & ~mask, 0x1122334455667788 & ~mask, "the rest of RAX");
    if (bytes == 4)
        expect_eq(rax >> 32, 0, "the upper half");
}

void test_main(void)
{
    require_eq(iopl_set(1), 0, "level 1");
    for (unsigned bytes = 1; bytes <= 4; bytes *= 2) {
        check(0x80, bytes);
        check(0xcfc, bytes);
        check(0x3f8, bytes);
        check(0xffff, bytes);
        check((uint16_t)(0x10000 - bytes), bytes);
        expect(!try_out(0xffff, bytes, 0).trapped, "a write at the last port");
    }
}
