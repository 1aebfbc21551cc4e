/* SPDX-License-Identifier: MIT */
/*
 * The entry is read through the guest's own mapping, the instruction is applied to that value,
 * and pvmmu/ exchanges old for new, checked as any update; if the entry has changed meanwhile
 * the guest executes the instruction again. So every form is atomic, with LOCK or without.
 *
 * The two that kernels use most have a short way, which decides by three bytes.
 */
#include "emulate/ptwr.h"

#include "arch/guest_words.h"
#include "arch/msr.h"
#include "arch/percpu.h"
#include "arch/pte.h"
#include "arch/x86.h"
#include "console/trace.h"
#include "domain/segments.h"
#include "emulate/bounce.h"
#include "emulate/guest_code.h"
#include "hypercall-abi/segments.h"
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

/* ---- the short way: MOV or XCHG of a whole entry, its address in one register ---- */

#define OPCODE_XCHG  0x87u
#define OPCODE_MOV   0x89u
#define QUICK_BYTES  3u
#define REX_W        0x48u
#define RM_IS_SIB    4u
#define RM_IS_OFFSET 5u

/* 64-bit code, and the bytes are all on one page. */
static ALWAYS_INLINE bool read_quickly(const struct trap_frame *frame, uint64_t *bytes)
{
    uint64_t word;

    if (frame->cs != FLAT_RING3_CS64 || !guest_address_ok(frame->rip) ||
        (frame->rip & (PAGE_SIZE - 1)) > PAGE_SIZE - sizeof(word))
        return false;
    guest_access_begin();
    GUEST_LOAD_OR(fault, word, frame->rip, 0);
    guest_access_end();
    *bytes = word;
    return true;

fault:
    guest_access_end();
    return false;
}

static bool write_quickly(struct vcpu *v, struct trap_frame *frame, uint64_t address)
{
    uint64_t bytes, old, *operand;
    unsigned rex, opcode, modrm, rm;

    if ((frame->rflags & RFLAGS_TF) || !is_aligned(address, PTE_BYTES) ||
        !read_quickly(frame, &bytes))
        return false;
    rex = bytes & 0xff;
    opcode = bytes >> 8 & 0xff;
    modrm = bytes >> 16 & 0xff;
    rm = modrm & 7;
    if ((rex & 0xf8) != REX_W || (opcode != OPCODE_XCHG && opcode != OPCODE_MOV) ||
        (modrm & 0xc0) || rm == RM_IS_SIB || rm == RM_IS_OFFSET)
        return false;
    if (*frame_register(frame, (uint8_t)(rm | (rex & 1) << 3)) != address)
        return false;
    operand = frame_register(frame, (uint8_t)((modrm >> 3 & 7) | (rex & 4) << 1));
    if (!mmu_write_pte_quick(v, address, *operand, &old))
        return false;
    if (opcode == OPCODE_XCHG)
        *operand = old;
    this_cpu()->counters.page_table_write_emulated++;
    v->counters.page_table_updates++;
    trace(TRACE_EMULATE, opcode, frame->rip, 0);
    frame->rip += QUICK_BYTES;
    frame->rflags &= ~RFLAGS_RF;
    return true;
}

/* ---- any form ---- */

static NOINLINE bool write_by_decoding(struct vcpu *v, struct trap_frame *frame, uint64_t address)
{
    struct guest_code code;
    enum decode_result decoded;
    int error;

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
    v->counters.page_table_updates++;
    trace(TRACE_EMULATE, code.insn.opcode, frame->rip, (uint64_t)(int64_t)error);
    if (!error)
        guest_code_finish(v, frame, code.insn.length);
    return true;
}

bool emulate_page_table_write(struct vcpu *v, struct trap_frame *frame, uint64_t address)
{
    if (!guest_address_ok(address))
        return false;
    return write_quickly(v, frame, address) || write_by_decoding(v, frame, address);
}
