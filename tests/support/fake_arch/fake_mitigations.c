/* SPDX-License-Identifier: MIT */
/* In place of arch/mitigations.c: nothing is done against speculation, but for the counting. */
#include "arch/mitigations.h"
#include "support/fake_arch/fake_machine.h"

struct mitigations mitigations;
unsigned fake_domain_switches;

void mitigations_switch_domain(void)
{
    fake_domain_switches++;
}

bool mitigations_cpu_is_emulated(void)
{
    return false;
}
