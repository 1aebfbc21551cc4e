/* SPDX-License-Identifier: MIT */
/*
 * Setting a vCPU's state as a whole.
 *
 * The context is foreign input in every field, and is judged by the same functions as the calls
 * that set the fields one by one. What can be refused without an effect is refused first; then
 * come descriptor tables and roots, whose references are given back if one of them fails; the
 * rest cannot fail.
 */
#include "hypercall/vcpu_context.h"

#include "arch/fpu.h"
#include "arch/guest_flags.h"
#include "domain/debugreg.h"
#include "domain/domain.h"
#include "domain/handlers.h"
#include "emulate/guest_entries.h"
#include "hypercall/dispatch.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "mm/guest_access.h"
#include "mm/heap.h"
#include "pvmmu/pvmmu.h"

#define GDT_ENTRIES_MAX (GDT_WINDOW_GUEST_PAGES * 512u)
#define LDT_ENTRIES_MAX 8192u
#define USER_ROOT_VALID BIT(0) /* of ctrlreg[1] */

static int check_addresses(const struct vcpu_guest_context *c)
{
    const uint64_t addresses[] = {
        c->user_regs.rip, c->event_callback_eip, c->failsafe_callback_eip, c->syscall_callback_eip,
        c->fs_base,       c->gs_base_kernel,     c->gs_base_user
    };

    for (unsigned i = 0; i < ARRAY_COUNT(addresses); i++) {
        if (!address_is_canonical(addresses[i]))
            return refuse(-EINVAL, "context with address %#lx", addresses[i]);
    }
    for (unsigned i = 0; i < ARRAY_COUNT(c->trap_ctxt); i++) {
        if (!address_is_canonical(c->trap_ctxt[i].address))
            return refuse(-EINVAL, "context with a trap handler at %#lx", c->trap_ctxt[i].address);
    }
    return 0;
}

/* Also gives the values that the registers will have. */
static int check_debug_registers(const struct vcpu *v, const struct vcpu_guest_context *c,
                                 uint64_t values[8])
{
    static const uint8_t existing[] = { 0, 1, 2, 3, 6, 7 };

    memset(values, 0, 8 * sizeof(values[0]));
    for (unsigned i = 0; i < ARRAY_COUNT(existing); i++) {
        unsigned number = existing[i];
        int error;

        values[number] = c->debugreg[number];
        error = debugreg_check(number, v->cr4, &values[number]);
        if (error)
            return error;
    }
    return 0;
}

static int set_descriptor_tables(struct vcpu *v, const struct vcpu_guest_context *c)
{
    int error;

    if (c->gdt_ents > GDT_ENTRIES_MAX || c->ldt_ents > LDT_ENTRIES_MAX)
        return refuse(-EINVAL, "context with %lu and %lu descriptors", c->gdt_ents, c->ldt_ents);
    error = descriptors_set_gdt(v, c->gdt_frames, (uint32_t)c->gdt_ents);
    if (!error)
        error = descriptors_set_ldt(v, c->ldt_base, (uint32_t)c->ldt_ents);
    return error;
}

static int set_roots(struct vcpu *v, const struct vcpu_guest_context *c)
{
    mfn_t user = MFN_INVALID;
    int error = mmu_set_kernel_l4(v, mfn(xen_cr3_to_pfn(c->ctrlreg[3])));

    if (error)
        return error;
    if (c->ctrlreg[1] & USER_ROOT_VALID)
        user = mfn(xen_cr3_to_pfn(c->ctrlreg[1]));
    return mmu_set_user_l4(v, user);
}

static void set_fpu(struct vcpu *v, const struct vcpu_guest_context *c)
{
    fpu_area_init(v->fpu);
    if (!(c->flags & VGCF_i387_valid))
        return;
    memcpy(v->fpu, c->fpu_ctxt.x, FPU_FXSAVE_BYTES);
    /* The header of an XSAVE area, behind: these components are there. */
    if (fpu_components())
        ((uint64_t *)v->fpu)[FPU_FXSAVE_BYTES / sizeof(uint64_t)] = XCR0_X87 | XCR0_SSE;
}

/* A vCPU in guest user mode needs a root for it; else it starts in the kernel. */
static void set_registers(struct vcpu *v, const struct vcpu_guest_context *c)
{
    const struct cpu_user_regs *regs = &c->user_regs;

    memcpy(&v->regs, regs, sizeof(v->regs));
    v->regs.error_code = 0;
    v->regs.vector = 0;
    v->regs.cs = regs->cs | 3u;
    v->regs.ss = regs->ss | 3u;
    v->iopl = (uint8_t)((regs->rflags & RFLAGS_IOPL) >> 12);
    v->regs.rflags = (regs->rflags & GUEST_FLAGS_ALLOWED) | GUEST_FLAGS_FORCED;
    v->in_kernel = (c->flags & VGCF_in_kernel) || mfn_equal(v->mmu.user_l4, MFN_INVALID);

    v->segments = (struct vcpu_segments){ .ds = regs->ds,
                                          .es = regs->es,
                                          .fs = regs->fs,
                                          .gs = regs->gs,
                                          .fs_base = c->fs_base,
                                          .gs_base_kernel = c->gs_base_kernel,
                                          .gs_base_user = c->gs_base_user };
    v->kernel_ss = (uint16_t)(c->kernel_ss | 3u);
    v->kernel_sp = c->kernel_sp;
}

static void set_entry_points(struct vcpu *v, const struct vcpu_guest_context *c)
{
    v->event = (struct guest_callback){ c->event_callback_eip, true };
    v->failsafe = (struct guest_callback){ c->failsafe_callback_eip,
                                           c->flags & VGCF_failsafe_disables_events };
    v->syscall =
        (struct guest_callback){ c->syscall_callback_eip, c->flags & VGCF_syscall_disables_events };
    memcpy(v->trap_table, c->trap_ctxt, sizeof(v->trap_table));
    for (unsigned vector = 0; vector < ARRAY_COUNT(v->trap_table); vector++) {
        v->trap_table[vector].vector = (uint8_t)vector;
        v->trap_table[vector].cs |= 3;
    }
}

int vcpu_context_set(struct vcpu *v, const struct vcpu_guest_context *context)
{
    uint64_t debug_registers[8];
    int error = check_addresses(context);

    if (!error)
        error = check_debug_registers(v, context, debug_registers);
    if (error)
        return error;

    error = set_descriptor_tables(v, context);
    if (!error)
        error = set_roots(v, context);
    if (error) {
        if (error != -ERESTART)
            mmu_vcpu_reset(v);
        return error;
    }

    vcpu_state_changed(v);
    set_registers(v, context);
    set_entry_points(v, context);
    set_fpu(v, context);
    memcpy(v->debugreg, debug_registers, sizeof(v->debugreg));
    return 0;
}

/* ---- VCPUOP_initialise ---- */

/* Only one caller at a time sets a vCPU up, and only once. */
static int claim(struct vcpu *v)
{
    int error = 0;

    spin_lock(&v->domain->lock);
    if (v->is_initialised)
        error = -EEXIST;
    else if (v->is_being_initialised)
        error = -EBUSY;
    else
        v->is_being_initialised = true;
    spin_unlock(&v->domain->lock);
    return error;
}

static void unclaim(struct vcpu *v, bool is_initialised)
{
    spin_lock(&v->domain->lock);
    v->is_being_initialised = false;
    v->is_initialised = is_initialised;
    spin_unlock(&v->domain->lock);
}

static int initialise(struct vcpu *v, uint64_t address)
{
    struct vcpu_guest_context *context = heap_alloc(sizeof(*context));
    int error = -EFAULT;

    if (!context)
        return -ENOMEM;
    if (copy_from_guest(context, address, sizeof(*context)) == 0)
        error = vcpu_context_set(v, context);
    if (!error && context->flags & VGCF_online) {
        atomic_fetch_and_explicit(&v->blocked_by, ~(uint32_t)VCPU_DOWN, memory_order_acq_rel);
        domain_handlers.vcpu_kick(v);
    }
    heap_free(context);
    return error;
}

long vcpu_op_initialise(struct vcpu *caller, uint32_t id, uint64_t address)
{
    struct vcpu *v = domain_vcpu(caller->domain, id);
    int error;

    if (!v)
        return refuse(-ENOENT, "there is no vCPU %u", id);
    if (mmu_settle(caller->domain))
        return HYPERCALL_RESTART;
    error = claim(v);
    if (error)
        return error;
    error = initialise(v, address);
    unclaim(v, error == 0);
    return error == -ERESTART ? HYPERCALL_RESTART : error;
}
