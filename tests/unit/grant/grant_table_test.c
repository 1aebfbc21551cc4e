/* SPDX-License-Identifier: MIT */
/* The table as a whole: limits, growth, sizes, versions, its end. */
#include "grant_world.h"
#include "mm/heap.h"

static int setup(const struct actor *actor, uint16_t dom, uint32_t frames, uint64_t list)
{
    struct gnttab_setup_table op = { .dom = dom, .nr_frames = frames, .frame_list = list };
    long result;

    do {
        result = gnttab_op_setup_table(actor->v, &op, 1);
        if (result == -ERESTART)
            restarts++;
    } while (result == -ERESTART);
    ck_assert_int_eq(result, 0);
    EXPECT_ALL_CONSISTENT();
    return op.status;
}

static struct gnttab_query_size query(const struct actor *actor, uint16_t dom)
{
    struct gnttab_query_size op = { .dom = dom };

    ck_assert_int_eq(gnttab_op_query_size(actor->v, &op, 1), 0);
    return op;
}

TEST(grant_table, limits_are_checked_at_creation)
{
    struct domain *d;

    world_start();
    ck_assert_int_eq(domain_alloc(9, &d), 0);
    ck_assert_int_eq(grant_domain_create(d, 0, 1), -EINVAL);
    ck_assert_int_eq(grant_domain_create(d, 1, 0), -EINVAL);
    ck_assert_int_eq(grant_domain_create(d, GRANT_FRAMES_MAX + 1, 1), -EINVAL);
    ck_assert_int_eq(grant_domain_create(d, 1, GRANT_HANDLE_FRAMES_MAX + 1), -EINVAL);
    ck_assert_ptr_null(d->grants);
    grant_domain_free(d);
    ck_assert_int_eq(grant_domain_create(d, GRANT_FRAMES_MAX, GRANT_HANDLE_FRAMES_MAX), 0);
    ck_assert_uint_eq(grant_table_frames(d), 0);
    ck_assert_uint_eq(grant_table_frame_limit(d), GRANT_FRAMES_MAX);
    grant_domain_free(d);
    ck_assert_ptr_null(d->grants);
}

TEST(grant_table, setup_grows_it_and_tells_the_frames)
{
    world_start();
    ck_assert_int_eq(setup(&granter, DOMID_SELF, 3, LIST_ADDRESS), GNTST_okay);
    ck_assert_uint_eq(grant_table_frames(granter.d), 3);
    ck_assert_uint_eq(frame_list[0], virt_to_mfn(granter.entries).number);
    for (unsigned i = 0; i < 3; i++) {
        ck_assert_ptr_eq(frame_owner(mfn_to_frame(mfn(frame_list[i]))), granter.d);
        for (unsigned j = 0; j < i; j++)
            ck_assert_uint_ne(frame_list[i], frame_list[j]);
    }
    ck_assert_uint_eq(frame_list[3], 0);
    /* A smaller table is no other table. */
    frame_list[1] = 0;
    ck_assert_int_eq(setup(&granter, granter.d->id, 2, LIST_ADDRESS), GNTST_okay);
    ck_assert_uint_eq(grant_table_frames(granter.d), 3);
    ck_assert_uint_ne(frame_list[1], 0);
    ck_assert_int_eq(setup(&granter, DOMID_SELF, 0, 0), GNTST_okay);
}

TEST(grant_table, its_owner_maps_the_frames_and_writes_them)
{
    mfn_t frame;

    world_start();
    frame = virt_to_mfn(granter.entries);
    run(&granter);
    ck_assert_int_eq(do_va(granter.v, slot_va(5), entry_of(frame, LEAF_RW)), 0);
    ck_assert_uint_eq(type_references(frame), 2);
    /* But nobody else, and not as a page table. */
    ck_assert_int_eq(do_mmuext(granter.v, MMUEXT_PIN_L1_TABLE, frame), -EINVAL);
    run(&mapper);
    ck_assert_int_eq(do_va(mapper.v, slot_va(5), entry_of(frame, LEAF_RO)), -EINVAL);
}

TEST(grant_table, new_entries_grant_nothing)
{
    struct gnttab_map_grant_ref op = { .host_addr = slot_va(1),
                                       .flags = GNTMAP_host_map,
                                       .dom = 1 };

    world_start();
    ck_assert_int_eq(setup(&granter, DOMID_SELF, 2, LIST_ADDRESS), GNTST_okay);
    for (op.ref = 0; op.ref < 2 * GRANTS_PER_FRAME; op.ref += 73)
        ck_assert_int_eq(do_map(&mapper, &op), GNTST_general_error);
}

TEST(grant_table, setup_refuses_and_keeps_what_there_is)
{
    world_start();
    ck_assert_int_eq(setup(&granter, DOMID_SELF, FRAME_LIMIT + 1, LIST_ADDRESS),
                     GNTST_general_error);
    ck_assert_int_eq(setup(&granter, DOMID_SELF, UINT32_MAX, LIST_ADDRESS), GNTST_general_error);
    ck_assert_uint_eq(grant_table_frames(granter.d), 1);
    ck_assert_int_eq(setup(&granter, DOMID_SELF, 1, 0x1000), GNTST_bad_virt_addr);
    ck_assert_int_eq(setup(&granter, DOMID_SELF, 1, HOLE_START), GNTST_bad_virt_addr);
    ck_assert_int_eq(setup(&granter, DOMID_SELF, 2, ~0UL - 7), GNTST_bad_virt_addr);
}

TEST(grant_table, only_the_privileged_name_others)
{
    struct gnttab_get_version version = { .dom = 1 };

    world_start();
    ck_assert_int_eq(setup(&mapper, 1, 1, LIST_ADDRESS), GNTST_permission_denied);
    ck_assert_int_eq(setup(&mapper, 300, 1, LIST_ADDRESS), GNTST_permission_denied);
    ck_assert_int_eq(query(&mapper, 1).status, GNTST_permission_denied);
    ck_assert_int_eq(gnttab_op_get_version(mapper.v, &version, 1), -EPERM);
    run(&control);
    ck_assert_int_eq(setup(&control, 1, 2, LIST_ADDRESS), GNTST_okay);
    ck_assert_uint_eq(grant_table_frames(granter.d), 2);
    ck_assert_int_eq(setup(&control, 300, 1, LIST_ADDRESS), GNTST_bad_domain);
    ck_assert_int_eq(query(&control, 300).status, GNTST_bad_domain);
    ck_assert_int_eq(gnttab_op_get_version(control.v, &version, 1), 0);
    version.dom = 300;
    ck_assert_int_eq(gnttab_op_get_version(control.v, &version, 1), -ESRCH);
    /* References to the domains that were named are given back. */
    ck_assert_uint_eq(atomic_load(&granter.d->references), 5);
}

TEST(grant_table, size_is_told)
{
    struct gnttab_query_size size;

    world_start();
    size = query(&granter, DOMID_SELF);
    ck_assert_int_eq(size.status, GNTST_okay);
    ck_assert_uint_eq(size.nr_frames, 1);
    ck_assert_uint_eq(size.max_nr_frames, FRAME_LIMIT);
}

TEST(grant_table, version_is_1)
{
    struct gnttab_get_version get = { .dom = DOMID_SELF };
    struct gnttab_set_version set = { .version = 1 };

    world_start();
    ck_assert_int_eq(gnttab_op_get_version(granter.v, &get, 1), 0);
    ck_assert_uint_eq(get.version, 1);
    ck_assert_int_eq(gnttab_op_set_version(granter.v, &set, 1), 0);
    for (uint32_t wanted = 0; wanted < 4; wanted++) {
        set.version = wanted;
        if (wanted != 1)
            ck_assert_int_eq(gnttab_op_set_version(granter.v, &set, 1), -ENOSYS);
        ck_assert_uint_eq(set.version, 1);
    }
}

TEST(grant_table, calls_about_a_table_take_one_structure)
{
    struct gnttab_setup_table setups[2] = { { .dom = DOMID_SELF }, { .dom = DOMID_SELF } };
    struct gnttab_query_size sizes[2] = { { .dom = DOMID_SELF }, { .dom = DOMID_SELF } };
    struct gnttab_get_version gets[2] = { { .dom = DOMID_SELF }, { .dom = DOMID_SELF } };
    struct gnttab_set_version sets[2] = { { 1 }, { 1 } };

    world_start();
    ck_assert_int_eq(gnttab_op_setup_table(granter.v, setups, 2), -EINVAL);
    ck_assert_int_eq(gnttab_op_query_size(granter.v, sizes, 2), -EINVAL);
    ck_assert_int_eq(gnttab_op_get_version(granter.v, gets, 2), -EINVAL);
    ck_assert_int_eq(gnttab_op_set_version(granter.v, sets, 2), -EINVAL);
}

TEST(grant_table, growth_may_be_interrupted)
{
    world_start();
    preempt_always = true;
    ck_assert_int_eq(setup(&granter, DOMID_SELF, 4, LIST_ADDRESS), GNTST_okay);
    preempt_always = false;
    ck_assert_uint_eq(restarts, 3);
    ck_assert_uint_eq(grant_table_frames(granter.d), 4);
}

/* ---- failures ---- */

static int grow_twice(void *context)
{
    uint64_t objects = heap_objects_in_use();
    uint32_t before = grant_table_frames(granter.d);
    mfn_t frame;
    int error = grant_table_frame(granter.d, before, &frame);

    (void)context;
    if (error) {
        ck_assert_int_eq(error, -ENOMEM);
        ck_assert_uint_eq(grant_table_frames(granter.d), before);
        ck_assert_uint_eq(heap_objects_in_use(), objects);
    }
    EXPECT_ALL_CONSISTENT();
    return error;
}

TEST(grant_table, a_frame_that_cannot_be_had_leaves_nothing_behind)
{
    world_start();
    ck_assert_uint_eq(sweep_allocation_failures(grow_twice, NULL), 2);
    ck_assert_uint_eq(grant_table_frames(granter.d), 2);
}

static int create(void *context)
{
    struct domain *d = context;
    uint64_t objects = heap_objects_in_use();
    int error = grant_domain_create(d, 4, 4);

    if (error) {
        ck_assert_int_eq(error, -ENOMEM);
        ck_assert_ptr_null(d->grants);
    }
    grant_domain_free(d);
    ck_assert_uint_eq(heap_objects_in_use(), objects);
    return error;
}

TEST(grant_table, creation_without_memory_leaves_nothing_behind)
{
    struct domain *d;

    world_start();
    ck_assert_int_eq(domain_alloc(9, &d), 0);
    ck_assert_uint_eq(sweep_allocation_failures(create, d), 1);
}

/* ---- the end ---- */

TEST(grant_table, closing_gives_the_frames_away)
{
    uint64_t objects;
    mfn_t frame;

    world_start();
    objects = heap_objects_in_use();
    frame = virt_to_mfn(granter.entries);
    close_grants(&granter);
    ck_assert_ptr_null(frame_owner(mfn_to_frame(frame)));
    ck_assert_uint_eq(heap_objects_in_use(), objects - 1);
    ck_assert_int_eq(grant_table_frame(granter.d, 0, &frame), -EINVAL);
    ck_assert_int_eq(grant_table_frame(granter.d, 1, &frame), -EINVAL);
    /* Closed is closed. */
    ck_assert_int_eq(grant_domain_close(granter.d), 0);
    ck_assert_uint_eq(heap_objects_in_use(), objects - 1);
}

TEST(grant_table, a_frame_that_somebody_maps_outlives_it)
{
    mfn_t frame;

    world_start();
    run(&control);
    frame = virt_to_mfn(granter.entries);
    ck_assert_int_eq(mmu_update_va_mapping(control.v, slot_va(3), entry_of(frame, LEAF_RW), 0,
                                           granter.d),
                     0);
    close_grants(&granter);
    ck_assert_ptr_eq(frame_owner(mfn_to_frame(frame)), granter.d);
    ck_assert_uint_eq(references(frame), 1);
    ck_assert_int_eq(do_va(control.v, slot_va(3), 0), 0);
    ck_assert_ptr_null(frame_owner(mfn_to_frame(frame)));
}

TEST(grant_table, a_domain_without_one_dies_too)
{
    struct domain *d;

    world_start();
    ck_assert_int_eq(domain_alloc(9, &d), 0);
    atomic_store(&d->life, DOMAIN_DYING);
    ck_assert_int_eq(grant_domain_close(d), 0);
    grant_domain_free(d);
}
