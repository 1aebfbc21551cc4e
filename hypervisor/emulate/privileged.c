/* SPDX-License-Identifier: MIT */
/*
 * What a guest kernel may do by privileged instruction: a row for each. All else stays the
 * guest's #GP, above all HLT, INVLPG, LGDT and its relatives, MOV to CR8, RDPMC.
 *
 * User mode gets no more than port access by its bitmap, and CPUID where that faults.
 */
#include "emulate/privileged.h"

#include <stddef.h>

#include "arch/percpu.h"
#include "arch/pte.h"
#include "arch/vectors.h"
#include "arch/x86.h"
#include "console/trace.h"
#include "domain/debugreg.h"
#include "domain/domain.h"
#include "domain/vcpu_state.h"
#include "emulate/bounce.h"
#include "emulate/control_registers.h"
#include "emulate/cpuid_view.h"
#include "emulate/emulation.h"
#include "emulate/io_ports.h"
#include "emulate/msr_policy.h"
#include "lib/string.h"

static enum emulation_result result_of(enum control_access access)
{
    switch (access) {
    case CONTROL_OK:
        return EMULATION_DONE;
    case CONTROL_AGAIN:
        return EMULATION_AGAIN;
    case CONTROL_REFUSED:
    default:
        return EMULATION_REFUSED;
    }
}

/* EDX:EAX, as many instructions have it. */
static void write_edx_eax(struct trap_frame *frame, uint64_t value)
{
    frame->rax = (uint32_t)value;
    frame->rdx = value >> 32;
}

static uint64_t read_edx_eax(const struct trap_frame *frame)
{
    return (frame->rdx << 32) | (uint32_t)frame->rax;
}

static void answer_cpuid(const struct vcpu *v, struct trap_frame *frame, bool is_forced)
{
    struct cpuid_result r = cpuid_view(v, (uint32_t)frame->rax, (uint32_t)frame->rcx, is_forced);

    frame->rax = r.eax;
    frame->rbx = r.ebx;
    frame->rcx = r.ecx;
    frame->rdx = r.edx;
}

static enum emulation_result emulate_cpuid(struct emulation *e)
{
    answer_cpuid(e->v, e->frame, false);
    return EMULATION_DONE;
}

static enum emulation_result emulate_rdmsr(struct emulation *e)
{
    uint64_t value;

    if (!msr_read(e->v, (uint32_t)e->frame->rcx, &value))
        return EMULATION_REFUSED;
    write_edx_eax(e->frame, value);
    return EMULATION_DONE;
}

static enum emulation_result emulate_wrmsr(struct emulation *e)
{
    if (!msr_write(e->v, (uint32_t)e->frame->rcx, read_edx_eax(e->frame)))
        return EMULATION_REFUSED;
    return EMULATION_DONE;
}

static enum emulation_result emulate_read_cr(struct emulation *e)
{
    const struct instruction *insn = &e->code.insn;

    return result_of(control_register_read(e->v, insn->reg, frame_register(e->frame, insn->rm)));
}

static enum emulation_result emulate_write_cr(struct emulation *e)
{
    const struct instruction *insn = &e->code.insn;

    return result_of(control_register_write(e->v, insn->reg, *frame_register(e->frame, insn->rm)));
}

static enum emulation_result emulate_read_dr(struct emulation *e)
{
    const struct instruction *insn = &e->code.insn;

    if (debugreg_get(e->v, insn->reg, frame_register(e->frame, insn->rm)))
        return EMULATION_REFUSED;
    return EMULATION_DONE;
}

static enum emulation_result emulate_write_dr(struct emulation *e)
{
    const struct instruction *insn = &e->code.insn;

    if (debugreg_set(e->v, insn->reg, *frame_register(e->frame, insn->rm)))
        return EMULATION_REFUSED;
    return EMULATION_DONE;
}

static enum emulation_result emulate_clts(struct emulation *e)
{
    vcpu_set_task_switched(e->v, false);
    return EMULATION_DONE;
}

/* Whoever has no devices has nothing that looks past the caches. */
static enum emulation_result emulate_wbinvd(struct emulation *e)
{
    if (e->v->domain->is_control)
        wbinvd();
    return EMULATION_DONE;
}

static enum emulation_result emulate_rdtsc(struct emulation *e)
{
    write_edx_eax(e->frame, rdtsc());
    return EMULATION_DONE;
}

/* Interrupts are events, and masked elsewhere: nothing to do, if it is allowed at all. */
static enum emulation_result emulate_cli_sti(struct emulation *e)
{
    return guest_has_iopl(e->v) ? EMULATION_DONE : EMULATION_REFUSED;
}

#define MODRM_XSETBV 0xd1
#define MODRM_RDTSCP 0xf9

static enum emulation_result emulate_group_7(struct emulation *e)
{
    switch (e->code.insn.modrm) {
    case MODRM_XSETBV:
        return result_of(control_xcr0_write(e->v, (uint32_t)e->frame->rcx, read_edx_eax(e->frame)));
    case MODRM_RDTSCP:
        if (!guest_has(CPU_FEATURE_RDTSCP))
            return EMULATION_REFUSED;
        e->frame->rcx = e->v->tsc_aux;
        return emulate_rdtsc(e);
    default:
        return EMULATION_REFUSED;
    }
}

struct privileged_row {
    uint16_t first, last; /* opcodes */
    bool user_may;
    enum emulation_result (*emulate)(struct emulation *e);
};

/* clang-format off */
static const struct privileged_row rows[] = {
    { OPCODE_TWO_BYTE(0x30), OPCODE_TWO_BYTE(0x30), false, emulate_wrmsr },
    { OPCODE_TWO_BYTE(0x32), OPCODE_TWO_BYTE(0x32), false, emulate_rdmsr },
    { OPCODE_TWO_BYTE(0x20), OPCODE_TWO_BYTE(0x20), false, emulate_read_cr },
    { OPCODE_TWO_BYTE(0x22), OPCODE_TWO_BYTE(0x22), false, emulate_write_cr },
    { 0xe4, 0xe7, true, emulate_port_access },
    { 0xec, 0xef, true, emulate_port_access },
    { 0x6c, 0x6f, true, emulate_string_port_access },
    { 0xfa, 0xfb, true, emulate_cli_sti },
    { OPCODE_TWO_BYTE(0xa2), OPCODE_TWO_BYTE(0xa2), true, emulate_cpuid },
    { OPCODE_TWO_BYTE(0x21), OPCODE_TWO_BYTE(0x21), false, emulate_read_dr },
    { OPCODE_TWO_BYTE(0x23), OPCODE_TWO_BYTE(0x23), false, emulate_write_dr },
    { OPCODE_TWO_BYTE(0x06), OPCODE_TWO_BYTE(0x06), false, emulate_clts },
    { OPCODE_TWO_BYTE(0x08), OPCODE_TWO_BYTE(0x09), false, emulate_wbinvd },
    { OPCODE_TWO_BYTE(0x31), OPCODE_TWO_BYTE(0x31), false, emulate_rdtsc },
    { OPCODE_TWO_BYTE(0x01), OPCODE_TWO_BYTE(0x01), false, emulate_group_7 },
};
/* clang-format on */

static const struct privileged_row *find_row(uint16_t opcode)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (opcode >= rows[i].first && opcode <= rows[i].last)
            return &rows[i];
    }
    return NULL;
}

bool emulate_privileged(struct vcpu *v, struct trap_frame *frame)
{
    struct emulation e = { .v = v, .frame = frame };
    enum decode_result decoded = guest_code_fetch(v, frame, &e.code);
    const struct privileged_row *row;
    enum emulation_result result;

    if (decoded == DECODE_TRUNCATED) {
        bounce_page_fault(v, frame, e.code.address + e.code.bytes.count, PF_FETCH);
        return true;
    }
    row = decoded == DECODE_OK ? find_row(e.code.insn.opcode) : NULL;
    /* LOCK is undefined for all of them; let the guest see that it has not worked. */
    if (!row || e.code.insn.has_lock || (!v->in_kernel && !row->user_may))
        return false;

    result = row->emulate(&e);
    this_cpu()->counters.emulated_instruction++;
    v->counters.emulated++;
    trace(TRACE_EMULATE, e.code.insn.opcode, frame->rip, result);
    if (result == EMULATION_DONE)
        guest_code_finish(v, frame, e.code.insn.length);
    return result != EMULATION_REFUSED;
}

bool emulate_forced_cpuid(struct vcpu *v, struct trap_frame *frame)
{
    static const uint8_t sequence[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
    struct guest_code code;

    if (!guest_code_read(v, frame, &code) || code.bytes.count < sizeof(sequence) ||
        memcmp(code.bytes.byte, sequence, sizeof(sequence)) != 0)
        return false;
    answer_cpuid(v, frame, true);
    this_cpu()->counters.emulated_instruction++;
    v->counters.emulated++;
    guest_code_finish(v, frame, sizeof(sequence));
    return true;
}
