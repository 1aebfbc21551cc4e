/* SPDX-License-Identifier: MIT */
/*
 * Control registers as a guest kernel sees them: CR0 with a virtual TS and nothing else to change, CR2 the
 * last fault's address, CR3 the root's machine address, CR4 with the bits that are its own; CR8 and CR1 do
 * not exist (abi-facts 4.1).
 */
#include "privileged.h"

static NOINLINE void expect_no_write(unsigned number, uint64_t value, const char *what)
{
    expect_eq(try_write_cr(number, value).vector, VECTOR_GP, what);
}

static NOINLINE bool writes(unsigned number, uint64_t value)
{
    return !try_write_cr(number, value).trapped;
}

static NOINLINE bool reads(unsigned number, uint64_t *value)
{
    return !try_read_cr(number, value).trapped;
}

void test_main(void)
{
    uint64_t value = 0, cr0 = 0, root = maddr_of((void *)start_info->pt_base);

    expect(reads(0, &cr0), "CR0");
    expect_eq(cr0 & (CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_ET | CR0_TS),
              CR0_PE | CR0_PG | CR0_WP | CR0_NE | CR0_ET, "its bits");
    expect(writes(0, cr0), "CR0 as it is");
    expect_no_write(0, cr0 & ~CR0_WP, "CR0 without WP");
    expect_no_write(0, cr0 & ~CR0_PG, "CR0 without PG");
    expect_no_write(0, cr0 | BIT(30), "CR0 with CD");
    expect_no_write(0, cr0 | BIT(40), "CR0 with what does not exist");
    expect(writes(0, cr0 | CR0_TS), "TS by CR0");
    expect(reads(0, &value) && value == (cr0 | CR0_TS), "reads back");
    __asm__ volatile("clts");
    expect(reads(0, &value) && value == cr0, "and CLTS clears it");

    expect(try_read((void *)0x123456789008, NULL).trapped, "a page fault");
    expect(reads(2, &value) && value == 0x123456789008, "CR2");
    expect(writes(2, 0x77), "CR2 can be written");
    expect_eq(this_vcpu_info()->arch.cr2, 0x77, "which is vcpu_info's cr2");

    expect(reads(3, &value), "CR3");
    expect_eq(value, root, "CR3 is the root's machine address");
    expect(writes(3, root), "CR3 as it is");
    expect_no_write(3, maddr_of(page_new()), "a root that can be written");
    expect_no_write(3, 0, "a root of nobody's");
    expect_no_write(3, ~0UL, "a root that is no RAM");

    expect(!reads(1, &value) && !writes(1, 0), "CR1");
    expect(!reads(8, &value), "CR8");
    expect_no_write(8, 0, "CR8");
}
