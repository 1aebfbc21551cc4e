/* SPDX-License-Identifier: MIT */
/*
 * A breakpoint of the guest's gives it #DB with the register in DR6; also when the hypervisor touches
 * the watched memory for it, nothing worse happens (XSA-444).
 */
#include "guest.h"

static volatile uint64_t watched;
static volatile uint32_t watched_argument;
static uint64_t status;

/* RF lets the instruction that is watched run when it is returned to. */
static void note(struct guest_frame *frame)
{
    frame->rflags |= 0x10000;
    status = (uint64_t)hypercall(get_debugreg, 6);
    (void)hypercall(set_debugreg, 6, 0);
}

static NOINLINE void executed(void)
{
    __asm__ volatile("nop");
}

void test_main(void)
{
    struct xen_feature_info info = { 0 };

    on_entry(VECTOR_DB, note);
    require_eq(hypercall(set_debugreg, 0, &watched), 0, "address 0");
    require_eq(hypercall(set_debugreg, 7, 0x400 | 0x1 | 9UL << 16), 0, "writes of 8 bytes");
    watched = 1;
    expect_eq(entries_seen(VECTOR_DB), 1, "a write");
    expect_eq(status & 15, 1, "register 0");
    (void)watched;
    expect_eq(entries_seen(VECTOR_DB), 1, "not a read");

    require_eq(hypercall(set_debugreg, 1, executed), 0, "address 1");
    require_eq(hypercall(set_debugreg, 7, 0x400 | 0x4), 0, "execution");
    executed();
    expect_eq(entries_seen(VECTOR_DB), 2, "an execution");
    expect_eq(status & 15, 2, "register 1");

    require_eq(hypercall(set_debugreg, 2, &info), 0, "address 2");
    require_eq(hypercall(set_debugreg, 7, 0x400 | 0x10 | 0xfUL << 24), 0, "reads and writes");
    expect_eq(hypercall(xen_version, XENVER_get_features, &info), 0,
              "a hypercall that writes the watched memory");
    require_eq(hypercall(set_debugreg, 7, 0x400), 0, "off");
    (void)watched_argument;
}
