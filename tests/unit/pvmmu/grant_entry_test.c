/* SPDX-License-Identifier: MIT */
/* L1 entries as the grant table writes them. */
#include "arch/tlb.h"
#include "hypercall-abi/xen.h"
#include "lib/spinlock.h"
#include "mmu_guest.h"

static struct domain *granter, *mapper;
static struct vcpu *v;
static struct tree tree;
static mfn_t granted;
static maddr_t place;

static void start(void)
{
    mmu_machine_start(2);
    granter = guest_create(1, 1);
    mapper = guest_create(2, 1);
    v = mapper->vcpus[0];
    guest_run(v, 0);
    tree_build(&tree, mapper, 1, 1, 1);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    granted = guest_page(granter);
    ck_assert_int_eq(mmu_grant_entry(v, 7 * PAGE_SIZE, false, &place), 0);
}

TEST(grant_entry, is_found_by_either_address)
{
    maddr_t again;

    start();
    ck_assert_uint_eq(place.value, mfn_to_maddr(tree.l1[0][0]).value + 7 * 8);
    ck_assert_int_eq(mmu_grant_entry(v, place.value, true, &again), 0);
    ck_assert_uint_eq(again.value, place.value);
    ck_assert_int_eq(mmu_grant_entry(v, place.value + 4, true, &again), -EINVAL);
    ck_assert_int_eq(mmu_grant_entry(v, 1UL << L4_SHIFT, false, &again), -EINVAL);
}

TEST(grant_entry, holds_the_references_of_the_granted_frame)
{
    struct spinlock lock = SPINLOCK_INIT(LOCK_GRANT_TABLE);
    uint64_t clock;

    start();
    spin_lock(&lock);
    ck_assert_int_eq(mmu_grant_map(v, place, entry_of(granted, LEAF_RW | 1UL << 9), granter), 0);
    spin_unlock(&lock);
    EXPECT_CONSISTENT();
    ck_assert_uint_eq(entry_at(tree.l1[0][0], 7), entry_of(granted, LEAF_RW | 1UL << 9));
    ck_assert_uint_eq(references(granted), 2);
    ck_assert_int_eq(type_now(granted), FRAME_TYPE_WRITABLE);

    /* Only as it is. */
    ck_assert_int_eq(mmu_grant_unmap(v, place, granted, false, 0), -EINVAL);
    ck_assert_int_eq(mmu_grant_unmap(v, place, mfn(granted.number + 1), true, 0), -EINVAL);
    clock = tlb_stamp_now();
    ck_assert_int_eq(mmu_grant_unmap(v, place, granted, true, 0), 0);
    EXPECT_CONSISTENT();
    ck_assert_uint_eq(references(granted), 1);
    ck_assert_uint_eq(entry_at(tree.l1[0][0], 7), 0);
    fake_requests.flush_calls = 0;
    mmu_flush_domain(mapper, (uint32_t)clock);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
    mmu_flush_domain(mapper, (uint32_t)clock);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
    ck_assert_int_eq(mmu_grant_unmap(v, place, granted, true, 0), -EINVAL);
}

TEST(grant_entry, that_the_guest_overwrote_is_not_found)
{
    start();
    ck_assert_int_eq(mmu_grant_map(v, place, entry_of(granted, LEAF_RO), granter), 0);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 7, 0), 0);
    ck_assert_uint_eq(references(granted), 1);
    ck_assert_int_eq(mmu_grant_unmap(v, place, granted, false, 0), -EINVAL);
}

TEST(grant_entry, is_refused_for_what_is_no_l1_or_not_the_granters)
{
    uint64_t taken;

    start();
    const mfn_t tables[] = { tree.l2[0], tree.l3, tree.l4, tree.page[0][0][0], granted, mfn(3) };
    for (unsigned i = 0; i < ARRAY_COUNT(tables); i++) {
        maddr_t bad = mfn_to_maddr(tables[i]);

        ck_assert_int_eq(mmu_grant_map(v, bad, entry_of(granted, LEAF_RW), granter), -EINVAL);
        ck_assert_int_eq(mmu_grant_unmap(v, bad, granted, true, 0), -EINVAL);
        ck_assert_int_eq(mmu_grant_take(v, bad, &taken), -EINVAL);
    }
    ck_assert_int_eq(mmu_grant_map(v, place, entry_of(guest_page(mapper), LEAF_RW), granter),
                     -EINVAL);
    ck_assert_int_eq(mmu_grant_map(v, place, entry_of(granted, LEAF_RW | PTE_PCD), granter),
                     -EINVAL);
    EXPECT_CONSISTENT();
}

TEST(grant_entry, moves_with_its_references)
{
    maddr_t other_place;
    uint64_t taken;

    start();
    ck_assert_int_eq(mmu_grant_entry(v, 8 * PAGE_SIZE, false, &other_place), 0);
    ck_assert_int_eq(mmu_grant_map(v, place, entry_of(granted, LEAF_RW), granter), 0);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 8, entry_of(tree.page[0][0][0], LEAF_RW)), 0);
    ck_assert_int_eq(mmu_grant_take(v, other_place, &taken), 0);
    ck_assert_uint_eq(taken, entry_of(tree.page[0][0][0], LEAF_RW));
    ck_assert_int_eq(mmu_grant_unmap(v, place, granted, true, taken), 0);
    EXPECT_CONSISTENT();
    ck_assert_uint_eq(entry_at(tree.l1[0][0], 7), taken);
    ck_assert_uint_eq(entry_at(tree.l1[0][0], 8), 0);
    ck_assert_uint_eq(references(granted), 1);
    ck_assert_uint_eq(references(tree.page[0][0][0]), 3);

    ck_assert_int_eq(mmu_grant_take(v, place, &taken), 0);
    mmu_entry_drop(taken);
    EXPECT_CONSISTENT();
}
