/* SPDX-License-Identifier: MIT */
/*
 * System time from the TSC.
 *
 * Everything here is written while the boot CPU alone runs, or by the two sides of a
 * comparison in turn; after that it is read only, without a lock.
 */
#include "arch/clock.h"

#include <stdatomic.h>

#include "arch/clock_reference.h"
#include "arch/percpu.h"
#include "arch/x86.h"

/* A round is two messages between CPUs: nanoseconds, or milliseconds in an emulator whose
 * threads wait for each other. */
#define SYNC_ROUNDS_MIN 4u
#define SYNC_ROUNDS_MAX 64u
#define SYNC_BUDGET_NS  (1 * NS_PER_MS)

static uint64_t origin_tsc; /* system time 0 */
static uint64_t tsc_hz;
static struct clock_scale tsc_to_ns;
static struct clock_scale ns_to_tsc;
static uint64_t tsc_offset[MAX_CPUS]; /* add to this CPU's TSC to get CPU 0's */
static bool is_stable = true;

/* The comparison: whose turn it is, and what the target read. */
enum sync_turn {
    SYNC_IDLE,
    SYNC_TARGET,
    SYNC_SOURCE,
    SYNC_DONE,
};

static struct {
    _Atomic uint32_t turn;
    _Atomic uint64_t target_tsc;
} sync;

struct clock_scale clock_tsc_scale(void)
{
    return tsc_to_ns;
}

uint64_t clock_tsc_hz(void)
{
    return tsc_hz;
}

bool clock_is_stable(void)
{
    return is_stable;
}

uint64_t clock_time_at(uint64_t tsc)
{
    uint64_t elapsed = tsc + tsc_offset[this_cpu()->id] - origin_tsc;

    return clock_scale_apply(tsc_to_ns, elapsed);
}

uint64_t system_time_ns(void)
{
    return clock_time_at(rdtsc_ordered());
}

uint64_t clock_tsc_at(uint64_t time_ns)
{
    return clock_scale_apply(ns_to_tsc, time_ns) + origin_tsc - tsc_offset[this_cpu()->id];
}

void clock_delay_us(uint32_t us)
{
    uint64_t end_ns = system_time_ns() + us * NS_PER_US;

    while (system_time_ns() < end_ns)
        cpu_relax();
}

const char *clock_calibrate(uint64_t entry_tsc, const struct clock_references *references)
{
    const char *name = clock_reference_measure(references, &tsc_hz);

    if (!name)
        return NULL;
    origin_tsc = entry_tsc;
    tsc_to_ns = clock_scale_ratio(NS_PER_SECOND, tsc_hz);
    ns_to_tsc = clock_scale_ratio(tsc_hz, NS_PER_SECOND);
    return name;
}

static void sync_give_turn(enum sync_turn turn)
{
    atomic_store_explicit(&sync.turn, turn, memory_order_release);
}

static enum sync_turn sync_wait_while(enum sync_turn turn)
{
    uint32_t now;

    while ((now = atomic_load_explicit(&sync.turn, memory_order_acquire)) == turn)
        cpu_relax();
    return (enum sync_turn)now;
}

/* If the target's reading always falls between two of ours, the TSCs cannot be told apart. */
void clock_sync_source(uint32_t id)
{
    uint64_t best_gap = UINT64_MAX, end_ns = system_time_ns() + SYNC_BUDGET_NS;
    bool is_between = true;

    for (uint32_t round = 0; round < SYNC_ROUNDS_MAX; round++) {
        uint64_t before = rdtsc_ordered();

        sync_give_turn(SYNC_TARGET);
        (void)sync_wait_while(SYNC_TARGET);

        uint64_t after = rdtsc_ordered();
        uint64_t target = atomic_load_explicit(&sync.target_tsc, memory_order_relaxed);

        if (target < before || target > after)
            is_between = false;
        if (after - before < best_gap) {
            best_gap = after - before;
            tsc_offset[id] = before + best_gap / 2 - target;
        }
        if (round >= SYNC_ROUNDS_MIN && system_time_ns() > end_ns)
            break;
    }
    if (is_between)
        tsc_offset[id] = 0;
    else
        is_stable = false;
    sync_give_turn(SYNC_DONE);
    (void)sync_wait_while(SYNC_DONE);
}

void clock_sync_target(void)
{
    (void)sync_wait_while(SYNC_IDLE);
    do {
        atomic_store_explicit(&sync.target_tsc, rdtsc_ordered(), memory_order_relaxed);
        sync_give_turn(SYNC_SOURCE);
    } while (sync_wait_while(SYNC_SOURCE) != SYNC_DONE);
    sync_give_turn(SYNC_IDLE);
}
