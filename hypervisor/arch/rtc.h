/* SPDX-License-Identifier: MIT */
/* The battery-backed real-time clock, read once at start-up: what time it is, in UTC. */
#ifndef PARAPET_ARCH_RTC_H
#define PARAPET_ARCH_RTC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"

struct rtc_time {
    uint32_t year, month, day; /* 2026, 1 to 12, 1 to 31 */
    uint32_t hour, minute, second;
};

/* False: there is no clock, or it shows no date. */
MUST_CHECK bool rtc_read(struct rtc_time *time);

/* Seconds since 1970; @time is a date from 1970 on. */
uint64_t rtc_to_epoch(const struct rtc_time *time);

/* The clock's registers as they are read. */
struct rtc_registers {
    uint8_t second, minute, hour, day, month, year;
    uint8_t status_b;
};

/* What they mean; false if that is no date. */
MUST_CHECK bool rtc_decode(const struct rtc_registers *registers, struct rtc_time *time);

#endif
