/* SPDX-License-Identifier: MIT */
/*
 * Several CPUs, each a thread, that put vCPUs to sleep, wake, pause and move them all at once. A
 * vCPU must never be on two CPUs, and none may be forgotten.
 */
#include <pthread.h>

#include "arch/arch.h"
#include "lib/assert.h"
#include "sched/scheduler.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "unit/sched/simulation.h"

#define CPUS   3u
#define VCPUS  7u
#define ROUNDS 30000

static struct domain *d;
static _Atomic uint32_t runs_on[VCPUS]; /* 1 + CPU, while it runs */
static _Atomic uint64_t turns[VCPUS];
static pthread_barrier_t beginning;

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}

/* What the guest and its hypercalls do in one turn. */
static void run_current(struct cpu *cpu, uint64_t chance)
{
    struct vcpu *v = cpu->current;

    MUST(cpu->guest_frame->rax == v->id + (1u << 16));
    MUST(atomic_exchange(&runs_on[v->id], cpu->id + 1) == 0);
    atomic_fetch_add(&turns[v->id], 1);
    v->info->evtchn_upcall_pending = 0;
    for (uint64_t i = 0; i < chance % 64; i++)
        cpu_relax();
    MUST(atomic_exchange(&runs_on[v->id], 0) == cpu->id + 1);

    if (chance >> 8 & 1)
        vcpu_sleep(v, chance >> 9 & 1 ? VCPU_BLOCKED : VCPU_POLLING);
    else if (chance >> 10 & 1)
        vcpu_yield(v);
}

static void disturb(struct vcpu *v, uint64_t chance)
{
    uint64_t cpus = chance >> 8 & 7;

    switch (chance % 8) {
    case 0:
    case 1:
    case 2:
        __atomic_exchange_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
        vcpu_kick(v);
        break;
    case 3:
        vcpu_stop(v, VCPU_PAUSED);
        break;
    case 4:
    case 5:
        vcpu_wake(v, VCPU_PAUSED);
        break;
    case 6:
        vcpu_wake(v, VCPU_POLLING | VCPU_BLOCKED);
        break;
    default:
        MUST(vcpu_set_affinity(v, cpus ? cpus : 7) == 0);
        break;
    }
}

static void *be_a_cpu(void *argument)
{
    uint32_t id = (uint32_t)(uintptr_t)argument;
    struct cpu *cpu = cpu_by_id(id);
    uint64_t state = 88172645463325252UL + id * 7919;

    pthread_barrier_wait(&beginning);
    for (int round = 0; round < ROUNDS; round++) {
        if (id == 0)
            __atomic_fetch_add(&fake_time_ns, 50000, __ATOMIC_RELAXED);
        fake_cpu_become(id);
        atomic_fetch_or(&cpu->softirq, 1u << SOFTIRQ_TIMER);
        simulation_exit_path(id);
        if (cpu->current)
            run_current(cpu, next_random(&state));
        disturb(d->vcpus[next_random(&state) % VCPUS], next_random(&state));
    }
    /* Whoever is left here is put aside, so that the others can have it. */
    if (cpu->current)
        vcpu_stop(cpu->current, VCPU_SHUTDOWN);
    atomic_fetch_or(&cpu->softirq, 1u << SOFTIRQ_SCHEDULE);
    return NULL;
}

TEST(scheduler, many_cpus_at_once_lose_no_vcpu_and_share_none)
{
    pthread_t threads[CPUS];

    simulation_start(CPUS);
    d = simulation_domain(1, VCPUS, 256, 0);
    for (uint32_t i = 0; i < VCPUS; i++)
        d->vcpus[i]->info->evtchn_upcall_mask = 0;
    pthread_barrier_init(&beginning, NULL, CPUS);
    for (uint32_t id = 0; id < CPUS; id++)
        ck_assert_int_eq(pthread_create(&threads[id], NULL, be_a_cpu, (void *)(uintptr_t)id), 0);
    for (uint32_t id = 0; id < CPUS; id++)
        pthread_join(threads[id], NULL);

    /* Left alone, with nothing to hold them back, all of them run. */
    for (uint32_t i = 0; i < VCPUS; i++) {
        ck_assert_uint_gt(atomic_load(&turns[i]), 0);
        ck_assert_int_eq(vcpu_set_affinity(d->vcpus[i], ~0UL), 0);
        vcpu_wake(d->vcpus[i], ~0u);
    }
    simulation_run(1000 * MS);
    for (uint32_t i = 0; i < VCPUS; i++)
        ck_assert_uint_gt(behaviour_of(d->vcpus[i])->ran_ns, 300 * MS);
    ck_assert_uint_eq(atomic_load(&d->poller_count), 0);
    simulation_end();
}
