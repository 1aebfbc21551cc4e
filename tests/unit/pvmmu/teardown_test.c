/* SPDX-License-Identifier: MIT */
/* The end of a domain's page tables, in whatever state they are. */
#include "arch/ipi.h"
#include "hypercall-abi/xen.h"
#include "mm/frame_alloc.h"
#include "mm/hypervisor_map.h"
#include "mmu_guest.h"

static struct domain *control, *d;
static struct vcpu *cv, *v;
static struct tree tree, user;

static void start(void)
{
    mmu_machine_start(3);
    control = guest_create(0, 1);
    d = guest_create(1, 2);
    cv = control->vcpus[0];
    v = d->vcpus[0];
    guest_run(v, 1);
    tree_build(&tree, d, 3, 2, 2);
    tree_build(&user, d, 1, 2, 1);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_USER_BASEPTR, user.l4), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, tree.l1[0][0]), 0);
}

/* The domain stops; its root stays in CPU 1, which idles. */
static void begin_to_die(void)
{
    fake_cpu_become(1);
    this_cpu()->current = NULL;
    fake_cpu_become(0);
    guest_run(cv, 0);
    atomic_store(&d->life, DOMAIN_DYING);
}

static unsigned tear_down(void)
{
    unsigned calls = 1;

    while (mmu_domain_teardown(d)) {
        EXPECT_CONSISTENT();
        calls++;
    }
    EXPECT_CONSISTENT();
    return calls;
}

TEST(teardown, leaves_no_type_and_no_root)
{
    start();
    begin_to_die();
    ck_assert_uint_eq(d->dirty_cpus, CPU_MASK(1));
    ck_assert_uint_eq(tear_down(), 1);
    tree_expect_untyped(&tree);
    tree_expect_untyped(&user);
    ck_assert_uint_eq(d->dirty_cpus, 0);
    ck_assert_ptr_null(atomic_load(&cpu_by_id(1)->root_vcpu));
    mmu_vcpu_destroy(v);
    mmu_vcpu_destroy(d->vcpus[1]);
}

TEST(teardown, stops_and_goes_on_at_any_step)
{
    unsigned calls;

    start();
    begin_to_die();
    preempt_always = true;
    calls = tear_down();
    ck_assert_uint_gt(calls, 12);
    tree_expect_untyped(&tree);
    tree_expect_untyped(&user);
}

TEST(teardown, undoes_partial_tables_and_those_that_were_going)
{
    struct tree half, gone;
    struct mmuext_op op = { .cmd = MMUEXT_PIN_L4_TABLE };

    start();
    tree_build(&half, d, 2, 2, 1);
    tree_build(&gone, d, 1, 2, 1);
    preempt_at = 4;
    op.arg1.mfn = half.l4.number;
    ck_assert_int_eq(mmuext_op_one(v, d, &op), -ERESTART);
    preempt_at = 0;
    op.arg1.mfn = gone.l4.number;
    ck_assert_int_eq(mmuext_op_one(v, d, &op), 0);
    op.cmd = MMUEXT_UNPIN_TABLE;
    ck_assert_int_eq(mmuext_op_one(v, d, &op), 0);
    ck_assert_uint_eq(type_references(gone.l4), 1);
    begin_to_die();
    tear_down();
    tree_expect_untyped(&tree);
    tree_expect_untyped(&half);
    tree_expect_untyped(&gone);
}

TEST(teardown, gives_descriptor_tables_back)
{
    mfn_t gdt;

    start();
    gdt = guest_page(d);
    const uint64_t frames[] = { gdt.number };
    ck_assert_int_eq(descriptors_set_gdt(v, frames, 16), 0);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 0, entry_of(tree.page[0][0][0], LEAF_RO)), 0);
    ck_assert_int_eq(descriptors_set_ldt(v, 0, 8), 0);
    ck_assert(descriptors_ldt_fault(v, 0));
    begin_to_die();
    tear_down();
    tree_expect_untyped(&tree);
    ck_assert_uint_eq(references(gdt), 1);
}

TEST(teardown, leaves_what_others_have_mapped)
{
    mfn_t control_l1;
    struct mmu_update map;

    start();
    control_l1 = guest_page(control);
    ck_assert_int_eq(do_mmuext(cv, MMUEXT_PIN_L1_TABLE, control_l1), 0);
    map.ptr = mfn_to_maddr(control_l1).value;
    map.val = entry_of(tree.page[0][0][0], LEAF_RW);
    ck_assert_int_eq(mmu_update_one(control, d, &map), 0);
    begin_to_die();
    tear_down();
    ck_assert_uint_eq(references(tree.page[0][0][0]), 2);

    /* The domain's memory goes back; the page that is mapped when it is unmapped. */
    for (uint64_t number = 0; number < frame_count; number++) {
        struct frame *frame = frame_lookup(mfn(number));

        if (!frame || frame_owner(frame) != d)
            continue;
        /* As control/ does it: hold it, then let the allocation go. */
        atomic_fetch_add(&frame->count, 1);
        ck_assert(frame_release_allocation(frame));
        frame_put(frame);
    }
    ck_assert_uint_eq(atomic_load(&d->total_pages), 1);
    map.val = 0;
    ck_assert_int_eq(mmu_update_one(control, control, &map), 0);
    ck_assert_uint_eq(atomic_load(&d->total_pages), 0);
    EXPECT_CONSISTENT();
}

TEST(teardown, of_self_mapped_l4s)
{
    start();
    ck_assert_int_eq(do_update(v, tree.l4, 400, entry_of(tree.l4, PTE_PRESENT)), 0);
    begin_to_die();
    tear_down();
    tree_expect_untyped(&tree);
}
