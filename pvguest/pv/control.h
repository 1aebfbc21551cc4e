/* SPDX-License-Identifier: MIT */
#ifndef PVGUEST_PV_CONTROL_H
#define PVGUEST_PV_CONTROL_H

/* control_init - from now on do what the toolstack asks for, in the thread of the store. */
void control_init(void);

/* cpus_init - the same for the CPUs: cpu/<n>/availability. */
void cpus_init(void);

#endif
