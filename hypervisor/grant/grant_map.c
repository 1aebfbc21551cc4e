/* SPDX-License-Identifier: MIT */
/*
 * Mapping granted frames, and ending that.
 *
 * Who holds what. The page-table entry of a host mapping has its references like any other
 * entry, and loses them with whoever removes it. A device mapping has references of its own. The
 * handle has a pin of the granted entry for each part, and keeps the granting domain in
 * memory. A guest that removes the page-table entry by other means keeps the pin until it dies.
 *
 * A pin is set after the references are taken, and dropped after the mapping is gone and no TLB
 * has it any more: until then the granting domain sees that the frame is in use.
 */
#include "grant/grant_map.h"

#include "arch/arch.h"
#include "arch/pte.h"
#include "console/trace.h"
#include "domain/preempt.h"
#include "grant/grant_entry.h"
#include "grant/grant_ops.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "pvmmu/pvmmu.h"

#define FLAGS_AVAILABLE_SHIFT 16 /* of GNTMAP_guest_avail_mask */
#define PTE_AVAILABLE_SHIFT   9

/* Handles looked at by the teardown between two questions whether to stop. */
#define HANDLES_BEFORE_CHECK 64u

static enum grant_kind host_kind(bool is_read_only)
{
    return is_read_only ? GRANT_HOST_READ : GRANT_HOST_WRITE;
}

static enum grant_kind device_kind(bool is_read_only)
{
    return is_read_only ? GRANT_DEVICE_READ : GRANT_DEVICE_WRITE;
}

/* ---- device references ---- */

static bool device_get(struct frame *frame, struct domain *owner, bool is_read_only)
{
    if (is_read_only)
        return frame_get(frame, owner);
    return frame_get_and_type(frame, owner, FRAME_TYPE_WRITABLE) == 0;
}

static void device_put(struct frame *frame, bool is_read_only)
{
    if (is_read_only)
        frame_put(frame);
    else
        frame_put_and_type(frame);
}

/* ---- map ---- */

/* A mapping to be made. */
struct mapping {
    struct vcpu *caller;
    struct grant_table *table;
    const struct gnttab_map_grant_ref *op;
    maddr_t place; /* of the entry of a host mapping */
    bool is_read_only;
};

static bool wants(const struct mapping *m, uint32_t flag)
{
    return m->op->flags & flag;
}

static uint64_t entry_for(const struct mapping *m, const struct frame *frame)
{
    uint64_t entry =
        mfn_to_maddr(frame_to_mfn(frame)).value | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY;

    if (!m->is_read_only)
        entry |= PTE_WRITE;
    if (wants(m, GNTMAP_application_map))
        entry |= PTE_USER;
    return entry | ((uint64_t)(m->op->flags >> FLAGS_AVAILABLE_SHIFT) << PTE_AVAILABLE_SHIFT &
                    PTE_AVAILABLE_LOW);
}

/* Takes the references of all parts, and installs the entry. All or nothing. */
static int install(const struct mapping *m, const struct grant_claim *claim)
{
    struct domain *owner = m->table->owner;
    struct frame *frame = grant_frame_of(claim, owner);
    bool has_device = wants(m, GNTMAP_device_map);

    if (unlikely(!frame))
        return GNTST_bad_page;
    if (unlikely(has_device) && !device_get(frame, owner, m->is_read_only))
        return refuse(GNTST_general_error, "frame %#x of domain %u cannot be used for devices",
                      claim->active->frame, owner->id);
    if (unlikely(!wants(m, GNTMAP_host_map)) ||
        likely(mmu_grant_map(m->caller, m->place, entry_for(m, frame), owner) == 0))
        return GNTST_okay;
    if (has_device)
        device_put(frame, m->is_read_only);
    return GNTST_general_error;
}

static void pin_parts(const struct mapping *m, const struct grant_claim *claim)
{
    if (likely(wants(m, GNTMAP_host_map)))
        grant_pin(claim, host_kind(m->is_read_only));
    if (wants(m, GNTMAP_device_map))
        grant_pin(claim, device_kind(m->is_read_only));
    /* The table is open, so its owner has not yet dropped its own reference. */
    if (m->table->handle_count++ == 0)
        MUST(domain_get(m->table->owner));
}

/* Makes the mapping of a granted frame, which is returned in *@frame. */
static int map_granted(const struct mapping *m, mfn_t *frame)
{
    struct grant_claim claim;
    int status;

    spin_lock(&m->table->lock);
    status = grant_claim(m->table, m->op->ref, m->caller->domain->id, !m->is_read_only, &claim);
    if (likely(!status)) {
        *frame = grant_claim_frame(&claim);
        status = install(m, &claim);
        if (likely(!status))
            pin_parts(m, &claim);
        else
            grant_claim_drop(&claim);
    }
    spin_unlock(&m->table->lock);
    return status;
}

static void fill_handle(struct grant_handle *handle, const struct mapping *m)
{
    uint32_t state = m->is_read_only ? HANDLE_READ_ONLY : 0;

    if (likely(wants(m, GNTMAP_host_map)))
        state |= HANDLE_HOST;
    if (wants(m, GNTMAP_device_map))
        state |= HANDLE_DEVICE;
    if (wants(m, GNTMAP_contains_pte))
        state |= HANDLE_CONTAINS_PTE;
    handle->table = m->table;
    handle->ref = m->op->ref;
    atomic_store_explicit(&handle->state, state, memory_order_release);
}

/* What can be known of the operation before anything is taken. */
static int prepare(struct mapping *m)
{
    if (unlikely(!wants(m, GNTMAP_host_map | GNTMAP_device_map)))
        return refuse(GNTST_bad_gntref, "neither a host mapping nor one for devices");
    m->is_read_only = wants(m, GNTMAP_readonly);
    m->table = grant_table_of(m->op->dom);
    if (unlikely(!m->table))
        return GNTST_bad_domain;
    if (likely(wants(m, GNTMAP_host_map)) &&
        mmu_grant_entry(m->caller, m->op->host_addr, wants(m, GNTMAP_contains_pte), &m->place))
        return GNTST_general_error;
    return GNTST_okay;
}

static int map_one(struct vcpu *caller, struct gnttab_map_grant_ref *op)
{
    struct grant_handles *handles = &caller->domain->grants->handles;
    struct mapping m = { .caller = caller, .op = op };
    grant_handle_t number;
    mfn_t frame;
    int status = prepare(&m);

    if (unlikely(status))
        return status;
    if (unlikely(grant_handle_take(handles, &number)))
        return GNTST_no_device_space;
    status = map_granted(&m, &frame);
    if (unlikely(status)) {
        grant_handle_give_back(handles, number);
        return status;
    }
    fill_handle(grant_handle_find(handles, number), &m);
    op->handle = number;
    op->dev_bus_addr = mfn_to_maddr(frame).value;
    trace(TRACE_GRANT_MAP, op->dom, op->ref, frame.number);
    return GNTST_okay;
}

long gnttab_op_map_grant_ref(struct vcpu *caller, struct gnttab_map_grant_ref *ops, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        ops[i].status = (int16_t)map_one(caller, &ops[i]);
    this_cpu()->counters.grant_map += count;
    return 0;
}

/* ---- unmap ---- */

/* A handle of which the caller has claimed parts. */
struct ending {
    struct grant_handle *handle;
    grant_handle_t number;
    uint32_t parts;
    uint32_t state; /* what else the handle says */
    mfn_t frame;
};

static bool is_read_only(const struct ending *e)
{
    return e->state & HANDLE_READ_ONLY;
}

/* Claims those of the parts @wanted that there are. */
static int ending_begin(struct domain *d, grant_handle_t number, uint32_t wanted, struct ending *e)
{
    e->number = number;
    e->handle = grant_handle_find(&d->grants->handles, number);
    if (unlikely(!e->handle || !grant_handle_claim(e->handle, wanted, &e->parts, &e->state)))
        return refuse(GNTST_bad_handle, "handle %#x is not in use", number);
    /* The pins of what is claimed keep the frame. */
    if (likely(e->parts))
        e->frame = mfn(grant_active(e->handle->table, e->handle->ref)->frame);
    return GNTST_okay;
}

/* The claimed host part is gone, from TLBs too: end the device part, and tell the granting domain
 * when nothing is left that refers to the frame. */
static void ending_finish(struct domain *d, const struct ending *e)
{
    struct grant_table *table = e->handle->table;
    grant_ref_t ref = e->handle->ref;
    struct domain *released = NULL;
    bool was_last;

    if (e->parts & HANDLE_DEVICE)
        device_put(mfn_to_frame(e->frame), is_read_only(e));
    spin_lock(&table->lock);
    if (e->parts & HANDLE_HOST)
        grant_unpin(table, ref, host_kind(is_read_only(e)));
    if (e->parts & HANDLE_DEVICE)
        grant_unpin(table, ref, device_kind(is_read_only(e)));
    was_last = grant_handle_ended(e->handle, e->parts);
    if (was_last && --table->handle_count == 0)
        released = table->owner;
    spin_unlock(&table->lock);

    if (was_last)
        grant_handle_give_back(&d->grants->handles, e->number);
    if (unlikely(released))
        domain_put(released);
}

static int refuse_no_match(uint64_t host_addr, const struct ending *e)
{
    return refuse(GNTST_general_error, "address %#lx does not map the frame of handle %#x",
                  host_addr, e->number);
}

/* The entry of a host mapping becomes absent. */
static int remove_entry(struct vcpu *caller, const struct ending *e, uint64_t host_addr)
{
    maddr_t place;

    if (unlikely(mmu_grant_entry(caller, host_addr, e->state & HANDLE_CONTAINS_PTE, &place)))
        return GNTST_general_error;
    if (unlikely(mmu_grant_unmap(caller, place, e->frame, !is_read_only(e), 0)))
        return refuse_no_match(host_addr, e);
    return GNTST_okay;
}

/* Whether @entry is what the handle's mapping looks like. */
static bool is_entry_of(const struct ending *e, uint64_t entry)
{
    uint64_t expected =
        mfn_to_maddr(e->frame).value | PTE_PRESENT | (is_read_only(e) ? 0 : PTE_WRITE);

    return (entry & (PTE_ADDRESS_MASK | PTE_PRESENT | PTE_WRITE)) == expected;
}

/* The entry of a host mapping becomes that of @new_addr, which becomes absent. */
static int replace_entry(struct vcpu *caller, const struct ending *e, uint64_t host_addr,
                         uint64_t new_addr)
{
    maddr_t place, new_place;
    uint64_t entry;

    if (e->state & HANDLE_CONTAINS_PTE)
        return refuse(GNTST_general_error, "handle %#x has no address", e->number);
    if (mmu_walk(caller, host_addr, &place, &entry) || !is_entry_of(e, entry))
        return refuse_no_match(host_addr, e);
    if (mmu_grant_entry(caller, new_addr, false, &new_place) || new_place.value == place.value ||
        mmu_grant_take(caller, new_place, &entry))
        return refuse(GNTST_general_error, "address %#lx has no entry to move", new_addr);
    if (mmu_grant_unmap(caller, place, e->frame, !is_read_only(e), entry) == 0)
        return GNTST_okay;
    /* The guest changed it since we looked. What it had at @new_addr is lost to it. */
    mmu_entry_drop(entry);
    return refuse_no_match(host_addr, e);
}

static int unmap_begin(struct vcpu *caller, const struct gnttab_unmap_grant_ref *op,
                       struct ending *e)
{
    uint32_t wanted = (op->host_addr ? HANDLE_HOST : 0) | (op->dev_bus_addr ? HANDLE_DEVICE : 0);
    int status = ending_begin(caller->domain, op->handle, wanted, e);

    if (unlikely(status || !e->parts))
        return status;
    if (op->dev_bus_addr && op->dev_bus_addr != mfn_to_maddr(e->frame).value)
        status = refuse(GNTST_general_error, "handle %#x is not for bus address %#lx", op->handle,
                        op->dev_bus_addr);
    else if (e->parts & HANDLE_HOST)
        status = remove_entry(caller, e, op->host_addr);
    if (unlikely(status))
        grant_handle_unclaim(e->handle, e->parts);
    return status;
}

static int replace_begin(struct vcpu *caller, const struct gnttab_unmap_and_replace *op,
                         struct ending *e)
{
    uint32_t wanted = op->host_addr ? HANDLE_HOST : 0;
    int status = ending_begin(caller->domain, op->handle, wanted, e);

    if (status || !e->parts)
        return status;
    status = op->new_addr ? replace_entry(caller, e, op->host_addr, op->new_addr)
                          : remove_entry(caller, e, op->host_addr);
    if (status)
        grant_handle_unclaim(e->handle, e->parts);
    return status;
}

/* Entries were removed: one flush, then the pins go. */
static void finish_all(struct domain *d, const struct ending *endings, uint32_t count)
{
    uint32_t all_parts = 0;

    for (uint32_t i = 0; i < count; i++)
        all_parts |= endings[i].parts;
    if (all_parts & HANDLE_HOST)
        mmu_flush_domain(d, tlb_stamp_now());
    for (uint32_t i = 0; i < count; i++)
        ending_finish(d, &endings[i]);
}

long gnttab_op_unmap_grant_ref(struct vcpu *caller, struct gnttab_unmap_grant_ref *ops,
                               uint32_t count)
{
    struct ending endings[GRANT_PIECE];
    uint32_t begun = 0;

    ASSERT(count <= GRANT_PIECE);
    for (uint32_t i = 0; i < count; i++) {
        int status = unmap_begin(caller, &ops[i], &endings[begun]);

        ops[i].status = (int16_t)status;
        if (!status && endings[begun].parts)
            begun++;
    }
    finish_all(caller->domain, endings, begun);
    return 0;
}

long gnttab_op_unmap_and_replace(struct vcpu *caller, struct gnttab_unmap_and_replace *ops,
                                 uint32_t count)
{
    struct ending endings[GRANT_PIECE];
    uint32_t begun = 0;

    ASSERT(count <= GRANT_PIECE);
    for (uint32_t i = 0; i < count; i++) {
        int status = replace_begin(caller, &ops[i], &endings[begun]);

        ops[i].status = (int16_t)status;
        if (!status && endings[begun].parts)
            begun++;
    }
    finish_all(caller->domain, endings, begun);
    return 0;
}

/* ---- the end of a domain ---- */

int grant_unmap_all(struct domain *d)
{
    struct grant_handles *handles = &d->grants->handles;

    while (handles->close_next < atomic_load(&handles->count)) {
        grant_handle_t number = handles->close_next++;
        struct ending e;

        /* No vCPU runs that could reach anything by its page tables, so nothing is flushed. */
        if (atomic_load(&grant_handle_find(handles, number)->state) & HANDLE_PARTS &&
            ending_begin(d, number, HANDLE_PARTS, &e) == 0)
            ending_finish(d, &e);
        if (handles->close_next % HANDLES_BEFORE_CHECK == 0 && preempt_pending())
            return -ERESTART;
    }
    return 0;
}
