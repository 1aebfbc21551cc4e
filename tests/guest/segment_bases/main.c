/* SPDX-License-Identifier: MIT */
/*
 * set_segment_base sets FS, the kernel's and the user's GS base; an address must be canonical
 * (XSA-193). A user's GS selector that cannot be loaded becomes null without an error
 * (abi-facts 2.1, row 49).
 */
#include "guest.h"

static uint64_t words[2] = { 0x1111, 0x2222 };

static uint64_t fs_word(void)
{
    uint64_t word;

    __asm__ volatile("mov %%fs:0, %0" : "=r"(word));
    return word;
}

static uint64_t gs_word(void)
{
    uint64_t word;

    __asm__ volatile("mov %%gs:0, %0" : "=r"(word));
    return word;
}

extern uint8_t user_gs[], user_gs_end[];
__asm__(".pushsection .rodata\n"
        "user_gs: mov %gs:0, %rdi\n"
        "xor %eax, %eax\n"
        "syscall\n"
        "user_gs_end:\n"
        ".popsection\n");

void test_main(void)
{
    static const uint64_t bad[] = { 0x800000000000UL, 0xffff7fffffffffffUL, 0x8000000000000000UL };

    expect_eq(hypercall(set_segment_base, SEGBASE_FS, &words[0]), 0, "FS");
    expect_eq(fs_word(), 0x1111, "is in force");
    expect_eq(hypercall(set_segment_base, SEGBASE_GS_KERNEL, &words[1]), 0, "GS of the kernel");
    expect_eq(gs_word(), 0x2222, "is in force");
    expect_eq(hypercall(set_segment_base, SEGBASE_GS_USER, USER_DATA), 0, "GS of user mode");
    expect_eq(gs_word(), 0x2222, "is not in force");
    user_data = NULL;
    for (unsigned i = 0; i < ARRAY_COUNT(bad); i++) {
        for (unsigned which = 0; which < 3; which++)
            expect_eq(hypercall(set_segment_base, which, bad[i]), -XEN_EINVAL, "non-canonical");
    }
    expect_eq(fs_word(), 0x1111, "FS is as it was");
    expect_eq(hypercall(set_segment_base, 4, 0), -XEN_EINVAL, "a base that does not exist");

    expect_eq(hypercall(set_segment_base, SEGBASE_GS_USER, USER_CODE), 0, "GS of user mode");
    expect_eq(user_run(user_gs, (size_t)(user_gs_end - user_gs), 0), (long)*(uint64_t *)user_gs,
              "user mode sees its own");
    expect_eq(gs_word(), 0x2222, "and the kernel its own again");
    expect_eq(hypercall(set_segment_base, SEGBASE_GS_USER_SEL, 0x1003), 0, "a bad selector");
    expect_eq(hypercall(set_segment_base, SEGBASE_GS_USER_SEL, FLAT_USER_SS), 0, "a good one");
    expect_eq(gs_word(), 0x2222, "the kernel's is left alone");
}
