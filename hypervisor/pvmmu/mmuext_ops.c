/* SPDX-License-Identifier: MIT */
/* The operations of mmuext_op, by number. */
#include "arch/arch.h"
#include "domain/domain.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/flush.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/pvmmu.h"

typedef int (*mmuext_function)(struct vcpu *caller, struct domain *target,
                               const struct mmuext_op *op);

/* ---- pins ---- */

static int pin(struct domain *target, uint64_t number, enum frame_type type)
{
    struct frame *frame = frame_lookup(mfn(number));
    int error;

    if (!frame)
        return refuse(-EINVAL, "frame %#lx is no RAM", number);
    error = frame_get_and_type(frame, target, type);
    if (error)
        return error;
    if (frame_type_pin(frame))
        return 0;
    frame_put_and_type(frame);
    return refuse(-EINVAL, "frame %#lx is pinned already", number);
}

static int op_pin(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    (void)caller;
    return pin(target, op->arg1.mfn, (enum frame_type)(FRAME_TYPE_L1 + op->cmd));
}
_Static_assert(MMUEXT_PIN_L1_TABLE == 0 && MMUEXT_PIN_L4_TABLE == 3, "commands follow the levels");

static int op_unpin(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    struct frame *frame = frame_lookup(mfn(op->arg1.mfn));
    bool was_pinned;

    (void)caller;
    if (!frame || !frame_get(frame, target))
        return refuse(-EINVAL, "frame %#lx is not of domain %u", op->arg1.mfn, target->id);
    was_pinned = frame_type_unpin(frame);
    if (was_pinned)
        frame_type_put(frame);
    frame_put(frame);
    return was_pinned ? 0 : refuse(-EINVAL, "frame %#lx is not pinned", op->arg1.mfn);
}

/* ---- roots and LDT ---- */

static int op_new_baseptr(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    (void)target;
    return mmu_set_kernel_l4(caller, mfn(op->arg1.mfn));
}

static int op_new_user_baseptr(struct vcpu *caller, struct domain *target,
                               const struct mmuext_op *op)
{
    (void)target;
    return mmu_set_user_l4(caller, op->arg1.mfn ? mfn(op->arg1.mfn) : MFN_INVALID);
}

static int op_set_ldt(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    (void)target;
    return descriptors_set_ldt(caller, op->arg1.linear_addr, op->arg2.nr_ents);
}

/* ---- flushes ---- */

static int op_flush_local(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    (void)caller, (void)target, (void)op;
    tlb_flush_local();
    return 0;
}

static int op_invlpg_local(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    (void)caller, (void)target;
    flush_address(CPU_MASK(this_cpu()->id), op->arg1.linear_addr);
    return 0;
}

static int op_flush_multi(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    cpu_mask_t cpus;
    int error = flush_vcpus_by_bitmap(caller, op->arg2.vcpumask, &cpus);

    (void)target;
    if (!error)
        flush_cpus(cpus);
    return error;
}

static int op_invlpg_multi(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    cpu_mask_t cpus;
    int error = flush_vcpus_by_bitmap(caller, op->arg2.vcpumask, &cpus);

    (void)target;
    if (!error)
        flush_address(cpus, op->arg1.linear_addr);
    return error;
}

static int op_flush_all(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    (void)target, (void)op;
    flush_cpus(flush_all_cpus(caller));
    return 0;
}

static int op_invlpg_all(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    (void)target;
    flush_address(flush_all_cpus(caller), op->arg1.linear_addr);
    return 0;
}

/* ---- caches ---- */

static int op_flush_cache(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    (void)target, (void)op;
    if (!entry_has_device_rights(caller->domain))
        return refuse(-EACCES, "a domain without devices has nothing to flush from caches");
    wbinvd();
    return 0;
}

static void flush_cache_of_this_cpu(void *argument)
{
    (void)argument;
    wbinvd();
}

static int op_flush_cache_global(struct vcpu *caller, struct domain *target,
                                 const struct mmuext_op *op)
{
    (void)target, (void)op;
    if (!entry_has_device_rights(caller->domain))
        return refuse(-EACCES, "a domain without devices has nothing to flush from caches");
    cpu_call(cpu_mask_online(), flush_cache_of_this_cpu, NULL);
    return 0;
}

/* ---- contents ---- */

static int get_page_to_write(struct domain *owner, uint64_t number, struct frame **out)
{
    *out = frame_lookup(mfn(number));
    if (!*out || !frame_get(*out, owner))
        return refuse(-EINVAL, "frame %#lx is not of domain %u", number, owner->id);
    return frame_type_get(*out, FRAME_TYPE_WRITABLE, TYPE_GET_RESTARTABLE);
}

static int op_clear_page(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    struct frame *to;
    int error = get_page_to_write(target, op->arg1.mfn, &to);

    (void)caller;
    if (error)
        return error;
    memset(frame_table_entries(to), 0, PAGE_SIZE);
    frame_type_put(to);
    return 0;
}

static int op_copy_page(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    struct frame *from = frame_lookup(mfn(op->arg2.src_mfn));
    struct frame *to;
    int error;

    (void)caller;
    if (!from || !frame_get(from, target))
        return refuse(-EINVAL, "frame %#lx is not of domain %u", op->arg2.src_mfn, target->id);
    error = get_page_to_write(target, op->arg1.mfn, &to);
    if (!error) {
        memmove(frame_table_entries(to), frame_table_entries(from), PAGE_SIZE);
        frame_type_put(to);
    }
    frame_put(from);
    return error;
}

static int op_no_superpages(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    (void)caller, (void)target, (void)op;
    return -EOPNOTSUPP;
}

/* ---- the table ---- */

static const struct mmuext_row {
    mmuext_function function;
    bool may_be_foreign;
} rows[] = {
    [MMUEXT_PIN_L1_TABLE] = { op_pin, true },
    [MMUEXT_PIN_L2_TABLE] = { op_pin, true },
    [MMUEXT_PIN_L3_TABLE] = { op_pin, true },
    [MMUEXT_PIN_L4_TABLE] = { op_pin, true },
    [MMUEXT_UNPIN_TABLE] = { op_unpin, true },
    [MMUEXT_NEW_BASEPTR] = { op_new_baseptr, false },
    [MMUEXT_TLB_FLUSH_LOCAL] = { op_flush_local, false },
    [MMUEXT_INVLPG_LOCAL] = { op_invlpg_local, false },
    [MMUEXT_TLB_FLUSH_MULTI] = { op_flush_multi, false },
    [MMUEXT_INVLPG_MULTI] = { op_invlpg_multi, false },
    [MMUEXT_TLB_FLUSH_ALL] = { op_flush_all, false },
    [MMUEXT_INVLPG_ALL] = { op_invlpg_all, false },
    [MMUEXT_FLUSH_CACHE] = { op_flush_cache, false },
    [MMUEXT_SET_LDT] = { op_set_ldt, false },
    [MMUEXT_NEW_USER_BASEPTR] = { op_new_user_baseptr, false },
    [MMUEXT_CLEAR_PAGE] = { op_clear_page, true },
    [MMUEXT_COPY_PAGE] = { op_copy_page, true },
    [MMUEXT_FLUSH_CACHE_GLOBAL] = { op_flush_cache_global, false },
    [MMUEXT_MARK_SUPER] = { op_no_superpages, true },
    [MMUEXT_UNMARK_SUPER] = { op_no_superpages, true },
};

int mmuext_op_one(struct vcpu *caller, struct domain *target, const struct mmuext_op *op)
{
    const struct mmuext_row *row = NULL;

    if (op->cmd < ARRAY_COUNT(rows))
        row = &rows[index_clamp(op->cmd, ARRAY_COUNT(rows))];
    if (!row || !row->function)
        return refuse(-ENOSYS, "mmuext_op %u", op->cmd);
    if (target != caller->domain && !row->may_be_foreign)
        return refuse(-EPERM, "mmuext_op %u for another domain", op->cmd);
    return row->function(caller, target, op);
}
