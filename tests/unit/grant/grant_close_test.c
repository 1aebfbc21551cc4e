/* SPDX-License-Identifier: MIT */
/* Domains that die while they use grants, or while theirs are used. */
#include "grant_world.h"
#include "lib/string.h"
#include "mm/heap.h"

static mfn_t page;

static void start(void)
{
    world_start();
    page = guest_page(granter.d);
    grant_to(&granter, 8, &mapper, page, GTF_permit_access);
    run(&mapper);
}

static struct gnttab_map_grant_ref device_op(void)
{
    return (struct gnttab_map_grant_ref){ .flags = GNTMAP_device_map, .ref = 8, .dom = 1 };
}

TEST(grant_close, a_dying_mapper_drops_pins_and_device_references)
{
    struct gnttab_map_grant_ref op = device_op();

    start();
    map_at(&mapper, &granter, 8, 1, 0);
    map_at(&mapper, &granter, 8, 2, GNTMAP_readonly);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_okay);
    ck_assert_uint_eq(references(page), 4);

    close_grants(&mapper);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
    ck_assert_uint_eq(granter.d->grants->handle_count, 0);
    /* The two page-table entries still have theirs. */
    ck_assert_uint_eq(references(page), 3);
    ck_assert_uint_eq(type_references(page), 1);
    forget_memory(&mapper);
    ck_assert_uint_eq(references(page), 1);
    EXPECT_ALL_CONSISTENT();
}

TEST(grant_close, a_mapping_that_was_overwritten_leaves_only_its_pin_to_drop)
{
    start();
    map_at(&mapper, &granter, 8, 1, 0);
    ck_assert_int_eq(do_va(mapper.v, slot_va(1), 0), 0);
    ck_assert_uint_eq(references(page), 1);
    kill_actor(&mapper);
    ck_assert_uint_eq(references(page), 1);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
    ck_assert_uint_eq(domains_released, 1);
}

TEST(grant_close, it_may_be_interrupted)
{
    struct gnttab_map_grant_ref op = device_op();

    start();
    for (unsigned i = 0; i < 200; i++)
        ck_assert_int_eq(gnttab_op_map_grant_ref(mapper.v, &op, 1), 0);
    ck_assert_uint_eq(references(page), 201);
    atomic_store(&mapper.d->life, DOMAIN_DYING);
    preempt_always = true;
    unsigned interruptions = 0;
    while (grant_domain_close(mapper.d)) {
        interruptions++;
        EXPECT_ALL_CONSISTENT();
    }
    preempt_always = false;
    ck_assert_uint_eq(interruptions, HANDLES_PER_FRAME / 64);
    ck_assert_uint_eq(references(page), 1);
}

TEST(grant_close, a_dead_granter_stays_while_its_frame_is_mapped)
{
    grant_handle_t handle;
    struct domain *d;

    start();
    handle = map_at(&mapper, &granter, 8, 1, 0);
    d = granter.d;
    kill_actor(&granter);
    ck_assert_uint_eq(domains_released, 0);
    ck_assert_ptr_eq(domain_find(1), d);
    ck_assert_ptr_eq(frame_owner(mfn_to_frame(page)), d);
    ck_assert_uint_eq(atomic_load(&d->total_pages), 1);

    /* Its grant frame is gone, so there is nothing to tell it; the page may be anybody's. */
    memset(granter.entries, 0xff, PAGE_SIZE);
    ck_assert_int_eq(unmap_at(&mapper, handle, 1), GNTST_okay);
    ck_assert_uint_eq(flags_of(&granter, 8), 0xffff);
    ck_assert_ptr_null(frame_owner(mfn_to_frame(page)));
    pass_quiet_points();
    ck_assert_uint_eq(domains_released, 1);
    ck_assert_ptr_null(domain_find(1));
    EXPECT_ALL_CONSISTENT();
}

TEST(grant_close, a_handle_alone_keeps_a_dead_granter)
{
    grant_handle_t handle;

    start();
    handle = map_at(&mapper, &granter, 8, 1, 0);
    ck_assert_int_eq(do_va(mapper.v, slot_va(1), 0), 0);
    kill_actor(&granter);
    /* Else its id could be another domain's, whose entry would lose a pin. */
    ck_assert_uint_eq(domains_released, 0);
    ck_assert_int_eq(unmap_at(&mapper, handle, 1), GNTST_general_error);
    kill_actor(&mapper);
    ck_assert_uint_eq(domains_released, 2);
}

TEST(grant_close, device_mappings_keep_a_dead_granter)
{
    struct gnttab_map_grant_ref op = device_op();
    struct gnttab_unmap_grant_ref end;

    start();
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_okay);
    kill_actor(&granter);
    ck_assert_uint_eq(domains_released, 0);
    end = (struct gnttab_unmap_grant_ref){ .dev_bus_addr = op.dev_bus_addr, .handle = op.handle };
    ck_assert_int_eq(do_unmap(&mapper, &end), GNTST_okay);
    pass_quiet_points();
    ck_assert_uint_eq(domains_released, 1);
}

TEST(grant_close, a_domain_that_maps_itself_dies)
{
    mfn_t own;
    struct gnttab_map_grant_ref op = { .flags = GNTMAP_device_map, .ref = 3, .dom = 2 };

    start();
    own = guest_page(mapper.d);
    grant_to(&mapper, 3, &mapper, own, GTF_permit_access);
    map_at(&mapper, &mapper, 3, 1, 0);
    map_at(&mapper, &mapper, 3, 2, GNTMAP_readonly);
    ck_assert_int_eq(do_map(&mapper, &op), GNTST_okay);
    kill_actor(&mapper);
    ck_assert_uint_eq(domains_released, 1);
    EXPECT_ALL_CONSISTENT();
}

TEST(grant_close, two_that_map_each_other_die)
{
    mfn_t other;
    uint64_t objects;

    start();
    other = guest_page(mapper.d);
    grant_to(&mapper, 3, &granter, other, GTF_permit_access);
    map_at(&mapper, &granter, 8, 1, 0);
    run(&granter);
    map_at(&granter, &mapper, 3, 1, 0);
    objects = heap_objects_in_use();
    kill_actor(&granter);
    ck_assert_uint_eq(domains_released, 0);
    kill_actor(&mapper);
    ck_assert_uint_eq(domains_released, 2);
    ck_assert_uint_lt(heap_objects_in_use(), objects);
    EXPECT_ALL_CONSISTENT();
}

TEST(grant_close, all_memory_comes_back)
{
    uint64_t objects;

    start();
    kill_actor(&granter);
    objects = heap_objects_in_use();
    granter.d = guest_create(1, 1);
    ck_assert_int_eq(grant_domain_create(granter.d, 2, 2), 0);
    mfn_t frame;
    ck_assert_int_eq(grant_table_frame(granter.d, 1, &frame), 0);
    grant_to(&mapper, 3, &granter, guest_page(mapper.d), GTF_permit_access);
    struct gnttab_map_grant_ref op = { .flags = GNTMAP_device_map, .ref = 3, .dom = 2 };
    granter.v = granter.d->vcpus[0];
    ck_assert_int_eq(do_map(&granter, &op), GNTST_okay);
    frame_share_special(mfn_to_frame(granter.d->shared_frame), granter.d, true);
    kill_actor(&granter);
    ck_assert_uint_eq(domains_released, 2);
    ck_assert_uint_eq(heap_objects_in_use(), objects);
}
