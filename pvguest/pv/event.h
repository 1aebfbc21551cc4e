/* SPDX-License-Identifier: MIT */
/* Event channels to other domains. A handler runs as an interrupt of the CPU the port is bound to. */
#ifndef PVGUEST_PV_EVENT_H
#define PVGUEST_PV_EVENT_H

#include "kernel/types.h"

/* event_open - a new port that @domain may bind, handled on @cpu_id; 0: there is none. */
MUST_CHECK uint32_t event_open(uint16_t domain, uint32_t cpu_id, void (*handler)(void *context),
                               void *context);
/* event_serve - a port that exists already; without a handler, it is masked. */
void event_serve(uint32_t port, void (*handler)(void *context), void *context);
void event_notify(uint32_t port);
/* event_close - no handler runs after this, on any CPU. */
void event_close(uint32_t port);
/* event_leave_cpu - ports handled on @cpu_id are from now on handled on the first CPU. */
void event_leave_cpu(uint32_t cpu_id);

#endif
