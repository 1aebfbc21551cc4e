/* SPDX-License-Identifier: MIT */
#include "mm/guest_access.h"

#include <string.h>

#include "arch/cpu_features.h"
#include "arch/layout.h"
#include "arch/x86.h"
#include "lib/errno.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

static uint8_t guest_page[PAGE_SIZE] __attribute__((aligned(8)));
static uint8_t buffer[PAGE_SIZE];

#define GUEST 0x40000000UL

static void map(bool is_writable)
{
    fake_guest_unmap_all();
    for (size_t i = 0; i < PAGE_SIZE; i++)
        guest_page[i] = (uint8_t)i;
    fake_guest_map(GUEST, guest_page, PAGE_SIZE, is_writable);
}

TEST(guest_access, copies_both_ways)
{
    map(true);
    ck_assert_int_eq(copy_from_guest(buffer, GUEST + 5, 100), 0);
    ck_assert_mem_eq(buffer, guest_page + 5, 100);
    memset(buffer, 0xaa, 100);
    ck_assert_int_eq(copy_to_guest(GUEST + 50, buffer, 100), 0);
    ck_assert_mem_eq(guest_page + 50, buffer, 100);
    ck_assert_uint_eq(guest_page[49], 49);
    ck_assert_uint_eq(guest_page[150], 150);
}

TEST(guest_access, a_missing_page_is_a_fault)
{
    map(true);
    ck_assert_int_eq(copy_from_guest(buffer, GUEST - 1, 2), -EFAULT);
    ck_assert_int_eq(copy_from_guest(buffer, GUEST + PAGE_SIZE - 1, 2), -EFAULT);
    ck_assert_int_eq(copy_to_guest(GUEST + PAGE_SIZE, buffer, 1), -EFAULT);
    ck_assert_int_eq(clear_guest(GUEST + PAGE_SIZE - 4, 8), -EFAULT);
}

TEST(guest_access, a_read_only_page_can_only_be_read)
{
    uint64_t expected = 0;

    map(false);
    ck_assert_int_eq(copy_from_guest(buffer, GUEST, 8), 0);
    ck_assert_int_eq(copy_to_guest(GUEST, buffer, 8), -EFAULT);
    ck_assert_int_eq(clear_guest(GUEST, 8), -EFAULT);
    ck_assert_int_eq(exchange_guest(GUEST, &expected, 1), -EFAULT);
    ck_assert_uint_eq(guest_page[1], 1);
}

TEST(guest_access, the_hypervisors_own_memory_is_out_of_reach)
{
    static const uint64_t addresses[] = {
        HOLE_START,     HOLE_END - 8, HOLE_START - 4,       0x0000800000000000UL - 4,
        UINT64_MAX - 3, M2P_VIRT,     0x0000800000000000UL,
    };
    uint64_t expected = 0;

    /* Even if it were mapped, as it is for the hypervisor. */
    map(true);
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        fake_guest_map(addresses[i], guest_page, 8, true);
        ck_assert_int_eq(copy_from_guest(buffer, addresses[i], 8), -EFAULT);
        ck_assert_int_eq(copy_to_guest(addresses[i], buffer, 8), -EFAULT);
        ck_assert_int_eq(clear_guest(addresses[i], 8), -EFAULT);
        ck_assert_int_eq(exchange_guest(addresses[i], &expected, 1), -EFAULT);
    }
    ck_assert_int_eq(copy_from_guest(buffer, GUEST, SIZE_MAX), -EFAULT);
}

TEST(guest_access, exchange_only_what_is_expected)
{
    uint64_t found = 0x1111;

    map(true);
    memcpy(guest_page + 16, &found, 8);
    uint64_t expected = 0x2222;
    ck_assert_int_eq(exchange_guest(GUEST + 16, &expected, 0x3333), -EAGAIN);
    ck_assert_uint_eq(expected, 0x1111);
    ck_assert_int_eq(exchange_guest(GUEST + 16, &expected, 0x3333), 0);
    memcpy(&found, guest_page + 16, 8);
    ck_assert_uint_eq(found, 0x3333);
    ck_assert_int_eq(exchange_guest(GUEST + 17, &expected, 0), -EFAULT);
}

TEST(guest_access, smap_is_open_only_during_the_access)
{
    map(true);
    smap_active = true;
    ck_assert_int_eq(copy_from_guest(buffer, GUEST, 8), 0);
    ck_assert_int_eq(copy_to_guest(GUEST, buffer, 8), 0);
    ck_assert_int_eq(clear_guest(GUEST, 8), 0);
    ck_assert_int_eq(copy_from_guest(buffer, GUEST - 8, 8), -EFAULT);
    ck_assert(!fake_x86.smap_is_open);
}
