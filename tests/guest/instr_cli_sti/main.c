/* SPDX-License-Identifier: MIT */
/*
 * CLI and STI that the guest's kernel executes are skipped if its virtual IOPL lets it, and #GP(0) if not; in no
 * case do they change anything, since events are masked elsewhere. POPF ignores IF and IOPL. (abi-facts 3.11)
 */
#include "privileged.h"

static const uint8_t cli[] = { 0xfa }, sti[] = { 0xfb };

void test_main(void)
{
    expect_eq(try_bytes(cli, 1).vector, VECTOR_GP, "CLI with level 0");
    expect_eq(try_bytes(sti, 1).vector, VECTOR_GP, "STI with level 0");
    require_eq(iopl_set(1), 0, "level 1");
    this_vcpu_info()->evtchn_upcall_mask = 0;
    events_setup();
    expect(!try_bytes(cli, 1).trapped, "CLI with level 1");
    expect(read_flags() & RFLAGS_IF, "the real IF");
    expect_eq(this_vcpu_info()->evtchn_upcall_mask, 0, "the event mask");
    events_disable();
    expect(!try_bytes(sti, 1).trapped, "STI with level 1");
    expect_eq(this_vcpu_info()->evtchn_upcall_mask, 1, "the event mask");

    write_flags(0);
    expect(read_flags() & RFLAGS_IF, "IF after POPF");
    write_flags(RFLAGS_IOPL | RFLAGS_IF);
    expect_eq(read_flags() & RFLAGS_IOPL, 0, "IOPL after POPF");
}
