/* SPDX-License-Identifier: MIT */
/*
 * The fake machine of host tests. Each piece is a file of its own in the library fake_arch, and
 * is linked only where the test does not compile the real file with those functions.
 *
 *     fake_machine_start(64);            64 MiB in the frame allocator, heap empty
 *     fake_cpu_become(1);                this thread is CPU 1 now
 *     fake_guest_map(0x1000, page, …);   copy_from_guest() finds it there
 */
#ifndef PARAPET_TESTS_FAKE_MACHINE_H
#define PARAPET_TESTS_FAKE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/layout.h"
#include "arch/percpu.h"
#include "mm/address.h"
#include "mm/image.h"
#include "mm/ram.h"

/* ---- memory: fake_memory.c ---- */

/*
 * A machine with RAM from 1 MiB to @mib MiB, all of it given to the frame allocator
 * (mm/frame_alloc.c and mm/frame_cache.c are among the test's sources). May be called again:
 * everything starts afresh. Memory keeps what the last test wrote.
 */
void fake_machine_start(unsigned mib);

/* The same with ranges of its own; [start, end), within FAKE_MEMORY_MAX. */
void fake_machine_start_with(const struct memory_range *ranges, unsigned count);

/* What m2p_backing() answers, for all of it (fake_m2p.c); MFN_INVALID unless the test sets it. */
extern mfn_t fake_m2p_backing;

/* ---- CPUs: fake_cpu.c ---- */

void fake_cpu_become(uint32_t id);

/* @count CPUs, all fields zero but id, apic_id and the trace ring; this thread is CPU 0. */
void fake_cpus_start(uint32_t count);

/* ---- what the code under test asked of the machine: fake_ipi.c, fake_tlb.c, fake_timer.c,
 * fake_clock.c ---- */

struct fake_requests {
    uint64_t kicks[MAX_CPUS];
    uint32_t softirqs[MAX_CPUS]; /* raised by cpu_raise_softirq(), ored */
    uint64_t flushes_local;
    uint64_t flush_calls; /* tlb_flush_cpus() */
    uint64_t flush_mask;  /* of the last call */
    uint64_t requests_served;
    uint64_t timer_deadline_ns; /* last apic_timer_set() */
    uint64_t interrupts_ended;  /* apic_eoi() */
};

extern struct fake_requests fake_requests;

/* Called while a CPU waits for others: what those are to do meanwhile. */
extern void (*fake_others_run)(void);

extern uint64_t fake_time_ns; /* what system_time_ns() answers; only the test moves it */

/* ---- the end: fake_panic.c ---- */

/* Text of the last panic(), boot_failure() or failed assertion, before abort(). */
extern char fake_panic_text[256];

/* ---- log: fake_log.c ---- */

/* printk() and refuse() go nowhere, but the last text is kept. */
extern char fake_log_last[256];
extern int fake_refused_last; /* error of the last refuse(), 0: none yet */
extern unsigned fake_refused_count;

/* ---- what the linker would say: fake_image.c ---- */

extern struct image fake_image;

/* ---- guest memory: fake_guest.c ---- */

/*
 * Guest virtual memory for mm/guest_access.h: pages of @host are seen at @guest_address (both
 * page-aligned for @bytes). Everything else faults. At most 64 ranges.
 */
void fake_guest_map(uint64_t guest_address, void *host, size_t bytes, bool is_writable);
void fake_guest_unmap_all(void);

/* How often predictions of another domain were to be forgotten. */
extern unsigned fake_domain_switches;

#endif
