/* SPDX-License-Identifier: MIT */
/*
 * The whole hypervisor above the processor on the host: a machine, its layers, and domains that the
 * real builder made from a small kernel file. What a test or a fuzzer does is hypercalls.
 *
 * Two CPUs, of which one acts at a time; the other one's vCPU counts as running. Guests do not
 * execute anything: the test is the guest. It reaches its memory as the hypervisor does, by
 * copy_from_guest() and copy_to_guest(), or directly by world_page().
 */
#ifndef PARAPET_TESTS_WHOLE_WORLD_H
#define PARAPET_TESTS_WHOLE_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/domain.h"
#include "mm/address.h"

#define WORLD_MIB          40u
#define WORLD_DOMAINS_MAX  32u
#define WORLD_DOMAIN_PAGES 1100u /* 4 MiB are mapped at the start, the rest is not */
#define WORLD_VIRT_BASE    0xffffffff80000000UL
#define WORLD_MAPPED_END   (WORLD_VIRT_BASE + 0x400000)

/* A PCI function of the machine, with MSI and MSI-X. */
#define WORLD_CARD_BUS   1u
#define WORLD_CARD_DEVFN 0x08u
#define WORLD_CARD_BAR   0xfebf0000u

/* A machine of WORLD_MIB without domains; the same one again after world_end(). */
void world_start(void);

/* The control domain (id 0) or another one, built and not paused, with @vcpus vCPUs. */
struct domain *world_domain(uint16_t id, uint32_t vcpus);

/* The CPU that acts from now on; 0 at the start. */
#define WORLD_CPUS 2u
void world_start_cpus(void); /* world_start() does it */
void world_cpu(uint32_t id);

/* @v, which no other CPU runs, runs on this one from now on. Or nothing does. */
void world_run(struct vcpu *v);
void world_idle(void);

/* Frame of a domain's pfn, as the M2P had it at its start or at the last refresh, and the page. */
void world_refresh_frames(const struct domain *d);
mfn_t world_mfn(const struct domain *d, uint64_t pfn);
void *world_page(const struct domain *d, uint64_t pfn);

/* pfns of the first page tables: [*first, *first + the result). */
uint64_t world_tables(const struct domain *d, uint64_t *first);

/* Some pages of each domain, for arguments: their guest address, and their contents. */
#define WORLD_ARGUMENT_PAGES 4u
#define WORLD_ARGUMENTS      (WORLD_VIRT_BASE + 0x100000)
uint8_t *world_arguments(const struct domain *d);

/*
 * world_call - hypercall of the running vCPU, restarted until it ends. The result; HYPERCALL_NO_RESULT
 * for iret. What all CPUs would do meanwhile (quiet points, timers) is done between restarts.
 */
long world_call(uint64_t number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);
extern unsigned world_restarts;

/*
 * Called between restarts, if set, to do more: it may run other vCPUs and make calls of its own, on
 * any CPU. If the caller's domain is shut down or paused then, the call is never ended, and the
 * result is WORLD_ABANDONED.
 */
extern void (*world_between)(void);
#define WORLD_ABANDONED (-1000)

/*
 * Destroys @d, whichever it is, by restarts as the toolstack's call makes them. Only what others
 * still map keeps it listed; for the last one that is an error.
 */
void world_destroy(struct domain *d);

/* Destroys all domains, the control domain last, and aborts if a frame is missing afterwards. */
void world_end(void);

/* How often preempt_pending() says yes: once in so many questions; 0: never. */
extern uint32_t world_preempt_one_in;

/* Softirqs, quiet periods and timers that are due. */
void world_settle(void);

/* All invariants that can be checked; aborts on a violation. */
void world_check(void);

#endif
