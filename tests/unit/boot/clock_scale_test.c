/* SPDX-License-Identifier: MIT */
/* The ratio between TSC ticks and nanoseconds, as hypervisor and guests compute with it. */
#include <stdint.h>

#include "arch/clock_scale.h"
#include "support/unit.h"

#define NS 1000000000UL

static const uint64_t frequencies[] = {
    1,          32768,      3579545,    14318180,   50000000,   999999999,  1000000000,
    1000000001, 2596098000, 3400000000, 4294967295, 4294967296, 8000000000, 1UL << 40,
};
#define FREQUENCIES (sizeof(frequencies) / sizeof(frequencies[0]))

/* What a guest does with the fields of vcpu_time_info; its product has 96 bits too. */
static uint64_t guest_scale(struct clock_scale scale, uint64_t ticks)
{
    ticks = scale.shift >= 0 ? ticks << scale.shift : ticks >> -scale.shift;
    return (uint64_t)(((unsigned __int128)ticks * scale.mul) >> 32);
}

TEST(clock_scale, uses_all_bits_of_the_multiplier)
{
    for (unsigned i = 0; i < FREQUENCIES; i++)
        ck_assert_uint_ge(clock_scale_ratio(NS, frequencies[i]).mul, 0x80000000u);
}

TEST(clock_scale, is_exact_to_its_32_bits)
{
    for (unsigned i = 0; i < FREQUENCIES; i++) {
        struct clock_scale scale = clock_scale_ratio(NS, frequencies[i]);
        uint64_t second = clock_scale_apply(scale, frequencies[i]);

        ck_assert_uint_le(second, NS);
        ck_assert_uint_ge(second, NS - 2);
    }
}

TEST(clock_scale, turns_there_and_back)
{
    for (unsigned i = 4; i < FREQUENCIES; i++) {
        uint64_t hour = frequencies[i] * 3600;
        uint64_t ns = clock_scale_apply(clock_scale_ratio(NS, frequencies[i]), hour);
        uint64_t ticks = clock_scale_apply(clock_scale_ratio(frequencies[i], NS), ns);

        ck_assert_uint_le(ticks, hour);
        ck_assert_uint_ge(ticks, hour - (hour >> 30) - 1);
    }
}

TEST(clock_scale, does_not_overflow_within_centuries)
{
    struct clock_scale scale = clock_scale_ratio(NS, 4000000000UL);

    ck_assert_uint_eq(clock_scale_apply(scale, UINT64_MAX) >> 59, UINT64_MAX / 4 >> 59);
}

TEST(clock_scale, is_never_behind_a_guest)
{
    for (unsigned i = 0; i < FREQUENCIES; i++) {
        struct clock_scale scale = clock_scale_ratio(NS, frequencies[i]);

        for (uint64_t ticks = 1; ticks < 1UL << 30; ticks = ticks * 3 + 1) {
            uint64_t ours = clock_scale_apply(scale, ticks);

            ck_assert_uint_ge(ours, guest_scale(scale, ticks));
            ck_assert_uint_le(ours - guest_scale(scale, ticks), 1 + (scale.shift < 0));
        }
    }
}

TEST(clock_scale, never_goes_back)
{
    struct clock_scale scale = clock_scale_ratio(NS, 2596098000UL);
    uint64_t last = 0;

    for (uint64_t ticks = 1UL << 40; ticks < (1UL << 40) + 100000; ticks++) {
        uint64_t ns = clock_scale_apply(scale, ticks);

        ck_assert_uint_ge(ns, last);
        last = ns;
    }
}
