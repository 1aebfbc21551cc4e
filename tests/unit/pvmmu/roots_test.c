/* SPDX-License-Identifier: MIT */
/* The vCPUs' roots: what they are filled with, how writes reach them, what CR3 gets. */
#include "arch/x86.h"
#include "hypercall-abi/xen.h"
#include "mm/heap.h"
#include "mm/hypervisor_map.h"
#include "mmu_guest.h"
#include "pvmmu/roots.h"

static struct domain *d;
static struct vcpu *v, *second;
static struct tree tree, other;

static void start(void)
{
    mmu_machine_start(4);
    d = guest_create(1, 2);
    v = d->vcpus[0];
    second = d->vcpus[1];
    guest_run(v, 0);
    tree_build(&tree, d, 2, 2, 1);
    tree_build(&other, d, 1, 1, 1);
}

/* What pvmmu_check() compares in full; here the guest's view of one slot. */
static uint64_t kernel_slot(const struct vcpu *of, unsigned slot)
{
    return of->mmu.kernel_root[slot];
}

TEST(roots, begin_with_the_hypervisors_slots_only)
{
    start();
    for (unsigned slot = 0; slot < PTES_PER_TABLE; slot++) {
        uint64_t expected = slot == VCPU_WINDOW_SLOT ? v->mmu.kernel_root[VCPU_WINDOW_SLOT]
                                                     : hypervisor_root_entries()[slot];

        ck_assert_uint_eq(v->mmu.kernel_root[slot], expected);
        ck_assert_uint_eq(v->mmu.user_root[slot], expected);
    }
    ck_assert(v->mmu.kernel_root[VCPU_WINDOW_SLOT] != second->mmu.kernel_root[VCPU_WINDOW_SLOT]);
    ck_assert_uint_eq(v->kernel_cr3, virt_to_maddr(v->mmu.kernel_root).value);
    ck_assert_uint_eq(v->user_cr3, 0);
}

TEST(roots, new_baseptr_fills_loads_and_holds)
{
    uint64_t writes;

    start();
    writes = fake_x86.cr3_writes;
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    ck_assert_uint_eq(kernel_slot(v, 0), entry_of(tree.l3, TABLE));
    ck_assert_uint_eq(fake_x86.cr3, v->kernel_cr3);
    ck_assert_uint_eq(fake_x86.cr3_writes, writes + 1);
    ck_assert_uint_eq(type_references(tree.l4), 1);
    /* The same again is a flush only. */
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    ck_assert_uint_eq(fake_x86.cr3_writes, writes + 2);
    ck_assert_uint_eq(type_references(tree.l4), 1);
    /* Another one: the old one goes. */
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, other.l4), 0);
    ck_assert_uint_eq(kernel_slot(v, 0), entry_of(other.l3, TABLE));
    tree_expect_untyped(&tree);
}

TEST(roots, take_no_l4_that_is_none)
{
    start();
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l3), -EINVAL);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, mfn(0)), -EINVAL);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, MFN_INVALID), -EINVAL);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_USER_BASEPTR, tree.page[0][0][0]), -EINVAL);
    ck_assert_uint_eq(v->mmu.kernel_l4.number, tree.l4.number);
    ck_assert_uint_eq(v->user_cr3, 0);
}

TEST(roots, a_user_root_comes_and_goes)
{
    uint64_t writes;

    start();
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    writes = fake_x86.cr3_writes;
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_USER_BASEPTR, other.l4), 0);
    ck_assert_uint_eq(v->user_cr3, virt_to_maddr(v->mmu.user_root).value);
    ck_assert_uint_eq(v->mmu.user_root[0], entry_of(other.l3, TABLE));
    ck_assert_uint_eq(fake_x86.cr3_writes, writes);
    /* One L4 may be both. */
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_USER_BASEPTR, tree.l4), 0);
    ck_assert_uint_eq(type_references(tree.l4), 2);
    tree_expect_untyped(&other);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_USER_BASEPTR, mfn(0)), 0);
    ck_assert_uint_eq(v->user_cr3, 0);
    ck_assert_uint_eq(v->mmu.user_root[0], 0);
    ck_assert_uint_eq(type_references(tree.l4), 1);
}

TEST(roots, loading_copies_only_what_is_present_and_clears_what_was)
{
    static const unsigned slots[] = { 1, 31, 32, 63, 200, 255, 272, 273, 400, 511 };

    start();
    for (unsigned i = 0; i < ARRAY_COUNT(slots); i++)
        guest_words(tree.l4)[slots[i]] = entry_of(tree.l3, TABLE);
    /* Absent entries with contents, and what the guest has in the hypervisor's slots. */
    guest_words(tree.l4)[100] = 0xabcde000;
    for (unsigned slot = 256; slot < 272; slot++)
        guest_words(tree.l4)[slot] = entry_of(mfn(3), TABLE);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    for (unsigned i = 0; i < ARRAY_COUNT(slots); i++)
        ck_assert_uint_eq(kernel_slot(v, slots[i]), entry_of(tree.l3, TABLE));
    ck_assert_uint_eq(kernel_slot(v, 100), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, other.l4), 0);
    for (unsigned i = 0; i < ARRAY_COUNT(slots); i++)
        ck_assert_uint_eq(kernel_slot(v, slots[i]), 0);
}

TEST(roots, writes_to_an_l4_reach_every_root_made_from_it)
{
    struct tree shared;

    start();
    tree_build(&shared, d, 1, 1, 1);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_USER_BASEPTR, tree.l4), 0);
    ck_assert_int_eq(do_mmuext(second, MMUEXT_NEW_BASEPTR, other.l4), 0);
    ck_assert_int_eq(do_mmuext(second, MMUEXT_NEW_USER_BASEPTR, tree.l4), 0);

    ck_assert_int_eq(do_update(v, tree.l4, 273, entry_of(shared.l3, TABLE)), 0);
    ck_assert_uint_eq(v->mmu.kernel_root[273], entry_of(shared.l3, TABLE));
    ck_assert_uint_eq(v->mmu.user_root[273], entry_of(shared.l3, TABLE));
    ck_assert_uint_eq(second->mmu.user_root[273], entry_of(shared.l3, TABLE));
    ck_assert_uint_eq(second->mmu.kernel_root[273], 0);

    ck_assert_int_eq(do_update(v, tree.l4, 273, 0), 0);
    ck_assert_uint_eq(v->mmu.kernel_root[273], 0);
    ck_assert_uint_eq(second->mmu.user_root[273], 0);
    tree_expect_untyped(&shared);
    /* Absent with contents is absent in the root. */
    ck_assert_int_eq(do_update(v, tree.l4, 273, 0x12340), 0);
    ck_assert_uint_eq(v->mmu.kernel_root[273], 0);
}

static struct tree trees[MMU_ROOTS_KEPT];

/* Several processes, whose L4s stay typed by pins as Linux's do. */
static void start_processes(void)
{
    start();
    for (unsigned i = 0; i < MMU_ROOTS_KEPT; i++) {
        tree_build(&trees[i], d, 1, 1, 1);
        ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, trees[i].l4), 0);
        ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, trees[i].l4), 0);
        ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_USER_BASEPTR, trees[i].l4), 0);
        ck_assert_uint_eq(kernel_slot(v, 0), entry_of(trees[i].l3, TABLE));
    }
    EXPECT_CONSISTENT();
}

TEST(roots, of_processes_that_take_turns_are_kept)
{
    uint64_t *page[MMU_ROOTS_KEPT];

    start_processes();
    for (unsigned i = 0; i < MMU_ROOTS_KEPT; i++) {
        ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, trees[i].l4), 0);
        page[i] = v->mmu.kernel_root;
        for (unsigned k = 0; k < i; k++)
            ck_assert_ptr_ne(page[i], page[k]);
    }
    for (unsigned i = 0; i < MMU_ROOTS_KEPT; i++) {
        ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, trees[i].l4), 0);
        ck_assert_ptr_eq(v->mmu.kernel_root, page[i]);
        ck_assert_uint_eq(fake_x86.cr3, virt_to_maddr(page[i]).value);
    }
    /* One more takes the place of one of them, not of the last one. */
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    ck_assert_ptr_ne(v->mmu.kernel_root, page[MMU_ROOTS_KEPT - 1]);
    ck_assert_uint_eq(kernel_slot(v, 0), entry_of(tree.l3, TABLE));
    EXPECT_CONSISTENT();
}

TEST(roots, that_are_kept_follow_their_l4)
{
    struct tree shared;

    start_processes();
    tree_build(&shared, d, 1, 1, 1);
    ck_assert_int_eq(do_update(v, trees[0].l4, 273, entry_of(shared.l3, TABLE)), 0);
    ck_assert_int_eq(do_update(v, trees[1].l4, 0, 0), 0);
    EXPECT_CONSISTENT();
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, trees[0].l4), 0);
    ck_assert_uint_eq(kernel_slot(v, 273), entry_of(shared.l3, TABLE));
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_USER_BASEPTR, trees[1].l4), 0);
    ck_assert_uint_eq(v->mmu.user_root[0], 0);
    EXPECT_CONSISTENT();
}

TEST(roots, that_are_kept_are_emptied_before_their_l4_is_taken_apart)
{
    mfn_t l4;
    uint64_t *root;

    start_processes();
    l4 = trees[0].l4;
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, l4), 0);
    root = v->mmu.kernel_root;
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, trees[1].l4), 0);
    ck_assert_uint_eq(root[0], entry_of(trees[0].l3, TABLE));
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, l4), 0);
    settle(d);
    tree_expect_untyped(&trees[0]);
    ck_assert_uint_eq(root[0], 0);
    EXPECT_CONSISTENT();
    /* As an L4 with other contents, it is filled anew. */
    guest_words(l4)[0] = entry_of(other.l3, TABLE);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, l4), 0);
    ck_assert_uint_eq(kernel_slot(v, 0), entry_of(other.l3, TABLE));
    EXPECT_CONSISTENT();
}

TEST(roots, of_a_vcpu_that_does_not_run_stay_in_their_page)
{
    const uint64_t *page = NULL;

    start_processes();
    page = second->mmu.kernel_root;
    ck_assert_int_eq(mmu_set_kernel_l4(second, trees[0].l4), 0);
    ck_assert_int_eq(mmu_set_kernel_l4(second, trees[1].l4), 0);
    ck_assert_ptr_eq(second->mmu.kernel_root, page);
    ck_assert_uint_eq(kernel_slot(second, 0), entry_of(trees[1].l3, TABLE));
    EXPECT_CONSISTENT();
}

TEST(roots, reset_gives_everything_back)
{
    mfn_t gdt;

    start();
    gdt = guest_page(d);
    const uint64_t frames[] = { gdt.number };
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_USER_BASEPTR, other.l4), 0);
    ck_assert_int_eq(descriptors_set_gdt(v, frames, 16), 0);
    mmu_unload_root();
    this_cpu()->current = NULL;
    mmu_vcpu_reset(v);
    settle(d);
    tree_expect_untyped(&tree);
    tree_expect_untyped(&other);
    ck_assert_uint_eq(references(gdt), 1);
    ck_assert_uint_eq(v->user_cr3, 0);
    mmu_vcpu_destroy(v);
    ck_assert_uint_eq(v->kernel_cr3, 0);
    EXPECT_CONSISTENT();
}

TEST(roots, loading_keeps_the_domains_cpus)
{
    struct domain *another;

    start();
    another = guest_create(2, 1);
    ck_assert_uint_eq(d->dirty_cpus, 1);
    guest_run(second, 2);
    ck_assert_uint_eq(d->dirty_cpus, 5);
    ck_assert_uint_eq(roots_cpus_of(second), 4);
    guest_run(another->vcpus[0], 2);
    ck_assert_uint_eq(d->dirty_cpus, 1);
    ck_assert_uint_eq(another->dirty_cpus, 4);
    ck_assert_uint_eq(roots_cpus_of(second), 0);
    mmu_unload_root();
    ck_assert_uint_eq(another->dirty_cpus, 0);
    ck_assert_uint_eq(fake_x86.cr3, hypervisor_root.value);
}

TEST(roots, mode_changes_write_cr3)
{
    start();
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_USER_BASEPTR, other.l4), 0);
    mmu_enter_user(v);
    ck_assert_uint_eq(fake_x86.cr3, v->user_cr3);
    mmu_enter_kernel(v);
    ck_assert_uint_eq(fake_x86.cr3, v->kernel_cr3);
    v->in_kernel = 0;
    mmu_load_root(v);
    ck_assert_uint_eq(fake_x86.cr3, v->user_cr3);
}

static int create_a_vcpu(void *context)
{
    uint64_t before = heap_objects_in_use();
    struct vcpu *fresh = context;
    int error = mmu_vcpu_create(fresh);

    if (!error)
        mmu_vcpu_destroy(fresh);
    ck_assert_uint_eq(heap_objects_in_use(), before);
    return error;
}

TEST(roots, creation_fails_cleanly_without_memory)
{
    struct vcpu *fresh;

    start();
    ck_assert_int_eq(vcpu_create(d, 2, &fresh), 0);
    ck_assert_uint_eq(sweep_allocation_failures(create_a_vcpu, fresh), 11);
}
