/* SPDX-License-Identifier: MIT */
/*
 * iret sets evtchn_upcall_mask to the opposite of IF in the frame; the real IF is always set, and IOPL, NT, VM, VIF and
 * VIP never are, whatever the frame says (XSA-202; abi-facts 3.8).
 */
#include "guest.h"

static NOINLINE uint64_t flags_after(uint64_t rflags)
{
    struct iret_context context = { .rip = (uint64_t)undefined_instruction,
                                    .cs = FLAT_KERNEL_CS & ~3u,
                                    .rflags = rflags,
                                    .rsp = (uint64_t)spare_stack + SPARE_STACK_BYTES,
                                    .ss = FLAT_KERNEL_SS };
    struct try_result result = try_iret(&context);

    expect_eq(result.vector, VECTOR_UD, "the target");
    expect_eq(result.frame.cs >> 32 & 0xff, !(rflags & RFLAGS_IF), "the event mask");
    expect_eq(result.frame.rflags & RFLAGS_IF, rflags & RFLAGS_IF, "IF as the guest sees it");
    expect(result.rflags & RFLAGS_IF, "the real IF");
    return result.frame.rflags;
}

void test_main(void)
{
    const uint64_t never = RFLAGS_IOPL | RFLAGS_NT | RFLAGS_VM | RFLAGS_VIF | RFLAGS_VIP;

    expect_eq(flags_after(0) & never, 0, "nothing set");
    expect_eq(flags_after(RFLAGS_IF) & never, 0, "IF set");
    expect_eq(flags_after(~RFLAGS_TF) & never, 0, "all set but TF");
    expect_eq(flags_after(~(RFLAGS_TF | RFLAGS_IF)) & never, 0, "all set but TF and IF");
    expect_eq(flags_after(~RFLAGS_TF) >> 32, 0, "nothing in the upper half");
}
