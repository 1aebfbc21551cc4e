/* SPDX-License-Identifier: MIT */
/* What traps and their emulation need at start-up. */
#include "arch/descriptors.h"
#include "emulate/cpuid_view.h"
#include "trap/machine_check.h"
#include "trap/nmi.h"
#include "trap/stubs.h"

void trap_init(void)
{
    descriptors_set_user_gate(VECTOR_GUEST_INT80);
    cpuid_view_init();
    nmi_init();
}

void trap_start_cpu(struct cpu *cpu)
{
    syscall_start_cpu(cpu);
    machine_check_start_cpu();
}
