/* SPDX-License-Identifier: MIT */
#include "pvctl/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t has_come;

static void on_signal(int number)
{
    (void)number;
    has_come = 1;
}

void interrupt_watch(void)
{
    struct sigaction action = { .sa_handler = on_signal };

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool interrupt_has_come(void)
{
    return has_come != 0;
}
