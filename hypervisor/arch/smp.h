/* SPDX-License-Identifier: MIT */
/*
 * Starting the other CPUs, one after the other, before any guest runs.
 *
 * The trampoline lies below 1 MiB, where the control domain may write later; nothing there is
 * used again once smp_start() has returned.
 */
#ifndef PARAPET_ARCH_SMP_H
#define PARAPET_ARCH_SMP_H

#include <stdint.h>

/* Brings up at most @max_cpus CPUs in all; each ends in @cpu_main, which does not return. */
void smp_start(uint32_t max_cpus, void (*cpu_main)(void));

#endif
