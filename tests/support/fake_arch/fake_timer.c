/* SPDX-License-Identifier: MIT */
/* In place of the timer in arch/apic.c. */
#include "arch/apic.h"
#include "support/fake_arch/fake_machine.h"

void apic_timer_set(uint64_t deadline_ns)
{
    fake_requests.timer_deadline_ns = deadline_ns;
}
