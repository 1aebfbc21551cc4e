/* SPDX-License-Identifier: MIT */
/* The mmu_update hypercall, one element at a time, and the domains it names. */
#include "domain/domain.h"
#include "lib/barrier.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/m2p.h"
#include "pvmmu/entry_quick.h"
#include "pvmmu/entry_write.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/pvmmu.h"

#define COMMAND_MASK     3UL
#define POINTER_RESERVED 4UL /* the bit between command and address */

/* ---- which domains ---- */

static int resolve_table_owner(struct vcpu *caller, uint32_t id_plus_one, struct domain **out)
{
    struct domain *d;

    if (id_plus_one == 0) {
        MUST(domain_get(caller->domain));
        *out = caller->domain;
        return 0;
    }
    d = domain_get_target(caller, (uint16_t)(id_plus_one - 1));
    if (!d)
        return refuse(-ESRCH, "no domain %u whose page tables to write", id_plus_one - 1);
    if (atomic_load_explicit(&d->life, memory_order_acquire) != DOMAIN_ALIVE) {
        domain_put(d);
        return -ESRCH;
    }
    *out = d;
    return 0;
}

static int resolve_frame_owner(struct vcpu *caller, uint16_t id, struct domain **out)
{
    if (id == DOMID_IO) {
        /* Each page is checked against the caller's rights. */
        *out = &mmu_io_domain;
        return 0;
    }
    if (id == DOMID_XEN) {
        *out = &mmu_xen_domain;
        return caller->domain->is_control ? 0 : -EPERM;
    }
    *out = domain_get_target(caller, id);
    return *out ? 0 : refuse(-ESRCH, "no domain %u whose frames to map", id);
}

int mmu_resolve_others(struct vcpu *caller, uint32_t domids, struct mmu_domains *out)
{
    int error = resolve_table_owner(caller, domids >> 16, &out->table_owner);

    if (error)
        return error;
    out->are_held = true;
    error = resolve_frame_owner(caller, (uint16_t)domids, &out->frame_owner);
    if (error)
        domain_put(out->table_owner);
    return error;
}

void mmu_release_others(const struct mmu_domains *domains)
{
    domain_put(domains->table_owner);
    if (domains->frame_owner != &mmu_io_domain && domains->frame_owner != &mmu_xen_domain)
        domain_put(domains->frame_owner);
}

/* ---- commands ---- */

static int set_machine_to_physical(struct domain *frame_owner, uint64_t address, uint64_t pfn)
{
    struct frame *frame = frame_lookup(maddr_to_mfn(maddr(address)));

    if (!frame || !frame_get(frame, frame_owner))
        return refuse(-EINVAL, "frame %#lx is not of domain %u", address >> PAGE_SHIFT,
                      frame_owner->id);
    m2p_set(frame_to_mfn(frame), pfn);
    frame_put(frame);
    return 0;
}

/* The frame is no page table: a plain store, if it could be mapped writable. */
static int write_data(struct domain *owner, maddr_t address, uint64_t value)
{
    struct frame *frame = frame_lookup(maddr_to_mfn(address));
    uint64_t *word = maddr_to_virt(address);
    int error;

    if (!frame || !frame_get(frame, owner))
        return refuse(-EINVAL, "address %#lx is not of domain %u", address.value, owner->id);
    error = frame_type_get(frame, FRAME_TYPE_WRITABLE, TYPE_GET_RESTARTABLE);
    if (error)
        return error;
    WRITE_ONCE(*word, value);
    frame_type_put(frame);
    return 0;
}

static NOINLINE int write_entry(struct domain *table_owner, struct domain *frame_owner,
                                const struct mmu_update *update, enum entry_write_mode mode)
{
    const struct entry_write write = {
        .table_owner = table_owner,
        .frame_owner = frame_owner,
        .place = maddr(update->ptr & ~COMMAND_MASK),
        .value = update->val,
        .mode = mode,
        .any_level = true,
        .may_restart = true,
    };
    int error = entry_write(&write);

    return unlikely(error == -ENOENT) ? write_data(table_owner, write.place, update->val) : error;
}

static NOINLINE int update_slowly(struct domain *table_owner, struct domain *frame_owner,
                                  const struct mmu_update *update)
{
    if (update->ptr & POINTER_RESERVED)
        return refuse(-ENOSYS, "mmu_update command %lu", update->ptr & 7);
    switch (update->ptr & COMMAND_MASK) {
    case MMU_NORMAL_PT_UPDATE:
    case MMU_PT_UPDATE_NO_TRANSLATE:
        return write_entry(table_owner, frame_owner, update, ENTRY_WRITE_PLAIN);
    case MMU_PT_UPDATE_PRESERVE_AD:
        return write_entry(table_owner, frame_owner, update, ENTRY_WRITE_KEEP_AD);
    case MMU_MACHPHYS_UPDATE:
    default:
        return set_machine_to_physical(frame_owner, update->ptr & ~COMMAND_MASK, update->val);
    }
}

int mmu_update_one(struct domain *table_owner, struct domain *frame_owner,
                   const struct mmu_update *update)
{
    if (likely(table_owner == frame_owner && entry_write_quick(table_owner, update, 1) == 1))
        return 0;
    return update_slowly(table_owner, frame_owner, update);
}

int mmu_update_some(const struct mmu_domains *domains, const struct mmu_update *updates,
                    uint32_t count, uint32_t *done)
{
    int error;

    *done = 0;
    if (likely(domains->table_owner == domains->frame_owner))
        *done = entry_write_quick(domains->table_owner, updates, count);
    if (likely(*done == count))
        return 0;
    error = update_slowly(domains->table_owner, domains->frame_owner, &updates[*done]);
    if (!error)
        ++*done;
    return error;
}
