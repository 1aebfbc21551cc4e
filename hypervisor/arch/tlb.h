/* SPDX-License-Identifier: MIT */
/*
 * Which CPU may still hold a stale translation.
 *
 * One clock for the machine: it is odd when somebody took a stamp since the last flush. A
 * stamp makes it odd, a flush makes it even again, so that neither writes the shared line
 * while nothing changes. A CPU notes the clock it flushed at (cpu->flush_clock); it has
 * flushed since a stamp exactly when that is greater. Differences are signed and 32 bits
 * wide; every 2^30 ticks all CPUs are told to flush, so that none is ever 2^31 behind.
 *
 * Only full flushes count. All mappings are non-global, so that a write of CR3 is one.
 */
#ifndef PARAPET_ARCH_TLB_H
#define PARAPET_ARCH_TLB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/ipi.h"
#include "arch/percpu.h"
#include "lib/compiler.h"

#define TLB_CLOCK_FLUSH_ALL 0x40000000u /* clock values that are multiples of it */

extern _Atomic uint32_t tlb_clock;

/* The clock's next even value, when a stamp made it odd (the rare half of a flush). */
uint32_t tlb_clock_advance(uint32_t odd);

/* Before a CR3 write: the value for tlb_flush_end() after it. */
static inline uint32_t tlb_flush_begin(void)
{
    uint32_t now = atomic_load_explicit(&tlb_clock, memory_order_acquire);

    return (now & 1) ? tlb_clock_advance(now) : now;
}

/* The same for paths that are too short for a call. The rare change of the clock that concerns
 * other CPUs is left to somebody else; then the flush just is not noted. */
static inline uint32_t tlb_flush_begin_quick(const struct cpu *cpu)
{
    uint32_t now = atomic_load_explicit(&tlb_clock, memory_order_acquire);

    if (likely(!(now & 1)))
        return now;
    if ((now + 1) % TLB_CLOCK_FLUSH_ALL == 0)
        return atomic_load_explicit(&cpu->flush_clock, memory_order_relaxed);
    uint32_t expected = now;
    /* A failure means that somebody else has advanced it for us, or even further. */
    atomic_compare_exchange_strong_explicit(&tlb_clock, &expected, now + 1, memory_order_acq_rel,
                                            memory_order_acquire);
    return now + 1;
}

static inline void tlb_flush_end(struct cpu *cpu, uint32_t clock)
{
    atomic_store_explicit(&cpu->flush_clock, clock, memory_order_release);
}

/* The stamp for a frame whose last mapping (or last reference) has just gone. The entry was
 * removed before, with a locked instruction (a compare-and-swap of the count will do) between
 * the removal and this call. */
static inline uint32_t tlb_stamp_now(void)
{
    uint32_t now = atomic_load_explicit(&tlb_clock, memory_order_acquire);

    /* If it fails, another CPU made it odd or a flush came between: either way one more look. */
    while (!(now & 1)) {
        if (atomic_compare_exchange_weak_explicit(&tlb_clock, &now, now + 1, memory_order_acq_rel,
                                                  memory_order_acquire))
            return now + 1;
    }
    return now;
}

/* Whether @cpu has flushed everything since @stamp was taken. */
static inline bool tlb_flushed_since(const struct cpu *cpu, uint32_t stamp)
{
    uint32_t flushed = atomic_load_explicit(&cpu->flush_clock, memory_order_acquire);

    return (int32_t)(flushed - stamp) > 0;
}

/* Those CPUs of @mask that have not flushed since @stamp. */
cpu_mask_t tlb_filter(cpu_mask_t mask, uint32_t stamp);

/* Flush this CPU's TLB; or that of each CPU in @mask, and return when all have. */
void tlb_flush_local(void);
void tlb_flush_cpus(cpu_mask_t mask);

#endif
