/* SPDX-License-Identifier: MIT */
/*
 * How far CLOCK_MONOTONIC_RAW and CLOCK_REALTIME move from the machine's clock chip while SECONDS pass.
 * The chip shows whole seconds, so what is compared is when they change. Who is late to see it
 * measures too much; of several changes the earliest counts, at the start and at the end.
 */
#include <fcntl.h>
#include <linux/rtc.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tests/control/must.h"

#define CHANGES 6
#define BILLION 1000000000L

static int chip;

/* Of this month; the test does not run over its end. */
static long chip_seconds(void)
{
    struct rtc_time now;

    MUST(ioctl(chip, RTC_RD_TIME, &now) == 0);
    return ((now.tm_mday * 24L + now.tm_hour) * 60 + now.tm_min) * 60 + now.tm_sec;
}

static long nanoseconds(clockid_t clock)
{
    struct timespec now;

    MUST(clock_gettime(clock, &now) == 0);
    return now.tv_sec * BILLION + now.tv_nsec;
}

struct sample {
    long raw, real; /* ahead of the chip */
};

/* Reads as quickly as it can around a change of the second. */
static struct sample compare(void)
{
    struct sample least = { INT64_MAX, INT64_MAX };
    long before = chip_seconds();

    for (int changes = 0; changes < CHANGES;) {
        long now = chip_seconds();
        long raw = nanoseconds(CLOCK_MONOTONIC_RAW), real = nanoseconds(CLOCK_REALTIME);

        if (now == before)
            continue;
        before = now;
        changes++;
        raw -= now * BILLION;
        real -= now * BILLION;
        least.raw = raw < least.raw ? raw : least.raw;
        least.real = real < least.real ? real : least.real;
    }
    return least;
}

int main(int count, char **words)
{
    unsigned seconds = count > 1 ? (unsigned)strtoul(words[1], NULL, 10) : 10;
    struct sample start, end;

    chip = open("/dev/rtc0", O_RDONLY);
    MUST(chip >= 0);
    start = compare();
    sleep(seconds);
    end = compare();
    printf("check: drift in %u s: raw %ld us, real %ld us\n", seconds, (end.raw - start.raw) / 1000,
           (end.real - start.real) / 1000);
    return 0;
}
