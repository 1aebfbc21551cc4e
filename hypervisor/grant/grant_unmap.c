/* SPDX-License-Identifier: MIT */
/*
 * Ending mappings, of a piece of operations or of a domain that dies.
 *
 * First the parts to end are claimed and the page-table entries removed, then TLBs are flushed
 * once, then the granting domains are told. In between, claimed parts belong to this CPU.
 */
#include "arch/arch.h"
#include "console/trace.h"
#include "domain/preempt.h"
#include "grant/grant_map.h"
#include "grant/grant_ops.h"
#include "lib/assert.h"
#include "lib/errno.h"
#include "lib/refuse.h"

/* Handles looked at by the teardown between two questions whether to stop. */
#define HANDLES_BEFORE_CHECK 64u

/* A handle of which parts are claimed. */
struct ending {
    struct grant_handle *handle;
    grant_handle_t number;
    uint32_t parts;
    uint32_t state; /* what else the handle says */
    mfn_t frame;
};

/* What a guest asks for. */
struct unmap_request {
    grant_handle_t handle;
    uint64_t host_addr;    /* 0: the host part stays */
    uint64_t dev_bus_addr; /* 0: the device part stays */
    uint64_t new_addr;     /* whose entry goes to host_addr; 0: an absent one */
};

static ALWAYS_INLINE bool is_read_only(struct ending e)
{
    return e.state & HANDLE_READ_ONLY;
}

/* ---- first: claim, and remove entries ---- */

/* Claims those of the parts @wanted that there are. False: the handle is not in use. */
static ALWAYS_INLINE bool claim_parts(struct domain *d, grant_handle_t number, uint32_t wanted,
                                      struct ending *e)
{
    e->number = number;
    e->handle = grant_handle_find(&d->grants->handles, number);
    if (unlikely(!e->handle || !grant_handle_claim(e->handle, wanted, &e->parts, &e->state)))
        return false;
    /* The pins of what is claimed keep the frame. */
    if (likely(e->parts))
        e->frame = mfn(grant_active(e->handle->table, e->handle->ref)->frame);
    return true;
}

static NOINLINE int refuse_no_match(uint64_t host_addr, grant_handle_t number)
{
    return refuse(GNTST_general_error, "address %#lx does not map the frame of handle %#x",
                  host_addr, number);
}

/* Whether @entry is what the handle's mapping looks like. */
static bool is_entry_of(struct ending e, uint64_t entry)
{
    uint64_t expected =
        mfn_to_maddr(e.frame).value | PTE_PRESENT | (is_read_only(e) ? 0 : PTE_WRITE);

    return (entry & (PTE_ADDRESS_MASK | PTE_PRESENT | PTE_WRITE)) == expected;
}

/* The entry of a host mapping becomes that of @new_addr, which becomes absent. */
static NOINLINE int replace_entry(struct vcpu *caller, struct ending e, uint64_t host_addr,
                                  uint64_t new_addr)
{
    maddr_t place, new_place;
    uint64_t entry;

    if (e.state & HANDLE_CONTAINS_PTE)
        return refuse(GNTST_general_error, "handle %#x has no address", e.number);
    if (mmu_walk(caller, host_addr, &place, &entry) || !is_entry_of(e, entry))
        return refuse_no_match(host_addr, e.number);
    if (mmu_grant_entry(caller, new_addr, false, &new_place) || new_place.value == place.value ||
        mmu_grant_take(caller, new_place, &entry))
        return refuse(GNTST_general_error, "address %#lx has no entry to move", new_addr);
    if (mmu_grant_unmap(caller, place, e.frame, !is_read_only(e), entry) == 0)
        return GNTST_okay;
    /* The guest changed it since we looked. What it had at @new_addr is lost to it. */
    mmu_entry_drop(entry);
    return refuse_no_match(host_addr, e.number);
}

/* The entry of a host mapping becomes absent. */
static ALWAYS_INLINE int remove_entry(struct entry_finder *finder, struct ending e,
                                      uint64_t host_addr)
{
    maddr_t place;

    if (unlikely(entry_find(finder, host_addr, e.state & HANDLE_CONTAINS_PTE, &place)))
        return GNTST_general_error;
    if (unlikely(mmu_grant_unmap(finder->caller, place, e.frame, !is_read_only(e), 0)))
        return refuse_no_match(host_addr, e.number);
    return GNTST_okay;
}

static ALWAYS_INLINE int end_parts(struct entry_finder *finder, struct ending e,
                                   struct unmap_request request)
{
    if (unlikely(request.dev_bus_addr) && request.dev_bus_addr != mfn_to_maddr(e.frame).value)
        return refuse(GNTST_general_error, "handle %#x is not for bus address %#lx", e.number,
                      request.dev_bus_addr);
    if (unlikely(!(e.parts & HANDLE_HOST)))
        return GNTST_okay;
    if (unlikely(request.new_addr))
        return replace_entry(finder->caller, e, request.host_addr, request.new_addr);
    return remove_entry(finder, e, request.host_addr);
}

/* If the answer is GNTST_okay and *@e has parts, those are claimed and their entry is gone. */
static ALWAYS_INLINE int begin(struct entry_finder *finder, struct unmap_request request,
                               struct ending *e)
{
    uint32_t wanted =
        (request.host_addr ? HANDLE_HOST : 0) | (request.dev_bus_addr ? HANDLE_DEVICE : 0);
    int status;

    if (unlikely(!claim_parts(finder->caller->domain, request.handle, wanted, e)))
        return refuse(GNTST_bad_handle, "handle %#x is not in use", request.handle);
    if (unlikely(!e->parts))
        return GNTST_okay;
    status = end_parts(finder, *e, request);
    if (unlikely(status))
        grant_handle_unclaim(e->handle, e->parts);
    return status;
}

/* ---- second: tell the granting domains ---- */

/* Under the lock of the table. True: the handle is free, but for being in the list. */
static ALWAYS_INLINE bool finish_locked(struct grant_table *table, const struct ending *e)
{
    if (likely(e->parts & HANDLE_HOST))
        grant_unpin(table, e->handle->ref, grant_host_kind(is_read_only(*e)));
    if (unlikely(e->parts & HANDLE_DEVICE))
        grant_unpin(table, e->handle->ref, grant_device_kind(is_read_only(*e)));
    return grant_handle_ended(e->handle, e->parts);
}

/*
 * The claimed host parts are gone, from TLBs too: tell the granting domain of the first ending, for
 * all that follow and are about it, too. Handles that are free then are put into the list from
 * *@free on. Returns how many endings that were.
 */
static uint32_t finish_of_one_table(const struct ending *endings, uint32_t count,
                                    struct grant_handle_list *free)
{
    struct grant_table *table = endings[0].handle->table;
    struct domain *released = NULL;
    uint32_t i = 0;

    spin_lock(&table->lock);
    do {
        if (unlikely(!finish_locked(table, &endings[i])))
            continue;
        grant_handle_list_add(free, endings[i].handle, endings[i].number);
        if (--table->handle_count == 0)
            released = table->owner;
    } while (++i < count && endings[i].handle->table == table);
    spin_unlock(&table->lock);
    if (unlikely(released))
        domain_put(released);
    return i;
}

/* Nothing can reach the frames by the host parts any more: device parts end, pins and handles go. */
static void let_go(struct domain *d, const struct ending *endings, uint32_t count)
{
    struct grant_handle_list free = { .first = HANDLE_NONE };

    for (uint32_t i = 0; i < count; i++) {
        if (unlikely(endings[i].parts & HANDLE_DEVICE))
            grant_device_put(mfn_to_frame(endings[i].frame), is_read_only(endings[i]));
    }
    for (uint32_t done = 0; done < count;)
        done += finish_of_one_table(&endings[done], count - done, &free);
    grant_handle_list_give_back(&d->grants->handles, &free);
}

/* The entries of a piece are removed: one flush for all. */
static void finish(struct domain *d, const struct ending *endings, uint32_t count)
{
    uint32_t all_parts = 0;

    for (uint32_t i = 0; i < count; i++)
        all_parts |= endings[i].parts;
    if (likely(all_parts & HANDLE_HOST))
        mmu_flush_domain(d, tlb_stamp_now());
    let_go(d, endings, count);
}

/* ---- the calls ---- */

long gnttab_op_unmap_grant_ref(struct vcpu *caller, struct gnttab_unmap_grant_ref *ops,
                               uint32_t count)
{
    struct entry_finder finder = entry_finder(caller);
    struct ending endings[GRANT_PIECE];
    uint32_t begun = 0;

    ASSERT(count <= GRANT_PIECE);
    for (uint32_t i = 0; i < count; i++) {
        const struct unmap_request request = { .handle = ops[i].handle,
                                               .host_addr = ops[i].host_addr,
                                               .dev_bus_addr = ops[i].dev_bus_addr };
        struct ending e;
        int status = begin(&finder, request, &e);

        ops[i].status = (int16_t)status;
        if (likely(!status && e.parts))
            endings[begun++] = e;
    }
    trace(TRACE_GRANT_UNMAP, caller->domain->id, ops[0].handle, begun);
    finish(caller->domain, endings, begun);
    return 0;
}

long gnttab_op_unmap_and_replace(struct vcpu *caller, struct gnttab_unmap_and_replace *ops,
                                 uint32_t count)
{
    struct entry_finder finder = entry_finder(caller);
    struct ending endings[GRANT_PIECE];
    uint32_t begun = 0;

    ASSERT(count <= GRANT_PIECE);
    for (uint32_t i = 0; i < count; i++) {
        const struct unmap_request request = { .handle = ops[i].handle,
                                               .host_addr = ops[i].host_addr,
                                               .new_addr = ops[i].new_addr };
        struct ending e;
        int status = begin(&finder, request, &e);

        ops[i].status = (int16_t)status;
        if (!status && e.parts)
            endings[begun++] = e;
    }
    finish(caller->domain, endings, begun);
    return 0;
}

/* ---- the end of a domain ---- */

int grant_unmap_all(struct domain *d)
{
    struct grant_handles *handles = &d->grants->handles;

    while (handles->close_next < atomic_load(&handles->count)) {
        struct ending e;

        /* No vCPU runs that could reach anything by its page tables, so nothing is flushed. */
        if (claim_parts(d, handles->close_next++, HANDLE_PARTS, &e))
            let_go(d, &e, 1);
        if (handles->close_next % HANDLES_BEFORE_CHECK == 0 && preempt_pending())
            return -ERESTART;
    }
    return 0;
}
