/* SPDX-License-Identifier: MIT */
/* domctl: what a domain may have, and what it is told at its start. */
#include "arch/clock.h"
#include "control/toolstack.h"
#include "domain/shared_info.h"
#include "emulate/io_ports.h"
#include "hypercall/hypercall_page.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"
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

long domctl_op_setdomainhandle(struct domctl_call *call, struct xen_domctl_setdomainhandle *op)
{
    memcpy(call->domain->handle, op->handle, sizeof(call->domain->handle));
    return 0;
}

/* ---- time ---- */

/* Modes of the TSC: the default is the processor's own, which is also what 2 insists on. */
#define TSC_MODE_DEFAULT 0u
#define TSC_MODE_NATIVE  2u

#define HZ_IN_KHZ 1000u

long domctl_op_gettscinfo(struct domctl_call *call, struct xen_domctl_tsc_info *op)
{
    op->tsc_mode = call->domain->tsc_mode;
    op->gtsc_khz = (uint32_t)(clock_tsc_hz() / HZ_IN_KHZ);
    op->incarnation = call->domain->tsc_incarnation;
    op->elapsed_nsec = system_time_ns();
    return 0;
}

/* The frequency is the machine's; another one is not pretended. */
long domctl_op_settscinfo(struct domctl_call *call, struct xen_domctl_tsc_info *op)
{
    if (op->tsc_mode != TSC_MODE_DEFAULT && op->tsc_mode != TSC_MODE_NATIVE)
        return refuse(-EOPNOTSUPP, "TSC mode %u, which is emulation", op->tsc_mode);
    call->domain->tsc_mode = op->tsc_mode;
    call->domain->tsc_incarnation = op->incarnation;
    return 0;
}

/* ---- devices ---- */

/* Nobody gives away what the control domain itself does not have. */
long domctl_op_ioport_permission(struct domctl_call *call, struct xen_domctl_ioport_permission *op)
{
    if (op->first_port >= IO_PORTS || op->nr_ports > IO_PORTS - op->first_port)
        return refuse(-EINVAL, "%u ports from %#x on", op->nr_ports, op->first_port);
    if (op->nr_ports && !io_permission_all(call->caller->domain, op->first_port, op->nr_ports))
        return refuse(-EPERM, "ports %#x and up are not the caller's to give", op->first_port);
    return io_permission_set(call->domain, op->first_port, op->nr_ports, op->allow_access);
}
