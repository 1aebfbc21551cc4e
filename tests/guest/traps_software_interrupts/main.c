/* SPDX-License-Identifier: MIT */
/*
 * INT n reaches the guest's handler if the handler's privilege allows it to the mode that executes it,
 * else it is #GP with the vector in the error code. The number comes from the instruction's bytes:
 * QEMU's TCG has it wrong in the processor's error code (abi-facts, finding 3, and 3.5).
 */
#include "guest.h"

static uint64_t rip_behind;

static void note(struct guest_frame *frame)
{
    rip_behind = frame->rip;
}

static void int_21(void *unused)
{
    (void)unused;
    __asm__ volatile("int $0x21");
}

static void int_80(void *unused)
{
    (void)unused;
    __asm__ volatile("int $0x80");
}

static void int_6(void *unused)
{
    (void)unused;
    __asm__ volatile("int $6");
}

extern uint8_t user_int[], user_int_end[];
__asm__(".pushsection .rodata\n"
        "user_int: int $0x21\n"
        "int $6\n"
        "mov $0x55, %edi\n"
        "xor %eax, %eax\n"
        "syscall\n"
        "user_int_end:\n"
        ".popsection\n");

extern uint8_t guest_trap_entries[];

static void set_privilege(uint8_t vector, uint8_t privilege)
{
    struct trap_info list[2] = { { .vector = vector,
                                   .flags = privilege,
                                   .cs = FLAT_KERNEL_CS,
                                   .address = (uint64_t)(guest_trap_entries + vector * 64) },
                                 { 0 } };

    require_eq(hypercall(set_trap_table, list), 0, "a handler");
}

static uint32_t user_gp_code;
static unsigned user_ints;

static void note_gp(struct guest_frame *frame)
{
    user_gp_code = (uint32_t)frame->error_code;
    frame->rip += 2;
}

static void note_user_int(struct guest_frame *frame)
{
    user_ints++;
    expect(frame->cs & 3, "it came from user mode");
}

void test_main(void)
{
    struct try_result result;

    on_entry(0x21, note);
    on_entry(0x80, note);
    expect(!try(int_21, NULL).trapped, "int 0x21");
    expect_eq(entries_seen(0x21), 1, "reaches its handler");
    expect(((const uint8_t *)rip_behind)[-1] == 0x21, "with RIP behind the instruction");
    expect(!try(int_80, NULL).trapped, "int 0x80");
    expect_eq(entries_seen(0x80), 1, "reaches its handler");

    /* The guest's kernel counts as ring 1. */
    on_entry(VECTOR_UD, note);
    result = try(int_6, NULL);
    expect(result.trapped && result.vector == VECTOR_GP, "a handler of privilege 0 in the kernel");
    expect_eq(result.error_code, 6 << 3 | 2, "#GP for gate 6");
    set_privilege(6, 1);
    expect(!try(int_6, NULL).trapped, "one of privilege 1");
    expect_eq(entries_seen(VECTOR_UD), 1, "is reached");

    on_entry(0x21, note_user_int);
    on_entry(VECTOR_GP, note_gp);
    expect_eq(user_run(user_int, (size_t)(user_int_end - user_int), 0), 0x55, "user mode");
    expect_eq(user_ints, 1, "int 0x21 of user mode reaches the handler of privilege 3");
    expect_eq(user_gp_code, 6 << 3 | 2, "int 6 does not: #GP for gate 6");
    expect_eq(entries_seen(VECTOR_UD), 1, "and not its handler");
}
