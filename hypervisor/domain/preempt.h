/* SPDX-License-Identifier: MIT */
/*
 * Long operations ask here whether to stop: a softirq is pending on this CPU or an event is
 * to be delivered to the caller. Interrupts are off, so the question lets pending ones in first.
 */
#ifndef PARAPET_DOMAIN_PREEMPT_H
#define PARAPET_DOMAIN_PREEMPT_H

#include <stdbool.h>

#include "lib/compiler.h"

/*
 * preempt_pending - whether the running vCPU's long operation should save its progress and
 * be restarted. No lock may be held: pending interrupts are taken inside. Never while no vCPU
 * runs: what is done at boot is done at once.
 */
MUST_CHECK bool preempt_pending(void);

#endif
