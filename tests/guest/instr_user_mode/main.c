/* SPDX-License-Identifier: MIT */
/*
 * What is emulated for the guest's kernel is #GP(0) for its user mode, with RIP at the instruction
 * (abi-facts 3.1, 4.1).
 */
#include "privileged.h"

#define ROW(text, ...)                                                                             \
    {                                                                                              \
        text, { __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ })                                  \
    }

static const struct {
    const char *name;
    uint8_t code[8];
    uint8_t bytes;
} instructions[] = {
    ROW("rdmsr", 0x0f, 0x32),
    ROW("wrmsr", 0x0f, 0x30),
    ROW("mov %cr0, %rax", 0x0f, 0x20, 0xc0),
    ROW("mov %cr3, %rax", 0x0f, 0x20, 0xd8),
    ROW("mov %rax, %cr3", 0x0f, 0x22, 0xd8),
    ROW("mov %rax, %cr4", 0x0f, 0x22, 0xe0),
    ROW("mov %db0, %rax", 0x0f, 0x21, 0xc0),
    ROW("mov %rax, %db7", 0x0f, 0x23, 0xf8),
    ROW("clts", 0x0f, 0x06),
    ROW("invd", 0x0f, 0x08),
    ROW("wbinvd", 0x0f, 0x09),
    ROW("cli", 0xfa),
    ROW("sti", 0xfb),
    ROW("in (%dx), %al", 0xec),
    ROW("out %al, (%dx)", 0xee),
    ROW("in $0x80, %al", 0xe4, 0x80),
    ROW("insb", 0x6c),
    ROW("rep outsb", 0xf3, 0x6e),
};

static uint8_t user_code[16];

void test_main(void)
{
    for (unsigned i = 0; i < ARRAY_COUNT(instructions); i++) {
        uint8_t bytes = instructions[i].bytes;
        struct try_result result;

        memcpy(user_code, instructions[i].code, bytes);
        user_code[bytes] = 0xcc;
        result = try_user(user_code, bytes + 1, 0);
        if (result.vector != VECTOR_GP || result.error_code || result.rip != USER_CODE)
            failure("%s: vector %u, error code %#x, rip %#lx", instructions[i].name, result.vector,
                    result.error_code, result.rip);
    }
    expect_eq(hypercall(xen_version, XENVER_version), 0x40011, "the kernel goes on");
}
