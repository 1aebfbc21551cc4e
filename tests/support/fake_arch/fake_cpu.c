/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "console/trace.h"
#include "support/fake_arch/fake_machine.h"

_Thread_local uint32_t fake_cpu_id;
uint32_t cpu_count = 1;

static struct trace_ring rings[MAX_CPUS];

void fake_cpu_become(uint32_t id)
{
    fake_cpu_id = id;
}

void fake_cpus_start(uint32_t count)
{
    cpu_count = count;
    fake_cpu_id = 0;
    for (uint32_t id = 0; id < MAX_CPUS; id++) {
        struct cpu *cpu = cpu_by_id(id);

        memset((void *)cpu, 0, sizeof(*cpu));
        rings[id].written = 0;
        cpu->id = id;
        cpu->apic_id = id;
        cpu->trace = &rings[id];
        cpu->online = id < count;
    }
}

/* A test that never starts a machine is on CPU 0 all the same. */
__attribute__((constructor)) static void start_one(void)
{
    fake_cpus_start(1);
}
