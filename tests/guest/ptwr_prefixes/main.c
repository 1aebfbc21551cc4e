/* SPDX-License-Identifier: MIT */
/*
 * On one CPU Linux patches the LOCK prefix to DS (0x3e): both are accepted, as are operands by RIP, with index, with
 * GS base and with 32-bit addresses (abi-facts 5.8).
 */
#include "ptwr.h"

#define CHECK(text, ...)                                                                           \
    do {                                                                                           \
        ptwr_reset();                                                                              \
        __asm__ volatile(text : : "D"(ptwr_entry), ##__VA_ARGS__ : "cc", "memory", "r12", "r13");  \
        if (*ptwr_entry & PTE_WRITE)                                                               \
            failure("%s: the entry is %#lx", text, *ptwr_entry);                                   \
    } while (0)

static void check_gs(uint64_t read_only)
{
    require_eq(hypercall(set_segment_base, SEGBASE_GS_KERNEL, ptwr_entry - 8), 0, "GS base");
    CHECK("mov %1, %%gs:64", "r"(read_only));
    require_eq(hypercall(set_segment_base, SEGBASE_FS, ptwr_entry), 0, "FS base");
    CHECK("mov %1, %%fs:0", "r"(read_only));
}

static uint8_t code[4096] PAGE_ALIGNED;

/* mov %rax, displacement(%rip); ret */
static void check_rip(uint64_t read_only)
{
    int32_t displacement = (int32_t)((int64_t)ptwr_entry - (int64_t)(code + 7));

    memcpy(code, "\x48\x89\x05", 3);
    memcpy(code + 3, &displacement, sizeof(displacement));
    code[7] = 0xc3;
    CHECK("call *%1", "r"(code), "a"(read_only));
}

void test_main(void)
{
    uint64_t read_only;

    ptwr_setup();
    read_only = *ptwr_entry & ~PTE_WRITE;
    CHECK(".byte 0x3e; andb $0xfd, (%%rdi)");
    CHECK(".byte 0x3e; btrq $1, (%%rdi)");
    CHECK(".byte 0x2e, 0x36, 0x26; andb $0xfd, (%%rdi)");
    CHECK("lock; .byte 0x3e; andb $0xfd, (%%rdi)");
    CHECK("mov %1, -64(%%rdi,%2,8)", "r"(read_only), "r"(8UL));
    CHECK("mov %1, 0x12345(%%rdi,%2)", "r"(read_only), "r"(-0x12345L));
    CHECK("mov %%rdi, %%r13; lock andb $0xfd, (%%r13)");
    CHECK("mov %%rdi, %%r12; lock andb $0xfd, (%%r12)");
    check_gs(read_only);
    check_rip(read_only);
}
