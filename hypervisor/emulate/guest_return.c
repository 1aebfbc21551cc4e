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

/* Returns false if the stack cannot be read. Only RSP's own word is checked against the hole:
 * see bounce.c. */
static ALWAYS_INLINE bool read_context(uint64_t sp, struct iret_context *c)
{
    uint64_t word;

    if (unlikely(!guest_address_ok(sp)))
        return false;
    guest_access_begin();
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, rax));
    c->rax = word;
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, r11));
    c->r11 = word;
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, rcx));
    c->rcx = word;
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, flags));
    c->flags = word;
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, rip));
    c->rip = word;
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, cs));
    c->cs = word;
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, rflags));
    c->rflags = word;
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, rsp));
    c->rsp = word;
    GUEST_LOAD_OR(fault, word, sp, offsetof(struct iret_context, ss));
    c->ss = word;
    guest_access_end();
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

void guest_iret(struct vcpu *v, struct trap_frame *frame)
{
    struct iret_context c;
    bool to_user, like_sysret;

    if (unlikely(!read_context(frame->rsp, &c))) {
        domain_crash(v->domain, "iret: no context at rsp %#lx", frame->rsp);
        return;
    }
    to_user = (c.cs & 3) == 3;
    if (unlikely(to_user && !v->user_cr3)) {
        domain_crash(v->domain, "iret to user mode without user page tables");
        return;
    }
    WRITE_ONCE(v->info->evtchn_upcall_mask, !(c.rflags & RFLAGS_IF));
    if (unlikely(v->nmi_in_progress))
        finish_nmi(v);
    if (unlikely(v->domain->vm_assist & (1u << VMASST_TYPE_architectural_iopl)))
        v->iopl = (uint8_t)(c.rflags >> 12 & 3);

    frame->rax = c.rax;
    frame->rip = c.rip;
    frame->cs = (c.cs & 0xffff) | 3;
    frame->rflags = (c.rflags & GUEST_FLAGS_ALLOWED) | GUEST_FLAGS_FORCED;
    frame->rsp = c.rsp;
    frame->ss = (c.ss & 0xffff) | 3;

    like_sysret = (c.rcx == c.rip && c.r11 == frame->rflags);
    if (unlikely(c.flags & VGCF_in_syscall)) {
        like_sysret = true;
    } else {
        frame->rcx = c.rcx;
        frame->r11 = c.r11;
    }
    frame->vector = 0;
    if (like_sysret && frame->cs == FLAT_RING3_CS64 && frame->ss == FLAT_RING3_SS64)
        frame->vector = TRAP_SYSCALL;
    if (to_user)
        guest_enter_user(v);
}
