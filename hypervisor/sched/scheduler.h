/* SPDX-License-Identifier: MIT */
/*
 * Who runs, until when.
 *
 * Every CPU has a queue of the vCPUs that wait for it. The one with the least virtual runtime runs,
 * that is time on a CPU divided by its domain's weight, for a slice of some milliseconds. A vCPU
 * that an event woke goes first for a short slice, unless it had more than its share. A CPU
 * without work takes waiting vCPUs from others; one that favours its vCPUs gives them away.
 * A domain with a cap gets no more than so much CPU time of each window of 50 ms.
 *
 * A vCPU may run while vcpu->blocked_by is zero. It is then running, or in the queue of
 * schedule.queue_cpu, or just between two of its changes by somebody who will see to it.
 */
#ifndef PARAPET_SCHED_SCHEDULER_H
#define PARAPET_SCHED_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/domain.h"
#include "domain/vcpu.h"
#include "lib/compiler.h"

#define SCHED_WEIGHT_DEFAULT 256u
#define SCHED_WEIGHT_MAX     65535u

/* A vCPU as one number, for traces. */
static inline uint64_t vcpu_tag(const struct vcpu *v)
{
    return (uint64_t)v->domain->id << 16 | v->id;
}

/* scheduler_init - once, before the first domain: registers with domain/handlers.h. */
void scheduler_init(void);

/* scheduler_cpu_create - once for each CPU @id that is up: run queue and timer queue. */
MUST_CHECK int scheduler_cpu_create(uint32_t id);

/* The scheduler's part of a new domain and a new vCPU, after domain_alloc() and vcpu_create(). */
void scheduler_domain_init(struct domain *d);
void scheduler_vcpu_init(struct vcpu *v);

/* scheduler_domain_close - the end of them: no vCPU of @d runs or will ever again. Its timers stop
 * for ever and its roots leave every CPU. No lock held. */
void scheduler_domain_close(struct domain *d);

/*
 * schedule - choose who runs on this CPU, on the return-to-guest path, for SOFTIRQ_SCHEDULE or
 * when cpu->current is NULL. On return there is a current vCPU and its state is loaded, its
 * registers in cpu->guest_frame. Idles inside while there is none.
 */
void schedule(void);

/* softirq_run - serve all softirqs of this CPU but SOFTIRQ_SCHEDULE. No lock held. */
void softirq_run(void);

/* vcpu_wake - @reasons (bits of enum vcpu_block_reason) no longer hold @v back. */
void vcpu_wake(struct vcpu *v, uint32_t reasons);

/*
 * vcpu_kick - @v may have become runnable, or has an upcall (an NMI) to take: wakes it from
 * sched_op block, from sched_op poll if the upcall is not masked, and makes a CPU that runs it
 * come back into the hypervisor. The upcall was made pending by a locked instruction.
 */
void vcpu_kick(struct vcpu *v);

/*
 * vcpu_sleep - the running vCPU waits for @reason: it stops at its return to the guest, unless
 * vcpu_wake() comes first. What it waits for is to be looked at after this call.
 */
void vcpu_sleep(struct vcpu *v, enum vcpu_block_reason reason);

/* vcpu_stop - @reason holds @v back from now on; makes it leave its CPU soon, does not wait. */
void vcpu_stop(struct vcpu *v, enum vcpu_block_reason reason);

/* vcpu_yield - the running vCPU lets another one go first, if one waits. */
void vcpu_yield(struct vcpu *v);

/* vcpu_deschedule - make a vCPU whose blocked_by was set leave its CPU, and wait until it has;
 * not for the caller itself, which leaves at its return. No lock held. */
void vcpu_deschedule(struct vcpu *v);

/* vcpu_set_affinity - the CPUs it may run on. 0, or -EINVAL if none of them is up. */
MUST_CHECK int vcpu_set_affinity(struct vcpu *v, uint64_t cpus);

/* domain_set_weight - 0, or -EINVAL. @cap is in per cent of one CPU, 0: none. */
MUST_CHECK int domain_set_weight(struct domain *d, uint32_t weight, uint32_t cap);

/* How many vCPUs wait in CPU @id's queue; for statistics. */
uint32_t scheduler_waiting(uint32_t id);

/* How long CPU @id idled so far; for statistics. */
uint64_t scheduler_idle_ns(uint32_t id);

/* For the log: who runs, who waits, and what holds the others back. */
void scheduler_print(void);

#endif
