/* SPDX-License-Identifier: MIT */
/*
 * The instructions that kernels use on page-table entries: MOV, XCHG, CMPXCHG, the ALU's simple
 * operations and the bit instructions, with memory as destination. LOCK or not is the same
 * here, since the entry is exchanged atomically in any case.
 */
#include "arch/x86.h"
#include "emulate/ptwr.h"

#define RFLAGS_PF         (1UL << 2)
#define RFLAGS_AF         (1UL << 4)
#define RFLAGS_SF         (1UL << 7)
#define RFLAGS_ARITHMETIC (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

#define REGISTER_RAX 0

enum alu_operation {
    ALU_ADD = 0,
    ALU_OR = 1,
    ALU_AND = 4,
    ALU_SUB = 5,
    ALU_XOR = 6,
};

static uint64_t sign_bit(unsigned bytes)
{
    return 1UL << (bytes * 8 - 1);
}

/* ZF, SF and PF of a result. */
static uint64_t result_flags(uint64_t value, unsigned bytes)
{
    uint64_t flags = 0;

    if ((value & operand_mask(bytes)) == 0)
        flags |= RFLAGS_ZF;
    if (value & sign_bit(bytes))
        flags |= RFLAGS_SF;
    if (!__builtin_parityl(value & 0xff))
        flags |= RFLAGS_PF;
    return flags;
}

/* The arithmetic flags of a + b or a - b. */
static uint64_t sum_flags(uint64_t a, uint64_t b, uint64_t result, unsigned bytes, bool subtracts)
{
    uint64_t flags = result_flags(result, bytes);
    uint64_t overflow = subtracts ? (a ^ b) & (a ^ result) : ~(a ^ b) & (a ^ result);
    uint64_t left = subtracts ? a : result;
    uint64_t right = subtracts ? b : a;

    /* A sum that wrapped is less than either part; a difference borrows if a is less than b. */
    if ((left & operand_mask(bytes)) < (right & operand_mask(bytes)))
        flags |= RFLAGS_CF;
    if ((a ^ b ^ result) & 0x10)
        flags |= RFLAGS_AF;
    if (overflow & sign_bit(bytes))
        flags |= RFLAGS_OF;
    return flags;
}

static void set_flags(struct memory_write *w, uint64_t mask, uint64_t flags)
{
    w->rflags = (w->rflags & ~mask) | flags;
}

static bool compute_alu(struct memory_write *w, enum alu_operation operation, uint64_t b,
                        unsigned bytes)
{
    uint64_t a = w->old;

    switch (operation) {
    case ALU_ADD:
        w->value = a + b;
        set_flags(w, RFLAGS_ARITHMETIC, sum_flags(a, b, w->value, bytes, false));
        return true;
    case ALU_SUB:
        w->value = a - b;
        set_flags(w, RFLAGS_ARITHMETIC, sum_flags(a, b, w->value, bytes, true));
        return true;
    case ALU_OR:
        w->value = a | b;
        break;
    case ALU_AND:
        w->value = a & b;
        break;
    case ALU_XOR:
        w->value = a ^ b;
        break;
    default: /* ADC and SBB; CMP writes nothing */
        return false;
    }
    set_flags(w, RFLAGS_ARITHMETIC, result_flags(w->value, bytes));
    return true;
}

static void compute_exchange(const struct instruction *insn, const struct trap_frame *frame,
                             struct memory_write *w)
{
    w->value = operand_register_read(insn, frame, insn->reg);
    w->writes_register = true;
    w->register_number = insn->reg;
    w->register_value = w->old;
}

static void compute_compare_exchange(const struct instruction *insn, const struct trap_frame *frame,
                                     struct memory_write *w)
{
    unsigned bytes = insn->operand_bytes;
    uint64_t expected = operand_register_read(insn, frame, REGISTER_RAX);

    set_flags(w, RFLAGS_ARITHMETIC, sum_flags(expected, w->old, expected - w->old, bytes, true));
    if (expected == w->old) {
        w->value = operand_register_read(insn, frame, insn->reg);
        return;
    }
    w->writes = false;
    w->writes_register = true;
    w->register_number = REGISTER_RAX;
    w->register_value = w->old;
}

enum bit_operation {
    BIT_SET = 5,
    BIT_RESET = 6,
    BIT_COMPLEMENT = 7,
};

static bool compute_bit(struct memory_write *w, unsigned operation, uint64_t bit, unsigned bytes)
{
    uint64_t mask = 1UL << (bit & (bytes * 8 - 1));

    switch (operation) {
    case BIT_SET:
        w->value = w->old | mask;
        break;
    case BIT_RESET:
        w->value = w->old & ~mask;
        break;
    case BIT_COMPLEMENT:
        w->value = w->old ^ mask;
        break;
    default: /* BT writes nothing */
        return false;
    }
    set_flags(w, RFLAGS_CF, w->old & mask ? RFLAGS_CF : 0);
    return true;
}

/* BTS, BTR and BTC with the bit number in a register. */
static bool is_bit_by_register(uint16_t opcode)
{
    return opcode == OPCODE_TWO_BYTE(0xab) || opcode == OPCODE_TWO_BYTE(0xb3) ||
           opcode == OPCODE_TWO_BYTE(0xbb);
}

bool memory_write_compute(const struct instruction *insn, const struct trap_frame *frame,
                          struct memory_write *w)
{
    unsigned bytes = insn->operand_bytes;
    uint64_t source = operand_register_read(insn, frame, insn->reg);
    unsigned digit = insn->modrm >> 3 & 7;

    w->writes = true;
    w->writes_register = false;
    w->value = w->old;
    if (!insn->is_memory)
        return false;
    switch (insn->opcode) {
    case 0x88:
    case 0x89:
        w->value = source;
        return true;
    case 0xc6:
    case 0xc7:
        w->value = (uint64_t)insn->immediate;
        return digit == 0;
    case 0x86:
    case 0x87:
        compute_exchange(insn, frame, w);
        return true;
    case OPCODE_TWO_BYTE(0xb0):
    case OPCODE_TWO_BYTE(0xb1):
        compute_compare_exchange(insn, frame, w);
        return true;
    case 0x80:
    case 0x81:
    case 0x83:
        return compute_alu(w, digit, (uint64_t)insn->immediate, bytes);
    case OPCODE_TWO_BYTE(0xba):
        return compute_bit(w, digit, (uint64_t)insn->immediate, bytes);
    default:
        break;
    }
    if (is_bit_by_register(insn->opcode))
        return compute_bit(w, insn->opcode >> 3 & 7, source, bytes);
    if (insn->opcode < 0x40)
        return compute_alu(w, insn->opcode >> 3, source, bytes);
    return false;
}

uint64_t memory_write_address(const struct instruction *insn, const struct trap_frame *frame)
{
    uint64_t address = instruction_address(insn, frame);
    int64_t bit;

    if (!is_bit_by_register(insn->opcode))
        return address;
    /* The bit number is signed, and its upper part counts operands. */
    bit = (int64_t)operand_register_read(insn, frame, insn->reg);
    if (insn->operand_bytes == 4)
        bit = (int32_t)bit;
    else if (insn->operand_bytes == 2)
        bit = (int16_t)bit;
    return address + (uint64_t)(bit >> 3 & ~(int64_t)(insn->operand_bytes - 1));
}
