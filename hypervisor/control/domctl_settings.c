/* SPDX-License-Identifier: MIT */
/* domctl: what a domain may have, and what it is told at its start. */
#include "control/toolstack.h"
#include "domain/shared_info.h"
#include "hypercall/hypercall_page.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "pvmmu/pvmmu.h"

/* Less than it has is allowed: it gets no more, and gives back what it likes. */
long domctl_op_max_mem(struct domctl_call *call, struct xen_domctl_max_mem *op)
{
    struct domain *d = call->domain;

    spin_lock(&d->lock);
    d->max_pages = op->max_memkb >> (PAGE_SHIFT - 10);
    spin_unlock(&d->lock);
    return 0;
}

#define ADDRESS_SIZE 64u

long domctl_op_set_address_size(UNUSED struct domctl_call *call, struct xen_domctl_address_size *op)
{
    return op->size == ADDRESS_SIZE ? 0 : refuse(-EINVAL, "a guest of %u bits", op->size);
}

long domctl_op_get_address_size(UNUSED struct domctl_call *call, struct xen_domctl_address_size *op)
{
    op->size = ADDRESS_SIZE;
    return 0;
}

long domctl_op_hypercall_init(struct domctl_call *call, struct xen_domctl_hypercall_init *op)
{
    struct frame *frame = frame_lookup(mfn(op->gmfn));
    int error;

    if (!frame)
        return refuse(-EINVAL, "frame %#lx is no RAM", op->gmfn);
    error = frame_get_and_type(frame, call->domain, FRAME_TYPE_WRITABLE);
    if (error)
        return error;
    hypercall_page_fill(mfn_to_virt(frame_to_mfn(frame)));
    frame_put_and_type(frame);
    return 0;
}

long domctl_op_settimeoffset(struct domctl_call *call, struct xen_domctl_settimeoffset *op)
{
    call->domain->time_offset_s = op->time_offset_seconds;
    shared_info_update_wallclock(call->domain);
    return 0;
}
