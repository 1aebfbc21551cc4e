/* SPDX-License-Identifier: MIT */
/*
 * Privileged instructions that no guest kernel executes are not emulated: they are #GP(0) as in any ring 3, or #UD
 * where the processor says so, in guest kernel and in user mode (abi-facts 4.1).
 */
#include "privileged.h"

#define ROW(text, ...)                                                                             \
    {                                                                                              \
        text, { __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ })                                  \
    }

static const struct {
    const char *name;
    uint8_t code[12];
    uint8_t bytes;
} instructions[] = {
    ROW("hlt", 0xf4),
    ROW("invlpg (%rax)", 0x0f, 0x01, 0x38),
    ROW("lgdt (%rsp)", 0x0f, 0x01, 0x14, 0x24),
    ROW("lidt (%rsp)", 0x0f, 0x01, 0x1c, 0x24),
    ROW("lldt %ax", 0x0f, 0x00, 0xd0),
    ROW("ltr %ax", 0x0f, 0x00, 0xd8),
    ROW("lmsw %ax", 0x0f, 0x01, 0xf0),
    ROW("swapgs", 0x0f, 0x01, 0xf8),
    ROW("sysretq", 0x48, 0x0f, 0x07),
    ROW("sysexitq", 0x48, 0x0f, 0x35),
    ROW("rdpmc", 0x0f, 0x33),
    ROW("monitor", 0x0f, 0x01, 0xc8),
    ROW("mwait", 0x0f, 0x01, 0xc9),
    ROW("clac", 0x0f, 0x01, 0xca),
    ROW("stac", 0x0f, 0x01, 0xcb),
    ROW("vmcall", 0x0f, 0x01, 0xc1),
    ROW("vmmcall", 0x0f, 0x01, 0xd9),
    ROW("vmrun", 0x0f, 0x01, 0xd8),
    ROW("clgi", 0x0f, 0x01, 0xdd),
    ROW("skinit", 0x0f, 0x01, 0xde),
    ROW("invlpga", 0x0f, 0x01, 0xdf),
    ROW("invpcid", 0x66, 0x0f, 0x38, 0x82, 0x04, 0x24),
    ROW("xsaves", 0x0f, 0xc7, 0x2c, 0x24),
    ROW("xrstors", 0x0f, 0xc7, 0x1c, 0x24),
    ROW("wrpkru", 0x0f, 0x01, 0xef),
    ROW("mov %rax, %tr", 0x0f, 0x26, 0xc0),
    ROW("far call of the hypervisor's CS", 0x68, 0x08, 0xe0, 0x00, 0x00, 0xff, 0x1c, 0x24),
};

/* The same in user mode: RAX 0 would end it. */
static uint8_t user_code[16];

void test_main(void)
{
    for (unsigned i = 0; i < ARRAY_COUNT(instructions); i++) {
        uint8_t bytes = instructions[i].bytes;
        struct try_result result = try_bytes(instructions[i].code, bytes);

        if (!result.trapped || (result.vector != VECTOR_GP && result.vector != VECTOR_UD))
            failure("%s in the kernel: trapped %d, vector %u", instructions[i].name, result.trapped,
                    result.vector);
        memcpy(user_code, instructions[i].code, bytes);
        user_code[bytes] = 0xcc;
        result = try_user(user_code, bytes + 1, 0);
        if (result.vector != VECTOR_GP && result.vector != VECTOR_UD)
            failure("%s in user mode: vector %u", instructions[i].name, result.vector);
    }
}
