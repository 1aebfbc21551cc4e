/* SPDX-License-Identifier: MIT */
/* The real-time clock's registers and the calendar. */
#include "arch/cmos.h"
#include "arch/rtc.h"
#include "support/unit.h"

#define BINARY_24 0x06
#define BCD_24    0x02
#define BCD_12    0x00

static struct rtc_time time;

static bool decode(struct rtc_registers registers)
{
    return rtc_decode(&registers, &time);
}

static void expect(uint32_t year, uint32_t month, uint32_t day, uint32_t hour)
{
    ck_assert_uint_eq(time.year, year);
    ck_assert_uint_eq(time.month, month);
    ck_assert_uint_eq(time.day, day);
    ck_assert_uint_eq(time.hour, hour);
}

TEST(rtc, reads_decimal_digits)
{
    ck_assert(decode((struct rtc_registers){ 0x59, 0x34, 0x23, 0x31, 0x12, 0x26, BCD_24 }));
    expect(2026, 12, 31, 23);
    ck_assert_uint_eq(time.minute, 34);
    ck_assert_uint_eq(time.second, 59);
}

TEST(rtc, reads_binary_numbers)
{
    ck_assert(decode((struct rtc_registers){ 59, 34, 23, 31, 12, 26, BINARY_24 }));
    expect(2026, 12, 31, 23);
}

TEST(rtc, reads_hours_with_an_afternoon)
{
    ck_assert(decode((struct rtc_registers){ 0, 0, 0x12, 1, 1, 0, BCD_12 }));
    expect(2000, 1, 1, 0);
    ck_assert(decode((struct rtc_registers){ 0, 0, 0x92, 1, 1, 0, BCD_12 }));
    expect(2000, 1, 1, 12);
    ck_assert(decode((struct rtc_registers){ 0, 0, 0x91, 1, 1, 0, BCD_12 }));
    expect(2000, 1, 1, 23);
}

TEST(rtc, knows_the_centuries)
{
    ck_assert(decode((struct rtc_registers){ 0, 0, 0, 1, 1, 0x70, BCD_24 }));
    expect(1970, 1, 1, 0);
    ck_assert(decode((struct rtc_registers){ 0, 0, 0, 1, 1, 0x69, BCD_24 }));
    expect(2069, 1, 1, 0);
}

TEST(rtc, refuses_what_is_no_date)
{
    static const struct rtc_registers none[] = {
        { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, /* no clock at all */
        { 0, 0, 0, 0, 1, 20, BINARY_24 },
        { 0, 0, 0, 1, 0, 20, BINARY_24 },
        { 0, 0, 0, 1, 13, 20, BINARY_24 },
        { 0, 0, 0, 30, 2, 20, BINARY_24 },
        { 0, 0, 0, 29, 2, 21, BINARY_24 },
        { 0, 0, 24, 1, 1, 20, BINARY_24 },
        { 0, 60, 0, 1, 1, 20, BINARY_24 },
        { 60, 0, 0, 1, 1, 20, BINARY_24 },
    };

    for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        ck_assert(!decode(none[i]));
    ck_assert(decode((struct rtc_registers){ 0, 0, 0, 29, 2, 20, BINARY_24 }));
}

static uint64_t epoch(uint32_t year, uint32_t month, uint32_t day, uint32_t hour)
{
    struct rtc_time date = { .year = year, .month = month, .day = day, .hour = hour };

    return rtc_to_epoch(&date);
}

TEST(rtc, counts_from_1970)
{
    ck_assert_uint_eq(epoch(1970, 1, 1, 0), 0);
    ck_assert_uint_eq(epoch(2000, 3, 1, 0), 951868800);
    ck_assert_uint_eq(epoch(2026, 11, 24, 22), 1795557600);
    ck_assert_uint_eq(epoch(2038, 1, 19, 3), 2147482800);
}

/* ---- the clock in the CMOS memory ---- */

static uint8_t cmos[0x80];
static unsigned reads;
static unsigned ticks_left; /* the minute ends while it is read, so many times */

uint8_t cmos_read(uint8_t index)
{
    reads++;
    if (index == 0x02 && ticks_left > 0) { /* between seconds and minutes */
        ticks_left--;
        cmos[0x00] = (uint8_t)(cmos[0x00] ^ 0x01);
        cmos[0x02] = (uint8_t)(cmos[0x02] ^ 0x01);
    }
    return cmos[index];
}

static void set_clock(void)
{
    cmos[0x00] = 0x10;
    cmos[0x02] = 0x20;
    cmos[0x04] = 0x13;
    cmos[0x07] = 0x24;
    cmos[0x08] = 0x11;
    cmos[0x09] = 0x26;
    cmos[0x0b] = BCD_24;
}

TEST(rtc, reads_again_when_the_clock_moved)
{
    set_clock();
    ticks_left = 3;
    ck_assert(rtc_read(&time));
    expect(2026, 11, 24, 13);
    ck_assert_uint_eq(time.second, 11);
    ck_assert_uint_eq(time.minute, 21);
}

TEST(rtc, gives_up_on_a_clock_that_never_stands)
{
    set_clock();
    ticks_left = 1000000;
    ck_assert(!rtc_read(&time));
}

TEST(rtc, does_not_wait_for_ever_for_an_update_to_end)
{
    set_clock();
    cmos[0x0a] = 0x80;
    ck_assert(rtc_read(&time));
    ck_assert_uint_gt(reads, 1000);
}
