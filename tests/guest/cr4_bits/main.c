/* SPDX-License-Identifier: MIT */
/*
 * CR4: TSD, DE and, with XSAVE, OSXSAVE are the guest's to choose. Others are shown as the processor has them and
 * are ignored when written, because Linux writes what it believes in and reads back (abi-facts 4.1).
 */
#include "privileged.h"

static uint64_t written(uint64_t value)
{
    uint64_t read = 0;

    if (try_write_cr(4, value).trapped)
        failure("CR4 refuses %#lx", value);
    expect(!try_read_cr(4, &read).trapped, "CR4 can be read");
    return read;
}

void test_main(void)
{
    const uint64_t real = CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT;
    uint64_t start = 0;

    expect(!try_read_cr(4, &start).trapped, "CR4");
    expect_eq(start & real, real, "what every kernel needs");
    expect_eq(written(start), start, "as it was");
    expect_eq(written(start | CR4_TSD | CR4_DE), start | CR4_TSD | CR4_DE, "TSD and DE");
    expect_eq(written(start), start, "and without");
    if (cpu_has_xsave())
        expect_eq(written(start | CR4_OSXSAVE), start | CR4_OSXSAVE, "OSXSAVE");
    else
        expect_eq(written(start | CR4_OSXSAVE), start, "no OSXSAVE without XSAVE");
    expect_eq(written(0), start, "nothing else can be cleared");
    expect_eq(written(~0UL) & ~(start | CR4_TSD | CR4_DE | CR4_OSXSAVE), 0, "or set");
    expect_eq(written(start), start, "as at first");
}
