/* SPDX-License-Identifier: MIT */
/*
 * sysctl and domctl: the calls of the toolstack in the control domain.
 *
 * The version comes first: tools find it by trying, wherever they run. Then privilege, which is checked
 * here and nowhere below: who is not the control domain learns neither which operations nor which
 * domains there are. Everything else is an operation's, on a private copy of the structure.
 */
#include <stddef.h>

#include "arch/x86.h"
#include "control/toolstack.h"
#include "hypercall/dispatch.h"
#include "hypercall/operations.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "mm/guest_access.h"

/* ---- the tables ---- */

struct domctl_row {
    long (*call)(struct domctl_call *call, void *op);
    uint8_t copy; /* enum operation_copy */
};

struct sysctl_row {
    long (*call)(struct vcpu *caller, void *op);
    uint8_t copy;
};

/* Each row gets a function of one type, so that no pointer is cast. */
#define CALL_IN(name)    domctl_op_##name(call, op)
#define CALL_OUT(name)   CALL_IN(name)
#define CALL_INOUT(name) CALL_IN(name)
#define CALL_NONE(name)  domctl_op_##name(call)
#define OP(number, name, argument, copy, summary)                                                  \
    static long call_domctl_##name(struct domctl_call *call, UNUSED void *op)                      \
    {                                                                                              \
        return CALL_##copy(name);                                                                  \
    }
#include "hypercall-abi/tables/domctl_ops.def"
#undef OP

#define OP(number, name, argument, copy, summary)                                                  \
    static long call_sysctl_##name(struct vcpu *caller, void *op)                                  \
    {                                                                                              \
        return sysctl_op_##name(caller, op);                                                       \
    }
#include "hypercall-abi/tables/sysctl_ops.def"
#undef OP

static const struct domctl_row domctl_rows[] = {
#define OP(number, name, argument, copy_, summary)                                                 \
    [number] = { call_domctl_##name, OPERATION_##copy_ },
#include "hypercall-abi/tables/domctl_ops.def"
#undef OP
};

static const struct sysctl_row sysctl_rows[] = {
#define OP(number, name, argument, copy_, summary)                                                 \
    [number] = { call_sysctl_##name, OPERATION_##copy_ },
#include "hypercall-abi/tables/sysctl_ops.def"
#undef OP
};

/* ---- what both have in common ---- */

/* Both structures begin with it. */
struct operation_header {
    uint32_t command;
    uint32_t interface_version;
};

static int check_caller(const struct vcpu *caller, uint64_t address, uint32_t version,
                        const char *name)
{
    struct operation_header header;

    if (copy_from_guest(&header, address, sizeof(header)))
        return -EFAULT;
    if (header.interface_version != version)
        return refuse(-EACCES, "%s of version %#x", name, header.interface_version);
    return caller->domain->is_control ? 0 : refuse(-EPERM, "%s is for the control domain", name);
}

/* An answer that cannot be delivered must not have had an effect, so its
 * delivery is tried with the old bytes. */
static int deliver_try(uint64_t address, const void *op, size_t bytes, uint8_t copy)
{
    return copy == OPERATION_OUT || copy == OPERATION_INOUT ? copy_to_guest(address, op, bytes) : 0;
}

/* The result of the call, after the structure went back: always if it has progress in it. */
static long deliver(uint64_t address, const void *op, size_t bytes, uint8_t copy, long result)
{
    if (copy == OPERATION_INOUT || (copy == OPERATION_OUT && result >= 0)) {
        if (copy_to_guest(address, op, bytes))
            return -EFAULT;
    }
    return result == -ERESTART ? HYPERCALL_RESTART : result;
}

/* ---- sysctl ---- */

static const struct sysctl_row *find_sysctl(uint32_t command)
{
    const struct sysctl_row *row;

    if (command >= ARRAY_COUNT(sysctl_rows))
        return NULL;
    row = &sysctl_rows[index_clamp(command, ARRAY_COUNT(sysctl_rows))];
    return row->call ? row : NULL;
}

long hypercall_sysctl(struct vcpu *caller, uint64_t address, UNUSED uint64_t a2, UNUSED uint64_t a3,
                      UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    const struct sysctl_row *row;
    struct xen_sysctl op;
    int error = check_caller(caller, address, XEN_SYSCTL_INTERFACE_VERSION, "sysctl");

    if (error)
        return error;
    if (copy_from_guest(&op, address, sizeof(op)))
        return -EFAULT;
    row = find_sysctl(op.cmd);
    if (!row)
        return refuse(-ENOSYS, "sysctl has no command %u", op.cmd);
    if (deliver_try(address, &op, sizeof(op), row->copy))
        return -EFAULT;
    if (row->copy == OPERATION_OUT)
        memset(&op.u, 0, sizeof(op.u));
    return deliver(address, &op, sizeof(op), row->copy, row->call(caller, &op.u));
}

/* ---- domctl ---- */

/*
 * One at a time: so an operation may wait until a vCPU has left its CPU, which is never one that waits
 * for another here. Who comes second executes the call again, and leaves its CPU if it must.
 */
static _Atomic bool is_under_way;

static const struct domctl_row *find_domctl(uint32_t command)
{
    const struct domctl_row *row;

    if (command >= ARRAY_COUNT(domctl_rows))
        return NULL;
    row = &domctl_rows[index_clamp(command, ARRAY_COUNT(domctl_rows))];
    return row->call ? row : NULL;
}

static bool finds_for_itself(uint32_t command)
{
    return command == XEN_DOMCTL_createdomain || command == XEN_DOMCTL_getdomaininfo;
}

/* With a reference. A domain that dies is there only to be destroyed. */
static struct domain *find_target(uint32_t command, uint16_t id)
{
    struct domain *d = domain_find(id);

    if (!d || !domain_get(d))
        return NULL;
    if (command == XEN_DOMCTL_destroydomain || atomic_load(&d->life) == DOMAIN_ALIVE)
        return d;
    domain_put(d);
    return NULL;
}

static long perform_domctl(struct vcpu *caller, const struct domctl_row *row, struct xen_domctl *op)
{
    struct domctl_call call = { .caller = caller, .id = op->domain };
    long result;

    if (!finds_for_itself(op->cmd)) {
        call.domain = find_target(op->cmd, op->domain);
        if (!call.domain)
            return refuse(-ESRCH, "domctl %u on domain %u, which is not there", op->cmd,
                          op->domain);
    }
    if (row->copy == OPERATION_OUT)
        memset(&op->u, 0, sizeof(op->u));
    result = row->call(&call, &op->u);
    op->domain = call.id;
    if (call.domain)
        domain_put(call.domain);
    return result;
}

long hypercall_domctl(struct vcpu *caller, uint64_t address, UNUSED uint64_t a2, UNUSED uint64_t a3,
                      UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    const struct domctl_row *row;
    struct xen_domctl op;
    long result;
    int error = check_caller(caller, address, XEN_DOMCTL_INTERFACE_VERSION, "domctl");

    if (error)
        return error;
    if (copy_from_guest(&op, address, sizeof(op)))
        return -EFAULT;
    row = find_domctl(op.cmd);
    if (!row)
        return refuse(-ENOSYS, "domctl has no command %u", op.cmd);
    if (deliver_try(address, &op, sizeof(op), row->copy))
        return -EFAULT;

    if (atomic_exchange_explicit(&is_under_way, true, memory_order_acquire))
        return HYPERCALL_RESTART;
    result = perform_domctl(caller, row, &op);
    atomic_store_explicit(&is_under_way, false, memory_order_release);
    return deliver(address, &op, sizeof(op), row->copy, result);
}
