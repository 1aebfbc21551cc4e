/* SPDX-License-Identifier: MIT */
/*
 * Writable page tables: a guest kernel's write to a page table, which it has mapped read-only,
 * is carried out as a checked update of that entry.
 */
#ifndef PARAPET_EMULATE_PTWR_H
#define PARAPET_EMULATE_PTWR_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/trap_frame.h"
#include "domain/vcpu.h"
#include "emulate/instruction.h"

/*
 * emulate_page_table_write - after a write fault of the running vCPU's kernel at @address. True:
 * the instruction is done, or is to be executed again. False: the fault is the guest's.
 */
bool emulate_page_table_write(struct vcpu *v, struct trap_frame *frame, uint64_t address);

/*
 * What an instruction makes of its memory operand, of insn->operand_bytes. Separate from the
 * rest so that it can be tested alone.
 */
struct memory_write {
    uint64_t old;   /* in: the operand's value */
    uint64_t value; /* out: the new one */
    bool writes;    /* out: false if memory stays as it is (CMPXCHG that failed) */
    bool writes_register;
    uint8_t register_number; /* out: this register becomes... */
    uint64_t register_value;
    uint64_t rflags; /* in and out */
};

/* False: not one of the forms that are emulated. */
bool memory_write_compute(const struct instruction *insn, const struct trap_frame *frame,
                          struct memory_write *write);

/* Where a memory operand is: for bit instructions with a register, the word that has the bit. */
uint64_t memory_write_address(const struct instruction *insn, const struct trap_frame *frame);

#endif
