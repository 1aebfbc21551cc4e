/* SPDX-License-Identifier: MIT */
/* What traps and their emulation need at start-up. */
#include "emulate/cpuid_view.h"
#include "trap/machine_check.h"
#include "trap/nmi.h"
#include "trap/stubs.h"

void trap_init(void)
{
    cpuid_view_init();
    nmi_init();
}

void trap_start_cpu(struct cpu *cpu)
{
    syscall_start_cpu(cpu);
    machine_check_start_cpu();
}
