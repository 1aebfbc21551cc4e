/* SPDX-License-Identifier: MIT */
/*
 * INT n may have prefixes that mean nothing; RIP in the frame is behind all of it. (abi-facts 3.5)
 */
#include "guest.h"

static uint64_t rip;

static void remember(struct guest_frame *frame)
{
    rip = frame->rip;
}

#define CHECK(prefixes)                                                                            \
    do {                                                                                           \
        uint64_t behind;                                                                           \
                                                                                                   \
        rip = 0;                                                                                   \
        __asm__ volatile(prefixes "int $0x21\n1: lea 1b(%%rip), %0" : "=r"(behind) : : "memory");  \
        expect_eq(rip, behind, "RIP behind " prefixes);                                            \
    } while (0)

void test_main(void)
{
    on_entry(0x21, remember);
    CHECK("");
    CHECK(".byte 0x66;");
    CHECK(".byte 0x67;");
    CHECK(".byte 0x2e;");
    CHECK(".byte 0x3e;");
    CHECK(".byte 0x64;");
    CHECK(".byte 0x65;");
    CHECK(".byte 0xf2;");
    CHECK(".byte 0xf3;");
    CHECK(".byte 0x48;");
    CHECK(".byte 0x4f;");
    CHECK(".byte 0x66, 0x67, 0x2e, 0xf2, 0xf3, 0x41;");
    CHECK(".fill 13, 1, 0x66;");
}
