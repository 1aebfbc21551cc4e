/* SPDX-License-Identifier: MIT */
/*
 * The clock in vcpu_info is read without a trap, never goes back, is the same on all vCPUs, and its flag
 * says that it is stable (abi-facts 6; xen.h vcpu_time_info).
 *
 * Machine: cpus=2
 */
#include "guest.h"

static volatile uint64_t last;
static volatile unsigned backwards;

static uint64_t clock_of(uint32_t vcpu)
{
    const volatile struct vcpu_time_info *time = &shared_info->vcpu_info[vcpu].time;
    uint32_t version, low, high;
    uint64_t delta, ns;

    do {
        version = time->version;
        __asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
        delta = ((uint64_t)high << 32 | low) - time->tsc_timestamp;
        delta = time->tsc_shift < 0 ? delta >> -time->tsc_shift : delta << time->tsc_shift;
        ns = time->system_time +
             (uint64_t)((unsigned __int128)delta * time->tsc_to_system_mul >> 32);
    } while ((version & 1) || version != time->version);
    return ns;
}

/* One shared "last seen" value: whoever reads the clock afterwards must not be before it. */
static void check(uint32_t vcpu)
{
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t before = __atomic_load_n(&last, __ATOMIC_SEQ_CST);
        uint64_t now = clock_of(vcpu);

        if (now < before)
            backwards++;
        while (before < now && !__atomic_compare_exchange_n(&last, &before, now, false,
                                                            __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            continue;
    }
}

void test_main(void)
{
    require_eq(vcpu_start(1, check), 0, "the other vCPU");
    check(0);
    vcpu_wait(1);
    expect_eq(backwards, 0, "it never goes back");
    expect(last > 0, "it runs");
    if (!(shared_info->vcpu_info[0].time.flags & XEN_PVCLOCK_TSC_STABLE_BIT))
        print("the TSCs of this machine are not synchronous");
}
