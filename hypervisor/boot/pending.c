/* SPDX-License-Identifier: MIT */
/* Parts that other folders do not have yet, so that the image links. Goes when they are there. */
#include <stddef.h>
#include <stdint.h>

#include "arch/fixup.h"
#include "arch/interrupt.h"
#include "arch/ipi.h"
#include "arch/vectors.h"
#include "arch/x86.h"
#include "console/panic.h"
#include "domain/domain.h"
#include "domain/vcpu.h"
#include "mm/guest_access.h"
#include "mm/heap.h"
#include "pvmmu/pvmmu.h"
#include "trap/entry.h"

#define PENDING __attribute__((weak))

PENDING void trap_from_guest(struct vcpu *v, struct trap_frame *frame)
{
    (void)v;
    panic_with_frame(frame, "trap from a guest");
}

PENDING void trap_from_hypervisor(struct trap_frame *frame)
{
    uint64_t resume = fixup_find(frame->rip);

    if (frame->vector >= VECTOR_FIRST_INTERRUPT) {
        interrupt_dispatch(frame->vector);
        return;
    }
    if (frame->vector == VECTOR_NMI)
        cpu_stop_if_asked();
    if (!resume)
        panic_with_frame(frame, "exception %u, error code 0x%x", frame->vector, frame->error_code);
    frame->rip = resume;
}

PENDING void return_to_guest_work(struct trap_frame *frame)
{
    (void)frame;
    for (;;) {
        cpu_run_calls();
        cpu_wait_for_interrupt();
    }
}

#define PENDING_ENTRY(name)                                                                        \
    void name(struct vcpu *v, struct trap_frame *frame);                                           \
    PENDING void name(struct vcpu *v, struct trap_frame *frame)                                    \
    {                                                                                              \
        (void)v;                                                                                   \
        panic_with_frame(frame, #name);                                                            \
    }
PENDING_ENTRY(bounce_syscall)
PENDING_ENTRY(bounce_syscall32)
PENDING_ENTRY(bounce_sysenter)
PENDING_ENTRY(guest_iret)
PENDING_ENTRY(hypercall_dispatch)
PENDING_ENTRY(guest_exit_fault)

PENDING void mmu_load_root(struct vcpu *v)
{
    (void)v;
}
PENDING void mmu_unload_root(void)
{
}
PENDING void mmu_enter_kernel(struct vcpu *v)
{
    (void)v;
}
PENDING void mmu_enter_user(struct vcpu *v)
{
    (void)v;
}
PENDING struct frame *frame_lookup(mfn_t number)
{
    (void)number;
    return NULL;
}
PENDING int frame_get_and_type(struct frame *frame, struct domain *owner, enum frame_type type)
{
    (void)frame, (void)owner, (void)type;
    return -22;
}
PENDING void frame_put_and_type(struct frame *frame)
{
    (void)frame;
}
