/* SPDX-License-Identifier: MIT */
/* Every bit of an entry at every level, for domains with and without devices. */
#include "pvmmu/entry_rules.h"

#include "arch/cpu_features.h"
#include "mm/ram.h"
#include "mmu_guest.h"

static struct domain *control, *guest;

static void start(void)
{
    mmu_machine_start(1);
    control = guest_create(0, 0);
    guest = guest_create(1, 0);
}

/* What section 5.6 of the contract says of bits other than the address. */
static bool may_have_bit(unsigned level, unsigned bit, bool has_devices)
{
    switch (bit) {
    case 3: /* PWT */
    case 4: /* PCD */
    case 7: /* PAT, or page size */
        return level == 1 && has_devices;
    case 8: /* Global */
        return level == 1;
    default:
        return true;
    }
}

TEST(entry_rules, each_bit_at_each_level)
{
    start();
    for (unsigned level = 1; level <= 4; level++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            uint64_t entry = 1UL << bit | PTE_PRESENT;

            if (bit >= 12 && bit < 52)
                continue;
            ck_assert_int_eq(entry_check(level, entry, guest) == 0,
                             may_have_bit(level, bit, false));
            ck_assert_int_eq(entry_check(level, entry, control) == 0,
                             may_have_bit(level, bit, true));
        }
    }
}

TEST(entry_rules, address_bits_up_to_the_cpus_width)
{
    start();
    for (unsigned width = 36; width <= 52; width++) {
        cpu_features.physical_address_bits = (uint8_t)width;
        for (unsigned level = 1; level <= 4; level++) {
            for (unsigned bit = 12; bit < 52; bit++)
                ck_assert_int_eq(entry_check(level, 1UL << bit | PTE_PRESENT, control) == 0,
                                 bit < width);
        }
    }
}

TEST(entry_rules, absent_entries_are_the_guests)
{
    start();
    for (unsigned level = 1; level <= 4; level++) {
        for (unsigned bit = 1; bit < 64; bit++) {
            ck_assert_int_eq(entry_check(level, 1UL << bit, guest), 0);
            ck_assert_uint_eq(entry_adjust(level, 1UL << bit), 1UL << bit);
        }
    }
}

TEST(entry_rules, absent_entries_that_hold_an_address_where_that_leaks)
{
    uint64_t in_ram, beyond;

    start();
    in_ram = (ram_frames_end() - 1) << PAGE_SHIFT;
    beyond = ram_frames_end() << PAGE_SHIFT;
    entry_l1tf_rule = true;
    for (unsigned level = 1; level <= 4; level++) {
        ck_assert_int_eq(entry_check(level, 0, guest), 0);
        ck_assert_int_eq(entry_check(level, in_ram | PTE_GLOBAL, guest), -EINVAL);
        ck_assert_int_eq(entry_check(level, PTE_DIRTY, guest), -EINVAL);
        ck_assert_int_eq(entry_check(level, beyond | PTE_GLOBAL, guest), 0);
        ck_assert_int_eq(entry_check(level, ~(in_ram | PTE_PRESENT), guest), 0);
        ck_assert_int_eq(entry_check(level, in_ram | PTE_GLOBAL, control), 0);
    }
}

TEST(entry_rules, present_entries_are_made_reachable_and_never_global)
{
    uint64_t page = 0x200000;

    ck_assert_uint_eq(entry_adjust(1, page | PTE_PRESENT | PTE_WRITE | PTE_GLOBAL),
                      page | PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_GUEST_KERNEL);
    ck_assert_uint_eq(entry_adjust(1, page | PTE_PRESENT | PTE_USER | PTE_GLOBAL),
                      page | PTE_PRESENT | PTE_USER);
    ck_assert_uint_eq(entry_adjust(1, page | PTE_PRESENT | PTE_USER | PTE_GUEST_KERNEL),
                      page | PTE_PRESENT | PTE_USER | PTE_GUEST_KERNEL);
    for (unsigned level = 2; level <= 4; level++)
        ck_assert_uint_eq(entry_adjust(level, page | PTE_PRESENT), page | PTE_PRESENT | PTE_USER);
}

TEST(entry_rules, are_applied_by_each_way_to_write_an_entry)
{
    const uint64_t spoilers[] = { PTE_PWT, PTE_PCD, PTE_PAT };
    struct vcpu *v;
    mfn_t l1, page;
    struct tree tree;

    start();
    ck_assert_int_eq(vcpu_create(guest, 0, &v), 0);
    ck_assert_int_eq(mmu_vcpu_create(v), 0);
    guest_run(v, 0);
    l1 = guest_page(guest);
    page = guest_page(guest);
    for (unsigned i = 0; i < ARRAY_COUNT(spoilers); i++) {
        /* By validation. */
        guest_words(l1)[0] = entry_of(page, LEAF_RO | spoilers[i]);
        ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, l1), -EINVAL);
        guest_words(l1)[0] = 0;
        /* By an update, from absent and from a similar entry. */
        ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, l1), 0);
        ck_assert_int_eq(do_update(v, l1, 0, entry_of(page, LEAF_RO | spoilers[i])), -EINVAL);
        ck_assert_int_eq(do_update(v, l1, 0, entry_of(page, LEAF_RO)), 0);
        ck_assert_int_eq(do_update(v, l1, 0, entry_of(page, LEAF_RO | spoilers[i])), -EINVAL);
        ck_assert_int_eq(do_update_cmd(v, l1, 0, entry_of(page, LEAF_RO | spoilers[i]),
                                       MMU_PT_UPDATE_PRESERVE_AD),
                         -EINVAL);
        ck_assert_int_eq(do_update(v, l1, 0, 0), 0);
        ck_assert_int_eq(do_mmuext(v, MMUEXT_UNPIN_TABLE, l1), 0);
    }

    /* The size bit at the levels above, on entries that are the same otherwise. */
    tree_build(&tree, guest, 1, 1, 1);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L4_TABLE, tree.l4), 0);
    const mfn_t tables[] = { tree.l2[0], tree.l3, tree.l4 };
    for (unsigned i = 0; i < ARRAY_COUNT(tables); i++) {
        uint64_t now = entry_at(tables[i], 0);

        ck_assert_int_eq(do_update(v, tables[i], 0, now | PTE_LARGE), -EINVAL);
        ck_assert_int_eq(do_update(v, tables[i], 0, now | PTE_GLOBAL), -EINVAL);
        ck_assert_int_eq(do_update(v, tables[i], 0, now | PTE_PWT), -EINVAL);
        ck_assert_uint_eq(entry_at(tables[i], 0), now);
    }
}
