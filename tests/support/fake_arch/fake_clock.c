/* SPDX-License-Identifier: MIT */
/* In place of arch/clock.c: time stands still unless the test moves it. */
#include "arch/clock.h"
#include "support/fake_arch/fake_machine.h"

uint64_t system_time_ns(void)
{
    return fake_time_ns;
}
