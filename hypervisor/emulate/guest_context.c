/* SPDX-License-Identifier: MIT */
/*
 * The context comes from a guest or the toolstack, and is checked as if each of its fields had been
 * set by its own hypercall. All checks that change nothing come first; what takes references
 * (descriptor pages, page tables) is given back if a later one fails.
 */
#include "emulate/guest_context.h"

#include "arch/fpu.h"
#include "arch/guest_flags.h"
#include "arch/x86.h"
#include "domain/debugreg.h"
#include "domain/domain.h"
#include "emulate/control_registers.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "mm/address.h"
#include "pvmmu/pvmmu.h"

#define GDT_ENTRIES_MAX (GDT_WINDOW_GUEST_PAGES * PAGE_SIZE / 8)
#define LDT_ENTRIES_MAX 8192u
#define USER_CR3_VALID  1UL

/* XSAVE header: which components are in the area (SDM volume 1, section 13.4.2). */
#define XSTATE_BV_OFFSET FPU_FXSAVE_BYTES

#define VM_ASSIST_KNOWN                                                                            \
    (1UL << VMASST_TYPE_4gb_segments | 1UL << VMASST_TYPE_4gb_segments_notify |                    \
     1UL << VMASST_TYPE_writable_pagetables | 1UL << VMASST_TYPE_pae_extended_cr3 |                \
     1UL << VMASST_TYPE_architectural_iopl | 1UL << VMASST_TYPE_runstate_update_flag)

static int check_addresses(const struct vcpu_guest_context *c)
{
    const uint64_t addresses[] = {
        c->user_regs.rip, c->event_callback_eip, c->failsafe_callback_eip, c->syscall_callback_eip,
        c->fs_base,       c->gs_base_kernel,     c->gs_base_user,
    };

    for (unsigned i = 0; i < ARRAY_COUNT(addresses); i++) {
        if (!address_is_canonical(addresses[i]))
            return refuse(-EINVAL, "address %#lx in a vCPU context", addresses[i]);
    }
    for (unsigned vector = 0; vector < ARRAY_COUNT(c->trap_ctxt); vector++) {
        if (!address_is_canonical(c->trap_ctxt[vector].address))
            return refuse(-EINVAL, "handler of trap %u at %#lx", vector,
                          c->trap_ctxt[vector].address);
    }
    return 0;
}

static int check_tables(const struct vcpu_guest_context *c)
{
    if (c->gdt_ents > GDT_ENTRIES_MAX)
        return refuse(-EINVAL, "GDT of %lu entries", c->gdt_ents);
    if (c->ldt_ents > LDT_ENTRIES_MAX)
        return refuse(-EINVAL, "LDT of %lu entries", c->ldt_ents);
    if (c->ldt_ents &&
        ((c->ldt_base & ~PAGE_MASK) || !guest_range_ok(c->ldt_base, c->ldt_ents * 8)))
        return refuse(-EINVAL, "LDT at %#lx", c->ldt_base);
    if (!(c->flags & VGCF_in_kernel) && !(c->ctrlreg[1] & USER_CR3_VALID))
        return refuse(-EINVAL, "a vCPU in user mode without user page tables");
    return 0;
}

/* The checked values are what is stored. */
static int check_debugregs(const struct vcpu_guest_context *c, uint64_t checked[8])
{
    static const uint8_t numbers[] = { 0, 1, 2, 3, 6, 7 };
    uint64_t cr4 = guest_cr4(c->ctrlreg[4]);

    checked[4] = checked[5] = 0;
    for (unsigned i = 0; i < ARRAY_COUNT(numbers); i++) {
        uint8_t n = numbers[i];
        int error;

        checked[n] = c->debugreg[n];
        error = debugreg_check(n, cr4, &checked[n]);
        if (error)
            return error;
    }
    return 0;
}

/* Descriptor tables and page tables; nothing is left behind on failure. */
static int take_references(struct vcpu *v, const struct vcpu_guest_context *c)
{
    mfn_t user_l4 = MFN_INVALID;
    int error;

    if (c->ctrlreg[1] & USER_CR3_VALID)
        user_l4 = mfn(xen_cr3_to_pfn(c->ctrlreg[1]));

    /* Page tables first: they may ask for a restart, and are already in place then. */
    error = mmu_set_kernel_l4(v, mfn(xen_cr3_to_pfn(c->ctrlreg[3])));
    if (!error)
        error = mmu_set_user_l4(v, user_l4);
    if (!error)
        error = descriptors_set_gdt(v, c->gdt_frames, (uint32_t)c->gdt_ents);
    if (!error)
        error = descriptors_set_ldt(v, c->ldt_base, (uint32_t)c->ldt_ents);
    if (error && error != -ERESTART)
        mmu_vcpu_reset(v);
    return error;
}

static void apply_registers(struct vcpu *v, const struct cpu_user_regs *r)
{
    /* The frame is laid out as the ABI's structure; only what it says more is left out. */
    memcpy(&v->regs, r, sizeof(v->regs));
    v->regs.error_code = 0;
    v->regs.vector = 0;
    v->regs.cs = r->cs | 3;
    v->regs.ss = r->ss | 3;
    v->regs.rflags = (r->rflags & GUEST_FLAGS_ALLOWED) | GUEST_FLAGS_FORCED;
    v->iopl = (uint8_t)(r->rflags >> 12 & 3);
    v->segments.ds = r->ds;
    v->segments.es = r->es;
    v->segments.fs = r->fs;
    v->segments.gs = r->gs;
}

static void apply_fpu(struct vcpu *v, const struct vcpu_guest_context *c)
{
    uint64_t header;

    fpu_area_init(v->fpu);
    v->xcr0 = XCR0_X87;
    if (!(c->flags & VGCF_i387_valid))
        return;
    memcpy(v->fpu, &c->fpu_ctxt, FPU_FXSAVE_BYTES);
    if (!fpu_components())
        return;
    header = XCR0_X87 | XCR0_SSE;
    memcpy((char *)v->fpu + XSTATE_BV_OFFSET, &header, sizeof(header));
}

static void apply_entries(struct vcpu *v, const struct vcpu_guest_context *c)
{
    memcpy(v->trap_table, c->trap_ctxt, sizeof(v->trap_table));
    for (unsigned vector = 0; vector < ARRAY_COUNT(v->trap_table); vector++) {
        v->trap_table[vector].vector = (uint8_t)vector;
        v->trap_table[vector].cs |= 3;
    }
    v->event = (struct guest_callback){ c->event_callback_eip, true };
    v->failsafe = (struct guest_callback){ c->failsafe_callback_eip,
                                           c->flags & VGCF_failsafe_disables_events };
    v->syscall =
        (struct guest_callback){ c->syscall_callback_eip, c->flags & VGCF_syscall_disables_events };
    v->kernel_ss = (uint16_t)c->kernel_ss | 3;
    v->kernel_sp = c->kernel_sp;
}

int vcpu_context_apply(struct vcpu *v, const struct vcpu_guest_context *c)
{
    uint64_t debugreg[8];
    int error;

    error = check_addresses(c);
    if (!error)
        error = check_tables(c);
    if (!error)
        error = check_debugregs(c, debugreg);
    if (!error)
        error = take_references(v, c);
    if (error)
        return error;

    apply_registers(v, &c->user_regs);
    apply_entries(v, c);
    apply_fpu(v, c);
    memcpy(v->debugreg, debugreg, sizeof(v->debugreg));
    v->segments.fs_base = c->fs_base;
    v->segments.gs_base_kernel = c->gs_base_kernel;
    v->segments.gs_base_user = c->gs_base_user;
    v->in_kernel = (c->flags & VGCF_in_kernel) != 0;
    v->task_switched = c->ctrlreg[0] & CR0_TS;
    v->cr4 = guest_cr4(c->ctrlreg[4]);
    v->trap.is_pending = false;
    v->nmi_in_progress = false;
    atomic_store(&v->exit_work, 0);
    if (v->id == 0 && !v->is_initialised)
        v->domain->vm_assist |= (uint32_t)(c->vm_assist & VM_ASSIST_KNOWN);
    v->is_initialised = true;
    vcpu_state_changed(v);
    return 0;
}

static uint64_t context_flags(const struct vcpu *v)
{
    uint64_t flags = VGCF_i387_valid;

    if (v->in_kernel)
        flags |= VGCF_in_kernel;
    if (!(atomic_load(&v->blocked_by) & VCPU_DOWN))
        flags |= VGCF_online;
    if (v->failsafe.mask_events)
        flags |= VGCF_failsafe_disables_events;
    if (v->syscall.mask_events)
        flags |= VGCF_syscall_disables_events;
    return flags;
}

static void read_registers(const struct vcpu *v, struct cpu_user_regs *r)
{
    memcpy(r, &v->regs, sizeof(v->regs));
    r->error_code = 0;
    r->entry_vector = 0;
    r->saved_upcall_mask = v->info->evtchn_upcall_mask;
    r->rflags |= (uint64_t)v->iopl << 12;
    r->ds = v->segments.ds;
    r->es = v->segments.es;
    r->fs = v->segments.fs;
    r->gs = v->segments.gs;
}

void vcpu_context_read(const struct vcpu *v, struct vcpu_guest_context *c)
{
    memset(c, 0, sizeof(*c));
    c->flags = context_flags(v);
    memcpy(&c->fpu_ctxt, v->fpu, FPU_FXSAVE_BYTES);
    read_registers(v, &c->user_regs);
    memcpy(c->trap_ctxt, v->trap_table, sizeof(v->trap_table));
    c->ldt_base = v->descriptors.ldt_base;
    c->ldt_ents = v->descriptors.ldt_entries;
    c->gdt_ents = v->descriptors.gdt_entries;
    for (unsigned i = 0; i < GDT_WINDOW_GUEST_PAGES; i++) {
        if (i * (PAGE_SIZE / 8) < c->gdt_ents)
            c->gdt_frames[i] = v->descriptors.gdt_frames[i].number;
    }
    c->kernel_ss = v->kernel_ss;
    c->kernel_sp = v->kernel_sp;
    c->ctrlreg[0] = read_cr0() & ~CR0_TS;
    if (v->task_switched)
        c->ctrlreg[0] |= CR0_TS;
    if (!mfn_equal(v->mmu.kernel_l4, MFN_INVALID))
        c->ctrlreg[3] = xen_pfn_to_cr3(v->mmu.kernel_l4.number);
    if (!mfn_equal(v->mmu.user_l4, MFN_INVALID))
        c->ctrlreg[1] = xen_pfn_to_cr3(v->mmu.user_l4.number) | USER_CR3_VALID;
    c->ctrlreg[4] = v->cr4;
    memcpy(c->debugreg, v->debugreg, sizeof(v->debugreg));
    c->event_callback_eip = v->event.address;
    c->failsafe_callback_eip = v->failsafe.address;
    c->syscall_callback_eip = v->syscall.address;
    if (v->id == 0)
        c->vm_assist = v->domain->vm_assist;
    c->fs_base = v->segments.fs_base;
    c->gs_base_kernel = v->segments.gs_base_kernel;
    c->gs_base_user = v->segments.gs_base_user;
}
