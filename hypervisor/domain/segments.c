/* SPDX-License-Identifier: MIT */
/*
 * A selector load may fault on the guest's descriptor, so each has a fixup. It reads the guest's
 * GDT or LDT through the vCPU's windows, and may bring an LDT page in (pvmmu/ answers that fault).
 */
#include "domain/segments.h"

#include "arch/msr.h"
#include "arch/x86.h"
#include "hypercall-abi/segments.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/address.h"

#define SELECTOR_INDEX_MASK 0xfff8U

void segments_save(struct vcpu *v)
{
    struct vcpu_segments *s = &v->segments;
    uint64_t active = rdmsr(MSR_GS_BASE);
    uint64_t other = rdmsr(MSR_KERNEL_GS_BASE);

    s->ds = read_ds();
    s->es = read_es();
    s->fs = read_fs();
    s->gs = read_gs();
    s->fs_base = rdmsr(MSR_FS_BASE);
    s->gs_base_kernel = v->in_kernel ? active : other;
    s->gs_base_user = v->in_kernel ? other : active;
}

/* Loaded in ring 0, the hypervisor's own segments would pass the check of privilege. */
static bool selector_is_hypervisors(uint16_t selector)
{
    uint16_t index = selector & SELECTOR_INDEX_MASK;

    return index == SEL_HYPERVISOR_CS || index == SEL_HYPERVISOR_DS;
}

/* False if @selector was refused. Null to null, the usual case, costs nothing. */
#define LOAD_SELECTOR(name, selector)                                                              \
    (((selector) | read_##name()) == 0 ||                                                          \
     (!selector_is_hypervisors(selector) && load_##name##_safe(selector)))

void segments_load(struct vcpu *v)
{
    struct vcpu_segments *s = &v->segments;
    bool ok = true;

    ok &= LOAD_SELECTOR(ds, s->ds);
    ok &= LOAD_SELECTOR(es, s->es);
    ok &= LOAD_SELECTOR(fs, s->fs);
    ok &= LOAD_SELECTOR(gs, s->gs);
    if (unlikely(!ok)) {
        s->refused[0] = s->ds;
        s->refused[1] = s->es;
        s->refused[2] = s->fs;
        s->refused[3] = s->gs;
        atomic_fetch_or(&v->exit_work, EXIT_WORK_FAILSAFE);
    }

    /* After the selectors, which change the bases of FS and GS, or on AMD, being null, do not. */
    wrmsr(MSR_FS_BASE, s->fs_base);
    wrmsr(MSR_GS_BASE, v->in_kernel ? s->gs_base_kernel : s->gs_base_user);
    wrmsr(MSR_KERNEL_GS_BASE, v->in_kernel ? s->gs_base_user : s->gs_base_kernel);
}

/* The guest kernel wants this selector and its descriptor's base for user mode. */
static void set_user_gs(uint16_t selector)
{
    bool ok;

    swapgs();
    ok = !selector_is_hypervisors(selector) && load_gs_safe(selector);
    if (!ok)
        load_gs(0);
    swapgs();
    /* AMD leaves the base as it was when the selector becomes null. */
    if (!ok || (selector & ~3) == 0)
        wrmsr(MSR_KERNEL_GS_BASE, 0);
}

int segments_set_base(struct vcpu *v, uint32_t which, uint64_t base)
{
    static const uint32_t msr_of[] = {
        [SEGBASE_FS] = MSR_FS_BASE,
        [SEGBASE_GS_USER] = MSR_KERNEL_GS_BASE,
        [SEGBASE_GS_KERNEL] = MSR_GS_BASE,
    };

    (void)v;
    if (which == SEGBASE_GS_USER_SEL) {
        set_user_gs((uint16_t)base);
        return 0;
    }
    if (which >= ARRAY_COUNT(msr_of))
        return refuse(-EINVAL, "segment base %u does not exist", which);
    if (!address_is_canonical(base))
        return refuse(-EINVAL, "segment base %#lx is not canonical", base);
    wrmsr(msr_of[which], base);
    return 0;
}

uint64_t segments_read_base_msr(uint32_t msr)
{
    return rdmsr(msr);
}

void segments_write_base_msr(uint32_t msr, uint64_t value)
{
    wrmsr(msr, value);
}
