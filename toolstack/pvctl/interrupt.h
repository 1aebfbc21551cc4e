/* SPDX-License-Identifier: MIT */
/* Ctrl-C: a command that waits is to end what it began, and pvctl exits 130. */
#ifndef PARAPET_TOOLSTACK_PVCTL_INTERRUPT_H
#define PARAPET_TOOLSTACK_PVCTL_INTERRUPT_H

#include <stdbool.h>

/* interrupt_watch - from now on, SIGINT and SIGTERM are noted instead of ending the program. */
void interrupt_watch(void);
bool interrupt_has_come(void);

/* Becomes readable when one has come, for poll(); -1 if nobody watches. */
int interrupt_fd(void);

#endif
