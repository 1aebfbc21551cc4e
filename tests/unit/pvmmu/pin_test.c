/* SPDX-License-Identifier: MIT */
/* Pins: which types can be taken, what they hold, and how they end. */
#include "hypercall-abi/xen.h"
#include "mmu_guest.h"

static struct domain *d;
static struct vcpu *v;

static void start(void)
{
    mmu_machine_start(2);
    d = guest_create(1, 2);
    v = d->vcpus[0];
    guest_run(v, 0);
}

TEST(pin, validates_a_whole_tree)
{
    struct tree tree;

    start();
    tree_build(&tree, d, 2, 3, 2);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
    ck_assert_int_eq(type_now(tree.l4), FRAME_TYPE_L4);
    ck_assert_int_eq(type_now(tree.l3), FRAME_TYPE_L3);
    ck_assert_int_eq(type_now(tree.l2[1]), FRAME_TYPE_L2);
    ck_assert_int_eq(type_now(tree.l1[1][2]), FRAME_TYPE_L1);
    ck_assert_int_eq(type_now(tree.page[0][0][0]), FRAME_TYPE_WRITABLE);
    ck_assert(frame_is_pinned(mfn_to_frame(tree.l4)));
    ck_assert_uint_eq(references(tree.l4), 2);
    ck_assert_uint_eq(references(tree.page[0][0][0]), 2);

    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, tree.l4), 0);
    tree_expect_untyped(&tree);
}

TEST(pin, of_each_level_alone)
{
    struct tree tree;

    start();
    tree_build(&tree, d, 1, 1, 1);
    const mfn_t tables[] = { tree.l1[0][0], tree.l2[0], tree.l3, tree.l4 };
    for (uint32_t level = 0; level < 4; level++) {
        ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE + level, tables[level]), 0);
        ck_assert_int_eq(type_now(tables[level]), (int)level + 1);
        ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, tables[level]), 0);
        tree_expect_untyped(&tree);
    }
}

TEST(pin, twice_is_refused)
{
    mfn_t page;

    start();
    page = guest_page(d);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, page), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, page), -EINVAL);
    ck_assert_uint_eq(references(page), 2);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, page), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, page), -EINVAL);
    ck_assert_uint_eq(references(page), 1);
}

TEST(pin, of_pages_that_are_not_the_domains)
{
    struct domain *other;
    const mfn_t nothing[] = { mfn(0),           mfn(0x10), mfn(0xff),
                              mfn(frame_count), mfn(~0UL), mfn(1UL << 51) };

    start();
    other = guest_create(2, 0);
    for (unsigned i = 0; i < ARRAY_COUNT(nothing); i++) {
        ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, nothing[i]), -EINVAL);
        ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, nothing[i]), -EINVAL);
    }
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, guest_page(other)), -EINVAL);
    /* The hypervisor's own page, and a free one. */
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, virt_to_mfn(v->mmu.kernel_root)), -EINVAL);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, mfn(0x105)), -EINVAL);
}

TEST(pin, as_another_type_than_it_has)
{
    mfn_t page, l1;

    start();
    page = guest_page(d);
    l1 = guest_page(d);
    guest_words(l1)[7] = entry_of(page, LEAF_RW);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, l1), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L2_TABLE, l1), -EINVAL);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, l1), -EINVAL);
    for (uint32_t level = 0; level < 4; level++)
        ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE + level, page), -EINVAL);
    ck_assert_uint_eq(references(page), 2);
}

TEST(pin, of_a_table_that_maps_itself_writable)
{
    mfn_t l1;

    start();
    l1 = guest_page(d);
    guest_words(l1)[3] = entry_of(l1, LEAF_RW);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, l1), -EBUSY);
    ck_assert_uint_eq(references(l1), 1);
    guest_words(l1)[3] = entry_of(l1, LEAF_RO);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, l1), 0);
    ck_assert_uint_eq(references(l1), 3);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, l1), 0);
    ck_assert_uint_eq(references(l1), 1);
}

TEST(pin, of_a_tree_that_maps_one_of_its_tables_writable)
{
    struct tree tree;

    start();
    tree_build(&tree, d, 2, 2, 2);
    const mfn_t tables[] = {
        tree.l4, tree.l3, tree.l2[0], tree.l2[1], tree.l1[0][0], tree.l1[1][1]
    };
    for (unsigned i = 0; i < ARRAY_COUNT(tables); i++) {
        guest_words(tree.l1[1][0])[511] = entry_of(tables[i], LEAF_RW);
        ck_assert_int_lt(do_mmuext(v, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
        settle(d);
        tree_expect_untyped(&tree);
    }
}

TEST(pin, shares_subtables)
{
    struct tree tree;
    mfn_t second;

    start();
    tree_build(&tree, d, 1, 2, 1);
    second = guest_page(d);
    guest_words(second)[0] = entry_of(tree.l3, TABLE);
    guest_words(second)[300] = entry_of(tree.l3, TABLE);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, second), 0);
    ck_assert_uint_eq(type_references(tree.l3), 3);
    ck_assert_uint_eq(type_references(tree.l2[0]), 1);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, tree.l4), 0);
    ck_assert_int_eq(type_now(tree.l3), FRAME_TYPE_L3);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, second), 0);
    tree_expect_untyped(&tree);
}

/* What is wrong with one entry, and at which level. */
static void spoil(const struct tree *tree, unsigned level, unsigned slot)
{
    const mfn_t tables[] = { tree->l1[1][1], tree->l2[1], tree->l3, tree->l4 };
    mfn_t table = tables[level - 1];

    guest_words(table)[slot] = entry_of(mfn(frame_count + 5), TABLE);
}

TEST(pin, that_fails_anywhere_leaves_nothing)
{
    start();
    for (unsigned level = 1; level <= 4; level++) {
        struct tree tree;

        tree_build(&tree, d, 2, 2, 2);
        spoil(&tree, level, 511);
        ck_assert_int_lt(do_mmuext(v, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
        tree_expect_untyped(&tree);
    }
}

TEST(pin, that_fails_is_unwound_by_the_next_call)
{
    struct tree tree;
    const struct mmuext_op op = { .cmd = MMUEXT_PIN_L4_TABLE };

    start();
    tree_build(&tree, d, 2, 2, 2);
    spoil(&tree, 4, 511);
    struct mmuext_op pin = op;
    pin.arg1.mfn = tree.l4.number;
    ck_assert_int_eq(mmuext_op_one(v, d, &pin), -EINVAL);
    EXPECT_CONSISTENT();
    ck_assert_uint_eq(type_references(tree.l4), 1);
    settle(d);
    tree_expect_untyped(&tree);
}

TEST(pin, goes_on_after_preemption_at_any_step)
{
    struct tree tree;

    start();
    tree_build(&tree, d, 3, 3, 1);
    for (unsigned at = 1;; at++) {
        restarts = 0;
        preempt_at = at;
        ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
        if (preempt_at) {
            ck_assert_uint_gt(at, 10);
            break;
        }
        preempt_at = at;
        ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, tree.l4), 0);
        preempt_at = 0;
        tree_expect_untyped(&tree);
    }
}

TEST(pin, ends_though_it_is_preempted_always)
{
    struct tree tree;

    start();
    tree_build(&tree, d, 3, 3, 2);
    preempt_always = true;
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
    ck_assert_uint_ge(restarts, 9);
    ck_assert_int_eq(type_now(tree.l1[2][2]), FRAME_TYPE_L1);
    restarts = 0;
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, tree.l4), 0);
    ck_assert_uint_ge(restarts, 9);
    tree_expect_untyped(&tree);
}

TEST(pin, that_fails_after_preemption_leaves_nothing)
{
    start();
    for (unsigned at = 1; at < 20; at++) {
        struct tree tree;

        tree_build(&tree, d, 2, 2, 1);
        spoil(&tree, 1 + at % 4, 511);
        preempt_at = at;
        ck_assert_int_lt(do_mmuext(v, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
        preempt_at = 0;
        settle(d);
        tree_expect_untyped(&tree);
    }
}

/* A pin that stopped halfway and is not asked for again. */
static void abandon_pin(const struct tree *tree)
{
    struct mmuext_op op = { .cmd = MMUEXT_PIN_L4_TABLE };

    op.arg1.mfn = tree->l4.number;
    preempt_at = 4;
    ck_assert_int_eq(mmuext_op_one(v, d, &op), -ERESTART);
    EXPECT_CONSISTENT();
    preempt_at = 0;
}

TEST(pin, abandoned_and_then_used_for_something_else)
{
    struct tree tree;
    mfn_t l1;

    start();
    tree_build(&tree, d, 2, 2, 1);
    abandon_pin(&tree);
    ck_assert(type_word(mfn_to_frame(tree.l2[0])) & TYPE_PARTIAL ||
              type_word(mfn_to_frame(tree.l3)) & TYPE_PARTIAL);

    /* Each of its tables in turn becomes a data page. */
    l1 = guest_page(d);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, l1), 0);
    const mfn_t tables[] = {
        tree.l3, tree.l2[0], tree.l2[1], tree.l1[0][0], tree.l1[1][0], tree.l4
    };
    for (unsigned i = 0; i < ARRAY_COUNT(tables); i++) {
        ck_assert_int_eq(do_update(v, l1, i, entry_of(tables[i], LEAF_RW)), 0);
        ck_assert_int_eq(type_now(tables[i]), FRAME_TYPE_WRITABLE);
    }
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, l1), 0);
    tree_expect_untyped(&tree);
}

TEST(pin, abandoned_and_pinned_at_another_level)
{
    struct tree tree;

    start();
    tree_build(&tree, d, 2, 2, 1);
    abandon_pin(&tree);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L3_TABLE, tree.l3), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, tree.l3), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, tree.l4), 0);
    tree_expect_untyped(&tree);
}

TEST(pin, abandoned_then_given_back)
{
    struct tree tree;
    struct frame *frame;

    start();
    tree_build(&tree, d, 2, 2, 1);
    abandon_pin(&tree);
    frame = mfn_to_frame(tree.l2[0]);
    ck_assert(frame_get(frame, d));
    ck_assert(frame_release_allocation(frame));
    frame_put(frame);
    EXPECT_CONSISTENT();
    /* It is still the domain's until the pin is finished or undone. */
    ck_assert_ptr_eq(frame_owner(frame), d);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, tree.l4), 0);
    ck_assert_ptr_null(frame_owner(frame));
}

TEST(pin, refuses_references_beyond_the_limit)
{
    struct frame *frame;
    mfn_t page, l1;
    const uint32_t many = TYPE_COUNT_LIMIT - 1;

    start();
    page = guest_page(d);
    l1 = guest_page(d);
    frame = mfn_to_frame(page);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, l1), 0);
    ck_assert_int_eq(do_update(v, l1, 0, entry_of(page, LEAF_RW)), 0);

    atomic_fetch_add(&frame->type, many * TYPE_COUNT_ONE);
    atomic_fetch_add(&frame->count, many);
    const struct mmu_update update = { .ptr = mfn_to_maddr(l1).value + 8,
                                       .val = entry_of(page, LEAF_RW) };
    ck_assert_int_eq(mmu_update_one(d, d, &update), -EBUSY);
    ck_assert_uint_eq(type_references(page), many + 1);
    ck_assert_uint_eq(references(page), many + 2);

    atomic_fetch_add(&frame->count, FRAME_COUNT_LIMIT - many - 2);
    const struct mmu_update read_only = { .ptr = mfn_to_maddr(l1).value + 8,
                                          .val = entry_of(page, LEAF_RO) };
    ck_assert_int_eq(mmu_update_one(d, d, &read_only), -EINVAL);
    ck_assert_uint_eq(references(page), FRAME_COUNT_LIMIT);

    atomic_fetch_sub(&frame->type, many * TYPE_COUNT_ONE);
    atomic_fetch_sub(&frame->count, FRAME_COUNT_LIMIT - 2);
    EXPECT_CONSISTENT();
}
