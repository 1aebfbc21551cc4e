/* SPDX-License-Identifier: MIT */
/* Frames of other domains, device memory, and the domains that mmu_update names. */
#include "arch/ipi.h"
#include "hypercall-abi/xen.h"
#include "mm/heap.h"
#include "mmu_guest.h"

static struct domain *control, *guest;
static struct vcpu *cv, *gv;
static mfn_t control_l1, guest_l1;

#define DEVICE mfn(0xfebf0)

static void start(void)
{
    mmu_machine_start(4);
    control = guest_create(0, 1);
    guest = guest_create(1, 1);
    cv = control->vcpus[0];
    gv = guest->vcpus[0];
    guest_run(gv, 1);
    guest_run(cv, 0);
    control_l1 = guest_page(control);
    guest_l1 = guest_page(guest);
    ck_assert_int_eq(do_mmuext(cv, MMUEXT_PIN_L1_TABLE, control_l1), 0);
    ck_assert_int_eq(do_mmuext(gv, MMUEXT_PIN_L1_TABLE, guest_l1), 0);
}

static int map_for(struct domain *owner, struct domain *frame_owner, mfn_t l1, uint64_t value)
{
    const struct mmu_update update = { .ptr = mfn_to_maddr(l1).value, .val = value };
    int error = mmu_update_one(owner, frame_owner, &update);

    EXPECT_CONSISTENT();
    return error;
}

TEST(foreign, a_frame_of_the_named_domain_is_mapped_and_counted)
{
    mfn_t page;

    start();
    page = guest_page(guest);
    ck_assert_int_eq(map_for(control, guest, control_l1, entry_of(page, LEAF_RW)), 0);
    ck_assert_uint_eq(references(page), 2);
    ck_assert_int_eq(type_now(page), FRAME_TYPE_WRITABLE);
    /* The guest cannot make it a page table meanwhile. */
    ck_assert_int_eq(do_mmuext(gv, MMUEXT_PIN_L1_TABLE, page), -EINVAL);
    ck_assert_int_eq(map_for(control, control, control_l1, 0), 0);
    ck_assert_uint_eq(references(page), 1);
    ck_assert_int_eq(do_mmuext(gv, MMUEXT_PIN_L1_TABLE, page), 0);
}

TEST(foreign, a_frame_of_a_third_domain_is_refused)
{
    mfn_t own;

    start();
    own = guest_page(control);
    ck_assert_int_eq(map_for(control, guest, control_l1, entry_of(own, LEAF_RW)), -EINVAL);
    ck_assert_int_eq(map_for(control, control, control_l1, entry_of(guest_page(guest), LEAF_RO)),
                     -EINVAL);
}

TEST(foreign, page_tables_are_mapped_for_reading_only)
{
    start();
    ck_assert_int_eq(map_for(control, guest, control_l1, entry_of(guest_l1, LEAF_RW)), -EBUSY);
    ck_assert_int_eq(map_for(control, guest, control_l1, entry_of(guest_l1, LEAF_RO)), 0);
    ck_assert_int_eq(map_for(control, guest, control_l1, entry_of(guest_l1, LEAF_RW)), -EBUSY);
    ck_assert_int_eq(map_for(control, guest, control_l1, 0), 0);
}

TEST(foreign, nothing_of_a_dying_domain)
{
    mfn_t page;

    start();
    page = guest_page(guest);
    ck_assert_int_eq(map_for(control, guest, control_l1, entry_of(page, LEAF_RW)), 0);
    atomic_store(&guest->life, DOMAIN_DYING);
    /* What is mapped stays, and can be taken away. */
    ck_assert_int_eq(map_for(control, guest, control_l1, entry_of(guest_page(guest), LEAF_RO)),
                     -EINVAL);
    ck_assert_int_eq(map_for(control, guest, control_l1, 0), 0);
    ck_assert_uint_eq(references(page), 1);
}

TEST(foreign, a_type_change_after_it_flushes_all_cpus_that_did_not_since)
{
    mfn_t page;

    start();
    page = guest_page(guest);
    ck_assert_int_eq(map_for(control, guest, control_l1, entry_of(page, LEAF_RW)), 0);
    ck_assert_int_eq(map_for(control, guest, control_l1, 0), 0);
    fake_requests.flush_calls = 0;
    guest_run(cv, 2); /* flushes CPU 2 */
    guest_run(gv, 1); /* and CPU 1 */
    ck_assert_int_eq(do_mmuext(gv, MMUEXT_PIN_L1_TABLE, page), 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(0) | CPU_MASK(3));
}

TEST(foreign, pins_for_another_domain_follow_that_domains_frames)
{
    struct tree tree;

    start();
    tree_build(&tree, guest, 1, 2, 1);
    guest_words(tree.l1[0][1])[9] = entry_of(guest_page(control), LEAF_RO);
    ck_assert_int_eq(do_mmuext_for(cv, guest, MMUEXT_PIN_L4_TABLE, tree.l4), -EINVAL);
    tree_expect_untyped(&tree);
    guest_words(tree.l1[0][1])[9] = 0;
    preempt_always = true;
    ck_assert_int_eq(do_mmuext_for(cv, guest, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
    ck_assert_int_eq(do_mmuext_for(cv, guest, MMUEXT_UNPIN_TABLE, tree.l4), 0);
    tree_expect_untyped(&tree);
    ck_assert_int_eq(do_mmuext_for(cv, guest, MMUEXT_NEW_BASEPTR, tree.l4), -EPERM);
    ck_assert_int_eq(do_mmuext_for(cv, guest, MMUEXT_TLB_FLUSH_ALL, tree.l4), -EPERM);
    ck_assert_int_eq(do_mmuext_for(cv, guest, MMUEXT_SET_LDT, mfn(0)), -EPERM);
}

/* ---- names of domains ---- */

TEST(foreign, domains_are_named_by_the_fourth_argument)
{
    struct mmu_domains named;
    uint32_t references_before;

    start();
    references_before = atomic_load(&guest->references);
    ck_assert_int_eq(mmu_resolve_domains(cv, DOMID_SELF, &named), 0);
    ck_assert(named.table_owner == control && named.frame_owner == control);
    mmu_release_domains(&named);
    ck_assert_int_eq(mmu_resolve_domains(cv, 1, &named), 0);
    ck_assert(named.table_owner == control && named.frame_owner == guest);
    mmu_release_domains(&named);
    ck_assert_int_eq(mmu_resolve_domains(cv, 1 | 2 << 16, &named), 0);
    ck_assert(named.table_owner == guest && named.frame_owner == guest);
    mmu_release_domains(&named);
    ck_assert_int_eq(mmu_resolve_domains(cv, DOMID_IO, &named), 0);
    ck_assert_ptr_eq(named.frame_owner, &mmu_io_domain);
    mmu_release_domains(&named);
    ck_assert_int_eq(mmu_resolve_domains(cv, DOMID_XEN, &named), 0);
    mmu_release_domains(&named);

    ck_assert_int_eq(mmu_resolve_domains(cv, 77, &named), -ESRCH);
    ck_assert_int_eq(mmu_resolve_domains(cv, 78 << 16 | 1, &named), -ESRCH);
    ck_assert_int_eq(mmu_resolve_domains(gv, 0, &named), -ESRCH);
    ck_assert_int_eq(mmu_resolve_domains(gv, 1 << 16 | 1, &named), -ESRCH);
    ck_assert_int_eq(mmu_resolve_domains(gv, DOMID_XEN, &named), -EPERM);
    atomic_store(&guest->life, DOMAIN_DYING);
    ck_assert_int_eq(mmu_resolve_domains(cv, 2 << 16 | DOMID_SELF, &named), -ESRCH);
    ck_assert_uint_eq(atomic_load(&guest->references), references_before);
}

/* ---- device memory ---- */

TEST(mmio, the_control_domain_maps_what_is_no_ram)
{
    start();
    for (unsigned i = 0; i < 2; i++) {
        struct domain *owner = i ? &mmu_io_domain : control;

        ck_assert_int_eq(map_for(control, owner, control_l1,
                                 entry_of(DEVICE, LEAF_RW | PTE_PCD | PTE_PWT)),
                         0);
        ck_assert_uint_eq(entry_at(control_l1, 0), entry_of(DEVICE, LEAF_RW | PTE_PCD | PTE_PWT));
        /* The first MiB, of which part is RAM. */
        ck_assert_int_eq(map_for(control, owner, control_l1, entry_of(mfn(0xe0), LEAF_RO)), 0);
        ck_assert_int_eq(map_for(control, owner, control_l1, entry_of(mfn(0), LEAF_RW)), 0);
        /* RAM that is not its own. */
        ck_assert_int_lt(map_for(control, owner, control_l1, entry_of(mfn(0x100), LEAF_RW)), 0);
        /* RAM that the frame table does not know (the hypervisor's image). */
        ck_assert_int_eq(map_for(control, owner, control_l1,
                                 entry_of(mfn(frame_count + 5), LEAF_RO)),
                         -EPERM);
        ck_assert_int_lt(map_for(control, owner, control_l1,
                                 entry_of(virt_to_mfn(cv->mmu.kernel_root), LEAF_RO)),
                         0);
    }
    ck_assert_int_eq(map_for(control, &mmu_io_domain, control_l1,
                             entry_of(guest_page(control), LEAF_RW)),
                     -EINVAL);
    /* It goes away by validation, too. */
    ck_assert_int_eq(do_mmuext(cv, MMUEXT_UNPIN_TABLE, control_l1), 0);
    ck_assert_int_eq(do_mmuext(cv, MMUEXT_PIN_L1_TABLE, control_l1), 0);
}

static mfn_t permitted = { 0xfebf0 };

static bool permit_one(const struct domain *d, mfn_t frame)
{
    return d == guest && mfn_equal(frame, permitted);
}

TEST(mmio, others_map_only_what_they_were_permitted)
{
    start();
    ck_assert_int_eq(map_for(guest, guest, guest_l1, entry_of(DEVICE, LEAF_RW)), -EPERM);
    ck_assert_int_eq(map_for(guest, &mmu_io_domain, guest_l1, entry_of(DEVICE, LEAF_RO)), -EPERM);
    ck_assert_int_eq(map_for(guest, guest, guest_l1, entry_of(mfn(0xb8), LEAF_RO)), -EPERM);
    mmio_permitted = permit_one;
    ck_assert_int_eq(map_for(guest, guest, guest_l1, entry_of(DEVICE, LEAF_RW)), 0);
    ck_assert_int_eq(map_for(guest, guest, guest_l1, entry_of(mfn(0xfebf1), LEAF_RW)), -EPERM);
}

/* A machine whose registry is not complete yet. */
static void start_before_registry(void)
{
    const struct memory_range ram = { 0x100000, 32UL << 20 };

    ck_assert_int_eq(ram_init(&ram, 1), 0);
    fake_machine_start(32);
    control = guest_create(0, 1);
    cv = control->vcpus[0];
    guest_run(cv, 0);
    control_l1 = guest_page(control);
    ck_assert_int_eq(do_mmuext(cv, MMUEXT_PIN_L1_TABLE, control_l1), 0);
}

TEST(mmio, what_is_registered_is_refused_or_read_only)
{
    start_before_registry();
    mmio_forbid(mfn(0xfee00), mfn(0xfee00));
    mmio_forbid(mfn(0xfec00), mfn(0xfec01));
    mmio_read_only(mfn(0xfec00), mfn(0xfed00));
    ck_assert_int_eq(map_for(control, control, control_l1, entry_of(DEVICE, LEAF_RO)), -EPERM);
    pvmmu_start();
    ck_assert_int_eq(map_for(control, control, control_l1, entry_of(DEVICE, LEAF_RO)), 0);
    ck_assert_int_eq(map_for(control, control, control_l1, entry_of(mfn(0xfee00), LEAF_RO)),
                     -EPERM);
    ck_assert_int_eq(map_for(control, control, control_l1, entry_of(mfn(0xfee01), LEAF_RO)), 0);
    ck_assert_int_eq(map_for(control, control, control_l1, entry_of(mfn(0xfec01), LEAF_RO)),
                     -EPERM);
    ck_assert_int_eq(map_for(control, control, control_l1, entry_of(mfn(0xfed00), LEAF_RW)), 0);
    ck_assert_uint_eq(entry_at(control_l1, 0), entry_of(mfn(0xfed00), LEAF_RW & ~PTE_WRITE));
}

TEST(mmio, no_table_can_be_in_it)
{
    mfn_t l2;

    start();
    l2 = guest_page(control);
    guest_words(l2)[0] = entry_of(DEVICE, TABLE);
    ck_assert_int_eq(do_mmuext(cv, MMUEXT_PIN_L2_TABLE, l2), -EINVAL);
    ck_assert_int_eq(do_mmuext(cv, MMUEXT_PIN_L1_TABLE, DEVICE), -EINVAL);
    ck_assert_int_eq(do_mmuext(cv, MMUEXT_PIN_L1_TABLE, mfn(0xb8)), -EINVAL);
}

TEST(mmio, the_m2p_is_readable_for_the_control_domain_as_domid_xens)
{
    const mfn_t piece = mfn(0x300 << 9);

    start();
    fake_m2p_backing = piece;
    ck_assert_int_eq(map_for(control, &mmu_xen_domain, control_l1,
                             entry_of(mfn_add(piece, 511), LEAF_RW)),
                     0);
    ck_assert_uint_eq(entry_at(control_l1, 0), entry_of(mfn_add(piece, 511), LEAF_RW & ~PTE_WRITE));
    ck_assert_int_eq(map_for(control, &mmu_xen_domain, control_l1,
                             entry_of(mfn_add(piece, 512), LEAF_RO)),
                     -EPERM);
    ck_assert_int_eq(map_for(control, &mmu_xen_domain, control_l1, entry_of(DEVICE, LEAF_RO)),
                     -EPERM);
    ck_assert_int_eq(map_for(control, &mmu_xen_domain, control_l1,
                             entry_of(guest_page(control), LEAF_RO)),
                     -EINVAL);
    ck_assert_int_eq(map_for(guest, &mmu_xen_domain, guest_l1, entry_of(piece, LEAF_RO)), -EPERM);
}

/* ---- pages of the hypervisor ---- */

TEST(special, pages_are_mapped_by_their_owner_as_allowed)
{
    struct frame *writable, *read_only;

    start();
    writable = mfn_to_frame(virt_to_mfn(page_alloc()));
    read_only = mfn_to_frame(virt_to_mfn(page_alloc()));
    frame_share_special(writable, guest, true);
    frame_share_special(read_only, guest, false);
    EXPECT_CONSISTENT();

    ck_assert_int_eq(map_for(guest, guest, guest_l1, entry_of(frame_to_mfn(read_only), LEAF_RW)),
                     -EBUSY);
    ck_assert_int_eq(map_for(guest, guest, guest_l1, entry_of(frame_to_mfn(read_only), LEAF_RO)),
                     0);
    ck_assert_int_eq(map_for(guest, guest, guest_l1, entry_of(frame_to_mfn(writable), LEAF_RW)), 0);
    /* The control domain maps it, too; no page table can be made of it; write-back only. */
    ck_assert_int_eq(map_for(control, guest, control_l1,
                             entry_of(frame_to_mfn(writable), LEAF_RW | PTE_PCD)),
                     -EINVAL);
    ck_assert_int_eq(map_for(control, guest, control_l1, entry_of(frame_to_mfn(writable), LEAF_RW)),
                     0);
    ck_assert_int_eq(do_mmuext(gv, MMUEXT_PIN_L1_TABLE, frame_to_mfn(writable)), -EINVAL);
    ck_assert_int_eq(do_mmuext(gv, MMUEXT_PIN_L1_TABLE, frame_to_mfn(read_only)), -EINVAL);
    ck_assert(!frame_release_allocation(writable));

    frame_unshare_special(read_only);
    ck_assert_ptr_null(frame_owner(read_only));
    frame_unshare_special(writable);
    EXPECT_CONSISTENT();
    ck_assert_ptr_eq(frame_owner(writable), guest);
    ck_assert_int_eq(map_for(guest, guest, guest_l1, 0), 0);
    ck_assert_int_eq(map_for(control, guest, control_l1, 0), 0);
    ck_assert_ptr_null(frame_owner(writable));
}
