/* SPDX-License-Identifier: MIT */
#include "lib/refuse.h"

#include <string.h>

#include "console/printk.h"
#include "lib/errno.h"
#include "support/unit.h"

static uint64_t now_ns;

static uint64_t read_now(void)
{
    return now_ns;
}

static int domain_seven(void)
{
    return 7;
}

static unsigned lines(void)
{
    static char text[0x10000];
    uint64_t position = 0;
    size_t length = log_ring_read(&position, text, sizeof(text));
    unsigned count = 0;

    for (size_t i = 0; i < length; i++)
        count += text[i] == '\n';
    return count;
}

TEST(refuse, gives_the_error_back_and_says_why)
{
    char text[128] = { 0 };
    uint64_t position = 0;

    log_level_guest = LOG_DEBUG;
    log_current_domain = domain_seven;
    ck_assert_int_eq(refuse(-EINVAL, "port %u is not bound", 12u), -EINVAL);
    log_ring_read(&position, text, sizeof(text) - 1);
    ck_assert_str_eq(text, "[    0.000000] d7: refused (-22): port 12 is not bound\n");
}

TEST(refuse, is_silent_below_its_level)
{
    log_level_guest = LOG_INFO;
    ck_assert_int_eq(refuse(-EPERM, "no"), -EPERM);
    ck_assert_uint_eq(lines(), 0);
}

TEST(refuse, is_limited_and_recovers_with_time)
{
    log_level_guest = LOG_DEBUG;
    log_clock_ns = read_now;
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(refuse(-EINVAL, "again"), -EINVAL);
    unsigned first = lines();
    ck_assert_uint_ge(first, 10);
    ck_assert_uint_le(first, 50);

    now_ns += 1000000000;
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(refuse(-EINVAL, "again"), -EINVAL);
    ck_assert_uint_gt(lines(), first);
    ck_assert_uint_le(lines(), first + 20);
}
