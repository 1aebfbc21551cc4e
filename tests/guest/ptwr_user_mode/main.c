/* SPDX-License-Identifier: MIT */
/*
 * Only the guest's kernel has its page-table writes emulated: user mode that has such a page mapped gets the page fault
 * (abi-facts 5.8).
 */
#include "ptwr.h"

USER_CODE_BLOCK(nothing, USER_RETURN);
USER_CODE_BLOCK(write_table, "mov $0x40000, %ebx\n"
                             "movq $0, (%rbx)\n"
                             "ud2");

void test_main(void)
{
    uint64_t table, before;
    struct try_result result;

    ptwr_setup();
    (void)user_run(CODE(nothing), 0);
    table = pte_address((uint64_t)ptwr_target, 1) & ~4095UL;
    user_map_at(0x40000, table | PTE_RO);
    before = *ptwr_entry;
    result = try_user(CODE(write_table), 0);
    expect_eq(result.vector, VECTOR_PF, "the exception");
    expect_eq(result.error_code, PF_PRESENT | PF_WRITE | PF_USER, "its error code");
    expect_eq(result.cr2, 0x40000, "its address");
    expect_eq(*ptwr_entry, before, "the table is as before");
}
