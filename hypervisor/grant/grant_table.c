/* SPDX-License-Identifier: MIT */
/*
 * The table of a domain as a whole: creation, growth, size, and its end.
 *
 * A grant frame is a page of the hypervisor's that the domain may map and write. When the domain
 * dies the frames go, for all but those who have one mapped; the hypervisor's half of the
 * entries stays as long as anybody uses one, and so does the domain's structure.
 */
#include "grant/grant_table.h"

#include "arch/arch.h"
#include "domain/preempt.h"
#include "grant/grant_entry.h"
#include "grant/grant_map.h"
#include "grant/grant_ops.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"
#include "mm/heap.h"
#include "pvmmu/pvmmu.h"

#define ACTIVE_BYTES (GRANTS_PER_FRAME * sizeof(struct grant_active))

int grant_domain_create(struct domain *d, uint32_t frame_limit, uint32_t handle_frame_limit)
{
    struct grant_table *table;

    ASSERT(!d->grants);
    if (frame_limit == 0 || frame_limit > GRANT_FRAMES_MAX)
        return refuse(-EINVAL, "a limit of %u grant frames", frame_limit);
    if (handle_frame_limit == 0 || handle_frame_limit > GRANT_HANDLE_FRAMES_MAX)
        return refuse(-EINVAL, "a limit of %u pages of grant handles", handle_frame_limit);

    table = heap_alloc(sizeof(*table) + frame_limit * sizeof(table->frames[0]));
    if (!table)
        return -ENOMEM;
    spin_init(&table->lock, LOCK_GRANT_TABLE);
    table->owner = d;
    table->frame_limit = frame_limit;
    grant_handles_init(&table->handles, handle_frame_limit);
    atomic_store_explicit(&d->grants, table, memory_order_release);
    return 0;
}

void grant_domain_free(struct domain *d)
{
    struct grant_table *table = d->grants;

    if (!table)
        return;
    ASSERT(table->handle_count == 0);
    ASSERT(table->is_closed || grant_table_frames(d) == 0);
    for (uint32_t i = 0; i < grant_table_frames(d); i++)
        heap_free(table->frames[i].active);
    grant_handles_free(&table->handles);
    heap_free(table);
    d->grants = NULL;
}

uint32_t grant_table_frames(const struct domain *d)
{
    return atomic_load_explicit(&d->grants->frame_count, memory_order_acquire);
}

uint32_t grant_table_frame_limit(const struct domain *d)
{
    return d->grants->frame_limit;
}

/* ---- growth ---- */

/* Whether the frame became number @index; false: somebody else's did, or the domain dies. */
static bool append(struct grant_table *table, uint32_t index, const struct grant_frame *frame)
{
    bool is_next;

    spin_lock(&table->lock);
    is_next = !table->is_closed &&
              atomic_load_explicit(&table->frame_count, memory_order_relaxed) == index;
    if (is_next) {
        table->frames[index] = *frame;
        frame_share_special(mfn_to_frame(virt_to_mfn(frame->shared)), table->owner, true);
        table->entry_count = (index + 1) * GRANTS_PER_FRAME;
        atomic_store_explicit(&table->frame_count, index + 1, memory_order_release);
    }
    spin_unlock(&table->lock);
    return is_next;
}

/* Makes frame @index, which is the next one, unless another CPU has just made it. */
static int grow(struct grant_table *table, uint32_t index)
{
    struct grant_frame frame = { .shared = page_alloc() };
    int error = -ENOMEM;

    if (!frame.shared)
        return -ENOMEM;
    frame.active = heap_alloc(ACTIVE_BYTES);
    if (!frame.active)
        goto undo_shared;
    if (append(table, index, &frame))
        return 0;

    error = 0;
    heap_free(frame.active);
undo_shared:
    page_free(frame.shared);
    return error;
}

int grant_table_frame(struct domain *d, uint32_t index, mfn_t *out)
{
    struct grant_table *table = d->grants;
    uint32_t count;

    if (index >= table->frame_limit)
        return refuse(-EINVAL, "grant frame %u of at most %u", index, table->frame_limit);
    do {
        int error = 0;

        if (READ_ONCE(table->is_closed))
            return refuse(-EINVAL, "domain %u dies", d->id);
        count = grant_table_frames(d);
        if (count <= index)
            error = grow(table, count);
        if (error)
            return error;
    } while (count <= index);
    /* Whoever maps it takes a reference of its own, or fails to. */
    *out = virt_to_mfn(table->frames[index_clamp(index, count)].shared);
    return 0;
}

/* ---- calls about a table ---- */

/* The domain that a call names, with a reference; or NULL and why. */
static struct domain *target_of(struct vcpu *caller, uint16_t id, int *status)
{
    struct domain *d;

    *status = GNTST_permission_denied;
    if (id != DOMID_SELF && id != caller->domain->id && !caller->domain->is_control)
        return NULL;
    *status = GNTST_bad_domain;
    d = domain_get_target(caller, id);
    if (!d)
        return NULL;
    if (d->grants) {
        *status = GNTST_okay;
        return d;
    }
    domain_put(d);
    return NULL;
}

/* 0, -ERESTART, or a status: frames below @op->nr_frames exist, and the guest knows them. */
static int list_frames(struct domain *d, const struct gnttab_setup_table *op)
{
    if (op->nr_frames > grant_table_frame_limit(d))
        return refuse(GNTST_general_error, "%u grant frames, but %u are allowed", op->nr_frames,
                      grant_table_frame_limit(d));
    for (uint32_t i = 0; i < op->nr_frames; i++) {
        bool is_new = i >= grant_table_frames(d);
        mfn_t frame;

        if (grant_table_frame(d, i, &frame))
            return GNTST_general_error;
        if (copy_to_guest(op->frame_list + i * sizeof(xen_pfn_t), &frame.number, sizeof(xen_pfn_t)))
            return GNTST_bad_virt_addr;
        /* What has been made is not made again. */
        if (is_new && preempt_pending())
            return -ERESTART;
    }
    return 0;
}

static long refuse_count(uint32_t count)
{
    return refuse(-EINVAL, "%u structures where one is expected", count);
}

long gnttab_op_setup_table(struct vcpu *caller, struct gnttab_setup_table *ops, uint32_t count)
{
    struct domain *d;
    int status;

    if (count != 1)
        return refuse_count(count);
    d = target_of(caller, ops->dom, &status);
    if (d) {
        status = list_frames(d, ops);
        domain_put(d);
    }
    if (status == -ERESTART)
        return -ERESTART;
    ops->status = (int16_t)status;
    return 0;
}

long gnttab_op_query_size(struct vcpu *caller, struct gnttab_query_size *ops, uint32_t count)
{
    struct domain *d;
    int status;

    if (count != 1)
        return refuse_count(count);
    d = target_of(caller, ops->dom, &status);
    if (d) {
        ops->nr_frames = grant_table_frames(d);
        ops->max_nr_frames = grant_table_frame_limit(d);
        domain_put(d);
    }
    ops->status = (int16_t)status;
    return 0;
}

long gnttab_op_get_version(struct vcpu *caller, struct gnttab_get_version *ops, uint32_t count)
{
    struct domain *d;
    int status;

    if (count != 1)
        return refuse_count(count);
    d = target_of(caller, ops->dom, &status);
    if (!d)
        return status == GNTST_permission_denied ? -EPERM : -ESRCH;
    ops->version = 1;
    domain_put(d);
    return 0;
}

long gnttab_op_set_version(UNUSED struct vcpu *caller, struct gnttab_set_version *ops,
                           uint32_t count)
{
    uint32_t wanted = ops->version;

    if (count != 1)
        return refuse_count(count);
    ops->version = 1;
    return wanted == 1 ? 0 : refuse(-ENOSYS, "grant tables of version %u", wanted);
}

/* ---- the end ---- */

static void stop_granting(struct grant_table *table)
{
    uint32_t count;

    spin_lock(&table->lock);
    count = table->is_closed ? 0 : atomic_load_explicit(&table->frame_count, memory_order_relaxed);
    table->is_closed = true;
    table->entry_count = 0;
    spin_unlock(&table->lock);

    for (uint32_t i = 0; i < count; i++)
        frame_unshare_special(mfn_to_frame(virt_to_mfn(table->frames[i].shared)));
}

int grant_domain_close(struct domain *d)
{
    if (!d->grants)
        return 0;
    ASSERT(atomic_load(&d->life) != DOMAIN_ALIVE);
    stop_granting(d->grants);
    return grant_unmap_all(d);
}
