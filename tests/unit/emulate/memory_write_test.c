/* SPDX-License-Identifier: MIT */
/* What each instruction makes of its memory operand, with the flags that the processor sets. */
#include "arch/x86.h"
#include "emulate/ptwr.h"
#include "support/unit.h"

#define PF  (1UL << 2)
#define AF  (1UL << 4)
#define SF  (1UL << 7)
#define CF  RFLAGS_CF
#define ZF  RFLAGS_ZF
#define OF  RFLAGS_OF
#define ALL (CF | PF | AF | ZF | SF | OF)

/* `reg` operand is RDX, memory is (RDI). */
static struct instruction insn_of(uint16_t opcode, uint8_t digit, unsigned bytes, int64_t immediate)
{
    return (struct instruction){
        .opcode = opcode,
        .operand_bytes = (uint8_t)bytes,
        .address_bytes = 8,
        .segment = SEGMENT_DEFAULT,
        .modrm = (uint8_t)(digit << 3 | 7),
        .reg = digit,
        .is_memory = true,
        .base = 7,
        .index = REGISTER_NONE,
        .immediate = immediate,
        .has_rex = true,
    };
}

static struct trap_frame frame;

static struct memory_write run(struct instruction insn, uint64_t old)
{
    struct memory_write w = { .old = old, .rflags = 0x202 | ALL };

    ck_assert(memory_write_compute(&insn, &frame, &w));
    return w;
}

TEST(memory_write, mov_takes_register_or_immediate_and_no_flags)
{
    struct memory_write w;

    frame.rdx = 0x1234567;
    w = run(insn_of(0x89, 2, 8, 0), 0x99);
    ck_assert_uint_eq(w.value, 0x1234567);
    ck_assert_uint_eq(w.rflags, 0x202 | ALL);
    w = run(insn_of(0xc7, 0, 8, -2), 0x99);
    ck_assert_uint_eq(w.value, (uint64_t)-2L);
    ck_assert(w.writes && !w.writes_register);
}

TEST(memory_write, xchg_gives_the_old_value_to_the_register)
{
    struct memory_write w;

    frame.rdx = 0;
    w = run(insn_of(0x87, 2, 8, 0), 0x8000000000000067);
    ck_assert_uint_eq(w.value, 0);
    ck_assert(w.writes_register);
    ck_assert_uint_eq(w.register_number, 2);
    ck_assert_uint_eq(w.register_value, 0x8000000000000067);
    ck_assert_uint_eq(w.rflags, 0x202 | ALL);
}

TEST(memory_write, cmpxchg_that_matches_writes)
{
    struct memory_write w;

    frame.rax = 0x67;
    frame.rdx = 0x1067;
    w = run(insn_of(OPCODE_TWO_BYTE(0xb1), 2, 8, 0), 0x67);
    ck_assert(w.writes && !w.writes_register);
    ck_assert_uint_eq(w.value, 0x1067);
    ck_assert_uint_eq(w.rflags, 0x202 | ZF | PF);
}

TEST(memory_write, cmpxchg_that_differs_loads_rax)
{
    struct memory_write w;

    frame.rax = 0x10;
    w = run(insn_of(OPCODE_TWO_BYTE(0xb1), 2, 8, 0), 0x67);
    ck_assert(!w.writes && w.writes_register);
    ck_assert_uint_eq(w.register_number, 0);
    ck_assert_uint_eq(w.register_value, 0x67);
    /* 0x10 - 0x67 = 0x...a9: borrow, negative, four bits set in the low byte. */
    ck_assert_uint_eq(w.rflags, 0x202 | CF | SF | PF | AF);
}

TEST(memory_write, cmpxchg_compares_its_own_width_only)
{
    struct memory_write w;

    frame.rax = 0xffffff67;
    w = run(insn_of(OPCODE_TWO_BYTE(0xb0), 2, 1, 0), 0x67);
    ck_assert(w.writes);
    ck_assert(w.rflags & ZF);
}

TEST(memory_write, and_or_xor_clear_cf_and_of)
{
    struct memory_write w;

    w = run(insn_of(0x80, 4, 1, -3), 0x67); /* clear RW: 0x65 */
    ck_assert_uint_eq(w.value & 0xff, 0x65);
    ck_assert_uint_eq(w.rflags, 0x202 | PF);
    w = run(insn_of(0x83, 4, 8, 0), 0x67);
    ck_assert_uint_eq(w.rflags, 0x202 | ZF | PF);
    w = run(insn_of(0x83, 1, 8, 0x20), 0x8000000000000047);
    ck_assert_uint_eq(w.value, 0x8000000000000067);
    ck_assert_uint_eq(w.rflags, 0x202 | SF);
    w = run(insn_of(0x83, 6, 8, 2), 0x67);
    ck_assert_uint_eq(w.value, 0x65);
    frame.rdx = 0xfff;
    w = run(insn_of(0x21, 2, 8, 0), 0x12345);
    ck_assert_uint_eq(w.value, 0x345);
    w = run(insn_of(0x09, 2, 8, 0), 0x12000);
    ck_assert_uint_eq(w.value, 0x12fff);
    w = run(insn_of(0x31, 2, 8, 0), 0x12fff);
    ck_assert_uint_eq(w.value, 0x12000);
}

/* The flags of sums, against the processor that runs this test. */
static uint64_t host_flags_of_sum(uint8_t a, uint8_t b, bool subtracts)
{
    uint64_t flags;

    if (subtracts)
        __asm__ volatile("subb %b[b], %b[a]\n pushfq\n popq %[flags]"
                         : [flags] "=r"(flags), [a] "+q"(a)
                         : [b] "q"(b)
                         : "cc");
    else
        __asm__ volatile("addb %b[b], %b[a]\n pushfq\n popq %[flags]"
                         : [flags] "=r"(flags), [a] "+q"(a)
                         : [b] "q"(b)
                         : "cc");
    return flags & ALL;
}

TEST(memory_write, add_and_sub_set_the_flags_of_the_processor)
{
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            struct memory_write w;

            frame.rdx = b;
            w = run(insn_of(0x00, 2, 1, 0), a);
            ck_assert_uint_eq(w.value & 0xff, (a + b) & 0xff);
            ck_assert_uint_eq(w.rflags & ALL, host_flags_of_sum((uint8_t)a, (uint8_t)b, false));
            w = run(insn_of(0x28, 2, 1, 0), a);
            ck_assert_uint_eq(w.value & 0xff, (a - b) & 0xff);
            ck_assert_uint_eq(w.rflags & ALL, host_flags_of_sum((uint8_t)a, (uint8_t)b, true));
        }
    }
}

TEST(memory_write, add_of_8_bytes_carries)
{
    struct memory_write w;

    frame.rdx = 1;
    w = run(insn_of(0x01, 2, 8, 0), ~0UL);
    ck_assert_uint_eq(w.value, 0);
    ck_assert_uint_eq(w.rflags, 0x202 | CF | ZF | PF | AF);
    w = run(insn_of(0x01, 2, 8, 0), 0x7fffffffffffffff);
    ck_assert(w.rflags & OF);
    ck_assert(!(w.rflags & CF));
}

TEST(memory_write, bit_instructions_set_cf_from_the_old_bit_alone)
{
    struct memory_write w;

    w = run(insn_of(OPCODE_TWO_BYTE(0xba), 6, 8, 5), 0x67);
    ck_assert_uint_eq(w.value, 0x47);
    ck_assert_uint_eq(w.rflags, 0x202 | ALL);
    w = run(insn_of(OPCODE_TWO_BYTE(0xba), 6, 8, 5), 0x47);
    ck_assert_uint_eq(w.value, 0x47);
    ck_assert_uint_eq(w.rflags, 0x202 | (ALL & ~CF));
    w = run(insn_of(OPCODE_TWO_BYTE(0xba), 5, 8, 63), 0x47);
    ck_assert_uint_eq(w.value, 0x8000000000000047);
    w = run(insn_of(OPCODE_TWO_BYTE(0xba), 7, 4, 33), 0x2); /* modulo 32 */
    ck_assert_uint_eq(w.value, 0);
    frame.rdx = 6;
    w = run(insn_of(OPCODE_TWO_BYTE(0xb3), 2, 8, 0), 0x67);
    ck_assert_uint_eq(w.value, 0x27);
    w = run(insn_of(OPCODE_TWO_BYTE(0xab), 2, 8, 0), 0x27);
    ck_assert_uint_eq(w.value, 0x67);
    w = run(insn_of(OPCODE_TWO_BYTE(0xbb), 2, 8, 0), 0x27);
    ck_assert_uint_eq(w.value, 0x67);
}

TEST(memory_write, a_bit_in_a_register_counts_from_the_operand)
{
    struct instruction insn = insn_of(OPCODE_TWO_BYTE(0xb3), 2, 8, 0);

    frame.rdi = 0x10000;
    frame.rdx = 63;
    ck_assert_uint_eq(memory_write_address(&insn, &frame), 0x10000);
    frame.rdx = 64;
    ck_assert_uint_eq(memory_write_address(&insn, &frame), 0x10008);
    frame.rdx = (uint64_t)-1L;
    ck_assert_uint_eq(memory_write_address(&insn, &frame), 0xfff8);
    insn.operand_bytes = 4;
    frame.rdx = 32;
    ck_assert_uint_eq(memory_write_address(&insn, &frame), 0x10004);
    frame.rdx = 0xffffffff;
    ck_assert_uint_eq(memory_write_address(&insn, &frame), 0xfffc);
    insn = insn_of(OPCODE_TWO_BYTE(0xba), 6, 8, 64); /* an immediate does not */
    ck_assert_uint_eq(memory_write_address(&insn, &frame), 0x10000);
}

TEST(memory_write, other_forms_are_refused)
{
    static const struct {
        uint16_t opcode;
        uint8_t digit;
    } others[] = {
        { 0x80, 2 }, { 0x81, 3 },
        { 0x83, 7 },                               /* adc, sbb, cmp */
        { 0xc7, 1 }, { OPCODE_TWO_BYTE(0xba), 4 }, /* bt */
        { 0xcd, 0 }, { OPCODE_TWO_BYTE(0x30), 0 },
        { 0x6d, 0 },
    };

    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct instruction insn = insn_of(others[i].opcode, others[i].digit, 8, 0);
        struct memory_write w = { .old = 1 };

        ck_assert_msg(!memory_write_compute(&insn, &frame, &w), "row %u", i);
    }
}

TEST(memory_write, a_register_destination_is_refused)
{
    struct instruction insn = insn_of(0x89, 2, 8, 0);
    struct memory_write w = { .old = 1 };

    insn.is_memory = false;
    ck_assert(!memory_write_compute(&insn, &frame, &w));
}
