/* SPDX-License-Identifier: MIT */
/* Linux asks for CR4 bits and believes what it reads back, so unknown ones are dropped quietly. */
#include "emulate/control_registers.h"

#include "arch/fpu.h"
#include "arch/x86.h"
#include "domain/domain.h"
#include "domain/vcpu_state.h"
#include "emulate/cpuid_view.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "mm/address.h"
#include "pvmmu/pvmmu.h"

/* FSGSBASE is not shown to guests (cpuid_view.c), so they cannot have it. */
#define CR4_GUESTS_CHOICE (CR4_TSD | CR4_DE)
#define CR4_PROCESSORS    (CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT)

uint64_t guest_cr4(uint64_t wanted)
{
    uint64_t choice = CR4_GUESTS_CHOICE;

    if (guest_has(CPU_FEATURE_XSAVE))
        choice |= CR4_OSXSAVE;
    return (wanted & choice) | (read_cr4() & CR4_PROCESSORS);
}

static uint64_t guest_cr0(const struct vcpu *v)
{
    return (read_cr0() & ~CR0_TS) | (v->task_switched ? CR0_TS : 0);
}

enum control_access control_register_read(const struct vcpu *v, unsigned number, uint64_t *value)
{
    switch (number) {
    case 0:
        *value = guest_cr0(v);
        return CONTROL_OK;
    case 2:
        *value = READ_ONCE(v->info->arch.cr2);
        return CONTROL_OK;
    case 3:
        *value = mfn_to_maddr(v->mmu.kernel_l4).value;
        return CONTROL_OK;
    case 4:
        *value = guest_cr4(v->cr4); /* a new vCPU has set nothing yet */
        return CONTROL_OK;
    default:
        return CONTROL_REFUSED;
    }
}

/* Only TS is the guest's. */
static enum control_access write_guest_cr0(struct vcpu *v, uint64_t value)
{
    if ((value ^ guest_cr0(v)) & ~CR0_TS)
        return CONTROL_REFUSED;
    vcpu_set_task_switched(v, value & CR0_TS);
    return CONTROL_OK;
}

/* As MMUEXT_NEW_BASEPTR. What the old root leaves behind is taken apart before it is over. */
static enum control_access write_guest_cr3(struct vcpu *v, uint64_t value)
{
    int error = mmu_settle(v->domain);

    if (!error && !mfn_equal(v->mmu.kernel_l4, maddr_to_mfn(maddr(value))))
        error = mmu_set_kernel_l4(v, maddr_to_mfn(maddr(value)));
    if (!error)
        error = mmu_settle(v->domain);
    if (error == -ERESTART)
        return CONTROL_AGAIN;
    return error ? CONTROL_REFUSED : CONTROL_OK;
}

enum control_access control_register_write(struct vcpu *v, unsigned number, uint64_t value)
{
    switch (number) {
    case 0:
        return write_guest_cr0(v, value);
    case 2:
        WRITE_ONCE(v->info->arch.cr2, value);
        return CONTROL_OK;
    case 3:
        return write_guest_cr3(v, value);
    case 4:
        v->cr4 = guest_cr4(value);
        vcpu_state_load_cr4(v);
        return CONTROL_OK;
    default:
        return CONTROL_REFUSED;
    }
}

enum control_access control_xcr0_write(struct vcpu *v, uint32_t index, uint64_t value)
{
    if (index != 0 || !(v->cr4 & CR4_OSXSAVE) || !fpu_xcr0_valid(value))
        return CONTROL_REFUSED;
    v->xcr0 = value;
    fpu_set_xcr0(value);
    return CONTROL_OK;
}
