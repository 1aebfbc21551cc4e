/* SPDX-License-Identifier: MIT */
/*
 * Half of the system-call path of every guest: reads nine words, filters three of them.
 *
 * The way out may be SYSRET if it makes no difference: the flat 64-bit segments, and RCX and R11
 * that are RIP and RFLAGS, as they are when user code returns from its own SYSCALL.
 */
#include "emulate/guest_return.h"

#include <stddef.h>

#include "arch/guest_flags.h"
#include "arch/guest_words.h"
#include "domain/domain.h"
#include "emulate/guest_mode.h"
#include "hypercall-abi/guest_context.h"
#include "hypercall-abi/segments.h"
#include "lib/barrier.h"
#include "mm/address.h"

/* What of the context is looked at; the rest goes straight into the frame. */
struct seen {
    uint64_t flags, cs, rflags, ss;
};

/*
 * Returns false if the stack cannot be read; the first and the last word are read first, so that
 * the frame is still whole then (unless another vCPU unmaps it under our hands). Only RSP's own
 * word is checked against the hole: see bounce.c.
 */
static ALWAYS_INLINE bool read_context(struct trap_frame *frame, struct seen *seen)
{
    uint64_t sp = frame->rsp;
    uint64_t word, flags, cs, rflags, ss, r11, rcx;

    if (unlikely(!guest_address_ok(sp)))
        return false;
    guest_access_begin();
    GUEST_LOAD_OR(fault, ss, sp, offsetof(struct iret_context, ss));
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, rax));
    frame->rax = word;
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, rip));
    frame->rip = word;
    GUEST_LOAD_OR(fault, rcx, sp, offsetof(struct iret_context, rcx));
    GUEST_LOAD_OR(fault, r11, sp, offsetof(struct iret_context, r11));
    GUEST_LOAD_OR(fault, flags, sp, offsetof(struct iret_context, flags));
    GUEST_LOAD_OR(fault, cs, sp, offsetof(struct iret_context, cs));
    GUEST_LOAD_OR(fault, rflags, sp, offsetof(struct iret_context, rflags));
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, rsp));
    frame->rsp = word;
    guest_access_end();
    if (likely(!(flags & VGCF_in_syscall))) {
        frame->rcx = rcx;
        frame->r11 = r11;
    }
    *seen = (struct seen){ flags, cs, rflags, ss };
    return true;

fault:
    guest_access_end();
    return false;
}

/* The rare ends of what the handler was for. */
static void finish_nmi(struct vcpu *v)
{
    v->nmi_in_progress = false;
    if (atomic_load(&v->nmi_pending))
        atomic_fetch_or(&v->exit_work, EXIT_WORK_NMI);
}

/* Whether SYSRET would leave the same registers as IRETQ. */
static ALWAYS_INLINE bool fits_sysret(const struct trap_frame *frame, uint64_t flags)
{
    if (frame->cs != FLAT_RING3_CS64 || frame->ss != FLAT_RING3_SS64)
        return false;
    return (frame->rcx == frame->rip && frame->r11 == frame->rflags) || (flags & VGCF_in_syscall);
}

void guest_iret(struct vcpu *v, struct trap_frame *frame)
{
    struct seen seen;
    bool to_user;

    if (unlikely(!read_context(frame, &seen))) {
        domain_crash(v->domain, "iret: no context at rsp %#lx", frame->rsp);
        return;
    }
    to_user = (seen.cs & 3) == 3;
    if (unlikely(to_user && !v->user_cr3)) {
        domain_crash(v->domain, "iret to user mode without user page tables");
        return;
    }
    frame->cs = (seen.cs & 0xffff) | 3;
    frame->ss = (seen.ss & 0xffff) | 3;
    frame->rflags = (seen.rflags & GUEST_FLAGS_ALLOWED) | GUEST_FLAGS_FORCED;
    frame->vector = fits_sysret(frame, seen.flags) ? TRAP_SYSCALL : 0;

    WRITE_ONCE(v->info->evtchn_upcall_mask, !(seen.rflags & RFLAGS_IF));
    if (unlikely(v->nmi_in_progress))
        finish_nmi(v);
    if (unlikely(v->domain->vm_assist & (1u << VMASST_TYPE_architectural_iopl)))
        v->iopl = (uint8_t)(seen.rflags >> 12 & 3);
    if (to_user)
        guest_enter_user(v);
}
