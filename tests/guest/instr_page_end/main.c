/* SPDX-License-Identifier: MIT */
/*
 * An emulated instruction may cross into the next page. If that is missing, the guest gets the page fault of the
 * instruction's fetch there, not an emulation of half an instruction (abi-facts 5.8).
 */
#include "privileged.h"

static uint8_t pages[2][4096] PAGE_ALIGNED;

static void call(void *code)
{
    __asm__ volatile("call *%0" : : "r"(code) : "rax", "rcx", "rdx", "memory");
}

static void check(const uint8_t *code, unsigned bytes, const char *what)
{
    for (unsigned inside = 1; inside < bytes; inside++) {
        uint8_t *start = pages[1] - inside;
        struct try_result result;

        require_eq(map_page(pages[1], entry_of(pages[1], PTE_RW)), 0, "the page behind");
        memcpy(start, code, bytes);
        start[bytes] = 0xc3;
        if (try(call, start).trapped)
            failure("%s with %u bytes in the first page is not emulated", what, inside);
        require_eq(map_page(pages[1], 0), 0, "without the page behind");
        result = try(call, start);
        if (result.vector != VECTOR_PF || result.cr2 != (uint64_t)pages[1] ||
            result.error_code != PF_FETCH || result.rip != (uint64_t)start)
            failure("%s, %u bytes: vector %u, error code %#x, cr2 %#lx, rip %#lx", what, inside,
                    result.vector, result.error_code, result.cr2, result.rip);
    }
}

void test_main(void)
{
    static const uint8_t cr4[] = { 0x0f, 0x20, 0xe0 }, clts[] = { 0x0f, 0x06 };
    static const uint8_t in[] = { 0xe4, 0x80 }, wide[] = { 0x66, 0x66, 0x66, 0xe5, 0x84 };

    require_eq(iopl_set(1), 0, "level 1");
    check(cr4, sizeof(cr4), "MOV from CR4");
    check(clts, sizeof(clts), "CLTS");
    check(in, sizeof(in), "IN");
    check(wide, sizeof(wide), "IN with prefixes");
}
