/* SPDX-License-Identifier: MIT */
/*
 * A decoder for the few instructions that guests may still try, or use on page tables.
 *
 * It works on one snapshot of the bytes at RIP, taken once, because the guest may change them at
 * any time. Registers are named by their numbers in the encoding (0 RAX, 1 RCX, 2 RDX, 3 RBX,
 * 4 RSP, 5 RBP, 6 RSI, 7 RDI, 8-15).
 */
#ifndef PARAPET_EMULATE_INSTRUCTION_H
#define PARAPET_EMULATE_INSTRUCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/trap_frame.h"
#include "lib/compiler.h"

#define INSTRUCTION_BYTES_MAX 15u

/* What could be read of an instruction: fewer bytes where the next page is not there. */
struct instruction_bytes {
    union {
        uint8_t byte[INSTRUCTION_BYTES_MAX + 1];
        uint64_t word[2];
    };
    uint8_t count;
};

/* The code segment's default sizes. */
enum code_size {
    CODE_16,
    CODE_32,
    CODE_64,
};

enum decode_result {
    DECODE_OK,
    DECODE_TRUNCATED, /* more bytes than there are */
    DECODE_UNKNOWN,   /* not one of ours, or longer than 15 bytes */
};

#define OPCODE_TWO_BYTE(byte) (0x0f00u | (byte))
#define REGISTER_NONE         0xffu

enum segment_register {
    SEGMENT_ES,
    SEGMENT_CS,
    SEGMENT_SS,
    SEGMENT_DS,
    SEGMENT_FS,
    SEGMENT_GS,
    SEGMENT_DEFAULT, /* no prefix */
};

struct instruction {
    uint16_t opcode; /* 0x0fXX for two-byte ones */
    uint8_t length;
    uint8_t operand_bytes; /* 1, 2, 4 or 8 */
    uint8_t address_bytes; /* 2, 4 or 8 */
    uint8_t segment;       /* enum segment_register, of a prefix */
    bool has_lock, has_rep, has_repne, has_rex;

    /* ModRM, where the opcode has one; REX is merged in. */
    uint8_t modrm; /* the byte itself */
    uint8_t reg;
    uint8_t rm;          /* register number if is_memory is false */
    bool is_memory;      /* the r/m operand is in memory */
    bool rip_relative;   /* address is relative to the next instruction */
    uint8_t base, index; /* or REGISTER_NONE */
    uint8_t scale_shift;
    int64_t displacement;

    int64_t immediate; /* sign-extended */
};

/* instruction_decode - decode the first instruction of @bytes into *@out. */
MUST_CHECK enum decode_result instruction_decode(const struct instruction_bytes *bytes,
                                                 enum code_size code, struct instruction *out);

/* The memory operand's offset in its segment. */
uint64_t instruction_address(const struct instruction *insn, const struct trap_frame *frame);

/* The frame's general register @number. */
uint64_t *frame_register(struct trap_frame *frame, uint8_t number);

/* Its part that an operand of the instruction's size names: AH to BH for 4 to 7 without REX;
 * a write of 4 bytes clears the upper half. */
uint64_t operand_register_read(const struct instruction *insn, const struct trap_frame *frame,
                               uint8_t number);
void operand_register_write(const struct instruction *insn, struct trap_frame *frame,
                            uint8_t number, uint64_t value);

/* The same with an explicit size. */
void register_write_part(uint64_t *target, unsigned bytes, uint64_t value);

/* Bits of an operand of @bytes. */
static inline uint64_t operand_mask(unsigned bytes)
{
    return bytes >= 8 ? ~0UL : (1UL << bytes * 8) - 1;
}

#endif
