/* SPDX-License-Identifier: MIT */
/* Flushes: of type changes, and those that guests ask for. No more than needed, never fewer. */
#include "arch/tlb.h"
#include "arch/x86.h"
#include "hypercall-abi/xen.h"
#include "mmu_guest.h"
#include "pvmmu/entry_rules.h"

static struct domain *d;
static struct vcpu *v, *second;
static struct tree tree;

static void start(void)
{
    mmu_machine_start(4);
    d = guest_create(1, 3);
    v = d->vcpus[0];
    second = d->vcpus[1];
    guest_run(second, 2);
    guest_run(v, 0);
    tree_build(&tree, d, 1, 2, 1);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
    fake_requests.flush_calls = 0;
    fake_requests.flushes_local = 0;
}

static void cpu_flushes(uint32_t id)
{
    fake_cpu_become(id);
    tlb_flush_local();
    fake_cpu_become(0);
}

/* A page that was mapped writable and is not any more. */
static mfn_t page_after_mapping(void)
{
    mfn_t page = guest_page(d);

    ck_assert_int_eq(do_update(v, tree.l1[0][0], 9, entry_of(page, LEAF_RW)), 0);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 9, 0), 0);
    fake_requests.flush_calls = 0;
    return page;
}

TEST(flush, a_page_that_becomes_a_table_is_flushed_where_the_domain_ran)
{
    mfn_t page;

    start();
    page = page_after_mapping();
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, page), 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(0) | CPU_MASK(2));
}

TEST(flush, cpus_that_flushed_since_are_spared)
{
    mfn_t page;

    start();
    page = page_after_mapping();
    cpu_flushes(2);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, page), 0);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(0));
    page = page_after_mapping();
    cpu_flushes(0);
    cpu_flushes(2);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, page), 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 0);
}

TEST(flush, one_for_a_batch_of_pages)
{
    mfn_t pages[8];

    start();
    for (unsigned i = 0; i < 8; i++)
        pages[i] = page_after_mapping();
    for (unsigned i = 0; i < 8; i++)
        ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, pages[i]), 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
}

TEST(flush, none_for_the_same_type_again_nor_for_fresh_pages)
{
    mfn_t page;

    start();
    page = page_after_mapping();
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 9, entry_of(page, LEAF_RW)), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, guest_page(d)), 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 0);
}

TEST(flush, a_table_that_becomes_a_page)
{
    mfn_t table;

    start();
    table = guest_page(d);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, table), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, table), 0);
    fake_requests.flush_calls = 0;
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 9, entry_of(table, LEAF_RW)), 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
}

TEST(flush, the_stamp_is_of_the_last_reference_not_the_first)
{
    mfn_t page;

    start();
    page = guest_page(d);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 9, entry_of(page, LEAF_RW)), 0);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 10, entry_of(page, LEAF_RW)), 0);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 9, 0), 0);
    cpu_flushes(0);
    cpu_flushes(2);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 10, 0), 0);
    fake_requests.flush_calls = 0;
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, page), 0);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(0) | CPU_MASK(2));
}

TEST(flush, uncached_writes_are_followed_by_a_cache_flush)
{
    struct domain *control;
    struct vcpu *cv;
    mfn_t l1, page;

    start();
    control = guest_create(0, 1);
    cv = control->vcpus[0];
    guest_run(cv, 1);
    l1 = guest_page(control);
    page = guest_page(control);
    ck_assert_int_eq(do_mmuext(cv, MMUEXT_PIN_L1_TABLE, l1), 0);
    ck_assert_int_eq(do_update(cv, l1, 0, entry_of(page, LEAF_RO | PTE_PAT)), 0);
    ck_assert(!(type_word(mfn_to_frame(page)) & TYPE_NONCOHERENT));
    ck_assert_int_eq(do_update(cv, l1, 0, entry_of(page, LEAF_RW | PTE_PAT)), 0);
    ck_assert(type_word(mfn_to_frame(page)) & TYPE_NONCOHERENT);
    /* The note outlives the mapping, up to the next type. */
    ck_assert_int_eq(do_update(cv, l1, 0, 0), 0);
    ck_assert_int_eq(do_update(cv, l1, 0, entry_of(page, LEAF_RW)), 0);
    ck_assert(type_word(mfn_to_frame(page)) & TYPE_NONCOHERENT);
    ck_assert_int_eq(do_update(cv, l1, 0, 0), 0);
    ck_assert_int_eq(do_mmuext(cv, MMUEXT_PIN_L1_TABLE, page), 0);
    ck_assert(!(type_word(mfn_to_frame(page)) & TYPE_NONCOHERENT));
}

/* ---- what guests ask for ---- */

static int flush_op(uint32_t cmd, uint64_t address, uint64_t bitmap)
{
    struct mmuext_op op = { .cmd = cmd, .arg1.linear_addr = address, .arg2.vcpumask = bitmap };

    return mmuext_op_one(v, d, &op);
}

TEST(flush, asked_for_locally)
{
    uint64_t invlpgs;

    start();
    invlpgs = fake_x86.invlpgs;
    ck_assert_int_eq(flush_op(MMUEXT_TLB_FLUSH_LOCAL, 0, 0), 0);
    ck_assert_uint_eq(fake_requests.flushes_local, 1);
    ck_assert_int_eq(flush_op(MMUEXT_INVLPG_LOCAL, 0x1000, 0), 0);
    ck_assert_uint_eq(fake_x86.invlpgs, invlpgs + 1);
    /* Addresses that the instruction would fault on, or that are not the guest's. */
    ck_assert_int_eq(flush_op(MMUEXT_INVLPG_LOCAL, 0x8000000000000000UL, 0), 0);
    ck_assert_int_eq(flush_op(MMUEXT_INVLPG_LOCAL, HOLE_START, 0), 0);
    ck_assert_uint_eq(fake_x86.invlpgs, invlpgs + 1);
    ck_assert_uint_eq(fake_requests.flush_calls, 0);
}

TEST(flush, asked_for_some_vcpus)
{
    uint64_t bitmap[2] = { 0, ~0UL };

    start();
    fake_guest_map(0x10000, bitmap, sizeof(bitmap), false);
    bitmap[0] = 2; /* vCPU 1, on CPU 2 */
    ck_assert_int_eq(flush_op(MMUEXT_TLB_FLUSH_MULTI, 0, 0x10000), 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(2));
    bitmap[0] = 1 | 2;
    ck_assert_int_eq(flush_op(MMUEXT_TLB_FLUSH_MULTI, 0, 0x10000), 0);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(0) | CPU_MASK(2));
    bitmap[0] = 4 | ~7UL; /* vCPU 2 runs nowhere; the rest does not exist */
    fake_requests.flush_calls = 0;
    ck_assert_int_eq(flush_op(MMUEXT_TLB_FLUSH_MULTI, 0, 0x10000), 0);
    ck_assert_int_eq(flush_op(MMUEXT_INVLPG_MULTI, 0x1000, 0x10000), 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 0);
    ck_assert_int_eq(flush_op(MMUEXT_TLB_FLUSH_MULTI, 0, 0x20000), -EFAULT);
    ck_assert_int_eq(flush_op(MMUEXT_TLB_FLUSH_MULTI, 0, HOLE_START), -EFAULT);
}

TEST(flush, asked_for_all)
{
    start();
    ck_assert_int_eq(flush_op(MMUEXT_TLB_FLUSH_ALL, 0, 0), 0);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(0) | CPU_MASK(2));
    ck_assert_int_eq(flush_op(MMUEXT_INVLPG_ALL, 0x1000, 0), 0);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(2));
}

TEST(flush, asked_for_with_update_va_mapping)
{
    uint64_t bitmap = 2, invlpgs = fake_x86.invlpgs;
    mfn_t page;

    start();
    page = guest_page(d);
    fake_guest_map(0x10000, &bitmap, sizeof(bitmap), false);
    ck_assert_int_eq(mmu_update_va_mapping(v, 0, entry_of(page, LEAF_RW), UVMF_NONE, d), 0);
    ck_assert_uint_eq(fake_requests.flush_calls + fake_requests.flushes_local, 0);
    ck_assert_int_eq(mmu_update_va_mapping(v, 0, 0, UVMF_INVLPG, d), 0);
    ck_assert_uint_eq(fake_x86.invlpgs, invlpgs + 1);
    ck_assert_int_eq(mmu_update_va_mapping(v, 0, 0, UVMF_TLB_FLUSH, d), 0);
    ck_assert_uint_eq(fake_requests.flushes_local, 1);
    ck_assert_int_eq(mmu_update_va_mapping(v, 0, 0, UVMF_TLB_FLUSH | UVMF_ALL, d), 0);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(0) | CPU_MASK(2));
    ck_assert_int_eq(mmu_update_va_mapping(v, 0, 0, UVMF_INVLPG | 0x10000, d), 0);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(2));
    ck_assert_int_eq(mmu_update_va_mapping(v, 0, 0, UVMF_INVLPG | 0x40000, d), -EFAULT);
    /* A refused update flushes nothing. */
    fake_requests.flush_calls = 0;
    ck_assert_int_lt(mmu_update_va_mapping(v, 0, entry_of(tree.l4, LEAF_RW),
                                           UVMF_TLB_FLUSH | UVMF_ALL, d),
                     0);
    ck_assert_uint_eq(fake_requests.flush_calls, 0);
}

TEST(flush, of_caches_is_for_domains_with_devices)
{
    start();
    ck_assert_int_eq(flush_op(MMUEXT_FLUSH_CACHE, 0, 0), -EACCES);
    ck_assert_int_eq(flush_op(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0), -EACCES);
    d->is_control = true;
    ck_assert_int_eq(flush_op(MMUEXT_FLUSH_CACHE, 0, 0), 0);
    ck_assert_int_eq(flush_op(MMUEXT_FLUSH_CACHE_GLOBAL, 0, 0), 0);
}

/* ---- other operations ---- */

TEST(mmuext, pages_are_cleared_and_copied)
{
    struct mmuext_op op = { .cmd = MMUEXT_COPY_PAGE };
    mfn_t from, to;

    start();
    from = guest_page(d);
    to = guest_page(d);
    guest_words(from)[511] = 42;
    op.arg1.mfn = to.number;
    op.arg2.src_mfn = from.number;
    ck_assert_int_eq(mmuext_op_one(v, d, &op), 0);
    ck_assert_uint_eq(guest_words(to)[511], 42);
    op.arg2.src_mfn = tree.l1[0][0].number;
    ck_assert_int_eq(mmuext_op_one(v, d, &op), 0);
    op.arg1.mfn = tree.l1[0][0].number;
    ck_assert_int_eq(mmuext_op_one(v, d, &op), -EBUSY);
    op.arg2.src_mfn = 7;
    ck_assert_int_eq(mmuext_op_one(v, d, &op), -EINVAL);

    op.cmd = MMUEXT_CLEAR_PAGE;
    ck_assert_int_eq(mmuext_op_one(v, d, &op), -EBUSY);
    op.arg1.mfn = from.number;
    ck_assert_int_eq(mmuext_op_one(v, d, &op), 0);
    ck_assert_uint_eq(guest_words(from)[511], 0);
    EXPECT_CONSISTENT();
}

TEST(mmuext, numbers_without_an_operation)
{
    start();
    const uint32_t none[] = { 14, 21, 100, 0x7fffffff, 0xffffffff };
    for (unsigned i = 0; i < ARRAY_COUNT(none); i++)
        ck_assert_int_eq(do_mmuext(v, none[i], tree.l4), -ENOSYS);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_MARK_SUPER, tree.l4), -EOPNOTSUPP);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_UNMARK_SUPER, tree.l4), -EOPNOTSUPP);
}
