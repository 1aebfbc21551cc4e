/* SPDX-License-Identifier: MIT */
/*
 * One CPU asks another: look at your softirqs, flush your TLB, call this function, stop.
 *
 * Requests to flush and to stop are bits in the target's struct cpu and may be served
 * anywhere: by the interrupt, or by a CPU that spins with interrupts off, which is why every
 * spin loop calls cpu_serve_requests(). Function calls are served on the return-to-guest path
 * (SOFTIRQ_CALL) and by CPUs that themselves wait for a call; they may take locks.
 */
#ifndef PARAPET_ARCH_IPI_H
#define PARAPET_ARCH_IPI_H

#include <stdbool.h>
#include <stdint.h>

/* A set of CPUs by id. */
typedef uint64_t cpu_mask_t;

#define CPU_MASK(id) (1UL << (id))

/* CPUs that are up. */
cpu_mask_t cpu_mask_online(void);

/* Serve what others have asked of this CPU. Cheap when nothing waits; takes no lock. */
void cpu_serve_requests(void);

/* Make CPU @id pass its return-to-guest path (or leave its HLT) soon; itself: no effect,
 * it is in the hypervisor already. */
void cpu_kick(uint32_t id);

/* Set softirq bit(s) (1u << SOFTIRQ_…) of CPU @id and kick it. */
void cpu_raise_softirq(uint32_t id, uint32_t bits);

/* Run @function(@argument) once on each CPU of @mask (this one included, if it is there) and
 * return when all have. No lock may be held: the others may need it before they answer. */
void cpu_call(cpu_mask_t mask, void (*function)(void *), void *argument);

/* The SOFTIRQ_CALL work of this CPU. */
void cpu_run_calls(void);

/* Halt all other CPUs, for a panic or a reboot: never waits for ever, takes no lock. They get
 * an NMI, whose handler calls cpu_stop_if_asked() first. */
void cpu_stop_others(void);
void cpu_stop_if_asked(void);

/* This CPU serves interrupts and requests from now on. */
struct cpu;
void cpu_set_online(struct cpu *cpu);

#endif
