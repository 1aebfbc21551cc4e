/* SPDX-License-Identifier: MIT */
/*
 * Domains from the first frame to the last: what the builder makes, and that destruction gives
 * everything back.
 */
#include "control/domain_build.h"

#include <string.h>

#include "arch/pte.h"
#include "control/domain_create.h"
#include "control/domain_destroy.h"
#include "domain/domain.h"
#include "hypercall-abi/start_info.h"
#include "lib/errno.h"
#include "mm/frame_alloc.h"
#include "mm/heap.h"
#include "mm/m2p.h"
#include "pvmmu/pvmmu.h"
#include "sched/scheduler.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "support/whole/kernel_file.h"
#include "support/whole/world.h"

static const struct start_info *start_info_of(const struct domain *d)
{
    return world_page(d, (d->vcpus[0]->regs.rsi - WORLD_VIRT_BASE) >> PAGE_SHIFT);
}

TEST(domain_build, loads_the_image)
{
    struct domain *d;
    const uint8_t *text;

    world_start();
    d = world_domain(0, 1);
    text = world_page(d, KERNEL_FILE_TEXT >> PAGE_SHIFT);
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        ck_assert_uint_eq(text[i], i % 253);
    ck_assert_uint_eq(((const uint8_t *)world_page(d, KERNEL_FILE_DATA >> PAGE_SHIFT))[15], 0xda);
    ck_assert_uint_eq(((const uint8_t *)world_page(d, KERNEL_FILE_DATA >> PAGE_SHIFT))[16], 0);
    ck_assert_uint_eq(d->vcpus[0]->regs.rip, KERNEL_FILE_ENTRY);
    ck_assert_uint_eq(d->total_pages, WORLD_DOMAIN_PAGES);
    world_check();
}

TEST(domain_build, describes_it_in_start_info)
{
    struct domain *d;
    const struct start_info *info;
    const uint64_t *list;

    world_start();
    d = world_domain(0, 1);
    info = start_info_of(d);
    ck_assert_str_eq(info->magic, "xen-3.0-x86_64");
    ck_assert_uint_eq(info->nr_pages, WORLD_DOMAIN_PAGES);
    ck_assert_uint_eq(info->shared_info, mfn_to_maddr(d->shared_frame).value);
    ck_assert_uint_eq(info->flags, SIF_PRIVILEGED | SIF_INITDOMAIN);
    list = world_page(d, (info->mfn_list - WORLD_VIRT_BASE) >> PAGE_SHIFT);
    for (unsigned pfn = 0; pfn < 512; pfn++)
        ck_assert_uint_eq(list[pfn], world_mfn(d, pfn).number);
    for (unsigned pfn = 0; pfn < WORLD_DOMAIN_PAGES; pfn++)
        ck_assert_uint_eq(m2p_get(world_mfn(d, pfn)), pfn);
}

TEST(domain_build, gives_other_domains_their_rings)
{
    struct domain *d;
    const struct start_info *info;

    world_start();
    (void)world_domain(0, 1);
    d = world_domain(1, 2);
    info = start_info_of(d);
    ck_assert_uint_eq(info->flags, 0);
    ck_assert_uint_ne(info->store_mfn, 0);
    ck_assert_uint_ne(info->console.domU.mfn, info->store_mfn);
    ck_assert_uint_eq(d->vcpu_count, 2);
    world_check();
}

TEST(domain_build, refuses_and_leaves_a_domain_that_can_be_destroyed)
{
    struct domain_config config = { .id = 1,
                                    .vcpu_count = 1,
                                    .max_pages = 10,
                                    .max_evtchn_port = 100,
                                    .max_grant_frames = 1,
                                    .max_maptrack_frames = 1 };
    static uint8_t garbage[100];
    struct build_request request = {
        .kernel = garbage, .kernel_bytes = sizeof(garbage), .command_line = "", .nr_pages = 10
    };
    uint64_t free_before;
    const char *why;
    struct domain *d;

    world_start();
    (void)world_domain(0, 1);
    free_before = frames_free_total();
    ck_assert_int_eq(domain_create(&config, &d), 0);
    ck_assert_int_eq(domain_add_vcpus(d, 1), 0);
    ck_assert_int_ne(domain_build(d, &request, &why), 0);
    ck_assert_str_eq(why, "it is not an ELF file");
    domain_destroy_now(d);
    world_settle();
    ck_assert_ptr_null(domain_find(1));
    ck_assert_uint_ge(frames_free_total() + 8, free_before);
}

/* Frees may leave heap pages with the heap, so the second time is what must be equal. */
static uint64_t free_after_a_life(uint32_t preempt_one_in)
{
    struct domain *d = world_domain(1, 3);
    int error;

    world_preempt_one_in = preempt_one_in;
    ck_assert(domain_get(d));
    while ((error = domain_destroy(d)) == -ERESTART)
        world_settle();
    ck_assert_int_eq(error, 0);
    ck_assert_int_eq(d->life, DOMAIN_DEAD);
    domain_put(d);
    world_settle();
    world_preempt_one_in = 0;
    ck_assert_ptr_null(domain_find(1));
    world_check();
    return frames_free_total();
}

TEST(domain_destroy, gives_everything_back)
{
    uint64_t first;

    world_start();
    world_run(world_domain(0, 1)->vcpus[0]);
    first = free_after_a_life(0);
    ck_assert_uint_eq(free_after_a_life(0), first);
    ck_assert_uint_eq(free_after_a_life(3), first);
    ck_assert_uint_eq(free_after_a_life(1), first);
}

static uint32_t waiting(void)
{
    uint32_t count = 0;

    for (uint32_t id = 0; id < WORLD_CPUS; id++)
        count += scheduler_waiting(id);
    return count;
}

TEST(domain_destroy, takes_those_that_wait_for_a_cpu_from_its_queue)
{
    uint32_t before;

    world_start();
    world_run(world_domain(0, 1)->vcpus[0]);
    before = waiting();
    (void)world_domain(1, 2);
    ck_assert_uint_eq(waiting(), before + 1); /* the second one is not up */
    world_destroy(domain_find(1));
    ck_assert_uint_eq(waiting(), before);
    (void)world_domain(1, 1);
    ck_assert_uint_eq(waiting(), before + 1);
}

TEST(domain_destroy, waits_for_frames_that_others_map)
{
    struct domain *control, *d;
    struct mmu_update update;
    uint64_t first_table, pfn = 600;

    world_start();
    control = world_domain(0, 1);
    d = world_domain(1, 1);
    world_run(control->vcpus[0]);
    (void)world_tables(control, &first_table);
    /* The control domain maps a frame of the other one, in place of an own page. */
    update.ptr = 0;
    for (uint64_t i = 0; i < 512 && !update.ptr; i++) {
        uint64_t table = world_mfn(control, first_table + 3).number << PAGE_SHIFT;

        if (((const uint64_t *)world_page(control, first_table + 3))[i] & PTE_WRITE)
            update.ptr = table + i * 8;
    }
    ck_assert_uint_ne(update.ptr, 0);
    update.val = world_mfn(d, pfn).number << PAGE_SHIFT | PTE_PRESENT | PTE_WRITE | PTE_USER;
    memcpy(world_arguments(control), &update, sizeof(update));
    ck_assert_int_eq(world_call(__HYPERVISOR_mmu_update, WORLD_ARGUMENTS, 1, 0, 1, 0), 0);

    ck_assert(domain_get(d));
    while (domain_destroy(d) == -ERESTART)
        world_settle();
    domain_put(d);
    world_settle();
    ck_assert_ptr_eq(domain_find(1), d);
    ck_assert_uint_eq(d->total_pages, 1);
    ck_assert(!frame_get(mfn_to_frame(world_mfn(d, pfn)), d));

    update.val = 0;
    memcpy(world_arguments(control), &update, sizeof(update));
    ck_assert_int_eq(world_call(__HYPERVISOR_mmu_update, WORLD_ARGUMENTS, 1, 0, DOMID_SELF, 0), 0);
    world_settle();
    ck_assert_ptr_null(domain_find(1));
}
