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

#define SYNC_ROUNDS 64u

static uint64_t origin_tsc; /* system time 0 */
static uint64_t tsc_hz;
static struct clock_scale tsc_to_ns;
static struct clock_scale ns_to_tsc;
static uint64_t tsc_offset[MAX_CPUS]; /* add to this CPU's TSC to get CPU 0's */
static bool is_stable = true;

/* The comparison: whose turn it is, and what the target read. */
static struct {
    _Atomic uint32_t turn;
    _Atomic uint64_t target_tsc;
} sync;

uint64_t clock_scale_apply(struct clock_scale scale, uint64_t ticks)
{
    unsigned __int128 product = (unsigned __int128)ticks * scale.mul;

    if (scale.shift >= 0)
        return (uint64_t)(product >> (32 - scale.shift));
    return (uint64_t)(product >> 32 >> -scale.shift);
}

struct clock_scale clock_scale_ratio(uint64_t to, uint64_t from)
{
    int shift = 0;

    /* mul = to * 2^32 / (from * 2^shift) shall have its highest bit set. */
    while (to >= from && shift < 31) {
        from <<= 1;
        shift++;
    }
    while (to < from - to && shift > -31) {
        to <<= 1;
        shift--;
    }
    /* Now to < from <= 2 * to: long division gives 32 bits. */
    uint32_t mul = 0;
    for (int bit = 0; bit < 32; bit++) {
        to <<= 1;
        mul <<= 1;
        if (to >= from) {
            to -= from;
            mul |= 1;
        }
    }
    return (struct clock_scale){ mul, (int8_t)shift };
}

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

/* Turn 2r belongs to the source, 2r + 1 to the target. */
static void sync_wait_turn(uint32_t turn)
{
    while (atomic_load_explicit(&sync.turn, memory_order_acquire) != turn)
        cpu_relax();
}

static void sync_give_turn(uint32_t turn)
{
    atomic_store_explicit(&sync.turn, turn, memory_order_release);
}

/* If the target's reading always falls between two of ours, the TSCs cannot be told apart. */
void clock_sync_source(uint32_t id)
{
    uint64_t best_gap = UINT64_MAX;
    bool is_between = true;

    for (uint32_t round = 0; round < SYNC_ROUNDS; round++) {
        uint64_t before = rdtsc_ordered();

        sync_give_turn(2 * round + 1);
        sync_wait_turn(2 * round + 2);

        uint64_t after = rdtsc_ordered();
        uint64_t target = atomic_load_explicit(&sync.target_tsc, memory_order_relaxed);

        if (target < before || target > after)
            is_between = false;
        if (after - before < best_gap) {
            best_gap = after - before;
            tsc_offset[id] = before + best_gap / 2 - target;
        }
    }
    if (is_between)
        tsc_offset[id] = 0;
    else
        is_stable = false;
    sync_give_turn(0);
}

void clock_sync_target(void)
{
    for (uint32_t round = 0; round < SYNC_ROUNDS; round++) {
        sync_wait_turn(2 * round + 1);
        atomic_store_explicit(&sync.target_tsc, rdtsc_ordered(), memory_order_relaxed);
        sync_give_turn(2 * round + 2);
    }
    /* The offset is ours to use once the source has written it. */
    sync_wait_turn(0);
}
