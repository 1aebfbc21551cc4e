/* SPDX-License-Identifier: MIT */
/*
 * The frame, from the guest's new RSP upward, in quadwords:
 *
 *     RCX  R11  [error code | DS ES FS GS]  RIP  CS  RFLAGS  RSP  SS
 *
 * It starts at a 16-byte boundary below the stack of guest kernel mode. CS has the privilege
 * level that the guest believes in, and the event mask in bits 32-39; IF in RFLAGS is the mask's
 * opposite. RCX and R11 are in the frame because the way there may be SYSRET, which needs them.
 *
 * Only the lowest address is checked against the hypervisor's hole: a frame is smaller than the
 * non-canonical gap below the hole, and writes that run over the top of the address space go on
 * at its bottom, which is the guest's.
 */
#include "emulate/bounce.h"

#include "arch/guest_flags.h"
#include "arch/guest_words.h"
#include "arch/pte.h"
#include "arch/vectors.h"
#include "arch/x86.h"
#include "console/trace.h"
#include "domain/domain.h"
#include "emulate/guest_mode.h"
#include "hypercall-abi/segments.h"
#include "lib/barrier.h"
#include "mm/address.h"

#define MASK_IN_CS_SHIFT 32

/* What is cleared in RFLAGS on the way in; SYSCALL clears DF too. */
#define ENTRY_FLAGS_CLEARED (RFLAGS_AC | RFLAGS_VM | RFLAGS_RF | RFLAGS_NT | RFLAGS_TF)

/* The words between R11 and RIP. */
enum frame_extra {
    EXTRA_NONE = 0,
    EXTRA_ERROR_CODE = 1,
    EXTRA_SELECTORS = 4,
};

/* Where an entry goes and what it carries. Always inlined with most of it constant. */
struct entry {
    uint64_t address;
    bool mask_events;
    bool is_syscall; /* the frame is that of a 64-bit SYSCALL */
    uint64_t flags_cleared;
    enum frame_extra extra;
    uint32_t error_code;
};

/* The guest's idea of CS and RFLAGS when it was interrupted. */
static ALWAYS_INLINE uint64_t visible_cs(const struct trap_frame *frame, bool from_kernel,
                                         uint8_t event_mask)
{
    uint64_t cs = frame->cs & (from_kernel ? 0xfffc : 0xffff);

    return cs | (uint64_t)event_mask << MASK_IN_CS_SHIFT;
}

static ALWAYS_INLINE uint64_t visible_flags(const struct vcpu *v, const struct trap_frame *frame,
                                            uint8_t event_mask)
{
    /* In the processor IF is always set while a guest runs, and IOPL is zero. */
    uint64_t flags = frame->rflags;

    if (event_mask)
        flags &= ~RFLAGS_IF;
    if (unlikely(v->domain->vm_assist & (1u << VMASST_TYPE_architectural_iopl)))
        flags |= (uint64_t)v->iopl << 12;
    return flags;
}

/* False if the guest's memory refused. */
static ALWAYS_INLINE bool write_frame(uint64_t sp, const struct vcpu *v,
                                      const struct trap_frame *frame, const struct entry *entry,
                                      bool from_kernel)
{
    uint64_t tail = sp + 16 + 8 * (uint64_t)entry->extra;
    uint8_t event_mask = READ_ONCE(v->info->evtchn_upcall_mask);

    guest_access_begin();
    GUEST_STORE_OR(fault, sp, 0, frame->rcx);
    GUEST_STORE_OR(fault, sp, 8, frame->r11);
    if (entry->extra == EXTRA_ERROR_CODE)
        GUEST_STORE_OR(fault, sp, 16, entry->error_code);
    if (entry->extra == EXTRA_SELECTORS) {
        GUEST_STORE_OR(fault, sp, 16, v->segments.refused[0]);
        GUEST_STORE_OR(fault, sp, 24, v->segments.refused[1]);
        GUEST_STORE_OR(fault, sp, 32, v->segments.refused[2]);
        GUEST_STORE_OR(fault, sp, 40, v->segments.refused[3]);
    }
    GUEST_STORE_OR(fault, tail, 0, frame->rip);
    GUEST_STORE_OR(fault, tail, 8, visible_cs(frame, from_kernel, event_mask));
    GUEST_STORE_OR(fault, tail, 16, visible_flags(v, frame, event_mask));
    GUEST_STORE_OR(fault, tail, 24, frame->rsp);
    GUEST_STORE_OR(fault, tail, 32, frame->ss & 0xffff);
    guest_access_end();
    return true;

fault:
    guest_access_end();
    return false;
}

/* In guest kernel mode, where it was or where it has just come to from user mode. */
static ALWAYS_INLINE void enter_guest_from(struct vcpu *v, struct trap_frame *frame,
                                           struct entry entry, bool from_kernel)
{
    uint64_t sp = from_kernel ? frame->rsp : v->kernel_sp;

    sp = (sp & ~15UL) - (7 + (uint64_t)entry.extra) * 8;
    if (unlikely(!guest_address_ok(sp) || !write_frame(sp, v, frame, &entry, from_kernel))) {
        domain_crash(v->domain, "no stack at %#lx for the frame of an entry to %#lx", sp,
                     entry.address);
        return;
    }
    if (entry.mask_events)
        WRITE_ONCE(v->info->evtchn_upcall_mask, 1);
    frame->rip = entry.address;
    frame->rflags &= ~entry.flags_cleared;
    frame->rsp = sp;
    if (entry.is_syscall)
        return; /* SYSCALL itself has set the rest */
    frame->cs = FLAT_KERNEL_CS;
    frame->ss = FLAT_KERNEL_SS;
    frame->vector = TRAP_SYSCALL;
}

static ALWAYS_INLINE void enter_guest(struct vcpu *v, struct trap_frame *frame, struct entry entry)
{
    bool from_kernel = v->in_kernel;

    if (!from_kernel)
        guest_enter_kernel(v);
    enter_guest_from(v, frame, entry, from_kernel);
}

static bool trap_is_handled(struct vcpu *v, uint32_t vector)
{
    if (likely(v->trap_table[vector].address))
        return true;
    domain_crash(v->domain, "exception %u, for which the guest has no handler", vector);
    return false;
}

void bounce_exception(struct vcpu *v, struct trap_frame *frame, uint32_t vector,
                      uint32_t error_code)
{
    const struct trap_info *trap = &v->trap_table[vector];
    struct entry entry = {
        .address = trap->address,
        .mask_events = trap->flags & TRAP_INFO_MASK_EVENTS,
        .flags_cleared = ENTRY_FLAGS_CLEARED,
        .error_code = error_code,
    };

    if (!trap_is_handled(v, vector))
        return;
    trace(TRACE_GUEST_TRAP, vector, error_code, frame->rip);
    if (vector_has_error_code(vector)) {
        entry.extra = EXTRA_ERROR_CODE;
        enter_guest(v, frame, entry);
    } else {
        entry.extra = EXTRA_NONE;
        enter_guest(v, frame, entry);
    }
}

void bounce_software_interrupt(struct vcpu *v, struct trap_frame *frame, uint32_t vector)
{
    const struct trap_info *trap = &v->trap_table[vector];

    if (!trap_is_handled(v, vector))
        return;
    enter_guest(v, frame,
                (struct entry){ .address = trap->address,
                                .mask_events = trap->flags & TRAP_INFO_MASK_EVENTS,
                                .flags_cleared = ENTRY_FLAGS_CLEARED });
}

void bounce_page_fault(struct vcpu *v, struct trap_frame *frame, uint64_t address,
                       uint32_t error_code)
{
    /* The guest has no other way to learn the address. */
    v->info->arch.cr2 = address;
    error_code = v->in_kernel ? error_code & ~PF_USER : error_code | PF_USER;
    bounce_exception(v, frame, VECTOR_PAGE_FAULT, error_code);
}

/* A callback that must exist for what the guest does. */
static ALWAYS_INLINE void enter_callback(struct vcpu *v, struct trap_frame *frame,
                                         const struct guest_callback *callback, struct entry entry,
                                         const char *name)
{
    if (unlikely(!callback->address)) {
        domain_crash(v->domain, "no %s callback", name);
        return;
    }
    entry.address = callback->address;
    entry.flags_cleared = ENTRY_FLAGS_CLEARED;
    enter_guest(v, frame, entry);
}

void bounce_event(struct vcpu *v, struct trap_frame *frame)
{
    this_cpu()->counters.event_upcall++;
    v->counters.upcalls++;
    trace(TRACE_EVENT_UPCALL, (uint64_t)v->domain->id << 16 | v->id, frame->rip, 0);
    enter_callback(v, frame, &v->event, (struct entry){ .mask_events = true }, "event");
}

void bounce_failsafe(struct vcpu *v, struct trap_frame *frame)
{
    enter_callback(v, frame, &v->failsafe,
                   (struct entry){ .extra = EXTRA_SELECTORS,
                                   .mask_events = v->failsafe.mask_events },
                   "failsafe");
}

void bounce_nmi(struct vcpu *v, struct trap_frame *frame)
{
    enter_callback(v, frame, &v->nmi, (struct entry){ .mask_events = true }, "NMI");
}

static ALWAYS_INLINE void enter_system_call(struct vcpu *v, struct trap_frame *frame,
                                            const struct guest_callback *callback, bool is_syscall)
{
    bool from_kernel = !is_syscall && v->in_kernel; /* there SYSCALL is a hypercall */

    /* First of all, so that nothing need be kept across the call. */
    if (!from_kernel)
        guest_enter_kernel(v);
    /* Counted, but not traced: records of it alone would soon fill the trace. */
    this_cpu()->counters.syscall_bounce++;
    v->counters.system_calls++;
    enter_guest_from(v, frame,
                     (struct entry){ .address = callback->address,
                                     .mask_events = callback->mask_events,
                                     .is_syscall = is_syscall,
                                     .flags_cleared = ENTRY_FLAGS_CLEARED | RFLAGS_DF },
                     from_kernel);
}

#define SYSCALL_BYTES 2 /* 0f 05 */

/* Whoever has no SYSCALL handler sees the instruction as undefined. */
static void refuse_syscall(struct vcpu *v, struct trap_frame *frame)
{
    frame->rip -= SYSCALL_BYTES;
    frame->vector = VECTOR_INVALID_OPCODE;
    bounce_exception(v, frame, VECTOR_INVALID_OPCODE, 0);
}

void bounce_syscall(struct vcpu *v, struct trap_frame *frame)
{
    if (unlikely(!v->syscall.address))
        refuse_syscall(v, frame);
    else
        enter_system_call(v, frame, &v->syscall, true);
}

void bounce_syscall32(struct vcpu *v, struct trap_frame *frame)
{
    /* RIP and the flags are in RCX and R11 here too, but no SYSRET leads back to 32 bits. */
    frame->vector = VECTOR_INVALID_OPCODE;
    if (unlikely(!v->syscall32.address))
        refuse_syscall(v, frame);
    else
        enter_system_call(v, frame, &v->syscall32, false);
}

void bounce_sysenter(struct vcpu *v, struct trap_frame *frame)
{
    frame->rflags = (frame->rflags & ~RFLAGS_NT) | RFLAGS_IF;
    if (unlikely(!v->sysenter.address))
        bounce_exception(v, frame, VECTOR_GENERAL_PROTECTION, 0);
    else
        enter_system_call(v, frame, &v->sysenter, false);
}

bool guest_inject_trap(struct vcpu *v, uint32_t vector, uint32_t error_code)
{
    if (v->trap.is_pending)
        return false;
    v->trap = (struct pending_trap){
        .is_pending = true,
        .vector = (uint8_t)vector,
        .has_error_code = vector_has_error_code(vector),
        .error_code = error_code,
    };
    atomic_fetch_or(&v->exit_work, EXIT_WORK_TRAP);
    return true;
}

void bounce_pending_trap(struct vcpu *v, struct trap_frame *frame)
{
    struct pending_trap trap = v->trap;

    v->trap.is_pending = false;
    if (trap.is_pending)
        bounce_exception(v, frame, trap.vector, trap.error_code);
}
