/* SPDX-License-Identifier: MIT */
/* In place of arch/reboot.c: a machine that ends has failed the test, or TEST_ABORTS() wants it. */
#include <stdlib.h>

#include "arch/reboot.h"

bool machine_noreboot;

void machine_stop(void)
{
    abort();
}

void machine_reboot(void)
{
    abort();
}

void machine_poweroff(void)
{
    abort();
}

void machine_halt(void)
{
    abort();
}
