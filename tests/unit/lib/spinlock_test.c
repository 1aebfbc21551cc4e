/* SPDX-License-Identifier: MIT */
/* Threads of the host are CPUs. */
#include "lib/spinlock.h"

#include <pthread.h>

#include "arch/percpu.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

#define THREADS 4
#define ROUNDS  20000

static struct spinlock outer = SPINLOCK_INIT(LOCK_DOMAIN);
static struct spinlock second = SPINLOCK_INIT(LOCK_DOMAIN);
static struct spinlock inner = SPINLOCK_INIT(LOCK_HEAP);
static uint64_t unprotected;

TEST(spinlock, lock_and_unlock_leave_it_free)
{
    ck_assert(!spin_is_locked(&outer));
    spin_lock(&outer);
    ck_assert(spin_is_locked(&outer));
    ck_assert(spin_is_mine(&outer));
    spin_unlock(&outer);
    ck_assert(!spin_is_locked(&outer));
    ck_assert(!spin_is_mine(&outer));
    ck_assert_uint_eq(this_cpu()->locks_held.depth, 0);
}

TEST(spinlock, tickets_wrap)
{
    for (int i = 0; i < 70000; i++) {
        spin_lock(&outer);
        spin_unlock(&outer);
    }
    ck_assert(spin_trylock(&outer));
    ck_assert(spin_is_locked(&outer));
    spin_unlock(&outer);
    ck_assert(!spin_is_locked(&outer));
}

TEST(spinlock, trylock_fails_while_it_is_held)
{
    spin_lock(&outer);
    fake_cpu_become(1);
    ck_assert(!spin_trylock(&outer));
    ck_assert(!spin_is_mine(&outer));
    fake_cpu_become(0);
    spin_unlock(&outer);
    fake_cpu_become(1);
    ck_assert(spin_trylock(&outer));
    spin_unlock(&outer);
}

TEST(spinlock, nesting_in_order_and_release_in_any)
{
    spin_lock(&outer);
    spin_lock_second(&second);
    spin_lock(&inner);
    spin_unlock(&outer);
    spin_unlock(&second);
    spin_unlock(&inner);
    ck_assert_uint_eq(this_cpu()->locks_held.depth, 0);
    spin_lock(&outer);
    spin_unlock(&outer);
}

TEST_ABORTS(spinlock, wrong_order_stops_the_machine)
{
    spin_lock(&inner);
    spin_lock(&outer);
}

TEST_ABORTS(spinlock, same_order_stops_the_machine)
{
    spin_lock(&outer);
    spin_lock(&second);
}

TEST_ABORTS(spinlock, taking_it_twice_stops_the_machine)
{
    spin_lock(&outer);
    spin_lock_second(&outer);
}

TEST_ABORTS(spinlock, releasing_another_cpus_lock_stops_the_machine)
{
    spin_lock(&outer);
    fake_cpu_become(1);
    spin_unlock(&outer);
}

static void *count(void *argument)
{
    fake_cpu_become((uint32_t)(uintptr_t)argument);
    for (int i = 0; i < ROUNDS; i++) {
        spin_lock(&outer);
        /* Not atomic on purpose: a read, a chance for others, a write. */
        uint64_t seen = *(volatile uint64_t *)&unprotected;
        if (i % 64 == 0)
            spin_wait_hint();
        *(volatile uint64_t *)&unprotected = seen + 1;
        spin_unlock(&outer);
    }
    return NULL;
}

TEST(spinlock, excludes_other_cpus)
{
    pthread_t threads[THREADS];

    fake_cpus_start(THREADS);
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, count, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(unprotected, (uint64_t)THREADS * ROUNDS);
}

TEST(spinlock, every_order_has_a_name)
{
    for (unsigned order = 0; order < LOCK_ORDER_COUNT; order++)
        ck_assert_str_ne(lock_order_name((enum lock_order)order), "?");
    ck_assert_str_eq(lock_order_name(LOCK_CONSOLE), "CONSOLE");
}
