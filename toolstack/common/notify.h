/* SPDX-License-Identifier: MIT */
/* The protocol of sd_notify(3): a service manager that wants to know is told that we are ready. */
#ifndef PARAPET_TOOLSTACK_COMMON_NOTIFY_H
#define PARAPET_TOOLSTACK_COMMON_NOTIFY_H

/* notify_ready - once; without a manager that asks, nothing happens. */
void notify_ready(void);

#endif
