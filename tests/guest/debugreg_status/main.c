/* SPDX-License-Identifier: MIT */
/*
 * DR6 is the guest's: bits are set by what happens and stay until the guest clears them; it may write any of them, and the
 * hypervisor is not misled by that (XSA-265; abi-facts 11.1). DR6 and DR7 read with their fixed bits.
 */
#include "guest.h"

static volatile uint64_t watched[2];
static volatile uint64_t status;

static void note(struct guest_frame *frame)
{
    (void)frame;
    status = (uint64_t)hypercall(get_debugreg, 6);
}

void test_main(void)
{
    on_entry(VECTOR_DB, note);
    expect_eq(hypercall(get_debugreg, 6), 0xffff0ff0, "DR6 at first");
    require_eq(hypercall(set_debugreg, 6, 0), 0, "cleared");
    expect_eq(hypercall(get_debugreg, 6), 0xffff0ff0, "its fixed bits");
    require_eq(hypercall(set_debugreg, 6, 0xffffffff), 0, "all set");
    expect_eq(hypercall(get_debugreg, 6) & 0xe00f, 0xe00f, "its status bits");
    expect(hypercall(set_debugreg, 6, BIT(32)) < 0, "a bit that does not exist");
    require_eq(hypercall(set_debugreg, 6, 0), 0, "cleared");

    require_eq(hypercall(set_debugreg, 0, &watched[0]), 0, "an address");
    require_eq(hypercall(set_debugreg, 2, &watched[1]), 0, "another");
    require_eq(hypercall(set_debugreg, 7, 0x11 | 9UL << 16 | 9UL << 24), 0, "writes");
    expect_eq(hypercall(get_debugreg, 7), 0x400 | 0x11 | 9UL << 16 | 9UL << 24, "DR7");
    watched[0] = 1;
    expect_eq(status & 15, 1, "the first");
    watched[1] = 1;
    expect_eq(status & 15, 5, "the second is added");
    require_eq(hypercall(set_debugreg, 6, 0), 0, "cleared");
    watched[1] = 1;
    expect_eq(status & 15, 4, "the second alone");
    expect_eq(hypercall(set_debugreg, 7, 0x400 | BIT(32)), -XEN_EPERM, "a high bit of DR7");
    expect_eq(hypercall(set_debugreg, 7, BIT(13)), -XEN_EPERM, "general detect");
    expect_eq(hypercall(get_debugreg, 7), 0x400 | 0x11 | 9UL << 16 | 9UL << 24, "DR7 as before");
}
