/* SPDX-License-Identifier: MIT */
/* Parts that other folders do not have yet, so that the image links. Goes when they are there. */
#include <stddef.h>
#include <stdint.h>

#include "console/panic.h"
#include "domain/domain.h"
#include "domain/vcpu.h"
#include "mm/guest_access.h"
#include "mm/heap.h"
#include "pvmmu/pvmmu.h"

#define PENDING __attribute__((weak))

void hypercall_dispatch(struct vcpu *v, struct trap_frame *frame);
PENDING void hypercall_dispatch(struct vcpu *v, struct trap_frame *frame)
{
    (void)v;
    panic_with_frame(frame, "hypercall");
}

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
