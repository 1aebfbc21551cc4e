/* SPDX-License-Identifier: MIT */
/*
 * A machine that only schedules: CPUs in turn, one step of time after the other, each vCPU with a
 * behaviour of its own. What it shows does not depend on real time.
 */
#ifndef PARAPET_TESTS_SCHED_SIMULATION_H
#define PARAPET_TESTS_SCHED_SIMULATION_H

#include <stdbool.h>
#include <stdint.h>

#include "support/fake_domain/fake_domain.h"

#define MS             1000000UL
#define SIMULATED_STEP 100000UL /* ns */

struct behaviour {
    uint64_t runs_ns;   /* then it blocks; 0: never */
    uint64_t sleeps_ns; /* until an event */
    bool yields;        /* at every step */
    /* The simulation's: */
    uint64_t ran_ns;
    uint64_t since_wake_ns;
    uint64_t wakes_at_ns;
    uint64_t latency_max_ns; /* from an event to running */
    uint64_t ran_on[MAX_CPUS];
};

void simulation_start(uint32_t cpus);
void simulation_end(void);

/* A domain whose vCPUs are all up, with what they do. */
struct domain *simulation_domain(uint16_t id, uint32_t vcpus, uint32_t weight, uint32_t cap);
struct behaviour *behaviour_of(const struct vcpu *v);

void simulation_run(uint64_t ns);

/* One pass of CPU @id's return-to-guest path. */
void simulation_exit_path(uint32_t id);

/* An upcall for @v, from CPU @id. */
void simulation_event(struct vcpu *v, uint32_t id);

/* What the CPU's hardware timer is set to. */
uint64_t simulation_timer(uint32_t id);

#endif
