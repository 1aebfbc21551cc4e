/* SPDX-License-Identifier: MIT */
/*
 * Where a vCPU's vcpu_info is.
 *
 * Senders of events use v->info without a lock. One that still had the old place sets its bits
 * there; but it set the port's own pending bit (or the queue's ready bit) before it looked, and
 * all selector bits are set after the new place was made known, so the guest finds the port.
 */
#include "arch/arch.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "pvmmu/pvmmu.h"
#include "sched/areas.h"
#include "sched/vcpu_ops.h"

static int check(const struct vcpu *v, uint32_t offset)
{
    if (offset > PAGE_SIZE - sizeof(struct vcpu_info) || offset % sizeof(uint64_t))
        return refuse(-EINVAL, "vcpu_info at offset %u", offset);
    if (v->info_registered)
        return refuse(-EINVAL, "vCPU %u has registered its vcpu_info", v->id);
    if (v != current_vcpu() && !(atomic_load(&v->blocked_by) & VCPU_DOWN))
        return refuse(-EINVAL, "vCPU %u is up and not the caller", v->id);
    return 0;
}

int vcpu_register_info(struct vcpu *v, mfn_t number, uint32_t offset)
{
    struct frame *frame = frame_lookup(number);
    struct vcpu_info *info;
    int error;

    if (!frame)
        return refuse(-EINVAL, "frame %#lx is no RAM", number.number);
    error = frame_get_and_type(frame, v->domain, FRAME_TYPE_WRITABLE);
    if (error)
        return error == -EBUSY ? -EINVAL : error;

    spin_lock(&v->domain->lock);
    error = check(v, offset);
    if (!error) {
        info = (struct vcpu_info *)((uint8_t *)mfn_to_virt(number) + offset);
        memcpy(info, v->info, sizeof(*info));
        v->info_registered = true;
        v->info_frame = number;
        __atomic_store_n(&v->info, info, __ATOMIC_SEQ_CST);
        info->evtchn_pending_sel = ~0UL;
        barrier_store();
        WRITE_ONCE(info->evtchn_upcall_pending, 1);
    }
    spin_unlock(&v->domain->lock);

    if (error) {
        frame_put_and_type(frame);
        return error;
    }
    /* The caller's copy of the clock may be older than the vCPU's last, or there was none. */
    (void)!areas_publish_clock(v);
    return 0;
}

void vcpu_unregister_info(struct vcpu *v)
{
    if (!v->info_registered)
        return;
    v->info_registered = false;
    __atomic_store_n(&v->info, &v->unregistered_info, __ATOMIC_SEQ_CST);
    frame_put_and_type(mfn_to_frame(v->info_frame));
    v->info_frame = MFN_INVALID;
}

long vcpu_op_register_vcpu_info(struct vcpu *caller, uint32_t id,
                                struct vcpu_register_vcpu_info *op)
{
    struct vcpu *v = domain_vcpu(caller->domain, id);

    if (!v)
        return refuse(-ENOENT, "there is no vCPU %u", id);
    return vcpu_register_info(v, mfn(op->mfn), op->offset);
}
