/* SPDX-License-Identifier: MIT */
/*
 * Two tables say which opcodes exist for us and what follows them; the rest is the general
 * format of SDM volume 2A, chapter 2. A ModRM with a memory operand is known in 64-bit code
 * only: nothing that we do for 32-bit code needs one.
 */
#include "emulate/instruction.h"

#include <stddef.h>

#define KNOWN      0x01u /* any flag makes an opcode known */
#define MODRM      0x02u
#define IMM_BYTE   0x04u /* one byte, sign-extended */
#define IMM_FULL   0x08u /* as wide as the operand, at most 4 bytes */
#define BYTE_SIZED 0x10u

/* An ALU instruction's "r/m, r" forms: 8 bits, then full size. */
#define ALU_FORMS(first) [first] = MODRM | BYTE_SIZED, [(first) + 1] = MODRM

static const uint8_t one_byte[256] = {
    ALU_FORMS(0x00),                        /* ADD */
    ALU_FORMS(0x08),                        /* OR */
    ALU_FORMS(0x20),                        /* AND */
    ALU_FORMS(0x28),                        /* SUB */
    ALU_FORMS(0x30),                        /* XOR */
    [0x6c] = KNOWN | BYTE_SIZED,            /* INSB */
    [0x6d] = KNOWN,                         /* INS */
    [0x6e] = KNOWN | BYTE_SIZED,            /* OUTSB */
    [0x6f] = KNOWN,                         /* OUTS */
    [0x80] = MODRM | IMM_BYTE | BYTE_SIZED, /* group 1 */
    [0x81] = MODRM | IMM_FULL,
    [0x83] = MODRM | IMM_BYTE,
    [0x86] = MODRM | BYTE_SIZED, /* XCHG */
    [0x87] = MODRM,
    [0x88] = MODRM | BYTE_SIZED, /* MOV r/m, r */
    [0x89] = MODRM,
    [0xc6] = MODRM | IMM_BYTE | BYTE_SIZED, /* MOV r/m, imm */
    [0xc7] = MODRM | IMM_FULL,
    [0xcd] = IMM_BYTE,              /* INT */
    [0xe4] = IMM_BYTE | BYTE_SIZED, /* IN AL, imm8 */
    [0xe5] = IMM_BYTE,              /* IN eAX, imm8 */
    [0xe6] = IMM_BYTE | BYTE_SIZED, /* OUT imm8, AL */
    [0xe7] = IMM_BYTE,              /* OUT imm8, eAX */
    [0xec] = KNOWN | BYTE_SIZED,    /* IN AL, DX */
    [0xed] = KNOWN,                 /* IN eAX, DX */
    [0xee] = KNOWN | BYTE_SIZED,    /* OUT DX, AL */
    [0xef] = KNOWN,                 /* OUT DX, eAX */
    [0xfa] = KNOWN,                 /* CLI */
    [0xfb] = KNOWN,                 /* STI */
};

static const uint8_t two_byte[256] = {
    [0x01] = MODRM,              /* group 7: XGETBV, XSETBV, RDTSCP */
    [0x06] = KNOWN,              /* CLTS */
    [0x08] = KNOWN,              /* INVD */
    [0x09] = KNOWN,              /* WBINVD */
    [0x20] = MODRM,              /* MOV r, CR */
    [0x21] = MODRM,              /* MOV r, DR */
    [0x22] = MODRM,              /* MOV CR, r */
    [0x23] = MODRM,              /* MOV DR, r */
    [0x30] = KNOWN,              /* WRMSR */
    [0x31] = KNOWN,              /* RDTSC */
    [0x32] = KNOWN,              /* RDMSR */
    [0xa2] = KNOWN,              /* CPUID */
    [0xab] = MODRM,              /* BTS r/m, r */
    [0xb0] = MODRM | BYTE_SIZED, /* CMPXCHG */
    [0xb1] = MODRM,
    [0xb3] = MODRM,            /* BTR r/m, r */
    [0xba] = MODRM | IMM_BYTE, /* group 8: BT, BTS, BTR, BTC r/m, imm8 */
    [0xbb] = MODRM,            /* BTC r/m, r */
};

/* The bytes not yet decoded. */
struct cursor {
    const struct instruction_bytes *bytes;
    uint8_t at;
    bool truncated;
};

static uint8_t next_byte(struct cursor *c)
{
    if (c->at >= c->bytes->count) {
        c->truncated = true;
        return 0;
    }
    return c->bytes->byte[c->at++];
}

/* A little-endian number of 1, 2, 4 or 8 bytes, sign-extended. */
static int64_t next_number(struct cursor *c, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)next_byte(c) << i * 8;
    return (int64_t)(value << (64 - bytes * 8)) >> (64 - bytes * 8);
}

struct prefixes {
    bool operand_size, address_size;
    uint8_t rex; /* 0: none */
};

/* False if @byte is no legacy prefix. */
static bool take_prefix(uint8_t byte, struct prefixes *p, struct instruction *insn)
{
    switch (byte) {
    case 0x26:
    case 0x2e:
    case 0x36:
    case 0x3e:
        insn->segment = (byte >> 3) & 3;
        return true;
    case 0x64:
        insn->segment = SEGMENT_FS;
        return true;
    case 0x65:
        insn->segment = SEGMENT_GS;
        return true;
    case 0x66:
        p->operand_size = true;
        return true;
    case 0x67:
        p->address_size = true;
        return true;
    case 0xf0:
        insn->has_lock = true;
        return true;
    case 0xf2:
        insn->has_repne = true;
        return true;
    case 0xf3:
        insn->has_rep = true;
        return true;
    default:
        return false;
    }
}

/* All prefixes; returns the first byte behind them. REX counts only directly before the opcode. */
static uint8_t take_prefixes(struct cursor *c, enum code_size code, struct prefixes *p,
                             struct instruction *insn)
{
    uint8_t byte;

    for (;;) {
        byte = next_byte(c);
        if (c->truncated)
            return 0;
        if (code == CODE_64 && (byte & 0xf0) == 0x40)
            p->rex = byte;
        else if (take_prefix(byte, p, insn))
            p->rex = 0;
        else
            return byte;
    }
}

static void set_sizes(enum code_size code, const struct prefixes *p, uint8_t flags,
                      struct instruction *insn)
{
    insn->has_rex = p->rex != 0;
    if (flags & BYTE_SIZED)
        insn->operand_bytes = 1;
    else if (p->rex & 8)
        insn->operand_bytes = 8;
    else
        insn->operand_bytes = (code == CODE_16) == p->operand_size ? 4 : 2;

    if (code == CODE_64)
        insn->address_bytes = p->address_size ? 4 : 8;
    else
        insn->address_bytes = (code == CODE_16) == p->address_size ? 4 : 2;
}

/* A register number of which REX holds the high bit. */
static uint8_t register_number(int low, int rex_bit)
{
    return (uint8_t)((low & 7) | (rex_bit ? 8 : 0));
}

/* Base, index and displacement of a 64-bit memory operand. */
static void take_address(struct cursor *c, uint8_t rex, struct instruction *insn)
{
    uint8_t mod = insn->modrm >> 6;
    uint8_t rm = insn->modrm & 7;

    insn->base = register_number(rm, rex & 1);
    if (rm == 4) {
        uint8_t sib = next_byte(c);
        uint8_t index = register_number(sib >> 3, rex & 2);

        rm = sib & 7;
        insn->base = register_number(rm, rex & 1);
        insn->scale_shift = sib >> 6;
        if (index != 4)
            insn->index = index;
        if (rm == 5 && mod == 0)
            insn->base = REGISTER_NONE;
    } else if (rm == 5 && mod == 0) {
        insn->base = REGISTER_NONE;
        insn->rip_relative = true;
    }

    if (mod == 1)
        insn->displacement = next_number(c, 1);
    else if (mod == 2 || insn->base == REGISTER_NONE)
        insn->displacement = next_number(c, 4);
}

/* MOV to and from control and debug registers ignores the mod field. */
static bool opcode_has_registers_only(uint16_t opcode)
{
    return opcode >= OPCODE_TWO_BYTE(0x20) && opcode <= OPCODE_TWO_BYTE(0x23);
}

/* False: in this code size we do not know memory operands. */
static bool take_modrm(struct cursor *c, enum code_size code, uint8_t rex, struct instruction *insn)
{
    insn->modrm = next_byte(c);
    insn->reg = register_number(insn->modrm >> 3, rex & 4);
    insn->rm = register_number(insn->modrm, rex & 1);
    insn->is_memory = insn->modrm < 0xc0 && !opcode_has_registers_only(insn->opcode);
    if (!insn->is_memory)
        return true;
    take_address(c, rex, insn);
    return code == CODE_64;
}

enum decode_result instruction_decode(const struct instruction_bytes *bytes, enum code_size code,
                                      struct instruction *out)
{
    struct cursor c = { bytes, 0, false };
    struct prefixes prefixes = { false, false, 0 };
    bool known = true;
    uint8_t opcode, flags;

    *out = (struct instruction){ .segment = SEGMENT_DEFAULT,
                                 .base = REGISTER_NONE,
                                 .index = REGISTER_NONE };
    opcode = take_prefixes(&c, code, &prefixes, out);
    flags = one_byte[opcode];
    out->opcode = opcode;
    if (opcode == 0x0f) {
        opcode = next_byte(&c);
        flags = two_byte[opcode];
        out->opcode = (uint16_t)OPCODE_TWO_BYTE(opcode);
    }
    if (flags == 0 && !c.truncated)
        return DECODE_UNKNOWN;

    set_sizes(code, &prefixes, flags, out);
    if (flags & MODRM)
        known = take_modrm(&c, code, prefixes.rex, out);
    if (flags & IMM_BYTE)
        out->immediate = next_number(&c, 1);
    if (flags & IMM_FULL)
        out->immediate = next_number(&c, out->operand_bytes == 2 ? 2 : 4);
    /* What needs more than the longest instruction is none at all. */
    if (c.truncated)
        return bytes->count >= INSTRUCTION_BYTES_MAX ? DECODE_UNKNOWN : DECODE_TRUNCATED;
    out->length = c.at;
    return known ? DECODE_OK : DECODE_UNKNOWN;
}

static unsigned register_offset(uint8_t number)
{
    static const uint8_t offset[16] = {
        FRAME_RAX, FRAME_RCX, FRAME_RDX, FRAME_RBX, FRAME_RSP, FRAME_RBP, FRAME_RSI, FRAME_RDI,
        FRAME_R8,  FRAME_R9,  FRAME_R10, FRAME_R11, FRAME_R12, FRAME_R13, FRAME_R14, FRAME_R15,
    };

    return offset[number & 15];
}

uint64_t *frame_register(struct trap_frame *frame, uint8_t number)
{
    return (uint64_t *)(void *)((char *)frame + register_offset(number));
}

static uint64_t frame_read(const struct trap_frame *frame, uint8_t number)
{
    return *(const uint64_t *)(const void *)((const char *)frame + register_offset(number));
}

uint64_t instruction_address(const struct instruction *insn, const struct trap_frame *frame)
{
    uint64_t address = (uint64_t)insn->displacement;

    if (insn->rip_relative)
        address += frame->rip + insn->length;
    if (insn->base != REGISTER_NONE)
        address += frame_read(frame, insn->base);
    if (insn->index != REGISTER_NONE)
        address += frame_read(frame, insn->index) << insn->scale_shift;
    return address & operand_mask(insn->address_bytes);
}

static bool is_high_byte(const struct instruction *insn, uint8_t number)
{
    return insn->operand_bytes == 1 && !insn->has_rex && number >= 4;
}

uint64_t operand_register_read(const struct instruction *insn, const struct trap_frame *frame,
                               uint8_t number)
{
    if (is_high_byte(insn, number))
        return frame_read(frame, number - 4) >> 8 & 0xff;
    return frame_read(frame, number) & operand_mask(insn->operand_bytes);
}

void register_write_part(uint64_t *target, unsigned bytes, uint64_t value)
{
    uint64_t mask = operand_mask(bytes);

    if (bytes == 4)
        *target = value & mask;
    else
        *target = (*target & ~mask) | (value & mask);
}

void operand_register_write(const struct instruction *insn, struct trap_frame *frame,
                            uint8_t number, uint64_t value)
{
    uint64_t *target;

    if (is_high_byte(insn, number)) {
        target = frame_register(frame, number - 4);
        *target = (*target & ~0xff00UL) | (value & 0xff) << 8;
        return;
    }
    register_write_part(frame_register(frame, number), insn->operand_bytes, value);
}
