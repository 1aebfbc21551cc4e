/* SPDX-License-Identifier: MIT */
/*
 * Three vCPUs on three CPUs do random things to the same pages: pin, unpin, write entries, load
 * roots, set GDTs. Whatever comes out, all counts must add up, all roots must be as their
 * L4s say, and the domain must go away completely.
 *
 * Each thread's choices depend on the seed only; how they interleave is up to the machine.
 */
#include <pthread.h>

#include "hypercall-abi/xen.h"
#include "mmu_guest.h"

#define THREADS 3u
#define PAGES   25u
#define STEPS   40000u

static struct domain *d;
static mfn_t pages[PAGES];

struct actor {
    pthread_t thread;
    uint32_t id;
    uint64_t random;
    unsigned done[16]; /* operations that succeeded, by kind */
};

static uint64_t next_random(struct actor *a, uint64_t limit)
{
    a->random ^= a->random << 13;
    a->random ^= a->random >> 7;
    a->random ^= a->random << 17;
    return a->random % limit;
}

static mfn_t any_page(struct actor *a)
{
    return pages[next_random(a, PAGES)];
}

/* The pages fall into five groups, and mostly the n-th is used as tables of level n, 0 as data. */
#define GROUP (PAGES / 5)

static mfn_t page_for_level(struct actor *a, unsigned level)
{
    return next_random(a, 8) ? pages[level * GROUP + next_random(a, GROUP)] : any_page(a);
}

/* Few slots, so that they meet. */
static unsigned any_slot(struct actor *a)
{
    static const unsigned slots[] = { 0, 0, 1, 255, 272, 511 };

    return slots[next_random(a, ARRAY_COUNT(slots))];
}

/* For a table of @level. */
static uint64_t any_entry(struct actor *a, unsigned level)
{
    mfn_t target = page_for_level(a, level - 1);

    if (next_random(a, 4) == 0)
        return 0;
    return entry_of(target, next_random(a, 4) ? LEAF_RW : LEAF_RO);
}

static int any_mmuext(struct actor *a, struct vcpu *v)
{
    struct mmuext_op op = { 0 };
    unsigned level = 1 + (unsigned)next_random(a, 4);

    op.arg1.mfn = page_for_level(a, level).number;
    switch (next_random(a, 4)) {
    case 0:
        op.cmd = MMUEXT_PIN_L1_TABLE + level - 1;
        break;
    case 1:
        op.cmd = MMUEXT_UNPIN_TABLE;
        break;
    case 2:
        op.cmd = MMUEXT_NEW_BASEPTR;
        op.arg1.mfn = page_for_level(a, 4).number;
        break;
    default:
        op.cmd = MMUEXT_NEW_USER_BASEPTR;
        op.arg1.mfn = next_random(a, 4) ? page_for_level(a, 4).number : 0;
        break;
    }
    return mmuext_op_one(v, d, &op);
}

static int any_update(struct actor *a)
{
    unsigned level = 1 + (unsigned)next_random(a, 4);
    const struct mmu_update update = {
        .ptr = (mfn_to_maddr(page_for_level(a, level)).value + any_slot(a) * 8) |
               (next_random(a, 4) ? MMU_NORMAL_PT_UPDATE : MMU_PT_UPDATE_PRESERVE_AD),
        .val = any_entry(a, level),
    };

    return mmu_update_one(d, d, &update);
}

static int any_gdt(struct actor *a, struct vcpu *v)
{
    const uint64_t frames[] = { any_page(a).number };

    return descriptors_set_gdt(v, frames, (uint32_t)next_random(a, 2));
}

static int any_operation(struct actor *a, struct vcpu *v, unsigned kind)
{
    switch (kind) {
    case 0:
    case 1:
    case 2:
        return any_mmuext(a, v);
    case 3:
        return any_gdt(a, v);
    case 4:
        return mmu_update_va_mapping(v, any_slot(a) * PAGE_SIZE, any_entry(a, 1), 0, d);
    default:
        return any_update(a);
    }
}

/* A guest may also never come back to a call that was to be restarted. */
#define RESTARTS_MAX 40u

static void *act(void *argument)
{
    struct actor *a = argument;
    struct vcpu *v = d->vcpus[a->id];

    guest_run(v, a->id);
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned kind = (unsigned)next_random(a, 16);
        struct actor choices = *a;
        int error = -ERESTART;

        for (unsigned i = 0; i < RESTARTS_MAX && error == -ERESTART; i++) {
            error = mmu_settle(d);
            *a = choices;
            if (!error)
                error = any_operation(a, v, kind);
        }
        if (!error)
            a->done[kind]++;
    }
    return NULL;
}

static void run_actors(struct actor *actors, uint64_t seed)
{
    for (uint32_t i = 0; i < THREADS; i++) {
        actors[i] = (struct actor){ .id = i, .random = seed * 1000003 + i + 1 };
        ck_assert_int_eq(pthread_create(&actors[i].thread, NULL, act, &actors[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++)
        pthread_join(actors[i].thread, NULL);
}

static void end_domain(void)
{
    struct domain *control = guest_create(0, 1);

    for (uint32_t i = 0; i < THREADS; i++)
        cpu_by_id(i)->current = NULL;
    guest_run(control->vcpus[0], 0);
    atomic_store(&d->life, DOMAIN_DYING);
    while (mmu_domain_teardown(d))
        continue;
    EXPECT_CONSISTENT();
    for (unsigned i = 0; i < PAGES; i++) {
        ck_assert_uint_eq(type_references(pages[i]), 0);
        ck_assert_uint_eq(references(pages[i]), 1);
    }
}

TEST(stress, counts_add_up_whatever_vcpus_do_at_once)
{
    struct actor actors[THREADS];
    unsigned done[16] = { 0 };

    mmu_machine_start(THREADS);
    d = guest_create(1, THREADS);
    for (unsigned i = 0; i < PAGES; i++)
        pages[i] = guest_page(d);
    preempt_randomly = true;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        run_actors(actors, seed);
        EXPECT_CONSISTENT();
        for (uint32_t i = 0; i < THREADS; i++) {
            for (unsigned kind = 0; kind < 16; kind++)
                done[kind] += actors[i].done[kind];
        }
    }
    preempt_randomly = false;
    /* It was no idle run. */
    for (unsigned kind = 0; kind < 16; kind++)
        ck_assert_uint_gt(done[kind], 100);
    end_domain();
}
