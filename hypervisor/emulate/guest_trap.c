/* SPDX-License-Identifier: MIT */
/*
 * The rules for each vector. Whether the guest's kernel or its user mode is meant is decided by
 * vcpu->in_kernel; in the processor's eyes both are ring 3.
 */
#include "emulate/guest_trap.h"

#include "arch/layout.h"
#include "arch/pte.h"
#include "arch/vectors.h"
#include "arch/x86.h"
#include "console/panic.h"
#include "console/trace.h"
#include "domain/debugreg.h"
#include "domain/domain.h"
#include "domain/vcpu_state.h"
#include "emulate/bounce.h"
#include "emulate/guest_code.h"
#include "emulate/privileged.h"
#include "emulate/ptwr.h"
#include "mm/m2p.h"
#include "pvmmu/pvmmu.h"

#define OPCODE_INT 0xcd

#define SELECTOR_ERROR_EXTERNAL 1u
#define SELECTOR_ERROR_IDT      2u

static void trap_debug(struct vcpu *v, struct trap_frame *frame)
{
    uint64_t dr6 = read_dr6();

    write_dr6(DR6_RESET);
    debugreg_merge_status(v, dr6);
    bounce_exception(v, frame, VECTOR_DEBUG, 0);
}

static void trap_invalid_opcode(struct vcpu *v, struct trap_frame *frame)
{
    if (!emulate_forced_cpuid(v, frame))
        bounce_exception(v, frame, VECTOR_INVALID_OPCODE, 0);
}

/* The ABI: TS is already clear when the handler runs. */
static void trap_no_device(struct vcpu *v, struct trap_frame *frame)
{
    bool was_set = v->task_switched;

    vcpu_set_task_switched(v, false);
    if (was_set)
        bounce_exception(v, frame, VECTOR_NO_DEVICE, 0);
}

/* Whether the guest lets its present mode reach the handler of @vector by INT. */
static bool guest_may_call_gate(const struct vcpu *v, uint8_t vector)
{
    const struct trap_info *trap = &v->trap_table[vector];

    return trap->address && (trap->flags & TRAP_INFO_DPL_MASK) >= (v->in_kernel ? 1 : 3);
}

/*
 * INT n through a gate that ring 3 may not use. The error code says only that it was one: what
 * it says about n depends on who made the CPU, so n comes from the instruction.
 */
static void trap_int_n(struct vcpu *v, struct trap_frame *frame)
{
    uint32_t error_code = frame->error_code;
    struct guest_code code;
    uint8_t n;

    if (guest_code_fetch(v, frame, &code) == DECODE_OK && code.insn.opcode == OPCODE_INT) {
        n = (uint8_t)code.insn.immediate;
        if (guest_may_call_gate(v, n)) {
            frame->rip += code.insn.length;
            bounce_software_interrupt(v, frame, n);
            return;
        }
        error_code = (uint32_t)n << 3 | SELECTOR_ERROR_IDT;
    }
    bounce_exception(v, frame, VECTOR_GENERAL_PROTECTION, error_code);
}

static void trap_general_protection(struct vcpu *v, struct trap_frame *frame)
{
    uint32_t error_code = frame->error_code;

    if ((error_code & SELECTOR_ERROR_IDT) && !(error_code & SELECTOR_ERROR_EXTERNAL))
        trap_int_n(v, frame);
    else if (error_code != 0 || !emulate_privileged(v, frame))
        bounce_exception(v, frame, VECTOR_GENERAL_PROTECTION, error_code);
}

#define INT80_BYTES 2

/* INT 0x80 has a gate of its own, for guests that have a handler. */
static void trap_int80(struct vcpu *v, struct trap_frame *frame)
{
    if (likely(guest_may_call_gate(v, VECTOR_GUEST_INT80))) {
        bounce_software_interrupt(v, frame, VECTOR_GUEST_INT80);
        return;
    }
    frame->rip -= INT80_BYTES;
    bounce_exception(v, frame, VECTOR_GENERAL_PROTECTION,
                     VECTOR_GUEST_INT80 << 3 | SELECTOR_ERROR_IDT);
}

/*
 * The processor reads descriptors with the hypervisor's rights. True if that was it and the
 * access may be tried again, or if the guest has been told.
 */
static bool descriptor_fault(struct vcpu *v, struct trap_frame *frame, uint64_t address)
{
    uint64_t offset = address - LDT_WINDOW_VIRT;

    if (frame->error_code & PF_USER)
        return false;
    if (offset < LDT_WINDOW_PAGES * PAGE_SIZE) {
        if (!descriptors_ldt_fault(v, offset))
            bounce_page_fault(v, frame, v->descriptors.ldt_base + offset, frame->error_code);
        return true;
    }
    offset = address - GDT_WINDOW_VIRT;
    if (offset <= GDT_LIMIT) {
        bounce_exception(v, frame, VECTOR_GENERAL_PROTECTION, offset & 0xfff8);
        return true;
    }
    return false;
}

/* A write of the guest's kernel to a page that it may read. */
static bool may_be_page_table_write(const struct vcpu *v, const struct trap_frame *frame)
{
    const uint32_t looked_at = PF_PRESENT | PF_WRITE | PF_FETCH;

    return v->in_kernel && (frame->error_code & looked_at) == (PF_PRESENT | PF_WRITE) &&
           (v->domain->vm_assist & (1u << VMASST_TYPE_writable_pagetables));
}

/* In the hypervisor's part: a page of the M2P that nobody looked at before, or a descriptor. */
static bool hole_fault(struct vcpu *v, struct trap_frame *frame, uint64_t address)
{
    if (!(frame->error_code & PF_PRESENT) && m2p_fault(address))
        return true;
    return descriptor_fault(v, frame, address);
}

static void guest_page_fault(struct vcpu *v, struct trap_frame *frame, uint64_t address)
{
    if (unlikely(frame->error_code & PF_RESERVED))
        panic_with_frame(frame, "a page-table entry with reserved bits, at %#lx", address);
    if (unlikely(address - HOLE_START < HOLE_END - HOLE_START) && hole_fault(v, frame, address))
        return;
    if (may_be_page_table_write(v, frame) && emulate_page_table_write(v, frame, address))
        return;
    bounce_page_fault(v, frame, address, frame->error_code);
}

void guest_trap(struct vcpu *v, struct trap_frame *frame)
{
    uint32_t vector = frame->vector;

    if (vector < 32)
        this_cpu()->counters.trap[vector]++;
    v->counters.traps++;
    switch (vector) {
    case VECTOR_PAGE_FAULT:
        guest_page_fault(v, frame, read_cr2());
        break;
    case VECTOR_GENERAL_PROTECTION:
        trap_general_protection(v, frame);
        break;
    case VECTOR_INVALID_OPCODE:
        trap_invalid_opcode(v, frame);
        break;
    case VECTOR_DEBUG:
        trap_debug(v, frame);
        break;
    case VECTOR_NO_DEVICE:
        trap_no_device(v, frame);
        break;
    case VECTOR_GUEST_INT80:
        trap_int80(v, frame);
        break;
    case VECTOR_DOUBLE_FAULT:
        panic_with_frame(frame, "double fault in a guest");
    default:
        bounce_exception(v, frame, vector, frame->error_code);
        break;
    }
}

void guest_exit_fault(struct vcpu *v, struct trap_frame *frame)
{
    if (frame->vector == VECTOR_PAGE_FAULT)
        guest_page_fault(v, frame, read_cr2());
    else
        bounce_exception(v, frame, frame->vector, frame->error_code);
}
