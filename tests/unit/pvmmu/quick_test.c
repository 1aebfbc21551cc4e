/* SPDX-License-Identifier: MIT */
/*
 * The short way for plain updates does what the long way does: two domains that began alike get the
 * same updates, one by mmu_update_some(), the other by entry_write(), and stay alike.
 */
#include "pvmmu/entry_quick.h"

#include "hypercall-abi/xen.h"
#include "mmu_guest.h"
#include "pvmmu/entry_write.h"

#define PAGES 8u
#define STEPS 20000u

/* Pages 0 and 1 are L1 tables, 2 an L2, the others data. */
struct twin {
    struct domain *domain;
    mfn_t page[PAGES];
};

static struct twin quick, slow;
static uint64_t random_state = 88172645463325252UL;

static uint64_t next_random(uint64_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % limit;
}

static void twin_create(struct twin *twin, uint16_t id)
{
    struct vcpu *v;

    twin->domain = guest_create(id, 1);
    v = twin->domain->vcpus[0];
    guest_run(v, 0);
    for (unsigned i = 0; i < PAGES; i++)
        twin->page[i] = guest_page(twin->domain);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, twin->page[0]), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L1_TABLE, twin->page[1]), 0);
    ck_assert_int_eq(do_mmuext(v, MMUEXT_PIN_L2_TABLE, twin->page[2]), 0);
}

static void start(void)
{
    mmu_machine_start(1);
    twin_create(&quick, 1);
    twin_create(&slow, 2);
}

/* What both get, in terms of their own pages. */
struct step {
    unsigned table, slot, target;
    uint64_t command; /* MMU_NORMAL_PT_UPDATE or MMU_PT_UPDATE_PRESERVE_AD */
    uint64_t flags;   /* bit 0 clear: absent, with these contents */
};

static struct step any_step(void)
{
    struct step step = { .table = (unsigned)next_random(4),
                         .slot = (unsigned)next_random(3),
                         .target = (unsigned)next_random(PAGES),
                         .command =
                             next_random(2) ? MMU_PT_UPDATE_PRESERVE_AD : MMU_NORMAL_PT_UPDATE };

    switch (next_random(6)) {
    case 0:
        step.flags = next_random(4) ? 0 : 0x1230;
        break;
    case 1:
        step.flags = LEAF_RO | next_random(2) << 9 | next_random(2) << 63;
        break;
    case 2:
        step.flags =
            PTE_PRESENT | (next_random(2) ? PTE_WRITE : 0) | (next_random(2) ? PTE_GLOBAL : 0);
        break;
    case 3:
        step.flags = LEAF_RW | (next_random(8) ? 0 : PTE_PCD);
        break;
    default:
        step.flags = LEAF_RW & ~(next_random(2) << 5);
        break;
    }
    return step;
}

static struct mmu_update update_of(const struct twin *twin, const struct step *step)
{
    return (struct mmu_update){
        .ptr = mfn_to_maddr(twin->page[step->table]).value + step->slot * 8 + step->command,
        .val = (step->flags & PTE_PRESENT) ? entry_of(twin->page[step->target], step->flags)
                                           : step->flags,
    };
}

static int update_slowly(const struct mmu_update *update)
{
    const struct entry_write write = {
        .table_owner = slow.domain,
        .frame_owner = slow.domain,
        .place = maddr(update->ptr & ~7UL),
        .value = update->val,
        .mode = (update->ptr & 7) == MMU_PT_UPDATE_PRESERVE_AD ? ENTRY_WRITE_KEEP_AD
                                                               : ENTRY_WRITE_PLAIN,
        .any_level = true,
        .may_restart = true,
    };

    return entry_write(&write);
}

/* An entry with the twin's page replaced by its number. */
static uint64_t entry_seen(const struct twin *twin, unsigned table, unsigned slot)
{
    uint64_t entry = entry_at(twin->page[table], slot);

    for (unsigned i = 0; i < PAGES; i++) {
        if ((entry & PTE_PRESENT) && (entry & PTE_ADDRESS_MASK) == entry_of(twin->page[i], 0))
            return (entry & ~PTE_ADDRESS_MASK) | (uint64_t)i << PAGE_SHIFT;
    }
    return entry;
}

static void expect_alike(void)
{
    for (unsigned i = 0; i < PAGES; i++) {
        ck_assert_uint_eq(references(quick.page[i]), references(slow.page[i]));
        ck_assert_uint_eq(atomic_load(&mfn_to_frame(quick.page[i])->type),
                          atomic_load(&mfn_to_frame(slow.page[i])->type));
        for (unsigned slot = 0; slot < 3 && i < 3; slot++)
            ck_assert_uint_eq(entry_seen(&quick, i, slot), entry_seen(&slow, i, slot));
    }
}

TEST(quick, is_the_same_as_slow)
{
    unsigned short_ways = 0;

    start();
    for (unsigned i = 0; i < STEPS; i++) {
        struct step step = any_step();
        struct mmu_update update = update_of(&quick, &step);
        const struct mmu_domains names = { quick.domain, quick.domain, false };
        uint32_t done = 0;
        int quick_error, slow_error;

        /* A data page is written by other means. */
        if (step.table > 2)
            continue;
        if (entry_write_quick(quick.domain, &update, 1) == 1) {
            quick_error = 0;
            short_ways++;
        } else {
            quick_error = mmu_update_some(&names, &update, 1, &done);
        }
        update = update_of(&slow, &step);
        slow_error = update_slowly(&update);
        ck_assert_int_eq(mmu_settle(quick.domain), 0);
        ck_assert_int_eq(mmu_settle(slow.domain), 0);
        ck_assert_int_eq(quick_error, slow_error);
        expect_alike();
        if (i % 256 == 0)
            EXPECT_CONSISTENT();
    }
    ck_assert_uint_gt(short_ways, STEPS / 4);
}

TEST(quick, takes_many_in_one_go_up_to_the_first_that_is_not_plain)
{
    struct mmu_update updates[6];
    struct mmu_domains domains;
    uint32_t done;

    start();
    domains = (struct mmu_domains){ quick.domain, quick.domain, false };
    for (unsigned i = 0; i < 6; i++) {
        struct step step = { .table = i / 3, .slot = i % 3, .target = 3 + i % 5, .flags = LEAF_RO };

        updates[i] = update_of(&quick, &step);
    }
    ck_assert_uint_eq(entry_write_quick(quick.domain, updates, 6), 6);
    EXPECT_CONSISTENT();
    for (unsigned i = 0; i < 6; i++)
        updates[i].val = 0;
    updates[4].ptr |= MMU_PT_UPDATE_NO_TRANSLATE;
    ck_assert_uint_eq(entry_write_quick(quick.domain, updates, 6), 4);
    EXPECT_CONSISTENT();
    /* With the long way for the next one it goes on. */
    ck_assert_int_eq(mmu_update_some(&domains, &updates[4], 2, &done), 0);
    ck_assert_uint_eq(done, 1);
    updates[5].val = entry_of(mfn(frame_count), LEAF_RO);
    updates[4] = updates[3];
    ck_assert_int_eq(mmu_update_some(&domains, &updates[4], 2, &done), -EPERM);
    ck_assert_uint_eq(done, 1);
    EXPECT_CONSISTENT();
}

TEST(quick, leaves_other_domains_tables_alone)
{
    struct step step = { .table = 0, .slot = 0, .target = 3, .flags = LEAF_RO };
    struct mmu_update update;

    start();
    update = update_of(&quick, &step);
    ck_assert_uint_eq(entry_write_quick(slow.domain, &update, 1), 0);
    update.val = update_of(&slow, &step).val;
    ck_assert_uint_eq(entry_write_quick(quick.domain, &update, 1), 0);
    update.ptr = ~0UL << 3;
    ck_assert_uint_eq(entry_write_quick(quick.domain, &update, 1), 0);
    EXPECT_CONSISTENT();
}
