/* SPDX-License-Identifier: MIT */
/* Descriptor tables: which descriptors and pages are taken, the windows, update_descriptor. */
#include "pvmmu/descriptor_rules.h"

#include "arch/ipi.h"
#include "hypercall-abi/xen.h"
#include "mm/hypervisor_map.h"
#include "mmu_guest.h"

static struct domain *d;
static struct vcpu *v;
static struct tree tree;

#define PRESENT (1UL << 47)
#define SEGMENT (1UL << 44)
#define LEVEL_3 (3UL << 45)
#define TYPE(n) ((uint64_t)(n) << 40)

#define USER_CODE (PRESENT | SEGMENT | LEVEL_3 | TYPE(0xb) | 1UL << 53)
#define CALL_GATE (PRESENT | TYPE(0xc) | LEVEL_3)

static void start(void)
{
    mmu_machine_start(2);
    d = guest_create(1, 1);
    v = d->vcpus[0];
    guest_run(v, 0);
    tree_build(&tree, d, 1, 1, 3);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, tree.l4), 0);
}

static uint64_t window(unsigned page)
{
    return v->mmu.window_l1[page];
}

static uint64_t zeros(void)
{
    return zero_page_maddr().value | PTE_HYPERVISOR_READ_ONLY;
}

TEST(descriptor, each_type_present_or_not)
{
    for (uint64_t type = 0; type < 16; type++) {
        for (uint64_t level = 0; level < 4; level++) {
            uint64_t value = TYPE(type) | level << 45;

            ck_assert_int_eq(descriptor_check(&value), 0);
            ck_assert_uint_eq(value, TYPE(type) | level << 45);

            value |= PRESENT;
            ck_assert_int_eq(descriptor_check(&value), type == 0 ? 0 : -EINVAL);

            value = PRESENT | SEGMENT | TYPE(type) | level << 45 | 0xff0fUL << 48;
            ck_assert_int_eq(descriptor_check(&value), 0);
            ck_assert_uint_eq(value, PRESENT | SEGMENT | TYPE(type) | LEVEL_3 | 0xff0fUL << 48);
        }
    }
}

TEST(gdt, is_checked_mapped_and_held)
{
    mfn_t page, second;

    start();
    page = guest_page(d);
    second = guest_page(d);
    guest_words(page)[3] = USER_CODE & ~LEVEL_3;
    const uint64_t frames[] = { page.number, second.number };
    ck_assert_int_eq(descriptors_set_gdt(v, frames, 512 + 16), 0);
    EXPECT_CONSISTENT();
    ck_assert_uint_eq(guest_words(page)[3], USER_CODE);
    ck_assert_uint_eq(window(0), entry_of(page, PTE_HYPERVISOR_DATA));
    ck_assert_uint_eq(window(1), entry_of(second, PTE_HYPERVISOR_DATA));
    ck_assert_uint_eq(window(2), zeros());
    ck_assert_int_eq(type_now(page), FRAME_TYPE_SEGDESC);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 50, entry_of(page, LEAF_RW)), -EBUSY);
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 50, entry_of(page, LEAF_RO)), 0);

    ck_assert_int_eq(descriptors_set_gdt(v, &frames[1], 1), 0);
    EXPECT_CONSISTENT();
    ck_assert_uint_eq(window(0), entry_of(second, PTE_HYPERVISOR_DATA));
    ck_assert_uint_eq(window(1), zeros());
    ck_assert_uint_eq(type_references(page), 0);
    ck_assert_int_eq(descriptors_set_gdt(v, NULL, 0), 0);
    ck_assert_uint_eq(window(0), zeros());
    ck_assert_uint_eq(references(second), 1);
    ck_assert_uint_eq(window(14), hypervisor_gdt_maddr().value | PTE_HYPERVISOR_DATA);
    ck_assert_uint_eq(window(15), 0);
}

TEST(gdt, that_is_refused_changes_nothing)
{
    struct domain *other;
    uint64_t frames[15] = { 0 };
    mfn_t good, bad, old;

    start();
    other = guest_create(2, 0);
    old = guest_page(d);
    const uint64_t old_frames[] = { old.number };
    ck_assert_int_eq(descriptors_set_gdt(v, old_frames, 1), 0);
    good = guest_page(d);
    bad = guest_page(d);
    guest_words(bad)[511] = CALL_GATE;
    const mfn_t refused[] = { bad,
                              tree.l1[0][0],
                              tree.page[0][0][0],
                              guest_page(other),
                              mfn(5),
                              mfn(frame_count),
                              virt_to_mfn(v->mmu.kernel_root) };
    for (unsigned i = 0; i < ARRAY_COUNT(refused); i++) {
        frames[0] = good.number;
        frames[1] = refused[i].number;
        ck_assert_int_eq(descriptors_set_gdt(v, frames, 513), -EINVAL);
        EXPECT_CONSISTENT();
        ck_assert_uint_eq(references(good), 1);
        ck_assert_uint_eq(window(0), entry_of(old, PTE_HYPERVISOR_DATA));
    }
    for (unsigned i = 0; i < 15; i++)
        frames[i] = good.number;
    ck_assert_int_eq(descriptors_set_gdt(v, frames, 14 * 512 + 1), -EINVAL);
    ck_assert_int_eq(descriptors_set_gdt(v, frames, 0xffffffff), -EINVAL);
    ck_assert_int_eq(descriptors_set_gdt(v, frames, 14 * 512), 0);
    ck_assert_uint_eq(type_references(good), 14);
    ck_assert_uint_eq(v->descriptors.gdt_entries, 14 * 512);
}

TEST(gdt, change_flushes_where_the_vcpu_is_loaded)
{
    mfn_t page;

    start();
    page = guest_page(d);
    const uint64_t frames[] = { page.number };
    fake_requests.flush_calls = 0;
    ck_assert_int_eq(descriptors_set_gdt(v, frames, 1), 0);
    ck_assert_uint_eq(fake_requests.flush_mask, CPU_MASK(0));
    mmu_unload_root();
    fake_requests.flush_calls = 0;
    ck_assert_int_eq(descriptors_set_gdt(v, NULL, 0), 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 0);
}

/* ---- LDT ---- */

/* An LDT at pages 1 and 2 of the tree, which the guest has read-only. */
static uint64_t set_ldt(uint32_t entries)
{
    for (unsigned i = 1; i < 3; i++)
        ck_assert_int_eq(do_update(v, tree.l1[0][0], i, entry_of(tree.page[0][0][i], LEAF_RO)), 0);
    ck_assert_int_eq(descriptors_set_ldt(v, PAGE_SIZE, entries), 0);
    return PAGE_SIZE;
}

TEST(ldt, is_mapped_when_it_is_touched)
{
    start();
    set_ldt(700);
    ck_assert_uint_eq(this_cpu()->ldt_entries, 700);
    ck_assert_uint_eq(window(16), 0);
    guest_words(tree.page[0][0][2])[100] = USER_CODE & ~LEVEL_3;
    ck_assert(descriptors_ldt_fault(v, PAGE_SIZE + 8));
    EXPECT_CONSISTENT();
    ck_assert_uint_eq(window(17), entry_of(tree.page[0][0][2], PTE_HYPERVISOR_DATA));
    ck_assert_uint_eq(window(16), 0);
    ck_assert_uint_eq(guest_words(tree.page[0][0][2])[100], USER_CODE);
    /* It was there already: not our fault. */
    ck_assert(!descriptors_ldt_fault(v, PAGE_SIZE + 8));
    /* Beyond the limit. */
    ck_assert(!descriptors_ldt_fault(v, 700 * 8));
    ck_assert(!descriptors_ldt_fault(v, 2 * PAGE_SIZE));
}

TEST(ldt, pages_that_cannot_be_mapped_are_the_guests_fault)
{
    start();
    set_ldt(2048);
    /* Writable somewhere, absent, no table, a forbidden descriptor. */
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 9, entry_of(tree.page[0][0][1], LEAF_RW)), 0);
    ck_assert(!descriptors_ldt_fault(v, 0));
    ck_assert_int_eq(do_update(v, tree.l1[0][0], 9, 0), 0);
    ck_assert(descriptors_ldt_fault(v, 0));
    ck_assert(!descriptors_ldt_fault(v, 2 * PAGE_SIZE));
    guest_words(tree.page[0][0][2])[0] = CALL_GATE;
    ck_assert(!descriptors_ldt_fault(v, PAGE_SIZE));
    EXPECT_CONSISTENT();
}

TEST(ldt, goes_with_set_ldt_and_with_a_new_root)
{
    struct tree other;

    start();
    set_ldt(512);
    ck_assert(descriptors_ldt_fault(v, 0));
    ck_assert_uint_eq(type_references(tree.page[0][0][1]), 1);
    fake_requests.flush_calls = 0;
    ck_assert_int_eq(descriptors_set_ldt(v, PAGE_SIZE, 511), 0);
    ck_assert_uint_eq(fake_requests.flush_calls, 1);
    ck_assert_uint_eq(window(16), 0);
    ck_assert_uint_eq(type_references(tree.page[0][0][1]), 0);

    ck_assert(descriptors_ldt_fault(v, 0));
    tree_build(&other, d, 1, 1, 1);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_NEW_BASEPTR, other.l4), 0);
    ck_assert_uint_eq(window(16), 0);
    tree_expect_untyped(&tree);
    ck_assert_int_eq(descriptors_set_ldt(v, 0, 0), 0);
    ck_assert_uint_eq(this_cpu()->ldt_entries, 0);
}

TEST(ldt, bounds)
{
    start();
    ck_assert_int_eq(descriptors_set_ldt(v, PAGE_SIZE, 8192), 0);
    ck_assert_int_eq(descriptors_set_ldt(v, PAGE_SIZE, 8193), -EINVAL);
    ck_assert_int_eq(descriptors_set_ldt(v, PAGE_SIZE + 8, 1), -EINVAL);
    ck_assert_int_eq(descriptors_set_ldt(v, HOLE_START, 1), -EINVAL);
    ck_assert_int_eq(descriptors_set_ldt(v, HOLE_START - PAGE_SIZE, 513), -EINVAL);
    ck_assert_int_eq(descriptors_set_ldt(v, 0x7ffffffff000UL, 513), -EINVAL);
    ck_assert_int_eq(descriptors_set_ldt(v, -PAGE_SIZE, 513), -EINVAL);
    ck_assert_int_eq(descriptors_set_ldt(v, -PAGE_SIZE, 512), 0);
    ck_assert_uint_eq(v->descriptors.ldt_base, -PAGE_SIZE);
}

/* ---- update_descriptor ---- */

static int update(mfn_t page, unsigned index, uint64_t value)
{
    int error = descriptors_update(v, mfn_to_maddr(page).value + index * 8, value);

    EXPECT_CONSISTENT();
    return error;
}

TEST(update_descriptor, writes_descriptor_and_data_pages_only)
{
    mfn_t page, data;

    start();
    page = guest_page(d);
    data = guest_page(d);
    const uint64_t frames[] = { page.number };
    ck_assert_int_eq(descriptors_set_gdt(v, frames, 16), 0);
    ck_assert_int_eq(update(page, 5, USER_CODE & ~LEVEL_3), 0);
    ck_assert_uint_eq(guest_words(page)[5], USER_CODE);
    ck_assert_int_eq(update(data, 5, USER_CODE), 0);
    ck_assert_uint_eq(guest_words(data)[5], USER_CODE);

    ck_assert_int_eq(update(page, 5, CALL_GATE), -EINVAL);
    ck_assert_int_eq(update(data, 5, CALL_GATE), -EINVAL);
    ck_assert_int_eq(update(tree.l1[0][0], 5, 0), -EINVAL);
    ck_assert_int_eq(update(mfn(7), 5, 0), -EINVAL);
    ck_assert_int_eq(descriptors_update(v, mfn_to_maddr(page).value + 4, 0), -EINVAL);
    ck_assert_int_eq(descriptors_update(v, ~7UL, 0), -EINVAL);
    ck_assert_uint_eq(guest_words(page)[5], USER_CODE);
}
