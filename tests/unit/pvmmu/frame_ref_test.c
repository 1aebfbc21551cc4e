/* SPDX-License-Identifier: MIT */
/* General references: assignment, giving back, stealing, and who pays. */
#include "arch/tlb.h"
#include "hypercall-abi/xen.h"
#include "mm/frame_alloc.h"
#include "mm/m2p.h"
#include "mmu_guest.h"

static struct domain *d, *other;

static void start(void)
{
    mmu_machine_start(2);
    d = guest_create(1, 1);
    other = guest_create(2, 0);
}

TEST(frame_ref, a_frame_is_its_owners)
{
    struct frame *frame;
    uint64_t free_before;

    start();
    free_before = frames_free_total();
    frame = mfn_to_frame(guest_page(d));
    ck_assert_uint_eq(atomic_load(&d->total_pages), 1);
    ck_assert(frame_get(frame, d));
    ck_assert(!frame_get(frame, other));
    ck_assert_uint_eq(references(frame_to_mfn(frame)), 2);
    m2p_set(frame_to_mfn(frame), 99);

    ck_assert(frame_release_allocation(frame));
    ck_assert(!frame_release_allocation(frame));
    ck_assert_uint_eq(references(frame_to_mfn(frame)), 1);
    ck_assert_uint_eq(atomic_load(&d->total_pages), 1);
    frame_put(frame);
    ck_assert_uint_eq(atomic_load(&d->total_pages), 0);
    ck_assert_uint_eq(m2p_get(frame_to_mfn(frame)), M2P_INVALID);
    ck_assert_uint_eq(frames_free_total(), free_before);
    ck_assert(!frame_get(frame, d));
}

TEST(frame_ref, a_dying_domain_gives_out_none)
{
    struct frame *frame;

    start();
    frame = mfn_to_frame(guest_page(d));
    atomic_store(&d->life, DOMAIN_DYING);
    ck_assert(!frame_get(frame, d));
    ck_assert_int_eq(frame_get_and_type(frame, d, FRAME_TYPE_WRITABLE), -EINVAL);
    ck_assert_uint_eq(references(frame_to_mfn(frame)), 1);
}

TEST(frame_ref, pages_keep_the_domain_that_owns_them)
{
    uint32_t before;
    mfn_t page;

    start();
    before = atomic_load(&d->references);
    page = guest_page(d);
    guest_page(d);
    ck_assert_uint_eq(atomic_load(&d->references), before + 1);
    ck_assert(frame_get(mfn_to_frame(page), d));
    ck_assert(frame_release_allocation(mfn_to_frame(page)));
    frame_put(mfn_to_frame(page));
    ck_assert_uint_eq(atomic_load(&d->references), before + 1);
}

TEST(frame_ref, lookup_finds_ram_of_domains_only)
{
    start();
    ck_assert_ptr_null(frame_lookup(mfn(0)));
    ck_assert_ptr_null(frame_lookup(mfn(0xff)));
    ck_assert_ptr_null(frame_lookup(mfn(frame_count)));
    ck_assert_ptr_null(frame_lookup(MFN_INVALID));
    ck_assert_ptr_nonnull(frame_lookup(guest_page(d)));
}

TEST(frame_ref, stealing_needs_exactly_the_expected_references)
{
    struct vcpu *v;
    struct frame *frame;
    mfn_t l1;

    start();
    v = d->vcpus[0];
    guest_run(v, 0);
    frame = mfn_to_frame(guest_page(d));
    l1 = guest_page(d);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, l1), 0);

    ck_assert(frame_get(frame, d));
    ck_assert(frame_get(frame, d));
    ck_assert(!frame_steal(frame, d));
    frame_put(frame);
    frame_put(frame);
    /* A mapping, read-only or not, is a reference like any other. */
    const uint64_t flags[] = { LEAF_RO, LEAF_RW };
    for (unsigned i = 0; i < ARRAY_COUNT(flags); i++) {
        ck_assert_int_eq(do_update(v, l1, 0, entry_of(frame_to_mfn(frame), flags[i])), 0);
        ck_assert(frame_get(frame, d));
        ck_assert(!frame_steal(frame, d));
        frame_put(frame);
    }
    ck_assert_int_eq(do_update(v, l1, 0, 0), 0);

    ck_assert(frame_get(frame, d));
    ck_assert(frame_steal(frame, d));
    ck_assert(!frame_get(frame, d));
    ck_assert_ptr_null(frame_owner(frame));
    frame_unsteal(frame, d);
    ck_assert_uint_eq(references(frame_to_mfn(frame)), 1);
    EXPECT_CONSISTENT();

    ck_assert(frame_get(frame, d));
    ck_assert(frame_steal(frame, d));
    frame_free_stolen(frame, d);
    ck_assert_uint_eq(atomic_load(&d->total_pages), 1);
    EXPECT_CONSISTENT();
}

TEST(frame_ref, stealing_needs_the_allocation)
{
    struct frame *frame;

    start();
    frame = mfn_to_frame(guest_page(d));
    ck_assert(frame_get(frame, d));
    ck_assert(frame_get(frame, d));
    ck_assert(frame_release_allocation(frame));
    ck_assert(!frame_steal(frame, d));
    frame_put(frame);
    frame_put(frame);
}

TEST(frame_ref, a_stolen_frame_given_back_still_remembers_its_last_type)
{
    struct vcpu *v;
    mfn_t page, l1;

    start();
    v = d->vcpus[0];
    guest_run(v, 0);
    page = guest_page(d);
    l1 = guest_page(d);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, l1), 0);
    ck_assert_int_eq(do_update(v, l1, 0, entry_of(page, LEAF_RW)), 0);
    ck_assert_int_eq(do_update(v, l1, 0, 0), 0);
    ck_assert(frame_get(mfn_to_frame(page), d));
    ck_assert(frame_steal(mfn_to_frame(page), d));
    frame_unsteal(mfn_to_frame(page), d);
    /* The writable mapping may be in a TLB yet. */
    fake_requests.flush_calls = 0;
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, page), 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
}

TEST(frame_ref, reuse_flushes_those_who_did_not_since_the_end)
{
    struct frame *frame, *again;

    start();
    frame = mfn_to_frame(guest_page(d));
    ck_assert(frame_get(frame, d));
    ck_assert(frame_release_allocation(frame));
    frame_put(frame);
    fake_cpu_become(1);
    tlb_flush_local();
    fake_cpu_become(0);
    fake_requests.flush_calls = 0;
    again = frame_alloc(0, FRAME_ADDRESS_ANY, FRAME_ALLOC_ZERO);
    ck_assert_ptr_eq(again, frame);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(0));
}
