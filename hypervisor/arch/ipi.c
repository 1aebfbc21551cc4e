/* SPDX-License-Identifier: MIT */
/*
 * Requests between CPUs: bits in the target's struct cpu, and one function call at a time.
 *
 * Nothing here waits for a CPU without serving its own requests meanwhile, so two CPUs that
 * want something of each other both get it.
 */
#include "arch/ipi.h"

#include <stdatomic.h>

#include "arch/apic.h"
#include "arch/interrupt.h"
#include "arch/percpu.h"
#include "arch/tlb.h"
#include "arch/vectors.h"
#include "arch/x86.h"
#include "lib/assert.h"
#include "lib/compiler.h"
#include "lib/spinlock.h"

/* How long a panic waits for the others to stop, in looks at their state. */
#define STOP_SPINS 1000000u

_Atomic uint32_t tlb_clock;
static _Atomic cpu_mask_t online_mask;

/* The one call in flight; the lock is held by the caller until all have run it. */
static struct spinlock call_lock = SPINLOCK_INIT(LOCK_CALL_FUNCTION);
static struct {
    void (*function)(void *);
    void *argument;
    _Atomic cpu_mask_t waiting; /* CPUs that have not run it yet */
} call;

cpu_mask_t cpu_mask_online(void)
{
    return atomic_load_explicit(&online_mask, memory_order_acquire);
}

static void handle_kick(uint32_t vector)
{
    (void)vector;
    cpu_serve_requests();
}

void cpu_set_online(struct cpu *cpu)
{
    interrupt_set_handler(VECTOR_KICK, handle_kick);
    atomic_fetch_or_explicit(&online_mask, CPU_MASK(cpu->id), memory_order_acq_rel);
    atomic_store_explicit(&cpu->online, 1, memory_order_release);
}

static void request(uint32_t id, uint32_t bit)
{
    atomic_fetch_or_explicit(&cpu_by_id(id)->requests, bit, memory_order_acq_rel);
}

void cpu_stop_if_asked(void)
{
    struct cpu *cpu = this_cpu();

    if (!(atomic_load_explicit(&cpu->requests, memory_order_acquire) & CPU_REQUEST_STOP))
        return;
    atomic_store_explicit(&cpu->online, 0, memory_order_release);
    cpu_halt_forever();
}

void cpu_serve_requests(void)
{
    struct cpu *cpu = this_cpu();

    if (likely(!atomic_load_explicit(&cpu->requests, memory_order_relaxed)))
        return;
    cpu_stop_if_asked();
    atomic_fetch_and_explicit(&cpu->requests, ~(uint32_t)CPU_REQUEST_FLUSH_TLB,
                              memory_order_acq_rel);
    tlb_flush_local();
    atomic_fetch_add_explicit(&cpu->requests_done, 1, memory_order_relaxed);
}

void cpu_kick(uint32_t id)
{
    struct cpu *self = this_cpu();

    if (id == self->id)
        return;
    self->counters.ipi_sent++;
    apic_send(cpu_by_id(id)->apic_id, VECTOR_KICK);
}

void cpu_raise_softirq(uint32_t id, uint32_t bits)
{
    atomic_fetch_or_explicit(&cpu_by_id(id)->softirq, bits, memory_order_acq_rel);
    cpu_kick(id);
}

void cpu_run_calls(void)
{
    cpu_mask_t self = CPU_MASK(this_cpu()->id);

    if (!(atomic_load_explicit(&call.waiting, memory_order_acquire) & self))
        return;
    call.function(call.argument);
    atomic_fetch_and_explicit(&call.waiting, ~self, memory_order_acq_rel);
}

void cpu_call(cpu_mask_t mask, void (*function)(void *), void *argument)
{
    cpu_mask_t self = CPU_MASK(this_cpu()->id);

    ASSERT(this_cpu()->locks_held.depth == 0);
    mask &= cpu_mask_online();
    while (!spin_trylock(&call_lock)) {
        cpu_serve_requests();
        cpu_run_calls();
        cpu_relax();
    }
    call.function = function;
    call.argument = argument;
    atomic_store_explicit(&call.waiting, mask & ~self, memory_order_release);
    for (cpu_mask_t others = mask & ~self; others; others &= others - 1)
        cpu_raise_softirq((uint32_t)__builtin_ctzll(others), 1u << SOFTIRQ_CALL);
    while (atomic_load_explicit(&call.waiting, memory_order_acquire)) {
        cpu_serve_requests();
        cpu_relax();
    }
    spin_unlock(&call_lock);
    if (mask & self)
        function(argument);
}

void cpu_stop_others(void)
{
    cpu_mask_t others = cpu_mask_online() & ~CPU_MASK(this_cpu()->id);

    for (cpu_mask_t rest = others; rest; rest &= rest - 1) {
        uint32_t id = (uint32_t)__builtin_ctzll(rest);

        /* An NMI, since they may be spinning with interrupts off or be broken as well. */
        request(id, CPU_REQUEST_STOP);
        apic_send_nmi(cpu_by_id(id)->apic_id);
    }
    for (uint32_t spins = 0; spins < STOP_SPINS && others; spins++) {
        uint32_t id = (uint32_t)__builtin_ctzll(others);

        if (!atomic_load_explicit(&cpu_by_id(id)->online, memory_order_acquire))
            others &= others - 1;
        cpu_relax();
    }
}

uint32_t tlb_clock_advance(uint32_t odd)
{
    uint32_t expected = odd;

    /* A failure means that somebody else has advanced it for us, or even further. */
    if (!atomic_compare_exchange_strong_explicit(&tlb_clock, &expected, odd + 1,
                                                 memory_order_acq_rel, memory_order_acquire))
        return odd + 1;
    if ((odd + 1) % TLB_CLOCK_FLUSH_ALL == 0) {
        cpu_mask_t others = cpu_mask_online() & ~CPU_MASK(this_cpu()->id);

        for (; others; others &= others - 1) {
            uint32_t id = (uint32_t)__builtin_ctzll(others);

            request(id, CPU_REQUEST_FLUSH_TLB);
            cpu_kick(id);
        }
    }
    return odd + 1;
}

cpu_mask_t tlb_filter(cpu_mask_t mask, uint32_t stamp)
{
    cpu_mask_t stale = 0;

    for (mask &= cpu_mask_online(); mask; mask &= mask - 1) {
        uint32_t id = (uint32_t)__builtin_ctzll(mask);

        if (!tlb_flushed_since(cpu_by_id(id), stamp))
            stale |= CPU_MASK(id);
    }
    return stale;
}

void tlb_flush_local(void)
{
    struct cpu *cpu = this_cpu();
    uint32_t clock = tlb_flush_begin();

    write_cr3(read_cr3());
    tlb_flush_end(cpu, clock);
    cpu->counters.tlb_flush_local++;
}

void tlb_flush_cpus(cpu_mask_t mask)
{
    struct cpu *self = this_cpu();
    uint32_t stamp;

    mask &= cpu_mask_online();
    /* The caller's page-table writes before the stamp, see tlb_stamp_now(). */
    atomic_thread_fence(memory_order_seq_cst);
    stamp = tlb_stamp_now();
    if (mask & CPU_MASK(self->id)) {
        tlb_flush_local();
        mask &= ~CPU_MASK(self->id);
    }
    for (cpu_mask_t rest = mask; rest; rest &= rest - 1) {
        uint32_t id = (uint32_t)__builtin_ctzll(rest);

        self->counters.tlb_flush_remote++;
        request(id, CPU_REQUEST_FLUSH_TLB);
        cpu_kick(id);
    }
    while (mask) {
        mask = tlb_filter(mask, stamp);
        cpu_serve_requests();
        cpu_relax();
    }
}
