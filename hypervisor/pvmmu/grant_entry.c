/* SPDX-License-Identifier: MIT */
/*
 * L1 entries for grants. The entry holds its references like any other, so a guest that
 * overwrites it by other means, or dies, needs no help from the grant table.
 */
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "pvmmu/entry_ref.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/entry_write.h"
#include "pvmmu/pvmmu.h"
#include "pvmmu/walk.h"

int mmu_grant_entry(struct vcpu *v, uint64_t host_addr, bool contains_pte, maddr_t *entry_address)
{
    if (!contains_pte)
        return walk_to_l1(v->domain, v->mmu.kernel_l4, host_addr, entry_address);
    if (!is_aligned(host_addr, sizeof(uint64_t)))
        return refuse(-EINVAL, "entry address %#lx is not aligned", host_addr);
    *entry_address = maddr(host_addr);
    return 0;
}

int mmu_grant_map(struct vcpu *v, maddr_t entry_address, uint64_t value, struct domain *frame_owner)
{
    const struct entry_write write = {
        .table_owner = v->domain,
        .frame_owner = frame_owner,
        .place = entry_address,
        .value = value,
    };
    int error = entry_write(&write);

    return error == -ENOENT ? -EINVAL : error;
}

int mmu_grant_unmap(struct vcpu *v, maddr_t entry_address, mfn_t frame, bool writable,
                    uint64_t replacement)
{
    const struct entry_write write = {
        .table_owner = v->domain,
        .place = entry_address,
        .value = replacement,
        .expected = mfn_to_maddr(frame).value | PTE_PRESENT | (writable ? PTE_WRITE : 0),
    };
    uint64_t old;

    if (entry_take(&write, PTE_ADDRESS_MASK | PTE_PRESENT | PTE_WRITE, &old))
        return -EINVAL;
    l1_entry_put(old);
    return 0;
}

int mmu_grant_take(struct vcpu *v, maddr_t entry_address, uint64_t *taken)
{
    const struct entry_write write = { .table_owner = v->domain, .place = entry_address };

    return entry_take(&write, 0, taken) ? -EINVAL : 0;
}

void mmu_entry_drop(uint64_t taken)
{
    l1_entry_put(taken);
}
