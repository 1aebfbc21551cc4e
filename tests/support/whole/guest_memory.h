/* SPDX-License-Identifier: MIT */
/*
 * Guest memory as the processor has it: every access walks the page tables that the CPU has loaded,
 * sets their Accessed and Dirty bits, and is remembered as a TLB does, until the hypervisor
 * flushes that CPU. In place of mm/guest_access.c.
 *
 * The walk aborts where it comes upon what no guest's tables may hold: a frame that is not a
 * validated table of its level, or a writable page that is not of the type for that.
 */
#ifndef PARAPET_TESTS_WHOLE_GUEST_MEMORY_H
#define PARAPET_TESTS_WHOLE_GUEST_MEMORY_H

void guest_memory_start(void);

/* Aborts if a CPU still has a translation of before to a frame that is something else by now. */
void guest_memory_check(void);

#endif
