/* SPDX-License-Identifier: MIT */
/*
 * Only CPUID may follow the prefix "ud2; xen": anything else is #UD with RIP at the ud2, as is a prefix whose end
 * cannot be read (abi-facts 2.3, 3.3).
 */
#include "privileged.h"

static void expect_undefined(const void *code, size_t bytes, const char *what)
{
    struct try_result result = try_bytes(code, bytes);

    expect_eq(result.vector, VECTOR_UD, what);
    expect_eq(result.rip & 4095, 0, "RIP is at the ud2");
}

static void call(void *code)
{
    ((void (*)(void))(uint64_t)code)();
}

void test_main(void)
{
    static const uint8_t cpuid[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
    static const uint8_t mov[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x89, 0xc0 };
    static const uint8_t rdtsc[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0x31 };
    static const uint8_t prefixed[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x66, 0x0f, 0xa2 };
    static const uint8_t other_name[] = { 0x0f, 0x0b, 'x', 'e', 'm', 0x0f, 0xa2 };
    static uint8_t pages[2][4096] PAGE_ALIGNED;
    struct try_result result;

    expect(!try_bytes(cpuid, sizeof(cpuid)).trapped, "with CPUID it works");
    expect_undefined(mov, sizeof(mov), "with MOV");
    expect_undefined(rdtsc, sizeof(rdtsc), "with RDTSC");
    expect_undefined(prefixed, sizeof(prefixed), "with a prefix");
    expect_undefined(other_name, sizeof(other_name), "with another name");

    for (unsigned inside = 2; inside < sizeof(cpuid); inside++) {
        require_eq(map_page(pages[1], entry_of(pages[1], PTE_RW)), 0, "the page behind");
        memcpy(pages[1] - inside, cpuid, sizeof(cpuid));
        pages[1][sizeof(cpuid) - inside] = 0xc3;
        expect(!try(call, pages[1] - inside).trapped, "across the end of a page");
        require_eq(map_page(pages[1], 0), 0, "without the page behind");
        result = try(call, pages[1] - inside);
        expect_eq(result.vector, VECTOR_UD, "a prefix whose end is missing");
        expect_eq(result.rip, pages[1] - inside, "RIP is at the ud2");
    }
}
