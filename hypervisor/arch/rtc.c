/* SPDX-License-Identifier: MIT */
/*
 * The MC146818's registers: binary or decimal digits, 12 or 24 hours, two digits of the year.
 *
 * The clock is read between two of its updates, which shows in two readings being equal.
 */
#include "arch/rtc.h"

#include "arch/cmos.h"
#include "arch/x86.h"
#include "lib/string.h"

#define RTC_SECOND   0x00u
#define RTC_MINUTE   0x02u
#define RTC_HOUR     0x04u
#define RTC_DAY      0x07u
#define RTC_MONTH    0x08u
#define RTC_YEAR     0x09u
#define RTC_STATUS_A 0x0au
#define RTC_STATUS_B 0x0bu

#define STATUS_A_UPDATING 0x80u
#define STATUS_B_24_HOURS 0x02u
#define STATUS_B_BINARY   0x04u
#define HOUR_AFTERNOON    0x80u

#define FIRST_YEAR      1970u
#define CENTURY         2000u /* a clock that shows less than 70 is of this one */
#define SECONDS_PER_DAY 86400UL

/* An update takes 2 ms at the most; each look is a slow port access. */
#define UPDATE_LOOKS 10000u
#define READINGS_MAX 10u

static bool is_leap(uint32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint32_t days_in(uint32_t month, uint32_t year)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

uint64_t rtc_to_epoch(const struct rtc_time *time)
{
    uint64_t days = time->day - 1;

    for (uint32_t year = FIRST_YEAR; year < time->year; year++)
        days += is_leap(year) ? 366 : 365;
    for (uint32_t month = 1; month < time->month; month++)
        days += days_in(month, time->year);
    return days * SECONDS_PER_DAY + time->hour * 3600UL + time->minute * 60UL + time->second;
}

static uint32_t number(uint8_t value, bool is_binary)
{
    return is_binary ? value : (value >> 4) * 10u + (value & 0xfu);
}

bool rtc_decode(const struct rtc_registers *registers, struct rtc_time *time)
{
    bool is_binary = registers->status_b & STATUS_B_BINARY;

    *time = (struct rtc_time){
        .year = number(registers->year, is_binary),
        .month = number(registers->month, is_binary),
        .day = number(registers->day, is_binary),
        .hour = number(registers->hour, is_binary),
        .minute = number(registers->minute, is_binary),
        .second = number(registers->second, is_binary),
    };
    time->year += time->year < FIRST_YEAR - 1900 ? CENTURY : 1900;
    if (!(registers->status_b & STATUS_B_24_HOURS)) {
        time->hour = number(registers->hour & (uint8_t)~HOUR_AFTERNOON, is_binary) % 12;
        time->hour += registers->hour & HOUR_AFTERNOON ? 12 : 0;
    }
    return time->month >= 1 && time->month <= 12 && time->day >= 1 &&
           time->day <= days_in(time->month, time->year) && time->hour < 24 && time->minute < 60 &&
           time->second < 60;
}

static struct rtc_registers read_registers(void)
{
    for (uint32_t i = 0; i < UPDATE_LOOKS && (cmos_read(RTC_STATUS_A) & STATUS_A_UPDATING); i++)
        cpu_relax();
    return (struct rtc_registers){
        .second = cmos_read(RTC_SECOND),
        .minute = cmos_read(RTC_MINUTE),
        .hour = cmos_read(RTC_HOUR),
        .day = cmos_read(RTC_DAY),
        .month = cmos_read(RTC_MONTH),
        .year = cmos_read(RTC_YEAR),
        .status_b = cmos_read(RTC_STATUS_B),
    };
}

bool rtc_read(struct rtc_time *time)
{
    struct rtc_registers before, now = read_registers();

    for (uint32_t i = 0; i < READINGS_MAX; i++) {
        before = now;
        now = read_registers();
        if (!memcmp(&before, &now, sizeof(now)))
            return rtc_decode(&now, time);
    }
    return false;
}
