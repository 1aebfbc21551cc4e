/* SPDX-License-Identifier: MIT */
/*
 * INT n goes to the guest's entry n if that entry's DPL lets the mode: at least 1 for the kernel, 3
 * for user mode. RIP is behind the instruction, and there is no error code, also for vectors whose
 * exceptions have one. Otherwise it is #GP((n << 3) | 2) at the instruction. (abi-facts 3.5)
 */
#include "guest.h"

extern uint8_t int_at[];

static void int_0x21(void *unused)
{
    (void)unused;
    __asm__ volatile("int_at: int $0x21");
}

static void int_13(void *unused)
{
    (void)unused;
    __asm__ volatile("int $13");
}

USER_CODE_BLOCK(user_int, "int $0x21\n" USER_RETURN);

static struct guest_frame last;

static void remember(struct guest_frame *frame)
{
    last = *frame;
}

static void check_kernel(uint8_t dpl, bool may)
{
    struct try_result result;
    uint64_t before = entries_seen(0x21);

    require_eq(trap_set(0x21, dpl, entry_point(0x21)), 0, "entry 0x21");
    result = try(int_0x21, NULL);
    expect_eq(entries_seen(0x21) - before, may, "kernel: calls of the handler");
    expect_eq(result.trapped, !may, "kernel: exceptions");
    if (may)
        expect_eq(last.rip, int_at + 2, "kernel: RIP is behind the instruction");
    if (result.trapped) {
        expect_eq(result.vector, VECTOR_GP, "kernel: the exception");
        expect_eq(result.error_code, 0x21 << 3 | 2, "kernel: its error code");
        expect_eq(result.rip, int_at, "kernel: its RIP");
    }
}

static void check_user(uint8_t dpl, bool may)
{
    struct try_result result;
    uint64_t before = entries_seen(0x21);

    require_eq(trap_set(0x21, dpl, entry_point(0x21)), 0, "entry 0x21");
    if (may) {
        (void)user_run(CODE(user_int), 0);
        expect_eq(entries_seen(0x21) - before, 1, "user: calls of the handler");
        expect_eq(last.rip, USER_CODE + 2, "user: RIP is behind the instruction");
        return;
    }
    result = try_user(CODE(user_int), 0);
    expect_eq(entries_seen(0x21), before, "user: no call of the handler");
    expect_eq(result.vector, VECTOR_GP, "user: the exception");
    expect_eq(result.error_code, 0x21 << 3 | 2, "user: its error code");
    expect_eq(result.rip, USER_CODE, "user: its RIP");
}

void test_main(void)
{
    on_entry(0x21, remember);
    check_kernel(0, false);
    check_kernel(1, true);
    check_kernel(2, true);
    check_kernel(3, true);
    check_user(0, false);
    check_user(1, false);
    check_user(2, false);
    check_user(3, true);

    /* Through an entry point for frames without an error code. */
    require_eq(trap_set(13, 3, entry_point(0x21)), 0, "entry 13");
    (void)try(int_13, NULL);
    expect_eq(last.cs & 0xffff, FLAT_KERNEL_CS & ~3, "INT 13 has no error code");
}
