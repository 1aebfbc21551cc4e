/* SPDX-License-Identifier: MIT */
/*
 * shared_info has the time of day at system time 0, by a version that is even when it is stable; at start it is that of the
 * real-time clock (abi-facts 6.8).
 */
#include "privileged.h"

static unsigned cmos(uint8_t index)
{
    uint8_t value;

    port_put(0x70, 1, index);
    value = (uint8_t)port_get(0x71, 1);
    return (value >> 4) * 10u + (value & 15);
}

void test_main(void)
{
    volatile struct shared_info *info = shared_info;
    uint64_t seconds = ((uint64_t)info->wc_sec_hi << 32 | info->wc_sec) +
                       (info->wc_nsec + system_time()) / 1000000000;
    unsigned minute, second, of_clock;

    require_eq(iopl_set(1), 0, "level 1");
    do {
        minute = cmos(2);
        second = cmos(0);
    } while (minute != cmos(2));
    of_clock = minute * 60 + second;
    expect_eq(info->wc_version & 1, 0, "the version");
    expect(info->wc_nsec < 1000000000, "nanoseconds");
    expect(seconds > 1000000000, "it is later than 2001");
    /* The real-time clock counts whole seconds, and a slow machine may take one between the two. */
    expect((of_clock + 3600 - seconds % 3600 + 2) % 3600 <= 5, "the minute and second");
}
