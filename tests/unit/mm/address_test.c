/* SPDX-License-Identifier: MIT */
#include "mm/address.h"

#include "support/unit.h"

TEST(address, frame_and_address_convert_both_ways)
{
    ck_assert_uint_eq(mfn_to_maddr(mfn(5)).value, 0x5000);
    ck_assert_uint_eq(maddr_to_mfn(maddr(0x5fff)).number, 5);
    ck_assert(mfn_equal(virt_to_mfn(mfn_to_virt(mfn(77))), mfn(77)));
    ck_assert_uint_eq(virt_to_maddr(maddr_to_virt(maddr(0x12345))).value, 0x12345);
}

TEST(address, a_guest_may_use_both_halves_but_not_the_hole)
{
    ck_assert(guest_address_ok(0));
    ck_assert(guest_address_ok(0x00007fffffffffff));
    ck_assert(!guest_address_ok(0x0000800000000000)); /* not canonical */
    ck_assert(!guest_address_ok(0xffff7fffffffffff));
    ck_assert(!guest_address_ok(HOLE_START));
    ck_assert(!guest_address_ok(HOLE_END - 1));
    ck_assert(guest_address_ok(HOLE_END));
    ck_assert(guest_address_ok(UINT64_MAX));
}

TEST(address, a_guest_range_may_not_touch_the_hole_or_wrap)
{
    ck_assert(guest_range_ok(0, 0x0000800000000000));
    ck_assert(!guest_range_ok(0, 0x0000800000000001));
    ck_assert(!guest_range_ok(0x00007fffffffffff, 2));
    ck_assert(guest_range_ok(HOLE_END, 0UL - HOLE_END));
    ck_assert(!guest_range_ok(HOLE_END, 0UL - HOLE_END + 1)); /* wraps */
    ck_assert(!guest_range_ok(HOLE_START - 1, 2));
    ck_assert(!guest_range_ok(HOLE_END - 1, 2));
    /* From one half to the other, over the hole. */
    ck_assert(!guest_range_ok(0x1000, HOLE_END));
    ck_assert(!guest_range_ok(1, UINT64_MAX));
    /* Nothing at all is fine wherever the start is. */
    ck_assert(guest_range_ok(0x1000, 0));
    ck_assert(!guest_range_ok(HOLE_START, 0));
}
