/* SPDX-License-Identifier: MIT */
/* Reservations and exchanges: counts, interruptions, and what a failure leaves. */
#include <string.h>

#include "hypercall-abi/memory.h"
#include "hypercall/dispatch.h"
#include "lib/errno.h"
#include "mm/frame_alloc.h"
#include "mm/m2p.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "support/whole/world.h"

#define LIST_ADDRESS (WORLD_ARGUMENTS + PAGE_SIZE)
#define OUT_ADDRESS  (WORLD_ARGUMENTS + 2 * PAGE_SIZE)
#define UNMAPPED_PFN 1030u /* beyond what the first tables map */

static struct domain *d;

static uint64_t *page_at(uint64_t address)
{
    return world_page(d, (address - WORLD_VIRT_BASE) >> PAGE_SHIFT);
}

static void start(void)
{
    world_start();
    (void)world_domain(0, 1);
    d = world_domain(1, 1);
    world_run(d->vcpus[0]);
}

static long reserve(uint32_t command, uint64_t count, uint32_t order)
{
    struct xen_memory_reservation op = {
        .extent_start = LIST_ADDRESS,
        .nr_extents = count,
        .extent_order = order,
        .domid = DOMID_SELF,
    };

    memcpy(world_arguments(d), &op, sizeof(op));
    return world_call(__HYPERVISOR_memory_op, command, WORLD_ARGUMENTS, 0, 0, 0);
}

static void list_own_frames(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        page_at(LIST_ADDRESS)[i] = world_mfn(d, UNMAPPED_PFN + i).number;
}

static void give_and_take(uint32_t preempt_one_in)
{
    start();
    world_preempt_one_in = preempt_one_in;
    list_own_frames(60);
    ck_assert_int_eq(reserve(XENMEM_decrease_reservation, 60, 0), 60);
    ck_assert_uint_eq(d->total_pages, WORLD_DOMAIN_PAGES - 60);
    ck_assert_int_eq(reserve(XENMEM_decrease_reservation, 60, 0), 0);
    for (unsigned i = 0; i < 60; i++) {
        ck_assert_uint_eq(m2p_get(mfn(page_at(LIST_ADDRESS)[i])), M2P_INVALID);
        page_at(LIST_ADDRESS)[i] = 5000 + i;
    }
    ck_assert_int_eq(reserve(XENMEM_populate_physmap, 60, 0), 60);
    ck_assert_uint_eq(d->total_pages, WORLD_DOMAIN_PAGES);
    for (unsigned i = 0; i < 60; i++)
        ck_assert_uint_eq(m2p_get(mfn(page_at(LIST_ADDRESS)[i])), 5000 + i);
    world_check();
}

TEST(reservation, gives_and_takes)
{
    give_and_take(0);
    ck_assert_uint_eq(world_restarts, 0);
}

TEST(reservation, goes_on_where_it_was_interrupted)
{
    give_and_take(1);
}

TEST(reservation, stops_at_the_domains_limit)
{
    start();
    for (unsigned i = 0; i < 100; i++)
        page_at(LIST_ADDRESS)[i] = 5000 + i;
    ck_assert_int_eq(reserve(XENMEM_populate_physmap, 100, 0), 64);
    ck_assert_uint_eq(d->total_pages, d->max_pages);
    ck_assert_int_eq(reserve(XENMEM_increase_reservation, 1, 0), 0);
    world_check();
}

TEST(reservation, counts_from_what_the_guest_says_was_done)
{
    start();
    list_own_frames(10);
    ck_assert_int_eq(reserve(XENMEM_decrease_reservation | 4 << 6, 10, 0), 10);
    ck_assert_uint_eq(d->total_pages, WORLD_DOMAIN_PAGES - 6);
    ck_assert_int_eq(reserve(XENMEM_decrease_reservation | 11 << 6, 10, 0), 11);
    world_check();
}

static int populate_scenario(void *unused)
{
    uint64_t before = d->total_pages;
    long count;

    (void)unused;
    for (unsigned i = 0; i < 4; i++)
        page_at(LIST_ADDRESS)[i] = 5000 + 4 * i;
    count = reserve(XENMEM_populate_physmap, 4, 2);
    ck_assert_uint_eq(d->total_pages, before + (uint64_t)count * 4);
    world_check();
    ck_assert_int_eq(reserve(XENMEM_decrease_reservation, (uint64_t)count, 2), count);
    ck_assert_uint_eq(d->total_pages, before);
    return count == 4 ? 0 : -ENOMEM;
}

TEST(reservation, is_short_but_consistent_without_memory)
{
    start();
    ck_assert_uint_eq(sweep_allocation_failures(populate_scenario, NULL), 4);
}

/* ---- exchange ---- */

static struct xen_memory_exchange exchange_request(uint64_t in, uint32_t in_order, uint64_t out,
                                                   uint32_t out_order)
{
    return (struct xen_memory_exchange){
        .in = { .extent_start = LIST_ADDRESS,
                .nr_extents = in,
                .extent_order = in_order,
                .domid = DOMID_SELF },
        .out = { .extent_start = OUT_ADDRESS,
                 .nr_extents = out,
                 .extent_order = out_order,
                 .domid = DOMID_SELF },
    };
}

static long exchange(struct xen_memory_exchange *op)
{
    long result;

    memcpy(world_arguments(d), op, sizeof(*op));
    result = world_call(__HYPERVISOR_memory_op, XENMEM_exchange, WORLD_ARGUMENTS, 0, 0, 0);
    memcpy(op, world_arguments(d), sizeof(*op));
    return result;
}

static void exchange_many(uint32_t preempt_one_in)
{
    struct xen_memory_exchange op = exchange_request(32, 0, 8, 2);

    start();
    world_preempt_one_in = preempt_one_in;
    list_own_frames(32);
    for (unsigned i = 0; i < 8; i++)
        page_at(OUT_ADDRESS)[i] = UNMAPPED_PFN + 4 * i;
    ck_assert_int_eq(exchange(&op), 0);
    ck_assert_uint_eq(op.nr_exchanged, 32);
    ck_assert_uint_eq(d->total_pages, WORLD_DOMAIN_PAGES);
    for (unsigned i = 0; i < 8; i++) {
        uint64_t number = page_at(OUT_ADDRESS)[i];

        ck_assert_uint_eq(number & 3, 0);
        for (unsigned j = 0; j < 4; j++)
            ck_assert_uint_eq(m2p_get(mfn(number + j)), UNMAPPED_PFN + 4 * i + j);
    }
    world_check();
}

TEST(exchange, makes_blocks_of_single_frames)
{
    exchange_many(0);
}

TEST(exchange, goes_on_where_it_was_interrupted)
{
    exchange_many(1);
    ck_assert_uint_eq(world_restarts, 7);
}

TEST(exchange, is_refused_for_a_frame_in_use_and_changes_nothing)
{
    struct xen_memory_exchange op = exchange_request(4, 0, 1, 2);

    start();
    list_own_frames(4);
    page_at(LIST_ADDRESS)[2] = world_mfn(d, 5).number; /* mapped by the first tables */
    page_at(OUT_ADDRESS)[0] = UNMAPPED_PFN;
    ck_assert_int_eq(exchange(&op), -EINVAL);
    ck_assert_uint_eq(op.nr_exchanged, 0);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(m2p_get(world_mfn(d, UNMAPPED_PFN + i)), UNMAPPED_PFN + i);
    world_check();
    /* They are still the domain's to give. */
    list_own_frames(4);
    ck_assert_int_eq(reserve(XENMEM_decrease_reservation, 4, 0), 4);
}

static int exchange_scenario(void *unused)
{
    struct xen_memory_exchange op = exchange_request(8, 0, 2, 2);
    long result;

    (void)unused;
    list_own_frames(8);
    page_at(OUT_ADDRESS)[0] = UNMAPPED_PFN;
    page_at(OUT_ADDRESS)[1] = UNMAPPED_PFN + 4;
    result = exchange(&op);
    ck_assert_uint_eq(d->total_pages, WORLD_DOMAIN_PAGES);
    if (result) {
        ck_assert_int_eq(result, -ENOMEM);
        for (unsigned i = (unsigned)op.nr_exchanged; i < 8; i++)
            ck_assert_uint_eq(m2p_get(world_mfn(d, UNMAPPED_PFN + i)), UNMAPPED_PFN + i);
    }
    world_check();
    world_refresh_frames(d);
    return result ? -ENOMEM : 0;
}

TEST(exchange, without_memory_changes_nothing)
{
    start();
    ck_assert_uint_gt(sweep_allocation_failures(exchange_scenario, NULL), 3);
}
