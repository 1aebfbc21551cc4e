/* SPDX-License-Identifier: MIT */
/* mmu_update and update_va_mapping: what changes, what is held, what is refused. */
#include "hypercall-abi/xen.h"
#include "mm/m2p.h"
#include "mmu_guest.h"
#include "pvmmu/entry_rules.h"

static struct domain *d;
static struct vcpu *v;
static struct tree tree;

/* A running guest with a small tree as its kernel root; spare pages besides. */
static void start(void)
{
    mmu_machine_start(2);
    d = guest_create(1, 2);
    v = d->vcpus[0];
    guest_run(v, 0);
    tree_build(&tree, d, 2, 2, 2);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
}

TEST(update, moves_references_from_old_to_new)
{
    mfn_t fresh;

    start();
    fresh = guest_page(d);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 0, entry_of(fresh, LEAF_RW)), 0);
    ck_assert_uint_eq(entry_at(tree.l1[0][0], 0), entry_of(fresh, LEAF_RW));
    ck_assert_uint_eq(references(tree.page[0][0][0]), 1);
    ck_assert_uint_eq(type_references(tree.page[0][0][0]), 0);
    ck_assert_uint_eq(type_references(fresh), 1);

    ck_assert_int_eq(do_update(v, tree.l1[0][0], 0, entry_of(fresh, LEAF_RO)), 0);
    ck_assert_uint_eq(type_references(fresh), 0);
    ck_assert_uint_eq(references(fresh), 2);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 0, 0x1234000), 0);
    ck_assert_uint_eq(references(fresh), 1);
    ck_assert_uint_eq(entry_at(tree.l1[0][0], 0), 0x1234000);
}

TEST(update, of_harmless_bits_takes_nothing)
{
    uint64_t now;

    start();
    now = entry_at(tree.l1[0][0], 0);
    for (unsigned bit = 5; bit < 12; bit++) {
        if (bit == 7 || bit == 8)
            continue;
        ck_assert_int_eq(do_update(v, tree.l1[0][0], 0, now ^ (1UL << bit)), 0);
        ck_assert_uint_eq(entry_at(tree.l1[0][0], 0), now ^ (1UL << bit));
        ck_assert_uint_eq(references(tree.page[0][0][0]), 2);
    }
}

TEST(update, adds_write_permission_only_with_a_reference)
{
    start();
    /* A read-only mapping of a page table must not become writable, however similar it is. */
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 5, entry_of(tree.l2[1], LEAF_RO)), 0);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 5, entry_of(tree.l2[1], LEAF_RW)), -EBUSY);
    ck_assert_int_eq(do_update_cmd(v, tree.l1[0][0], 5, entry_of(tree.l2[1], LEAF_RW),
                                   MMU_PT_UPDATE_PRESERVE_AD),
                     -EBUSY);
    ck_assert_uint_eq(entry_at(tree.l1[0][0], 5), entry_of(tree.l2[1], LEAF_RO));
    ck_assert_int_eq(do_va(v, 5UL << PAGE_SHIFT, entry_of(tree.l2[1], LEAF_RW)), -EBUSY);
}

TEST(update, keeps_accessed_and_dirty_when_asked)
{
    uint64_t bare;

    start();
    bare = entry_of(tree.page[0][0][0], PTE_PRESENT | PTE_USER | PTE_WRITE);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 0, bare), 0);
    guest_words(tree.l1[0][0])[0] |= PTE_ACCESSED | PTE_DIRTY; /* the processor */
    ck_assert_int_eq(do_update_cmd(v, tree.l1[0][0], 0, bare, MMU_PT_UPDATE_PRESERVE_AD), 0);
    ck_assert_uint_eq(entry_at(tree.l1[0][0], 0), bare | PTE_ACCESSED | PTE_DIRTY);
    ck_assert_int_eq(do_update_cmd(v, tree.l1[0][0], 0, bare & ~PTE_WRITE,
                                   MMU_PT_UPDATE_PRESERVE_AD),
                     0);
    ck_assert_uint_eq(entry_at(tree.l1[0][0], 0), (bare & ~PTE_WRITE) | PTE_ACCESSED | PTE_DIRTY);
    /* An entry that goes absent keeps them, too: the guest wants to know of late writes. */
    ck_assert_int_eq(do_update_cmd(v, tree.l1[0][0], 0, PTE_GLOBAL, MMU_PT_UPDATE_PRESERVE_AD), 0);
    ck_assert_uint_eq(entry_at(tree.l1[0][0], 0), PTE_GLOBAL | PTE_ACCESSED | PTE_DIRTY);
    ck_assert_uint_eq(references(tree.page[0][0][0]), 1);
}

TEST(update, of_upper_tables_validates_and_lets_go)
{
    struct tree other;

    start();
    tree_build(&other, d, 1, 2, 1);
    ck_assert_int_eq(do_update(v, tree.l2[0], 9, entry_of(other.l1[0][0], TABLE)), 0);
    ck_assert_int_eq(type_now(other.l1[0][0]), FRAME_TYPE_L1);
    ck_assert_int_eq(do_update(v, tree.l2[0], 9, 0), 0);
    ck_assert_int_eq(do_update(v, tree.l3, 9, entry_of(other.l2[0], TABLE)), 0);
    ck_assert_int_eq(do_update(v, tree.l4, 511, entry_of(other.l3, TABLE)), 0);
    ck_assert_uint_eq(type_references(other.l2[0]), 2);
    ck_assert_int_eq(do_update(v, tree.l4, 511, 0), 0);
    ck_assert_int_eq(do_update(v, tree.l3, 9, entry_of(tree.l2[0], TABLE)), 0);
    ck_assert_uint_eq(type_references(tree.l2[0]), 2);
    tree_expect_untyped(&other);
}

TEST(update, of_an_upper_table_goes_on_after_preemption)
{
    start();
    for (unsigned at = 1; at < 12; at++) {
        struct tree other;

        tree_build(&other, d, 2, 2, 1);
        preempt_at = at;
        ck_assert_int_eq(do_update(v, tree.l4, 300, entry_of(other.l3, TABLE)), 0);
        preempt_at = at;
        ck_assert_int_eq(do_update(v, tree.l4, 300, 0), 0);
        preempt_at = 0;
        settle(d);
        tree_expect_untyped(&other);
    }
}

TEST(update, that_is_refused_changes_nothing)
{
    struct domain *other;
    mfn_t foreign;

    start();
    other = guest_create(2, 0);
    foreign = guest_page(other);
    const mfn_t tables[] = { tree.l1[0][0], tree.l2[0], tree.l3, tree.l4 };
    for (unsigned i = 0; i < ARRAY_COUNT(tables); i++) {
        uint64_t before = entry_at(tables[i], 0);
        const uint64_t refused[] = { entry_of(foreign, TABLE),
                                     entry_of(mfn(0x50), TABLE),
                                     entry_of(mfn(frame_count + 1), TABLE),
                                     entry_of(mfn(1UL << 30), TABLE),
                                     entry_of(tables[i], TABLE),
                                     entry_of(virt_to_mfn(v->mmu.kernel_root), TABLE) };

        for (unsigned j = 0; j < ARRAY_COUNT(refused); j++) {
            ck_assert_int_lt(do_update(v, tables[i], 0, refused[j]), 0);
            ck_assert_uint_eq(entry_at(tables[i], 0), before);
        }
    }
}

TEST(update, of_the_hypervisors_slots_is_refused)
{
    struct tree other;

    start();
    tree_build(&other, d, 1, 1, 1);
    for (unsigned slot = 256; slot < 272; slot++) {
        ck_assert_int_eq(do_update(v, tree.l4, slot, entry_of(other.l3, TABLE)), -EINVAL);
        ck_assert_int_eq(do_update(v, tree.l4, slot, 0), -EINVAL);
    }
    ck_assert_int_eq(do_update(v, tree.l4, 255, entry_of(other.l3, TABLE)), 0);
    ck_assert_int_eq(do_update(v, tree.l4, 272, entry_of(other.l3, TABLE)), 0);
}

TEST(update, of_a_data_page_is_a_plain_store)
{
    mfn_t data, read_only;

    start();
    data = guest_page(d);
    ck_assert_int_eq(do_update(v, data, 17, 0x123456789abcdef1UL), 0);
    ck_assert_uint_eq(entry_at(data, 17), 0x123456789abcdef1UL);
    ck_assert_uint_eq(references(data), 1);
    read_only = guest_page(d);
    const uint64_t list[] = { read_only.number };
    ck_assert_int_eq(descriptors_set_gdt(v, list, 16), 0);
    ck_assert_int_eq(do_update(v, read_only, 3, 0), -EBUSY);
    ck_assert_int_eq(do_update(v, virt_to_mfn(v->mmu.kernel_root), 0, 0), -EINVAL);
    ck_assert_int_eq(do_update(v, mfn(5), 0, 0), -EINVAL);
}

TEST(update, commands_that_do_not_exist)
{
    const struct mmu_update update = { .ptr = 0x200000 | 4, .val = 0 };

    start();
    ck_assert_int_eq(mmu_update_one(d, d, &update), -ENOSYS);
}

TEST(update, of_the_machine_to_physical_table)
{
    struct domain *other;
    mfn_t page;

    start();
    page = guest_page(d);
    other = guest_create(2, 0);
    ck_assert_int_eq(do_update_cmd(v, page, 0, 4711, MMU_MACHPHYS_UPDATE), 0);
    ck_assert_uint_eq(m2p_get(page), 4711);
    ck_assert_uint_eq(references(page), 1);
    ck_assert_int_eq(do_update_cmd(v, guest_page(other), 0, 1, MMU_MACHPHYS_UPDATE), -EINVAL);
    ck_assert_int_eq(do_update_cmd(v, mfn(frame_count), 0, 1, MMU_MACHPHYS_UPDATE), -EINVAL);
}

TEST(update, by_virtual_address)
{
    uint64_t va = (1UL << L3_SHIFT) + (1UL << L2_SHIFT) + PAGE_SIZE;
    mfn_t fresh;

    start();
    fresh = guest_page(d);
    ck_assert_int_eq(do_va(v, va, entry_of(fresh, LEAF_RW)), 0);
    ck_assert_uint_eq(entry_at(tree.l1[1][1], 1), entry_of(fresh, LEAF_RW));
    ck_assert_int_eq(do_va(v, va, 0), 0);
    ck_assert_uint_eq(references(fresh), 1);
    /* No table there, not canonical, in the hole. */
    ck_assert_int_eq(do_va(v, 5UL << L3_SHIFT, 0), -EINVAL);
    ck_assert_int_eq(do_va(v, 1UL << L4_SHIFT, 0), -EINVAL);
    ck_assert_int_eq(do_va(v, 0x800000000000UL, 0), -EINVAL);
    ck_assert_int_eq(do_va(v, HOLE_START, 0), -EINVAL);
    ck_assert_int_eq(mmu_update_va_mapping(v, va, 0, 3, d), -EINVAL);
}

TEST(update, walk_says_where_an_entry_is)
{
    maddr_t place;
    uint64_t entry;

    start();
    ck_assert_int_eq(mmu_walk(v, PAGE_SIZE + 123, &place, &entry), 0);
    ck_assert_uint_eq(place.value, mfn_to_maddr(tree.l1[0][0]).value + 8);
    ck_assert_uint_eq(entry, entry_of(tree.page[0][0][1], LEAF_RW));
    ck_assert_int_eq(mmu_walk(v, 7UL << L2_SHIFT, &place, &entry), -EINVAL);
}

/* ---- linear tables ---- */

TEST(linear, an_l4_may_map_itself_read_only)
{
    uint64_t self_ro, self_rw;
    maddr_t place;
    uint64_t entry;

    start();
    self_ro = entry_of(tree.l4, PTE_PRESENT | PTE_USER | PTE_ACCESSED);
    self_rw = self_ro | PTE_WRITE;
    ck_assert_int_eq(do_update(v, tree.l4, 509, self_rw), -EINVAL);
    ck_assert_int_eq(do_update(v, tree.l4, 509, self_ro), 0);
    ck_assert_uint_eq(v->mmu.kernel_root[509], self_ro);
    ck_assert_uint_eq(type_references(tree.l4), 1);
    /* The similar entry that is writable (the way of XSA-182), by each command. */
    ck_assert_int_eq(do_update(v, tree.l4, 509, self_rw), -EINVAL);
    ck_assert_int_eq(do_update_cmd(v, tree.l4, 509, self_rw, MMU_PT_UPDATE_PRESERVE_AD), -EINVAL);
    ck_assert_uint_eq(entry_at(tree.l4, 509), self_ro);
    ck_assert_int_eq(do_update(v, tree.l4, 509, self_ro | PTE_DIRTY), 0);
    /* It is no way to change entries. */
    ck_assert_int_eq(mmu_walk(v, 509UL << L4_SHIFT | 0xffff000000000000UL, &place, &entry),
                     -EINVAL);
    ck_assert_int_eq(do_update(v, tree.l4, 509, 0), 0);
    ck_assert_int_eq(do_update(v, tree.l4, 509, self_ro), 0);

    mmu_vcpu_reset(v);
    settle(d);
    tree_expect_untyped(&tree);
}

TEST(linear, by_validation)
{
    struct tree other;

    start();
    tree_build(&other, d, 1, 1, 1);
    guest_words(other.l4)[1] = entry_of(other.l4, TABLE);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, other.l4), -EINVAL);
    tree_expect_untyped(&other);
    guest_words(other.l4)[1] = entry_of(other.l4, PTE_PRESENT);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, other.l4), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, other.l4), 0);
    tree_expect_untyped(&other);
}

TEST(linear, to_other_tables_or_at_other_levels_is_refused)
{
    struct tree other;

    start();
    tree_build(&other, d, 1, 1, 1);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, other.l4), 0);
    ck_assert_int_eq(do_update(v, tree.l4, 9, entry_of(other.l4, PTE_PRESENT)), -EINVAL);
    ck_assert_int_eq(do_update(v, tree.l3, 9, entry_of(tree.l3, PTE_PRESENT)), -EINVAL);
    ck_assert_int_eq(do_update(v, tree.l2[0], 9, entry_of(tree.l2[0], PTE_PRESENT)), -EINVAL);
    ck_assert_int_eq(do_update(v, tree.l3, 9, entry_of(tree.l4, PTE_PRESENT)), -EINVAL);
    ck_assert_int_eq(do_update(v, tree.l2[0], 9, entry_of(tree.l3, PTE_PRESENT)), -EINVAL);
}

TEST(linear, the_summary_is_no_entry_that_a_cpu_would_follow)
{
    start();
    for (unsigned slot = 256; slot < 272; slot++) {
        uint64_t word = entry_at(tree.l4, slot);

        ck_assert(!(word & PTE_PRESENT));
        ck_assert_uint_ge((word & PTE_ADDRESS_MASK) >> PAGE_SHIFT, MAX_MFN);
    }
}

/* ---- writable page tables ---- */

/* Maps the L1 table read-only at page 100 of the first L1, and the address of its slot there. */
static uint64_t map_table(mfn_t table, unsigned slot)
{
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 100, entry_of(table, LEAF_RO)), 0);
    return (100UL << PAGE_SHIFT) + slot * 8;
}

TEST(writable_tables, a_write_is_checked_and_done)
{
    uint64_t va, now;
    mfn_t fresh;

    start();
    fresh = guest_page(d);
    va = map_table(tree.l1[1][0], 0);
    now = entry_at(tree.l1[1][0], 0);
    ck_assert_int_eq(mmu_emulate_pte_write(v, va, now, entry_of(fresh, LEAF_RW)), 0);
    ck_assert_uint_eq(entry_at(tree.l1[1][0], 0), entry_of(fresh, LEAF_RW));
    ck_assert_uint_eq(references(tree.page[1][0][0]), 1);
    EXPECT_CONSISTENT();
    /* Not what the emulator saw any more. */
    ck_assert_int_eq(mmu_emulate_pte_write(v, va, now, 0), -EAGAIN);
    ck_assert_int_eq(mmu_emulate_pte_write(v, va, entry_of(fresh, LEAF_RW), 0), 0);
    ck_assert_int_eq(mmu_emulate_pte_write(v, va, 0, entry_of(tree.l4, LEAF_RW)), -EINVAL);
    ck_assert_int_eq(mmu_emulate_pte_write(v, va, 1, entry_of(fresh, LEAF_RW)), -EAGAIN);
    ck_assert_uint_eq(references(fresh), 1);
    EXPECT_CONSISTENT();
}

TEST(writable_tables, the_short_way_gives_what_was_there)
{
    uint64_t va, now, old = 0;
    mfn_t fresh;

    start();
    fresh = guest_page(d);
    va = map_table(tree.l1[1][0], 0);
    now = entry_at(tree.l1[1][0], 0);
    ck_assert(mmu_write_pte_quick(v, va, 0, &old));
    ck_assert_uint_eq(old, now);
    ck_assert_uint_eq(entry_at(tree.l1[1][0], 0), 0);
    ck_assert(mmu_write_pte_quick(v, va, entry_of(fresh, LEAF_RO), &old));
    ck_assert_uint_eq(old, 0);
    EXPECT_CONSISTENT();
    /* A page table is mapped writable by nobody; what cannot be done leaves everything alone. */
    ck_assert(!mmu_write_pte_quick(v, va, entry_of(tree.l4, LEAF_RW), &old));
    ck_assert_uint_eq(entry_at(tree.l1[1][0], 0), entry_of(fresh, LEAF_RO));
    ck_assert(!mmu_write_pte_quick(v, map_table(tree.l2[1], 5), 0, &old));
    ck_assert(!mmu_write_pte_quick(v, map_table(guest_page(d), 5), 0, &old));
    ck_assert(!mmu_write_pte_quick(v, PAGE_SIZE, 0, &old));
    ck_assert(!mmu_write_pte_quick(v, 9UL << L4_SHIFT, 0, &old));
    ck_assert(!mmu_write_pte_quick(v, HOLE_START, 0, &old));
    EXPECT_CONSISTENT();
}

TEST(writable_tables, only_read_only_mappings_of_l1_tables)
{
    start();
    /* Of an L2, of data, writable, absent, not mapped at all. */
    ck_assert_int_eq(mmu_emulate_pte_write(v, map_table(tree.l2[1], 5), 0, 0), -EINVAL);
    ck_assert_int_eq(mmu_emulate_pte_write(v, map_table(guest_page(d), 5), 0, 0), -EINVAL);
    ck_assert_int_eq(mmu_emulate_pte_write(v, PAGE_SIZE, 0, 0), -EINVAL);
    ck_assert_int_eq(mmu_emulate_pte_write(v, 200UL << PAGE_SHIFT, 0, 0), -EINVAL);
    ck_assert_int_eq(mmu_emulate_pte_write(v, 9UL << L4_SHIFT, 0, 0), -EINVAL);
    ck_assert_int_eq(mmu_emulate_pte_write(v, HOLE_START, 0, 0), -EINVAL);
    EXPECT_CONSISTENT();
}
