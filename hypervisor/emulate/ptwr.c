/* SPDX-License-Identifier: MIT */
/*
 * The entry is read through the guest's own mapping, the instruction is applied to that value,
 * and pvmmu/ exchanges old for new, checked as any update; if the entry has changed meanwhile
 * the guest executes the instruction again. So every form is atomic, with LOCK or without.
 */
#include "emulate/ptwr.h"

#include "arch/msr.h"
#include "arch/percpu.h"
#include "arch/pte.h"
#include "console/trace.h"
#include "domain/segments.h"
#include "emulate/bounce.h"
#include "emulate/guest_code.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/guest_access.h"
#include "pvmmu/pvmmu.h"

#define PTE_BYTES 8u

/* Whether the instruction's operand is what faulted, and lies within one entry. */
static bool operand_is_at(const struct instruction *insn, const struct trap_frame *frame,
                          uint64_t address)
{
    uint64_t base = 0;

    if (insn->segment == SEGMENT_FS)
        base = segments_read_base_msr(MSR_FS_BASE);
    else if (insn->segment == SEGMENT_GS)
        base = segments_read_base_msr(MSR_GS_BASE);
    return base + memory_write_address(insn, frame) == address &&
           is_aligned(address, insn->operand_bytes);
}

/* The entry with the operand's bytes replaced. */
static uint64_t merge(uint64_t entry, uint64_t address, unsigned bytes, uint64_t value)
{
    unsigned shift = (unsigned)(address % PTE_BYTES) * 8;
    uint64_t mask = operand_mask(bytes) << shift;

    return (entry & ~mask) | (value << shift & mask);
}

static void commit(const struct instruction *insn, struct trap_frame *frame,
                   const struct memory_write *write)
{
    frame->rflags = write->rflags;
    if (write->writes_register)
        operand_register_write(insn, frame, write->register_number, write->register_value);
}

/* 0, -EAGAIN or -EINVAL, as mmu_emulate_pte_write(). */
static int apply(struct vcpu *v, const struct instruction *insn, uint64_t address,
                 struct trap_frame *frame)
{
    uint64_t entry_address = align_down(address, PTE_BYTES);
    struct memory_write write = { .rflags = frame->rflags };
    uint64_t entry, new_entry;
    int error;

    if (copy_from_guest(&entry, entry_address, sizeof(entry)))
        return -EINVAL;
    write.old = entry >> (address % PTE_BYTES) * 8 & operand_mask(insn->operand_bytes);
    if (!memory_write_compute(insn, frame, &write))
        return -EINVAL;
    new_entry = write.writes ? merge(entry, address, insn->operand_bytes, write.value) : entry;
    error = mmu_emulate_pte_write(v, entry_address, entry, new_entry);
    if (!error)
        commit(insn, frame, &write);
    return error;
}

bool emulate_page_table_write(struct vcpu *v, struct trap_frame *frame, uint64_t address)
{
    struct guest_code code;
    enum decode_result decoded;
    int error;

    if (!guest_address_ok(address))
        return false;
    decoded = guest_code_fetch(v, frame, &code);
    if (decoded == DECODE_TRUNCATED) {
        bounce_page_fault(v, frame, code.address + code.bytes.count, PF_FETCH);
        return true;
    }
    if (decoded != DECODE_OK || !operand_is_at(&code.insn, frame, address))
        return false;
    error = apply(v, &code.insn, address, frame);
    if (error && error != -EAGAIN)
        return false;
    this_cpu()->counters.page_table_write_emulated++;
    trace(TRACE_EMULATE, code.insn.opcode, frame->rip, (uint64_t)(int64_t)error);
    if (!error)
        guest_code_finish(v, frame, code.insn.length);
    return true;
}
