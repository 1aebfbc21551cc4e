/* SPDX-License-Identifier: MIT */
#ifndef PVGUEST_KERNEL_MEASURE_H
#define PVGUEST_KERNEL_MEASURE_H

#include "kernel/types.h"

/* measure - do MEASURE_* @times; nanoseconds it took, or a negative error when it cannot be done. */
int64_t measure(uint32_t what, uint32_t times);

/* measure_ipi - this CPU was notified; answers when a measurement waits for it. */
void measure_ipi(void);

#endif
