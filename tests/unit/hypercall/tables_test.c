/* SPDX-License-Identifier: MIT */
/* The hypercall page, the machine's memory map, and arguments of sub-operations. */
#include <string.h>

#include "arch/machine.h"
#include "hypercall-abi/event_channel.h"
#include "hypercall-abi/version.h"
#include "hypercall/hypercall_page.h"
#include "hypercall/machine_map.h"
#include "lib/errno.h"
#include "support/unit.h"
#include "support/whole/world.h"

TEST(hypercall_page, has_a_slot_for_every_number)
{
    static const uint8_t head[] = { 0x51, 0x41, 0x53, 0xb8 };
    static const uint8_t tail[] = { 0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3, 0xcc };
    static const uint8_t iret[] = { 0x51, 0x41, 0x53, 0x50, 0xb8, 23, 0, 0, 0, 0x0f, 0x05, 0xcc };
    static uint8_t page[PAGE_SIZE];

    memset(page, 0xa5, sizeof(page));
    hypercall_page_fill(page);
    for (uint32_t number = 0; number < 128; number++) {
        const uint8_t *slot = page + number * 32;

        if (number == 23)
            continue;
        ck_assert_int_eq(memcmp(slot, head, sizeof(head)), 0);
        ck_assert_int_eq(memcmp(slot + 4, &number, 4), 0);
        ck_assert_int_eq(memcmp(slot + 8, tail, sizeof(tail)), 0);
        ck_assert_uint_eq(slot[31], 0xcc);
    }
    ck_assert_int_eq(memcmp(page + 23 * 32, iret, sizeof(iret)), 0);
}

static struct machine_map map;

static void expect_entry(unsigned index, uint64_t start, uint64_t end, uint32_t type)
{
    ck_assert_uint_lt(index, map.count);
    ck_assert_uint_eq(map.entries[index].addr, start);
    ck_assert_uint_eq(map.entries[index].addr + map.entries[index].size, end);
    ck_assert_uint_eq(map.entries[index].type, type);
}

TEST(machine_map, later_words_replace_earlier_ones)
{
    map.count = 0;
    ck_assert_int_eq(machine_map_set(&map, 0x1000, 0x9000, XEN_E820_RAM), 0);
    ck_assert_int_eq(machine_map_set(&map, 0x3000, 0x4000, XEN_E820_RESERVED), 0);
    ck_assert_uint_eq(map.count, 3);
    expect_entry(0, 0x1000, 0x3000, XEN_E820_RAM);
    expect_entry(1, 0x3000, 0x4000, XEN_E820_RESERVED);
    expect_entry(2, 0x4000, 0x9000, XEN_E820_RAM);
    ck_assert_int_eq(machine_map_set(&map, 0x2000, 0xa000, XEN_E820_ACPI), 0);
    ck_assert_uint_eq(map.count, 2);
    expect_entry(1, 0x2000, 0xa000, XEN_E820_ACPI);
    ck_assert_int_eq(machine_map_set(&map, 0, 0xb000, XEN_E820_RAM), 0);
    ck_assert_uint_eq(map.count, 1);
}

TEST(machine_map, joins_what_touches_and_is_alike)
{
    map.count = 0;
    ck_assert_int_eq(machine_map_set(&map, 0x5000, 0x6000, XEN_E820_RAM), 0);
    ck_assert_int_eq(machine_map_set(&map, 0x1000, 0x2000, XEN_E820_RAM), 0);
    ck_assert_uint_eq(map.count, 2);
    expect_entry(0, 0x1000, 0x2000, XEN_E820_RAM);
    ck_assert_int_eq(machine_map_set(&map, 0x2000, 0x5000, XEN_E820_RAM), 0);
    ck_assert_uint_eq(map.count, 1);
    expect_entry(0, 0x1000, 0x6000, XEN_E820_RAM);
}

/* Against a map that has a type for each page. */
TEST(machine_map, is_what_a_simpler_one_says)
{
    uint32_t pages[64];
    uint32_t random = 1;

    for (unsigned round = 0; round < 2000; round++) {
        map.count = 0;
        memset(pages, 0, sizeof(pages));
        for (unsigned i = 0; i < 12; i++) {
            random = random * 1664525 + 1013904223;
            uint32_t start = random >> 8 & 63, length = random >> 16 & 15;
            uint32_t type = 1 + (random >> 24) % 4;

            if (start + length > 64)
                length = 64 - start;
            ck_assert_int_eq(machine_map_set(&map, start * 4096UL, (start + length) * 4096UL, type),
                             0);
            for (uint32_t page = start; page < start + length; page++)
                pages[page] = type;
        }
        for (uint32_t i = 0; i < map.count; i++) {
            const struct xen_e820_entry *entry = &map.entries[i];

            ck_assert_uint_ne(entry->size, 0);
            for (uint64_t page = entry->addr / 4096; page < (entry->addr + entry->size) / 4096;
                 page++) {
                ck_assert_uint_eq(pages[page], entry->type);
                pages[page] = 0;
            }
        }
        for (unsigned page = 0; page < 64; page++)
            ck_assert_uint_eq(pages[page], 0);
    }
}

TEST(machine_map, says_when_it_is_full)
{
    map.count = 0;
    for (uint64_t i = 0; i < MACHINE_MAP_MAX - 1; i++)
        ck_assert_int_eq(machine_map_set(&map, i * 0x2000, i * 0x2000 + 0x1000, XEN_E820_RAM), 0);
    ck_assert_int_eq(machine_map_set(&map, 0x100, 0x200, XEN_E820_RESERVED), -E2BIG);
    ck_assert_uint_eq(map.count, MACHINE_MAP_MAX - 1);
}

TEST(machine_map, reserves_the_interrupt_controllers)
{
    bool has_local_apic = false;

    machine_map_build();
    for (uint32_t i = 0; i < machine_map.count; i++) {
        if (machine_map.entries[i].addr == 0xfee00000)
            has_local_apic = machine_map.entries[i].type == XEN_E820_RESERVED;
    }
    ck_assert(has_local_apic);
}

/* ---- arguments ---- */

static struct domain *control;

static void start(void)
{
    world_start();
    control = world_domain(0, 1);
    world_run(control->vcpus[0]);
}

TEST(operations, an_answer_that_cannot_be_delivered_has_no_effect)
{
    struct evtchn_alloc_unbound op = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };

    start();
    ck_assert_int_eq(world_call(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound,
                                WORLD_MAPPED_END - 4, 0, 0, 0),
                     -EFAULT);
    memcpy(world_arguments(control), &op, sizeof(op));
    ck_assert_int_eq(world_call(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound,
                                WORLD_ARGUMENTS, 0, 0, 0),
                     0);
    memcpy(&op, world_arguments(control), sizeof(op));
    ck_assert_uint_eq(op.port, 1);
}

TEST(operations, what_is_only_answered_is_clean)
{
    uint8_t *bytes;

    start();
    bytes = world_arguments(control);
    memset(bytes, 0xa5, 2048);
    ck_assert_int_eq(world_call(__HYPERVISOR_xen_version, XENVER_capabilities, WORLD_ARGUMENTS, 0,
                                0, 0),
                     0);
    for (unsigned i = (unsigned)strlen((char *)bytes); i < XEN_CAPABILITIES_INFO_LEN; i++)
        ck_assert_uint_eq(bytes[i], 0);
    ck_assert_uint_eq(bytes[XEN_CAPABILITIES_INFO_LEN], 0xa5);
}

TEST(operations, a_refused_argument_comes_back_as_it_was)
{
    struct xen_feature_info info = { .submap_idx = 7, .submap = 0x12345678 };

    start();
    memcpy(world_arguments(control), &info, sizeof(info));
    ck_assert_int_eq(world_call(__HYPERVISOR_xen_version, XENVER_get_features, WORLD_ARGUMENTS, 0,
                                0, 0),
                     -EINVAL);
    ck_assert_int_eq(memcmp(world_arguments(control), &info, sizeof(info)), 0);
}

TEST(operations, numbers_beyond_the_table_are_no_commands)
{
    static const uint64_t numbers[] = { 14, 100, 0xffffffff };

    start();
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        ck_assert_int_eq(world_call(__HYPERVISOR_event_channel_op, numbers[i], WORLD_ARGUMENTS, 0,
                                    0, 0),
                         -ENOSYS);
}
