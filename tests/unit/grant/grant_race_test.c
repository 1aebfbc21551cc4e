/* SPDX-License-Identifier: MIT */
/* Several CPUs at once: threads are CPUs. */
#include <pthread.h>

#include "grant_world.h"

#define ROUNDS 4000u

static mfn_t page;

static void start(void)
{
    world_start();
    page = guest_page(granter.d);
    grant_to(&granter, 8, &mapper, page, GTF_permit_access);
}

struct worker {
    pthread_t thread;
    uint32_t cpu;
    unsigned slot;
    unsigned successes;
    uint32_t flags;
};

static void start_worker(struct worker *worker, void *(*function)(void *))
{
    ck_assert_int_eq(pthread_create(&worker->thread, NULL, function, worker), 0);
}

static void join(struct worker *worker)
{
    ck_assert_int_eq(pthread_join(worker->thread, NULL), 0);
}

/* ---- a granter that takes its page back whenever it can ---- */

static _Atomic bool is_over;

static void *map_and_unmap(void *argument)
{
    struct worker *worker = argument;

    fake_cpu_become(worker->cpu);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct gnttab_map_grant_ref map = { .host_addr = slot_va(worker->slot),
                                            .flags = worker->flags,
                                            .ref = 8,
                                            .dom = granter.d->id };
        struct gnttab_unmap_grant_ref unmap = { .host_addr = map.host_addr };

        if (gnttab_op_map_grant_ref(mapper.v, &map, 1) || map.status)
            continue;
        worker->successes++;
        unmap.handle = map.handle;
        unmap.dev_bus_addr = worker->flags & GNTMAP_device_map ? map.dev_bus_addr : 0;
        if (gnttab_op_unmap_grant_ref(mapper.v, &unmap, 1) || unmap.status)
            abort();
    }
    return NULL;
}

static void *take_back(void *argument)
{
    (void)argument;
    fake_cpu_become(1);
    while (!atomic_load(&is_over)) {
        if (!revoke(&granter, 8))
            continue;
        /* It is the granter's alone: no reference, no type, no mapping. */
        if (references(page) != 1 || type_references(page) != 0)
            abort();
        atomic_store((_Atomic uint16_t *)&granter.entries[8].flags, GTF_permit_access);
    }
    return NULL;
}

TEST(grant_race, a_page_that_is_taken_back_is_nobody_elses)
{
    struct worker workers[2] = {
        { .cpu = 2, .slot = 1, .flags = GNTMAP_host_map | GNTMAP_device_map },
        { .cpu = 3, .slot = 2, .flags = GNTMAP_host_map | GNTMAP_readonly },
    };
    struct worker granting;

    start();
    start_worker(&granting, take_back);
    for (unsigned i = 0; i < 2; i++)
        start_worker(&workers[i], map_and_unmap);
    for (unsigned i = 0; i < 2; i++)
        join(&workers[i]);
    atomic_store(&is_over, true);
    join(&granting);
    EXPECT_ALL_CONSISTENT();
    ck_assert_uint_eq(references(page), 1);
    ck_assert_uint_eq(granter.d->grants->handle_count, 0);
}

/* ---- two CPUs that end the same handles ---- */

static grant_handle_t handles[HANDLES_PER_FRAME];

static void *unmap_all(void *argument)
{
    struct worker *worker = argument;

    fake_cpu_become(worker->cpu);
    for (unsigned i = 0; i < HANDLES_PER_FRAME; i++) {
        struct gnttab_unmap_grant_ref op = { .host_addr = slot_va(1 + i), .handle = handles[i] };

        if (gnttab_op_unmap_grant_ref(mapper.v, &op, 1))
            abort();
        worker->successes += op.status == GNTST_okay;
    }
    return NULL;
}

TEST(grant_race, a_handle_is_ended_once)
{
    struct worker workers[2] = { { .cpu = 2 }, { .cpu = 3 } };

    start();
    run(&mapper);
    for (unsigned i = 0; i < HANDLES_PER_FRAME; i++) {
        struct gnttab_map_grant_ref op = {
            .host_addr = slot_va(1 + i), .flags = GNTMAP_host_map, .ref = 8, .dom = 1
        };

        ck_assert_int_eq(gnttab_op_map_grant_ref(mapper.v, &op, 1), 0);
        ck_assert_int_eq(op.status, GNTST_okay);
        handles[i] = op.handle;
    }
    for (unsigned i = 0; i < 2; i++)
        start_worker(&workers[i], unmap_all);
    for (unsigned i = 0; i < 2; i++)
        join(&workers[i]);
    ck_assert_uint_eq(workers[0].successes + workers[1].successes, HANDLES_PER_FRAME);
    EXPECT_ALL_CONSISTENT();
    ck_assert_uint_eq(references(page), 1);
    ck_assert_uint_eq(flags_of(&granter, 8), GTF_permit_access);
}

/* ---- growth ---- */

static void *grow_to_the_limit(void *argument)
{
    struct worker *worker = argument;
    mfn_t frame;

    fake_cpu_become(worker->cpu);
    for (uint32_t index = 0; index < FRAME_LIMIT; index++) {
        if (grant_table_frame(granter.d, index, &frame))
            abort();
    }
    return NULL;
}

TEST(grant_race, frames_are_made_once)
{
    struct worker workers[2] = { { .cpu = 2 }, { .cpu = 3 } };

    start();
    for (unsigned i = 0; i < 2; i++)
        start_worker(&workers[i], grow_to_the_limit);
    for (unsigned i = 0; i < 2; i++)
        join(&workers[i]);
    ck_assert_uint_eq(grant_table_frames(granter.d), FRAME_LIMIT);
    EXPECT_ALL_CONSISTENT();
}
