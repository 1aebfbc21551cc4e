/* SPDX-License-Identifier: MIT */
/*
 * CPUs asking things of each other, with threads in the place of CPUs. No interrupts come here:
 * a CPU finds requests only where it polls, as in the hypervisor with interrupts off.
 */
#include <pthread.h>
#include <sched.h>

#include "arch/apic.h"
#include "arch/interrupt.h"
#include "arch/ipi.h"
#include "arch/tlb.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

#define CPUS   4u
#define ROUNDS 200u

/* ---- the APIC and the interrupt table, which ipi.c uses ---- */

static _Atomic uint32_t interrupts_sent[MAX_CPUS];
static _Atomic uint32_t nmis_sent[MAX_CPUS];

void apic_send(uint32_t apic_id, uint8_t vector)
{
    (void)vector;
    interrupts_sent[apic_id]++;
}

void apic_send_nmi(uint32_t apic_id)
{
    nmis_sent[apic_id]++;
}

void interrupt_set_handler(uint32_t vector, interrupt_handler handler)
{
    (void)vector;
    ck_assert_ptr_nonnull(handler);
}

static void start_cpus(void)
{
    fake_cpus_start(CPUS);
    for (uint32_t id = 0; id < CPUS; id++) {
        cpu_by_id(id)->apic_id = id;
        cpu_set_online(cpu_by_id(id));
    }
}

/* ---- threads ---- */

static _Atomic uint32_t running;

/* What a CPU does after its own work: what others may still want of it. */
static void serve_the_rest(void)
{
    running--;
    while (running) {
        cpu_serve_requests();
        cpu_run_calls();
        sched_yield();
    }
}

static void *be_cpu(void *body)
{
    static _Atomic uint32_t next_id;

    fake_cpu_become(next_id++);
    ((void (*)(void))body)();
    serve_the_rest();
    return NULL;
}

static void run_on_all(void (*body)(void))
{
    pthread_t threads[CPUS];

    start_cpus();
    running = CPUS;
    for (uint32_t i = 0; i < CPUS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, be_cpu, (void *)body), 0);
    for (uint32_t i = 0; i < CPUS; i++)
        pthread_join(threads[i], NULL);
}

/* ---- the flush clock, one CPU ---- */

TEST(tlb_clock, a_flush_counts_for_earlier_stamps_only)
{
    uint32_t before, after;

    start_cpus();
    before = tlb_stamp_now();
    ck_assert(!tlb_flushed_since(this_cpu(), before));
    tlb_flush_local();
    ck_assert(tlb_flushed_since(this_cpu(), before));
    after = tlb_stamp_now();
    ck_assert(!tlb_flushed_since(this_cpu(), after));
    ck_assert(!tlb_flushed_since(cpu_by_id(1), before));
}

TEST(tlb_clock, stands_still_while_nothing_changes)
{
    uint32_t stamp;

    start_cpus();
    stamp = tlb_stamp_now();
    ck_assert_uint_eq(tlb_stamp_now(), stamp);
    tlb_flush_local();
    ck_assert_uint_eq(tlb_clock, stamp + 1);
    tlb_flush_local();
    fake_cpu_become(1);
    tlb_flush_local();
    ck_assert_uint_eq(tlb_clock, stamp + 1);
    ck_assert(tlb_flushed_since(cpu_by_id(0), stamp) && tlb_flushed_since(cpu_by_id(1), stamp));
}

TEST(tlb_clock, works_across_its_wrap)
{
    uint32_t stamp;

    start_cpus();
    tlb_clock = UINT32_MAX - 1;
    tlb_flush_local();
    stamp = tlb_stamp_now();
    ck_assert_uint_eq(stamp, UINT32_MAX);
    ck_assert(!tlb_flushed_since(this_cpu(), stamp));
    tlb_flush_local();
    ck_assert_uint_eq(tlb_clock, 0);
    ck_assert(tlb_flushed_since(this_cpu(), stamp));
    ck_assert(!tlb_flushed_since(this_cpu(), tlb_stamp_now()));
}

TEST(tlb_clock, tells_all_to_flush_before_one_is_too_far_behind)
{
    start_cpus();
    tlb_clock = TLB_CLOCK_FLUSH_ALL - 1;
    tlb_flush_local();
    ck_assert_uint_eq(tlb_clock, TLB_CLOCK_FLUSH_ALL);
    for (uint32_t id = 1; id < CPUS; id++) {
        ck_assert_uint_eq(interrupts_sent[id], 1);
        fake_cpu_become(id);
        cpu_serve_requests();
        ck_assert_uint_eq(this_cpu()->flush_clock, TLB_CLOCK_FLUSH_ALL);
    }
}

TEST(tlb_clock, filters_cpus_that_are_up_and_behind)
{
    uint32_t stamp;

    start_cpus();
    stamp = tlb_stamp_now();
    fake_cpu_become(2);
    tlb_flush_local();
    ck_assert_uint_eq(tlb_filter(~0UL, stamp), 0xb);
    ck_assert_uint_eq(tlb_filter(0x6, stamp), 0x2);
}

/* ---- several CPUs ---- */

static void flush_each_other(void)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t stamp = tlb_stamp_now();

        tlb_flush_cpus(~0UL);
        ck_assert_uint_eq(tlb_filter(~0UL, stamp), 0);
    }
}

TEST(ipi, cpus_can_flush_each_other_at_the_same_time)
{
    run_on_all(flush_each_other);
    for (uint32_t id = 0; id < CPUS; id++)
        ck_assert_uint_ge(cpu_by_id(id)->counters.tlb_flush_local, ROUNDS);
}

static _Atomic uint32_t calls[MAX_CPUS];

static void count_call(void *expected_mask)
{
    ck_assert_uint_ne(*(cpu_mask_t *)expected_mask & CPU_MASK(this_cpu()->id), 0);
    calls[this_cpu()->id]++;
}

static void call_each_other(void)
{
    cpu_mask_t all = cpu_mask_online(), others = all & ~CPU_MASK(this_cpu()->id);

    for (uint32_t round = 0; round < ROUNDS; round++) {
        cpu_call(all, count_call, &all);
        cpu_call(others, count_call, &others);
    }
}

TEST(ipi, cpus_can_call_each_other_at_the_same_time)
{
    run_on_all(call_each_other);
    for (uint32_t id = 0; id < CPUS; id++)
        ck_assert_uint_eq(calls[id], ROUNDS * (2 * CPUS - 1));
}

static struct spinlock lock = SPINLOCK_INIT(LOCK_HEAP);

/* The holder wants a flush of those who wait for its lock. */
static void flush_with_a_lock_held(void)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        spin_lock(&lock);
        tlb_flush_cpus(~0UL);
        spin_unlock(&lock);
    }
}

TEST(ipi, a_cpu_that_waits_for_a_lock_serves_its_holder)
{
    run_on_all(flush_with_a_lock_held);
}

TEST(ipi, a_call_to_nobody_returns)
{
    cpu_mask_t mask = 0;

    start_cpus();
    cpu_call(0, count_call, &mask);
    cpu_call(~0UL << CPUS, count_call, &mask); /* not up */
}

TEST_ABORTS(ipi, no_call_is_made_with_a_lock_held)
{
    cpu_mask_t mask = CPU_MASK(0);

    start_cpus();
    spin_lock(&lock);
    cpu_call(mask, count_call, &mask);
}

TEST(ipi, kicks_others_but_not_itself)
{
    start_cpus();
    cpu_kick(0);
    ck_assert_uint_eq(interrupts_sent[0], 0);
    cpu_raise_softirq(2, 1u << SOFTIRQ_SCHEDULE);
    ck_assert_uint_eq(interrupts_sent[2], 1);
    ck_assert_uint_eq(cpu_by_id(2)->softirq, 1u << SOFTIRQ_SCHEDULE);
}

TEST(ipi, stopping_does_not_wait_for_ever)
{
    start_cpus();
    cpu_stop_others(); /* nobody answers */
    for (uint32_t id = 1; id < CPUS; id++) {
        ck_assert_uint_eq(nmis_sent[id], 1);
        ck_assert_uint_ne(cpu_by_id(id)->requests & CPU_REQUEST_STOP, 0);
    }
    ck_assert_uint_eq(nmis_sent[0], 0);
}
