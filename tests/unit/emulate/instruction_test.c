/* SPDX-License-Identifier: MIT */
/*
 * The decoder: each form it knows with its length, and each prefix of it, as at the end of a page,
 * as truncated; what it does not know; addresses and registers.
 */
#include "emulate/instruction.h"

#include <string.h>

#include "support/unit.h"

struct form {
    const char *name;
    enum code_size code;
    uint8_t count;
    uint8_t bytes[15];
    uint16_t opcode;
    uint8_t operand_bytes;
    int64_t immediate;
};

#define C16 CODE_16
#define C32 CODE_32
#define C64 CODE_64
#define TWO OPCODE_TWO_BYTE

/* clang-format off */
static const struct form forms[] = {
    { "int 0x21", C64, 2, { 0xcd, 0x21 }, 0xcd, 4, 0x21 },
    { "int 0x80, 32-bit", C32, 2, { 0xcd, 0x80 }, 0xcd, 4, -0x80 },
    { "cs int 0x21", C32, 3, { 0x2e, 0xcd, 0x21 }, 0xcd, 4, 0x21 },
    { "in al, imm8", C64, 2, { 0xe4, 0x71 }, 0xe4, 1, 0x71 },
    { "in eax, imm8", C64, 2, { 0xe5, 0x71 }, 0xe5, 4, 0x71 },
    { "in ax, imm8", C64, 3, { 0x66, 0xe5, 0x71 }, 0xe5, 2, 0x71 },
    { "out imm8, al", C64, 2, { 0xe6, 0x70 }, 0xe6, 1, 0x70 },
    { "out imm8, eax", C64, 2, { 0xe7, 0x70 }, 0xe7, 4, 0x70 },
    { "in al, dx", C64, 1, { 0xec }, 0xec, 1, 0 },
    { "in eax, dx", C64, 1, { 0xed }, 0xed, 4, 0 },
    { "in ax, dx", C64, 2, { 0x66, 0xed }, 0xed, 2, 0 },
    { "in ax, dx, 16-bit", C16, 1, { 0xed }, 0xed, 2, 0 },
    { "in eax, dx, 16-bit", C16, 2, { 0x66, 0xed }, 0xed, 4, 0 },
    { "rex.w in eax, dx", C64, 2, { 0x48, 0xed }, 0xed, 8, 0 },
    { "out dx, al", C64, 1, { 0xee }, 0xee, 1, 0 },
    { "out dx, eax", C64, 1, { 0xef }, 0xef, 4, 0 },
    { "rep insb", C64, 2, { 0xf3, 0x6c }, 0x6c, 1, 0 },
    { "rep insw", C64, 3, { 0x66, 0xf3, 0x6d }, 0x6d, 2, 0 },
    { "rep insl", C64, 2, { 0xf3, 0x6d }, 0x6d, 4, 0 },
    { "rep outsb", C64, 2, { 0xf3, 0x6e }, 0x6e, 1, 0 },
    { "gs rep outsl", C64, 3, { 0x65, 0xf3, 0x6f }, 0x6f, 4, 0 },
    { "cli", C64, 1, { 0xfa }, 0xfa, 4, 0 },
    { "sti", C64, 1, { 0xfb }, 0xfb, 4, 0 },
    { "clts", C64, 2, { 0x0f, 0x06 }, TWO(0x06), 4, 0 },
    { "invd", C64, 2, { 0x0f, 0x08 }, TWO(0x08), 4, 0 },
    { "wbinvd", C64, 2, { 0x0f, 0x09 }, TWO(0x09), 4, 0 },
    { "mov %cr0, %rax", C64, 3, { 0x0f, 0x20, 0xc0 }, TWO(0x20), 4, 0 },
    { "mov %cr4, %r9", C64, 4, { 0x41, 0x0f, 0x20, 0xe1 }, TWO(0x20), 4, 0 },
    { "mov %rax, %cr3", C64, 3, { 0x0f, 0x22, 0xd8 }, TWO(0x22), 4, 0 },
    { "mov %cr0 with mod 0", C64, 3, { 0x0f, 0x20, 0x04 }, TWO(0x20), 4, 0 },
    { "mov %dr7, %rax", C64, 3, { 0x0f, 0x21, 0xf8 }, TWO(0x21), 4, 0 },
    { "mov %rax, %dr0", C64, 3, { 0x0f, 0x23, 0xc0 }, TWO(0x23), 4, 0 },
    { "wrmsr", C64, 2, { 0x0f, 0x30 }, TWO(0x30), 4, 0 },
    { "rdtsc", C64, 2, { 0x0f, 0x31 }, TWO(0x31), 4, 0 },
    { "rdmsr", C64, 2, { 0x0f, 0x32 }, TWO(0x32), 4, 0 },
    { "cpuid", C64, 2, { 0x0f, 0xa2 }, TWO(0xa2), 4, 0 },
    { "cpuid, 32-bit", C32, 2, { 0x0f, 0xa2 }, TWO(0xa2), 4, 0 },
    { "xsetbv", C64, 3, { 0x0f, 0x01, 0xd1 }, TWO(0x01), 4, 0 },
    { "rdtscp", C64, 3, { 0x0f, 0x01, 0xf9 }, TWO(0x01), 4, 0 },
    { "mov %rax, (%rdi)", C64, 3, { 0x48, 0x89, 0x07 }, 0x89, 8, 0 },
    { "mov %al, 8(%rdi)", C64, 3, { 0x88, 0x47, 0x08 }, 0x88, 1, 0 },
    { "mov %ax, (%rdi)", C64, 3, { 0x66, 0x89, 0x07 }, 0x89, 2, 0 },
    { "mov %eax, 0x12345678(%rdi)", C64, 6, { 0x89, 0x87, 0x78, 0x56, 0x34, 0x12 }, 0x89, 4, 0 },
    { "mov %rax, (%rdi,%rsi,8)", C64, 4, { 0x48, 0x89, 0x04, 0xf7 }, 0x89, 8, 0 },
    { "mov %rax, 0x10(%rsp)", C64, 5, { 0x48, 0x89, 0x44, 0x24, 0x10 }, 0x89, 8, 0 },
    { "mov %rax, 0x1000", C64, 8, { 0x48, 0x89, 0x04, 0x25, 0x00, 0x10, 0, 0 }, 0x89, 8, 0 },
    { "mov %rax, 0x10(%rip)", C64, 7, { 0x48, 0x89, 0x05, 0x10, 0, 0, 0 }, 0x89, 8, 0 },
    { "movq $-1, (%rdi)", C64, 7, { 0x48, 0xc7, 0x07, 0xff, 0xff, 0xff, 0xff }, 0xc7, 8, -1 },
    { "movl $2, (%rdi)", C64, 6, { 0xc7, 0x07, 2, 0, 0, 0 }, 0xc7, 4, 2 },
    { "movw $0x1234, (%rdi)", C64, 5, { 0x66, 0xc7, 0x07, 0x34, 0x12 }, 0xc7, 2, 0x1234 },
    { "movb $0, 1(%rdi)", C64, 4, { 0xc6, 0x47, 0x01, 0x00 }, 0xc6, 1, 0 },
    { "xchg %rax, (%rdi)", C64, 3, { 0x48, 0x87, 0x07 }, 0x87, 8, 0 },
    { "xchg %al, (%rdi)", C64, 2, { 0x86, 0x07 }, 0x86, 1, 0 },
    { "lock cmpxchg %rdx, (%rdi)", C64, 5, { 0xf0, 0x48, 0x0f, 0xb1, 0x17 }, TWO(0xb1), 8, 0 },
    { "ds cmpxchg %rdx, (%rdi)", C64, 5, { 0x3e, 0x48, 0x0f, 0xb1, 0x17 }, TWO(0xb1), 8, 0 },
    { "cmpxchg %dl, (%rdi)", C64, 3, { 0x0f, 0xb0, 0x17 }, TWO(0xb0), 1, 0 },
    { "lock andb $0xfd, (%rdi)", C64, 4, { 0xf0, 0x80, 0x27, 0xfd }, 0x80, 1, -3 },
    { "lock orq $0x20, (%rdi)", C64, 5, { 0xf0, 0x48, 0x83, 0x0f, 0x20 }, 0x83, 8, 0x20 },
    { "andq $-0x1000, (%rdi)", C64, 7, { 0x48, 0x81, 0x27, 0, 0xf0, 0xff, 0xff }, 0x81, 8, -0x1000 },
    { "andw $0x7fff, (%rdi)", C64, 5, { 0x66, 0x81, 0x27, 0xff, 0x7f }, 0x81, 2, 0x7fff },
    { "and %rax, (%rdi)", C64, 3, { 0x48, 0x21, 0x07 }, 0x21, 8, 0 },
    { "and %al, (%rdi)", C64, 2, { 0x20, 0x07 }, 0x20, 1, 0 },
    { "or %rax, (%rdi)", C64, 3, { 0x48, 0x09, 0x07 }, 0x09, 8, 0 },
    { "xor %eax, (%rdi)", C64, 2, { 0x31, 0x07 }, 0x31, 4, 0 },
    { "add %rax, (%rdi)", C64, 3, { 0x48, 0x01, 0x07 }, 0x01, 8, 0 },
    { "add %al, (%rdi)", C64, 2, { 0x00, 0x07 }, 0x00, 1, 0 },
    { "sub %rax, (%rdi)", C64, 3, { 0x48, 0x29, 0x07 }, 0x29, 8, 0 },
    { "lock btrq $5, (%rdi)", C64, 6, { 0xf0, 0x48, 0x0f, 0xba, 0x37, 0x05 }, TWO(0xba), 8, 5 },
    { "btsl $1, (%rdi)", C64, 4, { 0x0f, 0xba, 0x2f, 0x01 }, TWO(0xba), 4, 1 },
    { "lock btr %rax, (%rdi)", C64, 5, { 0xf0, 0x48, 0x0f, 0xb3, 0x07 }, TWO(0xb3), 8, 0 },
    { "bts %eax, (%rdi)", C64, 3, { 0x0f, 0xab, 0x07 }, TWO(0xab), 4, 0 },
    { "btc %eax, (%rdi)", C64, 3, { 0x0f, 0xbb, 0x07 }, TWO(0xbb), 4, 0 },
    { "the longest", C64, 15, { 0x3e, 0x3e, 0x3e, 0x3e, 0x3e, 0x66, 0x48, 0xc7, 0x87, 1, 0, 0, 0,
                                0x02, 0x00 }, 0xc7, 8, 0 },
};
/* clang-format on */
#define FORM_COUNT (sizeof(forms) / sizeof(forms[0]))

static struct instruction_bytes bytes_of(const uint8_t *bytes, unsigned count)
{
    struct instruction_bytes b;

    memset(&b, 0x90, sizeof(b));
    memcpy(b.byte, bytes, count);
    b.count = (uint8_t)count;
    return b;
}

/* The last row needs 17 bytes, so it is none at all; it ends the table. */
TEST(instruction, knows_every_form)
{
    for (unsigned i = 0; i < FORM_COUNT - 1; i++) {
        struct instruction_bytes b = bytes_of(forms[i].bytes, forms[i].count);
        struct instruction insn;

        b.count = INSTRUCTION_BYTES_MAX; /* something follows */
        ck_assert_msg(instruction_decode(&b, forms[i].code, &insn) == DECODE_OK, "%s",
                      forms[i].name);
        ck_assert_msg(insn.length == forms[i].count, "%s: length %u", forms[i].name, insn.length);
        ck_assert_msg(insn.opcode == forms[i].opcode, "%s", forms[i].name);
        ck_assert_msg(insn.operand_bytes == forms[i].operand_bytes, "%s: %u bytes", forms[i].name,
                      insn.operand_bytes);
        ck_assert_msg(insn.immediate == forms[i].immediate, "%s: immediate %ld", forms[i].name,
                      insn.immediate);
    }
}

TEST(instruction, cut_off_anywhere_is_truncated)
{
    for (unsigned i = 0; i < FORM_COUNT - 1; i++) {
        for (unsigned count = 0; count < forms[i].count; count++) {
            struct instruction_bytes b = bytes_of(forms[i].bytes, count);
            struct instruction insn;

            ck_assert_msg(instruction_decode(&b, forms[i].code, &insn) == DECODE_TRUNCATED,
                          "%s after %u bytes", forms[i].name, count);
        }
    }
}

TEST(instruction, longer_than_15_bytes_is_unknown)
{
    struct instruction_bytes b = bytes_of(forms[FORM_COUNT - 1].bytes, 15);
    struct instruction insn;

    ck_assert_int_eq(instruction_decode(&b, CODE_64, &insn), DECODE_UNKNOWN);
    memset(b.byte, 0x66, sizeof(b.byte)); /* prefixes without end */
    ck_assert_int_eq(instruction_decode(&b, CODE_64, &insn), DECODE_UNKNOWN);
}

TEST(instruction, others_are_unknown)
{
    static const uint8_t others[][4] = {
        { 0xf4 },                   /* hlt */
        { 0x90 },                   /* nop */
        { 0x0f, 0x0b },             /* ud2 */
        { 0x0f, 0x33 },             /* rdpmc */
        { 0x0f, 0x07 },             /* sysret */
        { 0x0f, 0x00, 0xd8 },       /* ltr */
        { 0xcf },                   /* iret */
        { 0x8b, 0x07 },             /* a read */
        { 0x10, 0x07 },             /* adc */
        { 0xc5, 0xf8, 0x77 },       /* VEX */
        { 0x48, 0xa3 },             /* mov to a 64-bit offset */
        { 0x0f, 0x38, 0xf0, 0x07 }, /* three bytes of opcode */
    };

    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct instruction_bytes b = bytes_of(others[i], 4);
        struct instruction insn;

        b.count = INSTRUCTION_BYTES_MAX;
        ck_assert_msg(instruction_decode(&b, CODE_64, &insn) == DECODE_UNKNOWN, "row %u", i);
    }
}

TEST(instruction, memory_operands_are_known_in_64_bit_code_only)
{
    static const uint8_t mov[] = { 0x89, 0x07, 0, 0, 0, 0, 0, 0 };
    struct instruction_bytes b = bytes_of(mov, sizeof(mov));
    struct instruction insn;

    ck_assert_int_eq(instruction_decode(&b, CODE_64, &insn), DECODE_OK);
    ck_assert_int_eq(instruction_decode(&b, CODE_32, &insn), DECODE_UNKNOWN);
    ck_assert_int_eq(instruction_decode(&b, CODE_16, &insn), DECODE_UNKNOWN);
}

TEST(instruction, rex_counts_only_directly_before_the_opcode)
{
    static const uint8_t late_prefix[] = { 0x48, 0x66, 0x89, 0x07 };
    struct instruction_bytes b = bytes_of(late_prefix, sizeof(late_prefix));
    struct instruction insn;

    ck_assert_int_eq(instruction_decode(&b, CODE_64, &insn), DECODE_OK);
    ck_assert_uint_eq(insn.operand_bytes, 2);
    ck_assert(!insn.has_rex);
}

TEST(instruction, remembers_prefixes)
{
    static const uint8_t all[] = { 0xf0, 0xf2, 0xf3, 0x64, 0x67, 0x89, 0x07 };
    struct instruction_bytes b = bytes_of(all, sizeof(all));
    struct instruction insn;

    ck_assert_int_eq(instruction_decode(&b, CODE_64, &insn), DECODE_OK);
    ck_assert(insn.has_lock && insn.has_rep && insn.has_repne);
    ck_assert_uint_eq(insn.segment, SEGMENT_FS);
    ck_assert_uint_eq(insn.address_bytes, 4);
}

static uint64_t address_of(const uint8_t *bytes, unsigned count)
{
    const struct trap_frame frame = {
        .rip = 0x1000,
        .rdi = 0x20000,
        .rsi = 3,
        .rsp = 0x700000,
        .r12 = 0x90000,
        .r13 = 0xa0000,
        .rbp = 0xb00000000,
        .rax = 0xffffffffffffff00,
    };
    struct instruction_bytes b = bytes_of(bytes, count);
    struct instruction insn;

    ck_assert_int_eq(instruction_decode(&b, CODE_64, &insn), DECODE_OK);
    ck_assert(insn.is_memory);
    return instruction_address(&insn, &frame);
}

#define ADDRESS_OF(...)                                                                            \
    address_of((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

TEST(instruction, computes_addresses)
{
    ck_assert_uint_eq(ADDRESS_OF(0x89, 0x07), 0x20000);
    ck_assert_uint_eq(ADDRESS_OF(0x89, 0x47, 0xf8), 0x1fff8);
    ck_assert_uint_eq(ADDRESS_OF(0x89, 0x87, 0, 0, 1, 0), 0x30000);
    ck_assert_uint_eq(ADDRESS_OF(0x89, 0x04, 0xf7), 0x20018);
    ck_assert_uint_eq(ADDRESS_OF(0x89, 0x04, 0x24), 0x700000);
    ck_assert_uint_eq(ADDRESS_OF(0x89, 0x44, 0x24, 0x10), 0x700010);
    ck_assert_uint_eq(ADDRESS_OF(0x89, 0x04, 0x25, 0x78, 0x56, 0x34, 0x12), 0x12345678);
    ck_assert_uint_eq(ADDRESS_OF(0x89, 0x04, 0x25, 0, 0, 0, 0x80), 0xffffffff80000000);
    ck_assert_uint_eq(ADDRESS_OF(0x89, 0x04, 0xf5, 0x10, 0, 0, 0), 0x28);
    /* R12 needs a SIB byte as RSP does, R13 a displacement as RBP does. */
    ck_assert_uint_eq(ADDRESS_OF(0x41, 0x89, 0x04, 0x24), 0x90000);
    ck_assert_uint_eq(ADDRESS_OF(0x41, 0x89, 0x45, 0x04), 0xa0004);
    ck_assert_uint_eq(ADDRESS_OF(0x89, 0x45, 0x00), 0xb00000000);
    /* R12 may be an index, RSP may not. */
    ck_assert_uint_eq(ADDRESS_OF(0x42, 0x89, 0x04, 0x27), 0x20000 + 0x90000);
    /* RIP counts from the end of the instruction, immediate included. */
    ck_assert_uint_eq(ADDRESS_OF(0x89, 0x05, 0x10, 0, 0, 0), 0x1000 + 6 + 0x10);
    ck_assert_uint_eq(ADDRESS_OF(0xc7, 0x05, 0x10, 0, 0, 0, 1, 0, 0, 0), 0x1000 + 10 + 0x10);
    /* A 32-bit address is cut off. */
    ck_assert_uint_eq(ADDRESS_OF(0x67, 0x89, 0x45, 0x04), 0x4);
    ck_assert_uint_eq(ADDRESS_OF(0x67, 0x89, 0x00), 0xffffff00);
}

TEST(instruction, registers_have_parts)
{
    struct trap_frame frame = { .rax = 0x1122334455667788, .rsi = 0xaabb };
    struct instruction insn = { .operand_bytes = 8 };

    ck_assert_uint_eq(operand_register_read(&insn, &frame, 0), 0x1122334455667788);
    insn.operand_bytes = 4;
    ck_assert_uint_eq(operand_register_read(&insn, &frame, 0), 0x55667788);
    insn.operand_bytes = 2;
    ck_assert_uint_eq(operand_register_read(&insn, &frame, 0), 0x7788);
    insn.operand_bytes = 1;
    ck_assert_uint_eq(operand_register_read(&insn, &frame, 0), 0x88);
    ck_assert_uint_eq(operand_register_read(&insn, &frame, 4), 0x77); /* AH */
    insn.has_rex = true;
    frame.rsp = 0x99;
    ck_assert_uint_eq(operand_register_read(&insn, &frame, 4), 0x99); /* SPL */
}

TEST(instruction, register_writes_keep_or_clear_the_rest)
{
    struct trap_frame frame = { .rax = 0x1122334455667788 };
    struct instruction insn = { .operand_bytes = 1 };

    operand_register_write(&insn, &frame, 0, 0xff);
    ck_assert_uint_eq(frame.rax, 0x11223344556677ff);
    operand_register_write(&insn, &frame, 4, 0xee); /* AH */
    ck_assert_uint_eq(frame.rax, 0x112233445566eeff);
    insn.operand_bytes = 2;
    operand_register_write(&insn, &frame, 0, 0xabcd);
    ck_assert_uint_eq(frame.rax, 0x112233445566abcd);
    insn.operand_bytes = 4;
    operand_register_write(&insn, &frame, 0, 0xffffffff12345678);
    ck_assert_uint_eq(frame.rax, 0x12345678);
    insn.operand_bytes = 8;
    operand_register_write(&insn, &frame, 15, ~0UL);
    ck_assert_uint_eq(frame.r15, ~0UL);
}
