/* SPDX-License-Identifier: MIT */
/* Lists of calls: results, refusals, and going on after each interruption. */
#include <string.h>

#include "hypercall/dispatch.h"
#include "lib/errno.h"
#include "mm/guest_access.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "support/whole/world.h"

#define LIST_MAX (WORLD_ARGUMENT_PAGES * PAGE_SIZE / sizeof(struct multicall_entry))

static struct multicall_entry list[LIST_MAX];
static struct domain *control;

static void start(void)
{
    world_start();
    control = world_domain(0, 1);
    world_run(control->vcpus[0]);
    memset(list, 0, sizeof(list));
}

/* Writes the list where the guest has it, makes the call, reads it back. The list is contiguous for
 * the guest but not in memory. */
static long make_calls(uint64_t count)
{
    uint64_t first = (WORLD_ARGUMENTS - WORLD_VIRT_BASE) >> PAGE_SHIFT;
    uint8_t *bytes = (uint8_t *)list;
    long result;

    for (uint64_t i = 0; i < WORLD_ARGUMENT_PAGES; i++)
        memcpy(world_page(control, first + i), bytes + i * PAGE_SIZE, PAGE_SIZE);
    result = world_call(__HYPERVISOR_multicall, WORLD_ARGUMENTS, count, 0, 0, 0);
    for (uint64_t i = 0; i < WORLD_ARGUMENT_PAGES; i++)
        memcpy(bytes + i * PAGE_SIZE, world_page(control, first + i), PAGE_SIZE);
    return result;
}

TEST(multicall, each_entry_gets_its_result)
{
    start();
    list[0].op = __HYPERVISOR_xen_version;
    list[1].op = 63;
    list[2].op = __HYPERVISOR_set_segment_base;
    list[2].args[0] = 9;
    ck_assert_int_eq(make_calls(3), 0);
    ck_assert_int_eq((long)list[0].result, 0x40011);
    ck_assert_int_eq((long)list[1].result, -ENOSYS);
    ck_assert_int_eq((long)list[2].result, -EINVAL);
    ck_assert_uint_eq(list[3].result, 0);
}

TEST(multicall, is_not_nested)
{
    start();
    list[0].op = __HYPERVISOR_multicall;
    list[0].args[0] = WORLD_ARGUMENTS;
    list[0].args[1] = 1;
    list[1].op = __HYPERVISOR_xen_version;
    ck_assert_int_eq(make_calls(2), 0);
    ck_assert_int_eq((long)list[0].result, -EINVAL);
    ck_assert_int_eq((long)list[1].result, 0x40011);
}

TEST(multicall, ends_where_the_list_cannot_be_read)
{
    struct multicall_entry last = { .op = __HYPERVISOR_xen_version };
    uint64_t address = WORLD_MAPPED_END - sizeof(last);

    start();
    ck_assert_int_eq(copy_to_guest(address, &last, sizeof(last)), 0);
    ck_assert_int_eq(world_call(__HYPERVISOR_multicall, address, 2, 0, 0, 0), -EFAULT);
    ck_assert_int_eq(copy_from_guest(&last, address, sizeof(last)), 0);
    ck_assert_int_eq((long)last.result, 0x40011);
}

TEST(multicall, goes_on_after_every_entry)
{
    start();
    for (unsigned i = 0; i < LIST_MAX; i++)
        list[i].op = __HYPERVISOR_xen_version;
    world_preempt_one_in = 1;
    ck_assert_int_eq(make_calls(LIST_MAX), 0);
    for (unsigned i = 0; i < LIST_MAX; i++)
        ck_assert_int_eq((long)list[i].result, 0x40011);
    ck_assert_uint_ge(world_restarts, LIST_MAX - 1);
}

/* An entry that is itself interrupted gets its own arguments rewritten, and only those. */
TEST(multicall, an_interrupted_entry_goes_on_by_its_own_arguments)
{
    uint64_t updates = WORLD_ARGUMENTS + 3 * PAGE_SIZE;
    uint64_t first_table;
    struct mmu_update *update;

    start();
    (void)world_tables(control, &first_table);
    update = world_page(control, (updates - WORLD_VIRT_BASE) >> PAGE_SHIFT);
    list[0].op = __HYPERVISOR_mmu_update;
    list[0].args[0] = updates;
    list[0].args[1] = 200;
    list[0].args[2] = 0;
    list[0].args[3] = DOMID_SELF;
    list[1].op = __HYPERVISOR_xen_version;
    for (unsigned i = 0; i < 200; i++) {
        struct mmu_update one = { world_mfn(control, first_table + 4).number << PAGE_SHIFT | i * 8,
                                  0 };

        memcpy((uint8_t *)&list[3 * PAGE_SIZE / sizeof(list[0])] + i * sizeof(one), &one,
               sizeof(one));
    }
    (void)update;
    world_preempt_one_in = 2;
    ck_assert_int_eq(make_calls(2), 0);
    ck_assert_int_eq((long)list[0].result, 0);
    ck_assert_int_eq((long)list[1].result, 0x40011);
    ck_assert_uint_eq(list[0].args[3], DOMID_SELF);
    world_check();
}
