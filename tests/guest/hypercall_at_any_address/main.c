/* SPDX-License-Identifier: MIT */
/*
 * SYSCALL in guest-kernel mode is a hypercall wherever it stands: Debian's kernels have no
 * hypercall page any more (abi-facts, finding 1). Also when it ends a page, and when the next
 * page is missing until after the call.
 */
#include "guest.h"

static uint8_t pages[2][4096] PAGE_ALIGNED;

typedef long call_function(void);

void test_main(void)
{
    /* mov $17, %eax; xor %edi, %edi; syscall | ret */
    static const uint8_t code[] = { 0xb8, 0x11, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05 };
    uint8_t *start = pages[1] - sizeof(code);
    long result;

    memcpy(start, code, sizeof(code));
    pages[1][0] = 0xc3;
    result = ((call_function *)(uint64_t)start)();
    expect_eq(result, 0x40011, "SYSCALL in the last bytes of a page");
}
