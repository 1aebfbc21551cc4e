/* SPDX-License-Identifier: MIT */
/*
 * SYSENTER (Intel only) goes to its callback; it saves nothing, so the frame has RIP 0, CS 3, RSP 0, and the flags
 * with IF and without NT. (abi-facts 3.4)
 *
 * Machine: cpu="max,vendor=GenuineIntel" nobochs="its processor has no SYSENTER in long mode"
 */
#include "guest.h"

USER_CODE_BLOCK(enter, "pushq $0x4002\n" /* NT */
                       "popfq\n"
                       "std\n"
                       "stc\n"
                       "mov $0x1234, %eax\n"
                       "sysenter\n"
                       "ud2\n");
USER_CODE_BLOCK(enter32, ".code32\n"
                         "mov $0x1234, %eax\n"
                         "sysenter\n"
                         "ud2\n"
                         ".code64");
#define LANDING (USER_CODE + 0x100)

static struct guest_frame seen;
static uint64_t flags_in_handler;

static void note(struct guest_frame *frame)
{
    seen = *frame;
    flags_in_handler = entry_rflags;
    /* User code agrees with its kernel where to go on. */
    frame->rip = LANDING;
    frame->rsp = USER_STACK + 4096;
    frame->cs = FLAT_USER_CS;
}

static void check(const char *what)
{
    expect_eq(seen.rip, 0, what);
    expect_eq(seen.cs & 0xffff, 3, what);
    expect_eq(seen.rsp, 0, what);
    expect_eq(seen.ss, FLAT_USER_SS, what);
    expect_eq(seen.rax, 0x1234, what);
    expect(seen.rflags & RFLAGS_IF, what);
    expect_eq(seen.rflags & RFLAGS_NT, 0, what);
    expect_eq(flags_in_handler & (RFLAGS_NT | RFLAGS_DF | RFLAGS_TF | RFLAGS_AC), 0, what);
}

void test_main(void)
{
    struct callback_register callback = { .type = CALLBACKTYPE_sysenter,
                                          .address = entry_point(ENTRY_SYSENTER) };
    struct try_result result;

    require_eq(hypercall(callback_op, CALLBACKOP_register, &callback), 0, "a callback");
    on_entry(ENTRY_SYSENTER, note);
    result = try_user(CODE(enter), 0);
    expect_eq(entries_seen(ENTRY_SYSENTER), 1, "64-bit code");
    check("from 64-bit code");
    expect_eq(result.rip, LANDING, "it goes on where the kernel wants");
    result = try_user_in(CODE(enter32), FLAT_USER_CS32, RFLAGS_IF);
    expect_eq(entries_seen(ENTRY_SYSENTER), 2, "32-bit code");
    check("from 32-bit code");
}
