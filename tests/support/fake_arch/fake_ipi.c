/* SPDX-License-Identifier: MIT */
/* In place of arch/ipi.c: requests are recorded, calls are made at once on the caller's thread. */
#include "arch/ipi.h"
#include "support/fake_arch/fake_machine.h"

cpu_mask_t cpu_mask_online(void)
{
    return cpu_count >= 64 ? ~0UL : CPU_MASK(cpu_count) - 1;
}

void (*fake_others_run)(void);

void cpu_serve_requests(void)
{
    if (fake_others_run)
        fake_others_run();
    fake_requests.requests_served++;
}

void cpu_kick(uint32_t id)
{
    fake_requests.kicks[id]++;
}

void cpu_raise_softirq(uint32_t id, uint32_t bits)
{
    fake_requests.softirqs[id] |= bits;
    atomic_fetch_or(&cpu_by_id(id)->softirq, bits);
    cpu_kick(id);
}

void cpu_call(cpu_mask_t mask, void (*function)(void *), void *argument)
{
    uint32_t me = fake_cpu_id;

    for (uint32_t id = 0; id < MAX_CPUS; id++) {
        if (mask & CPU_MASK(id)) {
            fake_cpu_become(id);
            function(argument);
        }
    }
    fake_cpu_become(me);
}

void cpu_run_calls(void)
{
}

void cpu_stop_others(void)
{
}
