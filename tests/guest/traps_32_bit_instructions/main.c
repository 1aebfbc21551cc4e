/* SPDX-License-Identifier: MIT */
/*
 * INTO and BOUND exist in 32-bit code only, which user mode may run in the flat 32-bit segment
 * 0xe023: #OF behind the instruction, #BR at it. The DPL of vector 4 is not looked at. (abi-facts 3.3)
 */
#include "guest.h"

USER_CODE_BLOCK(overflow, ".code32\n"
                          "mov $0x7fffffff, %eax\n"
                          "inc %eax\n"
                          "into\n"
                          "ud2\n"
                          ".code64");
USER_CODE_BLOCK(bound, ".code32\n"
                       "mov $0xe02b, %ecx\n" /* here the limits of DS count */
                       "mov %ecx, %ds\n"
                       "mov $5, %eax\n"
                       "mov $0x30000, %ebx\n"
                       ".byte 0x62, 0x03\n" /* bound %eax, (%ebx) */
                       "ud2\n"
                       ".code64");
#define OVERFLOW_LENGTH 7u
#define BOUND_OFFSET    17u

void test_main(void)
{
    struct try_result result;

    require_eq(trap_set(VECTOR_OF, 0, entry_point(VECTOR_OF)), 0, "DPL 0 for #OF");
    result = try_user_in(CODE(overflow), FLAT_USER_CS32, RFLAGS_IF);
    expect_eq(result.vector, VECTOR_OF, "INTO");
    expect_eq(result.rip, USER_CODE + OVERFLOW_LENGTH, "RIP is behind INTO");
    expect_eq(result.frame.cs & 0xffff, FLAT_USER_CS32, "CS in the frame");

    ((uint32_t *)(void *)user_data)[0] = 6;
    ((uint32_t *)(void *)user_data)[1] = 9;
    result = try_user_in(CODE(bound), FLAT_USER_CS32, RFLAGS_IF);
    expect_eq(result.vector, VECTOR_BR, "BOUND");
    expect_eq(result.rip, USER_CODE + BOUND_OFFSET, "RIP is at BOUND");
}
