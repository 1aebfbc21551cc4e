/* SPDX-License-Identifier: MIT */
/* Mapping granted frames. */
#include "grant/grant_map.h"

#include "arch/arch.h"
#include "console/trace.h"
#include "grant/grant_ops.h"
#include "lib/assert.h"
#include "lib/refuse.h"

#define FLAGS_AVAILABLE_SHIFT 16 /* of GNTMAP_guest_avail_mask */
#define PTE_AVAILABLE_SHIFT   9

/* What a piece of operations shares: they mostly name one granting domain. */
struct map_piece {
    struct domain *user;
    struct entry_finder finder;
    uint16_t granter;          /* whose table is, */
    struct grant_table *table; /* or NULL: none yet */
};

/* A mapping to be made. */
struct mapping {
    struct vcpu *caller;
    struct grant_table *table;
    grant_ref_t ref;
    uint32_t flags; /* GNTMAP_* */
    maddr_t place;  /* of the entry of a host mapping */
    mfn_t frame;    /* found on the way */
};

static ALWAYS_INLINE bool is_read_only(uint32_t flags)
{
    return flags & GNTMAP_readonly;
}

static bool device_get(struct frame *frame, struct domain *owner, bool for_reading)
{
    if (for_reading)
        return frame_get(frame, owner);
    return frame_get_and_type(frame, owner, FRAME_TYPE_WRITABLE) == 0;
}

static ALWAYS_INLINE uint64_t entry_for(mfn_t frame, uint32_t flags)
{
    uint64_t entry = mfn_to_maddr(frame).value | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY;

    if (!is_read_only(flags))
        entry |= PTE_WRITE;
    if (flags & GNTMAP_application_map)
        entry |= PTE_USER;
    return entry |
           ((uint64_t)(flags >> FLAGS_AVAILABLE_SHIFT) << PTE_AVAILABLE_SHIFT & PTE_AVAILABLE_LOW);
}

static ALWAYS_INLINE bool write_entry(const struct mapping *m)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): see grant_claim_frame() */
    return mmu_grant_map(m->caller, m->place, entry_for(m->frame, m->flags), m->table->owner) == 0;
}

/* A mapping that has a part for devices: all of it or nothing. */
static NOINLINE int install_for_device(const struct mapping *m)
{
    struct frame *frame = grant_frame_of(m->frame, m->table->owner);

    if (!frame)
        return GNTST_bad_page;
    if (!device_get(frame, m->table->owner, is_read_only(m->flags)))
        return refuse(GNTST_general_error, "frame %#lx of domain %u cannot be used for devices",
                      m->frame.number, m->table->owner->id);
    if (!(m->flags & GNTMAP_host_map) || write_entry(m))
        return GNTST_okay;
    grant_device_put(frame, is_read_only(m->flags));
    return GNTST_general_error;
}

/* Takes the references of all parts, and writes the entry. */
static ALWAYS_INLINE int install(const struct mapping *m)
{
    if (unlikely(m->flags & GNTMAP_device_map))
        return install_for_device(m);
    if (likely(write_entry(m)))
        return GNTST_okay;
    return grant_frame_of(m->frame, m->table->owner) ? GNTST_general_error : GNTST_bad_page;
}

static ALWAYS_INLINE void pin_parts(const struct mapping *m, struct grant_claim claim)
{
    if (likely(m->flags & GNTMAP_host_map))
        grant_pin(claim, grant_host_kind(is_read_only(m->flags)));
    if (unlikely(m->flags & GNTMAP_device_map))
        grant_pin(claim, grant_device_kind(is_read_only(m->flags)));
    /* The table is open, so its owner has not yet dropped its own reference. */
    if (m->table->handle_count++ == 0)
        MUST(domain_get(m->table->owner));
}

static ALWAYS_INLINE int map_granted(struct mapping *m, uint16_t user)
{
    struct grant_claim claim;
    int status;

    spin_lock(&m->table->lock);
    status = grant_claim(m->table, m->ref, user, !is_read_only(m->flags), &claim);
    if (likely(!status)) {
        m->frame = grant_claim_frame(claim);
        status = install(m);
        if (likely(!status))
            pin_parts(m, claim);
        else
            grant_claim_drop(claim);
    }
    spin_unlock(&m->table->lock);
    return status;
}

/* What can be known of the operation before anything is taken. */
static ALWAYS_INLINE int prepare(struct map_piece *piece, uint16_t granter, uint64_t host_addr,
                                 struct mapping *m)
{
    if (unlikely(!(m->flags & (GNTMAP_host_map | GNTMAP_device_map))))
        return refuse(GNTST_bad_gntref, "neither a host mapping nor one for devices");
    if (unlikely(!piece->table || piece->granter != granter)) {
        piece->granter = granter;
        piece->table = grant_table_of(granter);
        if (!piece->table)
            return GNTST_bad_domain;
    }
    m->table = piece->table;
    if (likely(m->flags & GNTMAP_host_map) &&
        entry_find(&piece->finder, host_addr, m->flags & GNTMAP_contains_pte, &m->place))
        return GNTST_general_error;
    return GNTST_okay;
}

static ALWAYS_INLINE int map_one(struct map_piece *piece, struct gnttab_map_grant_ref *op)
{
    struct grant_handles *handles = &piece->user->grants->handles;
    struct mapping m;
    struct grant_handle *handle;
    grant_handle_t number;
    int status;

    m.caller = piece->finder.caller;
    m.ref = op->ref;
    m.flags = op->flags;
    status = prepare(piece, op->dom, op->host_addr, &m);
    if (unlikely(status))
        return status;
    if (unlikely(grant_handle_take(handles, &number)))
        return GNTST_no_device_space;
    status = map_granted(&m, piece->user->id);
    if (unlikely(status)) {
        grant_handle_give_back(handles, number);
        return status;
    }
    handle = grant_handle_at(handles, number);
    handle->table = m.table;
    handle->ref = m.ref;
    atomic_store_explicit(&handle->state, m.flags & HANDLE_FLAGS, memory_order_release);
    op->handle = number;
    op->dev_bus_addr = mfn_to_maddr(m.frame).value;
    return GNTST_okay;
}

long gnttab_op_map_grant_ref(struct vcpu *caller, struct gnttab_map_grant_ref *ops, uint32_t count)
{
    struct map_piece piece = { .user = caller->domain, .finder = entry_finder(caller) };

    trace(TRACE_GRANT_MAP, ops[0].dom, ops[0].ref, count);
    for (uint32_t i = 0; i < count; i++)
        ops[i].status = (int16_t)map_one(&piece, &ops[i]);
    this_cpu()->counters.grant_map += count;
    caller->counters.grant_maps += count;
    return 0;
}
