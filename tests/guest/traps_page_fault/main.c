/* SPDX-License-Identifier: MIT */
/*
 * A page fault comes with the faulting address in vcpu_info.arch.cr2 and the processor's error code,
 * whose user bit is clear for the guest's kernel, which believes itself in ring 0
 * (abi-facts 3).
 */
#include "guest.h"

static uint8_t page[4096] PAGE_ALIGNED;

static void jump(void *address)
{
    ((void (*)(void))(uint64_t)address)();
}

void test_main(void)
{
    struct try_result result = try_read((void *)0x123456789000UL, NULL);

    expect(result.trapped && result.vector == VECTOR_PF, "reading nothing");
    expect_eq(result.cr2, 0x123456789000UL, "its address");
    expect_eq(result.error_code & 7, 0, "not present, read, kernel");
    result = try_write((void *)0x123456789ff8UL, 1);
    expect_eq(result.cr2, 0x123456789ff8UL, "its address");
    expect_eq(result.error_code & 7, 2, "not present, write, kernel");

    require_eq(map_page(page, entry_of(page, PTE_RO)), 0, "read-only");
    result = try_write(page + 8, 1);
    expect_eq(result.cr2, (long)(uint64_t)(page + 8), "its address");
    expect_eq(result.error_code & 7, 3, "present, write, kernel");
    require_eq(map_page(page, entry_of(page, PTE_RW | PTE_NO_EXECUTE)), 0, "not executable");
    page[0] = 0xc3;
    result = try(jump, page);
    expect(result.trapped && result.vector == VECTOR_PF, "executing it");
    expect_eq(result.error_code & 0x17, 0x11, "present, fetch, kernel");
    expect_eq(result.rip, (long)(uint64_t)page, "RIP is the page");
}
