/* SPDX-License-Identifier: MIT */
/*
 * INT 0x80 has a gate of its own. It goes to the guest's entry 0x80 like any other INT n, honours its
 * DPL and its mask flag, and without a handler it is #GP(0x402) at the instruction, not a jump to
 * address 0 (XSA-259; abi-facts 3.3, 3.5).
 */
#include "guest.h"

static uint64_t rip;
static uint8_t mask_in_handler;

static void remember(struct guest_frame *frame)
{
    rip = frame->rip;
    mask_in_handler = this_vcpu_info()->evtchn_upcall_mask;
}

USER_CODE_BLOCK(user_int80, "int $0x80\n" USER_RETURN);

static void int80(void *unused)
{
    (void)unused;
    __asm__ volatile("int $0x80");
}

static void expect_refused(const char *what)
{
    struct try_result result = try_user(CODE(user_int80), 0);

    expect_eq(result.vector, VECTOR_GP, what);
    expect_eq(result.error_code, 0x80 << 3 | 2, what);
    expect_eq(result.rip, USER_CODE, what);
}

void test_main(void)
{
    struct try_result result;

    on_entry(0x80, remember);
    (void)user_run(CODE(user_int80), 0);
    expect_eq(rip, USER_CODE + 2, "RIP is behind the instruction");
    expect_eq(mask_in_handler, 0, "the mask without the flag");

    require_eq(trap_set(0x80, 3 | TRAP_INFO_MASK_EVENTS, entry_point(0x80)), 0, "masking");
    (void)user_run(CODE(user_int80), 0);
    expect_eq(mask_in_handler, 1, "the mask with the flag");
    int80(NULL);

    require_eq(trap_set(0x80, 1, entry_point(0x80)), 0, "DPL 1");
    expect_refused("a handler for the kernel only");
    expect(!try(int80, NULL).trapped, "the kernel may call it");

    require_eq(trap_set(0x80, 0, 0), 0, "no handler");
    expect_refused("no handler");
    result = try(int80, NULL);
    expect_eq(result.vector, VECTOR_GP, "no handler, from the kernel");
    expect_eq(result.error_code, 0x80 << 3 | 2, "its error code");
}
