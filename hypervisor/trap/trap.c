/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and interrupts, sorted by whom they hit.
 *
 * The hypervisor's own code may fault only where a fixup says so, and while a selector load
 * brings in a page of the running guest's LDT. Anything else is a bug and stops the machine.
 */
#include "arch/cpu_features.h"
#include "arch/fixup.h"
#include "arch/interrupt.h"
#include "arch/ipi.h"
#include "arch/layout.h"
#include "arch/vectors.h"
#include "arch/x86.h"
#include "console/panic.h"
#include "console/trace.h"
#include "domain/debugreg.h"
#include "emulate/guest_trap.h"
#include "pvmmu/pvmmu.h"
#include "trap/entry.h"
#include "trap/machine_check.h"
#include "trap/nmi.h"

#define OPCODE_HLT 0xf4

static const char *const exception_names[32] = {
    [VECTOR_DIVIDE] = "divide error",
    [VECTOR_DEBUG] = "debug",
    [VECTOR_NMI] = "NMI",
    [VECTOR_BREAKPOINT] = "breakpoint",
    [VECTOR_OVERFLOW] = "overflow",
    [VECTOR_BOUND] = "bound range",
    [VECTOR_INVALID_OPCODE] = "invalid opcode",
    [VECTOR_NO_DEVICE] = "device not available",
    [VECTOR_DOUBLE_FAULT] = "double fault",
    [VECTOR_INVALID_TSS] = "invalid TSS",
    [VECTOR_NO_SEGMENT] = "segment not present",
    [VECTOR_STACK_FAULT] = "stack fault",
    [VECTOR_GENERAL_PROTECTION] = "general protection",
    [VECTOR_PAGE_FAULT] = "page fault",
    [VECTOR_X87_ERROR] = "x87 error",
    [VECTOR_ALIGNMENT] = "alignment check",
    [VECTOR_MACHINE_CHECK] = "machine check",
    [VECTOR_SIMD_ERROR] = "SIMD error",
    [VECTOR_CONTROL_PROTECTION] = "control protection",
};

static bool is_interrupt(uint32_t vector)
{
    return vector >= VECTOR_FIRST_INTERRUPT;
}

void trap_from_guest(struct vcpu *v, struct trap_frame *frame)
{
    uint32_t vector = frame->vector;

    /* Interrupt gates leave AC as the guest had it, and with it SMAP off. */
    if (unlikely(smap_active))
        clac();
    if (is_interrupt(vector) && vector != VECTOR_GUEST_INT80) {
        trace(TRACE_INTERRUPT, vector, 0, frame->rip);
        interrupt_dispatch(vector);
    } else if (vector == VECTOR_NMI) {
        nmi_unblock();
        nmi_handle(frame);
    } else if (vector == VECTOR_MACHINE_CHECK) {
        machine_check_handle(frame);
    } else {
        guest_trap(v, frame);
    }
}

/*
 * A breakpoint of the guest on memory that the hypervisor copies to or from, or one that MOV SS
 * had delayed until after a SYSCALL. It has done its work when it is reported: go on, and make
 * sure that the same one does not come again at the same instruction.
 */
static void debug_in_hypervisor(struct trap_frame *frame)
{
    write_dr6(DR6_RESET);
    frame->rflags = (frame->rflags & ~RFLAGS_TF) | RFLAGS_RF;
}

/* The running guest's LDT page is not in the window yet, and now it may be. */
static bool ldt_page_was_missing(const struct trap_frame *frame)
{
    uint64_t offset = read_cr2() - LDT_WINDOW_VIRT;
    struct vcpu *v = current_vcpu();

    if (frame->vector != VECTOR_PAGE_FAULT || offset >= LDT_WINDOW_PAGES * PAGE_SIZE || !v)
        return false;
    return descriptors_ldt_fault(v, offset);
}

static NORETURN void exception_panic(const struct trap_frame *frame)
{
    uint32_t vector = frame->vector;
    const char *name = vector < 32 ? exception_names[vector] : NULL;

    if (vector == VECTOR_PAGE_FAULT)
        panic_with_frame(frame, "page fault at %#lx, error code %#x", read_cr2(),
                         frame->error_code);
    panic_with_frame(frame, "exception %u (%s), error code %#x", vector, name ? name : "reserved",
                     frame->error_code);
}

static void exception_in_hypervisor(struct trap_frame *frame)
{
    uint64_t resume;

    if (ldt_page_was_missing(frame))
        return;
    resume = fixup_find(frame->rip);
    if (!resume)
        exception_panic(frame);
    this_cpu()->exit_fault = frame->error_code | (uint64_t)frame->vector << 32;
    frame->rip = resume;
}

/*
 * Interrupts are on in a sleep and a poll only (cpu_wait_for_interrupt(), cpu_poll_interrupts()). An
 * NMI or #MC may come between STI and HLT; an interrupt that STI still held off is then taken on the
 * way back, before the HLT, and could not end it. So the HLT is skipped, and the sleeper looks again.
 */
static void skip_sleep(struct trap_frame *frame)
{
    const uint8_t *next = (const uint8_t *)frame->rip;

    if ((frame->rflags & RFLAGS_IF) && *next == OPCODE_HLT)
        frame->rip++;
}

void trap_from_hypervisor(struct trap_frame *frame)
{
    if (is_interrupt(frame->vector)) {
        interrupt_dispatch(frame->vector);
        return;
    }
    switch (frame->vector) {
    case VECTOR_DEBUG:
        debug_in_hypervisor(frame);
        break;
    case VECTOR_NMI:
        nmi_handle(frame);
        skip_sleep(frame);
        break;
    case VECTOR_MACHINE_CHECK:
        machine_check_handle(frame);
        skip_sleep(frame);
        break;
    case VECTOR_DOUBLE_FAULT:
        exception_panic(frame);
    default:
        exception_in_hypervisor(frame);
        break;
    }
}
