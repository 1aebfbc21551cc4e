/* SPDX-License-Identifier: MIT */
/*
 * The instruction of an emulated page-table write may cross into the next page; if that is missing, the guest gets the page
 * fault of its fetch there (abi-facts 5.8).
 */
#include "ptwr.h"

static uint8_t pages[2][4096] PAGE_ALIGNED;

static void call(void *code)
{
    __asm__ volatile("call *%0" : : "r"(code), "D"(ptwr_entry) : "rax", "rcx", "cc", "memory");
}

void test_main(void)
{
    /* lock andb $0xfd, (%rdi); movq $0, (%rdi) */
    static const uint8_t and[] = { 0xf0, 0x80, 0x27, 0xfd };
    static const uint8_t mov[] = { 0x48, 0xc7, 0x07, 0, 0, 0, 0 };
    static const struct {
        const uint8_t *code;
        unsigned bytes;
    } codes[] = { { and, sizeof(and) }, { mov, sizeof(mov) } };

    ptwr_setup();
    for (unsigned i = 0; i < ARRAY_COUNT(codes); i++) {
        for (unsigned inside = 1; inside < codes[i].bytes; inside++) {
            uint8_t *start = pages[1] - inside;
            struct try_result result;

            require_eq(map_page(pages[1], entry_of(pages[1], PTE_RW)), 0, "the page behind");
            memcpy(start, codes[i].code, codes[i].bytes);
            start[codes[i].bytes] = 0xc3;
            ptwr_reset();
            expect(!try(call, start).trapped, "with the page behind");
            expect(!(*ptwr_entry & PTE_WRITE), "the entry is written");
            ptwr_reset();
            require_eq(map_page(pages[1], 0), 0, "without the page behind");
            result = try(call, start);
            expect_eq(result.vector, VECTOR_PF, "without it");
            expect_eq(result.error_code, PF_FETCH, "its error code");
            expect_eq(result.cr2, pages[1], "its address");
            expect_eq(result.rip, start, "RIP is at the instruction");
            expect(*ptwr_entry & PTE_WRITE, "the entry is not written");
        }
    }
}
