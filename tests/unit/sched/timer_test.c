/* SPDX-License-Identifier: MIT */
/* Timer queues, and the timers of vCPUs in them. */
#include "sched/timer.h"

#include <string.h>

#include "arch/arch.h"
#include "domain/handlers.h"
#include "lib/errno.h"
#include "sched/scheduler.h"
#include "sched/vcpu_timer.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "unit/sched/simulation.h"

#define TIMERS 5

static struct timer_entry timers[TIMERS];
static unsigned order[64], expired;
static unsigned virqs;
static const struct vcpu *virq_last;

static void note(struct timer_entry *entry)
{
    order[expired++] = (unsigned)(entry - timers);
}

static void note_virq(struct vcpu *v, uint32_t virq)
{
    ck_assert_uint_eq(virq, VIRQ_TIMER);
    virqs++;
    virq_last = v;
}

static void start(uint32_t cpus)
{
    simulation_start(cpus);
    domain_handlers.virq_vcpu = note_virq;
    for (int i = 0; i < TIMERS; i++)
        timer_init(&timers[i], note);
}

/* The hardware timer of this CPU fires if it was set for a time not after @now. */
static void pass_time_to(uint64_t now)
{
    fake_time_ns = now;
    if (simulation_timer(this_cpu()->id) <= now) {
        apic_timer_set(APIC_TIMER_OFF); /* it is a one-shot */
        timer_softirq();
    }
}

TEST(timer, expires_in_order_of_deadlines)
{
    start(1);
    uint64_t now = fake_time_ns;
    static const unsigned deadlines[TIMERS] = { 50, 10, 40, 10, 30 };
    static const unsigned expected[TIMERS] = { 1, 3, 4, 2, 0 };

    for (int i = 0; i < TIMERS; i++)
        timer_set(&timers[i], now + deadlines[i]);
    ck_assert_uint_eq(simulation_timer(0), now + 10);
    pass_time_to(now + 9);
    ck_assert_uint_eq(expired, 0);
    pass_time_to(now + 10);
    ck_assert_uint_eq(expired, 2);
    ck_assert_uint_eq(simulation_timer(0), now + 30);
    pass_time_to(now + 1000);
    ck_assert_uint_eq(expired, TIMERS);
    ck_assert_mem_eq(order, expected, sizeof(expected));
    ck_assert_uint_eq(simulation_timer(0), APIC_TIMER_OFF);
}

TEST(timer, an_early_interrupt_sets_it_again)
{
    start(1);
    uint64_t now = fake_time_ns;

    timer_set(&timers[0], now + 100);
    fake_time_ns = now + 99;
    timer_softirq();
    ck_assert_uint_eq(expired, 0);
    ck_assert_uint_eq(simulation_timer(0), now + 100);
}

TEST(timer, a_past_deadline_expires_at_the_next_softirq)
{
    start(1);
    timer_set(&timers[0], fake_time_ns - 1);
    ck_assert_uint_le(simulation_timer(0), fake_time_ns);
    timer_softirq();
    ck_assert_uint_eq(expired, 1);
}

TEST(timer, setting_again_replaces_and_cancel_ends)
{
    start(1);
    uint64_t now = fake_time_ns;

    timer_set(&timers[0], now + 10);
    timer_set(&timers[0], now + 500);
    timer_set(&timers[1], now + 20);
    timer_cancel(&timers[1]);
    timer_cancel(&timers[2]);
    pass_time_to(now + 100);
    ck_assert_uint_eq(expired, 0);
    pass_time_to(now + 500);
    ck_assert_uint_eq(expired, 1);
    ck_assert_uint_eq(order[0], 0);
}

TEST(timer, moves_to_the_cpu_that_sets_it)
{
    start(2);
    uint64_t now = fake_time_ns;

    timer_set(&timers[0], now + 10);
    fake_cpu_become(1);
    timer_set(&timers[0], now + 20);
    ck_assert_uint_eq(simulation_timer(1), now + 20);
    fake_cpu_become(0);
    pass_time_to(now + 100);
    ck_assert_uint_eq(expired, 0);
    fake_cpu_become(1);
    pass_time_to(now + 100);
    ck_assert_uint_eq(expired, 1);
    /* From afar it can still be cancelled. */
    timer_set(&timers[0], now + 200);
    fake_cpu_become(0);
    timer_cancel(&timers[0]);
    fake_cpu_become(1);
    pass_time_to(now + 300);
    ck_assert_uint_eq(expired, 1);
}

TEST(timer, a_closed_one_stays_quiet)
{
    start(1);
    timer_set(&timers[0], fake_time_ns + 10);
    timer_close(&timers[0]);
    timer_set(&timers[0], fake_time_ns + 10);
    pass_time_to(fake_time_ns + 100);
    ck_assert_uint_eq(expired, 0);
}

static void set_again(struct timer_entry *entry)
{
    expired++;
    timer_set(entry, fake_time_ns + 10);
}

TEST(timer, may_set_itself_again)
{
    start(1);
    timer_init(&timers[0], set_again);
    timer_set(&timers[0], fake_time_ns + 10);
    for (unsigned i = 1; i <= 5; i++) {
        pass_time_to(fake_time_ns + 10);
        ck_assert_uint_eq(expired, i);
    }
}

TEST(timer, the_slice_shares_the_hardware)
{
    start(1);
    uint64_t now = fake_time_ns;

    atomic_store(&cpu_by_id(0)->softirq, 0);
    timer_set(&timers[0], now + 50);
    timer_set_slice(now + 20);
    ck_assert_uint_eq(simulation_timer(0), now + 20);
    pass_time_to(now + 20);
    ck_assert_uint_eq(atomic_load(&cpu_by_id(0)->softirq), 1u << SOFTIRQ_SCHEDULE);
    ck_assert_uint_eq(simulation_timer(0), now + 50);
    atomic_store(&cpu_by_id(0)->softirq, 0);
    pass_time_to(now + 50);
    ck_assert_uint_eq(expired, 1);
    ck_assert_uint_eq(atomic_load(&cpu_by_id(0)->softirq), 0);
}

/* ---- vCPUs ---- */

static struct vcpu *vcpu_running(void)
{
    struct domain *d = simulation_domain(1, 2, 256, 0);

    virqs = 0;
    simulation_exit_path(0);
    return d->vcpus[0];
}

TEST(vcpu_timer, singleshot_fires_once_at_its_time)
{
    start(1);
    struct vcpu *v = vcpu_running();
    uint64_t now = fake_time_ns;

    vcpu_timer_set_singleshot(v, now + 1000);
    pass_time_to(now + 999);
    ck_assert_uint_eq(virqs, 0);
    pass_time_to(now + 1000);
    ck_assert_uint_eq(virqs, 1);
    ck_assert_ptr_eq(virq_last, v);
    pass_time_to(now + 10 * MS);
    ck_assert_uint_eq(virqs, 1);
}

TEST(vcpu_timer, a_past_singleshot_fires_at_once)
{
    start(1);
    struct vcpu *v = vcpu_running();

    vcpu_timer_set_singleshot(v, fake_time_ns - 1);
    ck_assert_uint_eq(virqs, 1);
    vcpu_timer_set_singleshot(v, fake_time_ns);
    ck_assert_uint_eq(virqs, 2);
    /* As a signed number this is long ago. */
    vcpu_timer_set_singleshot(v, 1UL << 63);
    ck_assert_uint_eq(virqs, 3);
    vcpu_timer_set_singleshot(v, ~0UL);
    ck_assert_uint_eq(virqs, 4);
    vcpu_timer_set_singleshot(v, (1UL << 63) - 1);
    ck_assert_uint_eq(virqs, 4);
}

TEST(vcpu_timer, setting_a_past_one_forgets_the_one_before)
{
    start(1);
    struct vcpu *v = vcpu_running();
    uint64_t now = fake_time_ns;

    vcpu_timer_set_singleshot(v, now + 100);
    vcpu_timer_set_singleshot(v, now - 100);
    pass_time_to(now + MS);
    ck_assert_uint_eq(virqs, 1);
}

TEST(vcpu_timer, stop_singleshot_leaves_the_periodic_one)
{
    start(1);
    struct vcpu *v = vcpu_running();
    uint64_t now = fake_time_ns;

    ck_assert_int_eq(vcpu_timer_set_periodic(v, 10 * MS), 0);
    vcpu_timer_set_singleshot(v, now + 5 * MS);
    vcpu_timer_stop_singleshot(v);
    pass_time_to(now + 9 * MS);
    ck_assert_uint_eq(virqs, 0);
    pass_time_to(now + 10 * MS);
    pass_time_to(now + 20 * MS);
    ck_assert_uint_eq(virqs, 2);
    vcpu_timer_stop_periodic(v);
    pass_time_to(now + 90 * MS);
    ck_assert_uint_eq(virqs, 2);
}

TEST(vcpu_timer, missed_periods_are_one_tick)
{
    start(1);
    struct vcpu *v = vcpu_running();
    uint64_t now = fake_time_ns;

    ck_assert_int_eq(vcpu_timer_set_periodic(v, MS), 0);
    pass_time_to(now + 100 * MS);
    ck_assert_uint_eq(virqs, 1);
    pass_time_to(now + 101 * MS - 1);
    ck_assert_uint_eq(virqs, 1);
    pass_time_to(now + 101 * MS);
    ck_assert_uint_eq(virqs, 2);
}

TEST(vcpu_timer, refuses_periods_out_of_range)
{
    start(1);
    struct vcpu *v = vcpu_running();

    ck_assert_int_eq(vcpu_timer_set_periodic(v, MS - 1), -EINVAL);
    ck_assert_int_eq(vcpu_timer_set_periodic(v, 0), -EINVAL);
    ck_assert_int_eq(vcpu_timer_set_periodic(v, (1UL << 62) + 1), -EINVAL);
    ck_assert_int_eq(vcpu_timer_set_periodic(v, ~0UL), -EINVAL);
    ck_assert_uint_eq(v->time.periodic_period_ns, 0);
    ck_assert_int_eq(vcpu_timer_set_periodic(v, 1UL << 62), 0);
}

TEST(vcpu_timer, ends_a_poll_and_only_that)
{
    start(1);
    struct vcpu *v = vcpu_running();
    uint64_t now = fake_time_ns;

    cpu_by_id(0)->current = v;
    vcpu_sleep(v, VCPU_POLLING);
    vcpu_timer_set_poll(v, now + MS);
    pass_time_to(now + MS);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), 0);
    ck_assert_uint_eq(virqs, 0);

    /* An old deadline does not end a later sleep of another kind. */
    vcpu_timer_set_poll(v, now + 2 * MS);
    vcpu_sleep(v, VCPU_BLOCKED);
    pass_time_to(now + 2 * MS);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), VCPU_BLOCKED);
}

TEST(vcpu_timer, a_poll_without_end_drops_the_deadline_of_the_last)
{
    start(1);
    struct vcpu *v = vcpu_running();
    uint64_t now = fake_time_ns;

    cpu_by_id(0)->current = v;
    vcpu_timer_set_poll(v, now + MS);
    vcpu_sleep(v, VCPU_POLLING);
    vcpu_timer_set_poll(v, 0);
    pass_time_to(now + 10 * MS);
    ck_assert_uint_eq(atomic_load(&v->blocked_by), VCPU_POLLING);
}
