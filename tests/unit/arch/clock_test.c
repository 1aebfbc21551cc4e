/* SPDX-License-Identifier: MIT */
/*
 * System time from TSCs that agree, and from such that do not; two threads are CPUs 0 and 1.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "arch/clock.h"
#include "arch/clock_reference.h"
#include "arch/x86.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

#define HZ        2000000000UL
#define ENTRY_TSC 5000000UL

/* One count for the machine; each CPU's own TSC is so far from it. */
static _Atomic uint64_t ticks = ENTRY_TSC + 1000000;
static int64_t skew[2];

static uint64_t read_skewed(void)
{
    return atomic_fetch_add(&ticks, 1) + (uint64_t)skew[this_cpu()->id];
}

const char *clock_reference_measure(const struct clock_references *references, uint64_t *tsc_hz)
{
    *tsc_hz = HZ;
    return references->pm_timer_port ? "a clock" : NULL;
}

static void start(int64_t skew1)
{
    static const struct clock_references references = { .pm_timer_port = 1 };

    fake_cpus_start(2);
    fake_rdtsc = read_skewed;
    skew[1] = skew1;
    ck_assert_str_eq(clock_calibrate(ENTRY_TSC, &references), "a clock");
}

static void *be_target(void *unused)
{
    fake_cpu_become(1);
    clock_sync_target();
    return unused;
}

static void compare(void)
{
    pthread_t target;

    ck_assert_int_eq(pthread_create(&target, NULL, be_target, NULL), 0);
    clock_sync_source(1);
    pthread_join(target, NULL);
}

/* System time as CPU @id reads it, and the count at that moment. */
static uint64_t time_on(uint32_t id, uint64_t *count)
{
    uint64_t now;

    fake_cpu_become(id);
    now = system_time_ns();
    *count = atomic_load(&ticks);
    fake_cpu_become(0);
    return now;
}

static void expect_same_time(uint64_t tolerance_ns)
{
    for (unsigned round = 0; round < 100; round++) {
        uint64_t count;
        uint64_t on_0 = time_on(0, &count), on_1 = time_on(1, &count);
        uint64_t right = (count - ENTRY_TSC) / 2;

        ck_assert_uint_le(on_0, right);
        ck_assert_uint_ge(on_0 + 10, right);
        ck_assert_uint_le(on_1, right + tolerance_ns);
        ck_assert_uint_ge(on_1 + tolerance_ns + 10, right);
    }
}

TEST(clock, is_nothing_before_it_is_calibrated)
{
    fake_cpus_start(2);
    ck_assert_uint_eq(system_time_ns(), 0);
}

TEST(clock, needs_something_to_measure_against)
{
    static const struct clock_references none;

    ck_assert_ptr_null(clock_calibrate(ENTRY_TSC, &none));
}

TEST(clock, starts_at_the_entry)
{
    start(0);
    ck_assert_uint_eq(clock_tsc_hz(), HZ);
    ck_assert_uint_eq(clock_time_at(ENTRY_TSC), 0);
    ck_assert_uint_eq(clock_time_at(ENTRY_TSC + HZ), NS_PER_SECOND);
}

TEST(clock, knows_the_tsc_of_a_time)
{
    start(0);
    for (uint64_t ns = 1; ns < 1UL << 50; ns *= 7) {
        uint64_t tsc = clock_tsc_at(ns);

        ck_assert_uint_le(clock_time_at(tsc), ns);
        ck_assert_uint_ge(clock_time_at(tsc) + 2 + (ns >> 30), ns);
    }
}

TEST(clock, finds_synchronous_tscs)
{
    start(0);
    compare();
    ck_assert(clock_is_stable());
    expect_same_time(0);
}

TEST(clock, evens_out_a_tsc_that_is_behind)
{
    start(-1000000);
    compare();
    ck_assert(!clock_is_stable());
    expect_same_time(1000);
}

TEST(clock, evens_out_a_tsc_that_is_ahead)
{
    start(1L << 40);
    compare();
    ck_assert(!clock_is_stable());
    expect_same_time(1000);
    fake_cpu_become(1);
    ck_assert_uint_ge(clock_tsc_at(NS_PER_SECOND), 1UL << 40);
}
